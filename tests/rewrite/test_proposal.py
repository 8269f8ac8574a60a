from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from extrasplit.errors import ExtrasplitError
from extrasplit.project.declared import ConfiguredVariant, Settings
from extrasplit.project.starts.stages import read_instructions
from extrasplit.rewrite.header import ownership
from extrasplit.rewrite.proposal import (
    ImageFacts,
    Proposal,
    ProposalOptions,
    propose,
    unified_diff,
)
from extrasplit.rewrite.quoting import docker_word
from extrasplit.split.plan import Plan, Variant
from support.plans import plan_of, project_of, settled, variant
from support.roles import role, streamlit

TEXT = """[project]
name = "my-app"
version = "1"
readme = "README.md"
dependencies = [
    "click",
    "streamlit>=1.40",  # the pages
]

[project.scripts]
cli = "app.cli:main"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
IMAGES = (
    variant("cli", packages=["click"]),
    variant("web", ["web"], packages=["click", "streamlit"]),
)
FACTS = ImageFacts("python:3.12-slim", "0.9.1", entries=frozenset({"src", ".streamlit", "tests"}))
ALL = ProposalOptions(compose=True, workflow=True)


def proposal(
    files: dict[str, str] | None = None,
    options: ProposalOptions = ALL,
    *,
    settings: Settings | None = None,
    text: str = TEXT,
    variants: Sequence[Variant] = IMAGES,
    plan: Plan | None = None,
) -> Proposal:
    project = project_of(text)
    standing = {"pyproject.toml": text} | (files or {})
    return propose(
        {path: content.encode() for path, content in standing.items()},
        project,
        settings or Settings(),
        plan or plan_of(project, {"streamlit>=1.40": "web"}, variants=variants),
        [role("cli"), streamlit()],
        FACTS,
        options,
    )


def actions(found: Proposal) -> dict[str, str]:
    return {file.path: file.action for file in found.files}


def applied(found: Proposal, files: dict[str, str] | None = None) -> dict[str, str]:
    return (files or {}) | {path: data.decode() for path, data in found.changes.items()}


def test_all_files_are_proposed_for_a_project_that_has_none() -> None:
    assert actions(proposal()) == {
        "pyproject.toml": "change",
        "Dockerfile": "create",
        ".dockerignore": "create",
        "docker-bake.hcl": "create",
        "compose.yaml": "create",
        ".github/workflows/images.yml": "create",
    }


def test_a_second_proposal_changes_nothing() -> None:
    files = applied(proposal())
    text = files.pop("pyproject.toml")
    project = project_of(text)
    again = proposal(files, text=text, plan=settled(project, plan_of(project, variants=IMAGES)))
    assert set(actions(again).values()) == {"keep"}
    assert not again.changes
    assert all(file.diff == "" for file in again.files)


def test_line_endings_of_a_windows_checkout_change_nothing() -> None:
    files = {path: text.replace("\n", "\r\n") for path, text in applied(proposal()).items()}
    del files["pyproject.toml"]
    found = actions(proposal(files))
    assert set(found.values()) - {found["pyproject.toml"]} == {"keep"}


def test_the_users_own_files_are_never_named() -> None:
    own = {
        "Dockerfile": "FROM python:3.12\n",
        ".dockerignore": "*.db\n",
        "docker-bake.hcl": "# mine\n",
        "docker-compose.yml": "services: {}\n",
        ".github/workflows/images.yml": "on: push\n",
    }
    found = proposal(own)
    assert not own.keys() & actions(found).keys()
    assert actions(found).keys() == {
        "pyproject.toml",
        "Dockerfile.extrasplit",
        "Dockerfile.extrasplit.dockerignore",
        "docker-bake.extrasplit.hcl",
        "compose.extrasplit.yaml",
        ".github/workflows/images-extrasplit.yml",
    }
    bake = found.changes["docker-bake.extrasplit.hcl"].decode()
    assert 'dockerfile = "Dockerfile.extrasplit"' in bake


def test_the_users_ignored_files_stay_ignored_and_the_build_sees_what_it_needs() -> None:
    found = proposal({".dockerignore": "*.md\nsecret\n"})
    lines = found.changes["Dockerfile.dockerignore"].decode().splitlines()
    assert lines.index("*.md") < lines.index("!README.md")
    assert "secret" in lines
    assert ".dockerignore" not in actions(found)


def test_an_edited_file_is_refused_with_its_diff_and_force_is_named() -> None:
    files = applied(proposal())
    del files["pyproject.toml"]
    files["Dockerfile"] += "RUN mine\n"
    found = proposal(files)
    refused = found.refused[0]
    assert (refused.path, refused.action) == ("Dockerfile", "refuse")
    assert refused.reason is not None
    assert "--force" in refused.reason
    assert "-RUN mine" in refused.diff
    assert "Dockerfile" not in found.changes
    forced = proposal(files, replace(ALL, force=True))
    assert actions(forced)["Dockerfile"] == "change"
    assert ownership(forced.changes["Dockerfile"].decode()) == "generated"


@pytest.mark.parametrize(
    ("part", "paths"),
    [
        ("pyproject", {"pyproject.toml"}),
        ("docker", {"Dockerfile", ".dockerignore"}),
        ("bake", {"docker-bake.hcl"}),
        ("compose", {"compose.yaml"}),
        ("workflow", {".github/workflows/images.yml"}),
    ],
)
def test_only_one_part_is_proposed_on_request(part: str, paths: set[str]) -> None:
    options = ProposalOptions(only=frozenset({part}))  # type: ignore[arg-type]
    assert actions(proposal(options=options)).keys() == paths


def test_compose_and_workflow_are_written_on_request_and_then_kept_up_to_date() -> None:
    assert "compose.yaml" not in actions(proposal(options=ProposalOptions()))
    files = applied(proposal())
    del files["pyproject.toml"]
    found = actions(proposal(files, ProposalOptions()))
    assert found["compose.yaml"] == "keep"


def test_a_plan_without_anything_to_do_proposes_nothing() -> None:
    project = project_of(TEXT)
    unchanged = plan_of(project, variants=IMAGES)
    assert not unchanged.changed
    assert proposal(options=ProposalOptions(), plan=unchanged).files == ()


def test_one_variant_alone_is_built_and_recorded() -> None:
    found = proposal(options=ProposalOptions(variants=("web",)))
    assert "AS cli" not in found.changes["Dockerfile"].decode()
    assert "variants.cli" not in found.changes["pyproject.toml"].decode()


def test_an_unknown_variant_is_refused_with_those_there_are() -> None:
    with pytest.raises(ExtrasplitError, match="no variant 'gui'") as caught:
        proposal(options=ProposalOptions(variants=("gui",)))
    assert caught.value.hint == "it has cli, web"


def test_what_cannot_be_carried_is_a_note_with_its_line() -> None:
    found = proposal({"Dockerfile": "FROM python:3.12\nRUN npm ci\nCMD cli\n"})
    assert [(str(note), note.module) for note in found.notes] == [("Dockerfile:2", "npm ci")]


def test_the_moves_are_those_of_the_plan() -> None:
    assert [(m.requirement.text, m.to) for m in proposal().moves] == [("streamlit>=1.40", "web")]


def test_compose_starts_each_image() -> None:
    services = yaml.safe_load(proposal().changes["compose.yaml"])["services"]
    assert services.keys() == {"cli", "web"}
    assert services["web"]["build"] == {
        "context": ".",
        "dockerfile": "Dockerfile",
        "target": "web",
    }


def test_the_workflow_builds_each_image_within_its_limit() -> None:
    limit = ConfiguredVariant("web", ("web",), (), max_size_bytes=450_000_000)
    found = proposal(settings=Settings(variants={"web": limit}))
    jobs = yaml.safe_load(found.changes[".github/workflows/images.yml"])["jobs"]
    assert jobs["build"]["strategy"]["matrix"]["include"] == [
        {"target": "cli", "image": "my-app-cli", "limit": 0},
        {"target": "web", "image": "my-app-web", "limit": 450_000_000},
    ]
    commands = " ".join(step.get("run", "") for step in jobs["sizes"]["steps"])
    assert "extrasplit diff" in commands
    assert "--fail-over" in commands


def test_the_shell_of_the_workflow_is_valid() -> None:
    jobs = yaml.safe_load(proposal().changes[".github/workflows/images.yml"])["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert len(scripts) >= 6
    for script in scripts:
        assert "${{" not in script, "expressions reach the shell as variables only"
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_a_diff_says_where_the_last_line_has_no_end() -> None:
    assert unified_diff("a", b"x", b"y\n") == (
        "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n"
    )
    assert unified_diff("a", None, b"y\n").startswith("--- /dev/null\n+++ b/a\n")


def test_a_diff_can_be_applied_by_patch(tmp_path: Path) -> None:
    for file in proposal().files:
        target = tmp_path / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.before is not None:
            target.write_bytes(file.before)
        subprocess.run(
            ["git", "apply", "-"], input=file.diff.encode(), cwd=tmp_path, check=True,
            env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert target.read_bytes() == file.after


HOSTILE = ["a\nRUN x", "$(touch x)", "`id`", "a && b", 'say "x" now', "it's", "${{ github.token }}"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_quoted_or_refused(name: str) -> None:
    images = [variant(name, packages=["click"], entrypoints=["cli"])]
    if "\n" in name:
        with pytest.raises(ExtrasplitError, match="control character"):
            proposal(variants=images)
        return
    texts = {path: data.decode() for path, data in proposal(variants=images).changes.items()}
    label = next(i for i in read_instructions(texts["Dockerfile"]) if i.keyword == "LABEL")
    assert label.value == f"org.opencontainers.image.title={docker_word(f'my-app {name}')}"
    generated = ("docker-bake.hcl", "compose.yaml", ".github/workflows/images.yml")
    plain = {path: data.decode() for path, data in proposal().changes.items()}
    for path in generated:  # the name reaches these only as a stage's name
        assert texts[path].count("$") <= plain[path].count("$")
        assert name not in texts[path].replace("GH_TOKEN: ${{ github.token }}", "")
    recorded = tomllib.loads(texts["pyproject.toml"])["tool"]["extrasplit"]["variants"]
    assert recorded.keys() == {name}
