"""The composite action: its scripts run in a fresh repository, with a `gh` that writes down."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from extrasplit.cli import main
from support.app import make_app
from support.index import LocalIndex
from support.uv import run_uv

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
SCRIPTS = [name for name, step in STEPS.items() if "run" in step]

GH = """\
#!/bin/sh
printf '%s\\n' "$*" >> "$GH_LOG"
case "$*" in *--paginate*) [ -z "$GH_OURS" ] || echo "$GH_OURS";; esac
"""


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_holds_an_expression(name: str) -> None:
    # what a pull request can name would be run as shell text
    assert "${{" not in STEPS[name]["run"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_is_bash(name: str) -> None:
    subprocess.run(["bash", "-n"], input=STEPS[name]["run"], text=True, check=True)


def test_every_input_is_described_and_used() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    for name, what in ACTION["inputs"].items():
        assert what["description"]
        assert f"inputs.{name}" in text


class Runner:
    """Runs the action's scripts one by one, as GitHub would, on this machine."""

    def __init__(self, folder: Path, project: Path, base: str, inputs: dict[str, str]) -> None:
        self.project = project
        self.outputs: dict[str, str] = {}
        self.printed = ""
        temp = folder / "temp"
        (temp / "extrasplit/bin").mkdir(parents=True)
        (temp / "extrasplit/bin/extrasplit").symlink_to(Path(sys.executable).parent / "extrasplit")
        (folder / "gh").write_text(GH)
        (folder / "gh").chmod(0o755)
        self.values = {
            "runner.temp": str(temp),
            "github.event.pull_request.base.sha": base,
            "github.event.pull_request.number": "7",
            "inputs.token": "a-token",
            **{
                f"inputs.{name}": str(one.get("default", ""))
                for name, one in ACTION["inputs"].items()
            },
            **{f"inputs.{name}": value for name, value in inputs.items()},
        }
        self.env = os.environ | {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(temp),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_REPOSITORY": "owner/shop",
            "GH_LOG": str(folder / "gh.log"),
            "GH_OURS": "",
        }
        self.folder = folder

    def run(self, name: str, **env: str) -> int:
        step = STEPS[name]
        given = {key: self._resolve(str(value)) for key, value in step.get("env", {}).items()}
        (self.folder / "output").write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.project,
            env=self.env | given | env,
            capture_output=True,
            text=True,
            check=False,
        )
        self.printed = done.stdout
        for line in (self.folder / "output").read_text().splitlines():
            key, _, value = line.partition("=")
            self.values[f"steps.{step['id']}.outputs.{key}"] = value
        assert done.returncode == 0 or name == "Verdict", done.stderr
        return done.returncode

    def read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def _resolve(self, text: str) -> str:
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda m: self.values.get(m[1], ""), text)


@pytest.fixture
def pull_request(
    tmp_path: Path, index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """A project whose second commit adds a heavy requirement; with the first one's name."""
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / "cache"))
    app = make_app(tmp_path / "shop", index)
    assert main(["apply", str(app), "--write", "--only", "pyproject", "--quiet"]) == 0
    git = ["git", "-C", str(app), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    done = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    index.wheel("heavy", files={"heavy/__init__.py": "", "heavy.bin": bytes(9_000_000)})
    path = app / "pyproject.toml"
    path.write_text(path.read_text().replace('"clickish>=1",', '"clickish>=1", "heavy",'))
    run_uv("lock", cwd=app)
    return app, done.stdout.strip()


def test_a_pull_request_gets_annotations_a_summary_and_one_comment(
    pull_request: tuple[Path, str], tmp_path: Path
) -> None:
    app, base = pull_request
    runner = Runner(tmp_path / "runner", app, base, {"fail-over": "5MB"})
    runner.run("Check")
    assert runner.values["steps.check.outputs.status"] == "0"
    assert "::notice file=pyproject.toml,line=" in runner.printed
    assert "## Image variants" in runner.read("summary")
    runner.run("Difference")
    assert runner.values["steps.diff.outputs.status"] == "1"
    told = (tmp_path / "runner/temp/extrasplit-diff.md").read_text()
    assert told.startswith("<!-- extrasplit . -->\n## Image sizes")
    assert "more than 5MB" in told
    assert "--method POST repos/owner/shop/issues/7/comments" in runner.read("gh.log")
    assert runner.run("Verdict") == 1


@pytest.mark.slow
def test_the_comment_is_written_anew_where_it_stands(
    pull_request: tuple[Path, str], tmp_path: Path
) -> None:
    app, base = pull_request
    runner = Runner(tmp_path / "runner", app, base, {})
    runner.run("Difference", GH_OURS="42")
    assert "--method PATCH repos/owner/shop/issues/comments/42" in runner.read("gh.log")
    assert runner.values["steps.diff.outputs.status"] == "0"
    assert runner.run("Verdict") == 0


@pytest.mark.slow
def test_an_error_fails_the_job_and_no_comment_is_asked_for(
    pull_request: tuple[Path, str], tmp_path: Path
) -> None:
    app, base = pull_request
    cli = app / "src/shop/cli.py"
    cli.write_text(f"import walker\n{cli.read_text()}")
    runner = Runner(tmp_path / "runner", app, base, {"comment": "false"})
    runner.run("Check")
    assert "::error file=src/shop/cli.py,line=1,title=extrasplit missing::" in runner.printed
    runner.run("Difference")
    assert runner.read("gh.log") == ""
    assert runner.run("Verdict") == 1
