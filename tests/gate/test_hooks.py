"""The hooks, run for real by pre-commit and by prek in a fresh git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("src/shop/cli.py", True),
        ("pyproject.toml", True),
        ("services/api/pyproject.toml", True),
        ("uv.lock", True),
        ("Dockerfile", True),
        ("docker/web.Dockerfile", True),
        ("Dockerfile.extrasplit", True),
        ("compose.yaml", True),
        ("docker-compose.override.yml", True),
        ("Procfile", True),
        ("entrypoint.sh", True),
        ("README.md", False),
        ("data/hosts.csv", False),
        ("frontend/src/app.ts", False),
        ("poetry.lock", False),
    ],
)
def test_a_hook_runs_for_what_it_reads_and_for_nothing_else(
    hook: dict, path: str, seen: bool
) -> None:
    import re

    assert bool(re.search(hook["files"], path)) is seen
    assert hook["pass_filenames"] is False
    assert hook["language"] == "python"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clone of this repository, and the sample, split and committed, with facts at hand."""
    folder = tmp_path_factory.mktemp("hooks")
    clone = folder / "extrasplit"
    tracked = git(ROOT, "ls-files", "-z").stdout.split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    commit(clone, "extrasplit")
    sample = folder / "sample"
    shutil.copytree(ROOT / "sample_project", sample, ignore=shutil.ignore_patterns(".venv"))
    (folder / "cache").mkdir()
    done = run(folder, sys.executable, "-m", "extrasplit", "apply", "--write", str(sample))
    if done.returncode:
        pytest.skip(f"the sample could not be split here: {done.stderr.splitlines()[-1:]}")
    revision = git(clone, "rev-parse", "HEAD").stdout.strip()
    (sample / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {clone}\n  rev: {revision}\n  hooks:\n"
        "  - id: extrasplit-check\n  - id: extrasplit-apply\n"
    )
    commit(sample, "the split sample")
    yield folder


@pytest.mark.slow
@pytest.mark.integration
@pytest.mark.parametrize("runner", ["pre-commit", "prek"])
class TestUnder:
    def test_passes_on_the_split_sample(self, runner: str, world: Path) -> None:
        done = hook_run(world, runner, "run", "--all-files", "--verbose")
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("Passed") == 2

    def test_fails_at_the_line_that_was_added(self, runner: str, world: Path) -> None:
        cli = world / "sample/src/inventory/cli.py"
        before = cli.read_text("utf-8")
        spoiled = before.replace("import click\n", "import click\nimport pygwalker\n", 1)
        number = spoiled.splitlines().index("import pygwalker") + 1
        cli.write_text(spoiled, "utf-8")
        git(world / "sample", "add", "src/inventory/cli.py")
        try:
            done = hook_run(world, runner, "run", "extrasplit-check")
        finally:
            cli.write_text(before, "utf-8")
            git(world / "sample", "add", "src/inventory/cli.py")
        assert done.returncode == 1
        assert f"src/inventory/cli.py:{number}: error[missing]: inventory imports pygwalker" in (
            done.stdout
        )

    def test_try_repo_runs_it_from_the_clone(self, runner: str, world: Path) -> None:
        done = hook_run(
            world, runner, "try-repo", str(world / "extrasplit"), "extrasplit-check", "--all-files"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Passed" in done.stdout


def hook_run(world: Path, runner: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    beside = Path(sys.executable).parent / runner
    return run(world, str(beside), *arguments, cwd=world / "sample")


def run(world: Path, *argv: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = os.environ | {
        "EXTRASPLIT_CACHE_DIR": str(world / "cache"),
        "PRE_COMMIT_HOME": str(world / "pre-commit"),
        "PREK_HOME": str(world / "prek"),
        "NO_COLOR": "1",
    }
    return subprocess.run(
        argv, cwd=cwd or world, env=env, capture_output=True, text=True, check=False, timeout=900
    )


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True
    )


def commit(folder: Path, message: str) -> None:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
