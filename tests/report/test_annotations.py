"""Workflow commands and SARIF: what is escaped, and where findings without a line go."""

from __future__ import annotations

import json

import pytest

from extrasplit.report.annotations import render_github, render_sarif
from extrasplit.report.contract import FindingRecord, PlaceRecord


def finding(message: str = "it crashes", *chain: PlaceRecord, fix: str | None = None):
    return FindingRecord(
        kind="missing",
        level="error",
        distribution="rich",
        entrypoint="shop",
        variant=None,
        message=message,
        fix=fix,
        chain=list(chain),
        count=1,
    )


def test_github_gets_one_line_a_finding_whatever_is_in_it() -> None:
    wicked = "50% of\nlines, ::error::\r"
    text = render_github([finding(wicked, PlaceRecord(path="a,b:c.py", line=2, module=""))])
    assert text == (
        "::error file=a%2Cb%3Ac.py,line=2,title=extrasplit missing::"
        "50%25 of%0Alines, ::error::%0D\n"
    )


def test_a_finding_without_a_line_goes_to_pyproject() -> None:
    assert "file=pyproject.toml,line=1," in render_github([finding()])


@pytest.mark.parametrize(
    ("path", "uri"), [("src/a b.py", "src/a%20b.py"), ("src/ü#.py", "src/%C3%BC%23.py")]
)
def test_sarif_paths_are_uris(path: str, uri: str) -> None:
    log = json.loads(render_sarif([finding("m", PlaceRecord(path=path, line=1, module=""))]))
    (result,) = log["runs"][0]["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_sarif_tells_the_chain_as_a_flow() -> None:
    steps = [PlaceRecord(path=f"{n}.py", line=n, module=f"m{n}") for n in (1, 2)]
    log = json.loads(render_sarif([finding("m", *steps)]))
    (flow,) = log["runs"][0]["results"][0]["codeFlows"]
    told = [one["location"]["message"]["text"] for one in flow["threadFlows"][0]["locations"]]
    assert told == ["m1", "m2"]


def test_nothing_found_is_a_log_too() -> None:
    assert json.loads(render_sarif([]))["runs"][0]["results"] == []
    assert render_github([]) == ""
