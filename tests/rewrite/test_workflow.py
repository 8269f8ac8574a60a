from __future__ import annotations

from typing import Any

import yaml

from extrasplit.rewrite.carry import Carried
from extrasplit.rewrite.dockerfile import Build, Image
from extrasplit.rewrite.stages import chain
from extrasplit.rewrite.workflow import render_workflow
from support.plans import variant

BUILD = Build("My.App", "python:3.12-slim", "astral/uv:0.9")
IMAGES = [Image(stage, Carried()) for stage in chain([variant("cli"), variant("web")])]


def workflow(**more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"bake_file": "docker-bake.hcl", "limits": {}, **more}
    return dict(yaml.safe_load(render_workflow(BUILD, IMAGES, **given)))


def test_it_may_write_nothing_but_comments() -> None:
    assert workflow()["permissions"] == {"contents": "read", "pull-requests": "write"}


def test_an_image_over_its_limit_fails_its_job() -> None:
    entries = workflow(limits={"web": 5})["jobs"]["build"]["strategy"]["matrix"]["include"]
    assert [(entry["target"], entry["limit"]) for entry in entries] == [("cli", 0), ("web", 5)]
    measure = next(s for s in workflow()["jobs"]["build"]["steps"] if s.get("name") == "Measure")
    assert 'if [ "${LIMIT}" -gt 0 ] && [ "${bytes}" -gt "${LIMIT}" ]; then' in measure["run"]
    assert "exit 1" in measure["run"]


def test_expressions_in_a_name_are_not_evaluated() -> None:
    env = workflow(bake_file="${{ secrets.X }}.hcl")["jobs"]["build"]["env"]
    assert env["BAKE_FILE"] == "${{ '${{' }} secrets.X }}.hcl"


def test_sizes_are_kept_over_time_by_variant() -> None:
    steps = workflow()["jobs"]["build"]["steps"]
    keys = [step["with"]["key"] for step in steps if "cache/" in step.get("uses", "")]
    assert keys == ["sizes-${{ matrix.target }}-${{ github.run_id }}"] * 2
