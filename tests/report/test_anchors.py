"""Findings without a line of source, and their line of pyproject.toml."""

from __future__ import annotations

import pytest

from extrasplit.report.anchors import anchored, seen_from
from extrasplit.report.contract import CheckReport, FindingRecord, PlaceRecord, TargetRecord

PYPROJECT = """\
[project]
dependencies = [
    # "ruamel-yaml" was here
    "click",
    'Ruamel.YAML>=0.18',  # "click-plugins"
]
[tool.extrasplit]
ignore = ["unclaimed:click"]
[tool.extrasplit.variants."web-full"]
extras = []
"""


def report(kind: str, distribution: str | None = None, variant: str | None = None, *chain):
    finding = FindingRecord(
        kind=kind,
        level="note",
        distribution=distribution,
        entrypoint=None,
        variant=variant,
        message="",
        fix=None,
        chain=list(chain),
        count=1,
    )
    target = TargetRecord(python="3.12", platform="linux/amd64", libc="glibc", base_image="x")
    return CheckReport(target=target, variants=[], findings=[finding])


@pytest.mark.parametrize(
    ("kind", "distribution", "variant", "line"),
    [
        ("unclaimed", "click", None, 4),
        ("unclaimed", "ruamel-yaml", None, 5),
        ("unclaimed", "click-plugins", None, 0),
        ("unclaimed", "nowhere", None, 0),
        ("budget", "click", "web-full", 9),
        ("budget", "click", "web", 0),
        ("unused-ignore", "click", None, 8),
        ("unknown", None, None, 0),
    ],
)
def test_the_line_is_that_of_the_requirement_the_variant_or_the_ignore(
    kind: str, distribution: str | None, variant: str | None, line: int
) -> None:
    (finding,) = anchored(report(kind, distribution, variant), PYPROJECT).findings
    assert [(p.path, p.line) for p in finding.chain] == ([("pyproject.toml", line)] if line else [])


def test_what_has_a_line_of_source_keeps_it() -> None:
    place = PlaceRecord(path="a.py", line=3, module="click")
    (finding,) = anchored(report("transitive", "click", None, place), PYPROJECT).findings
    assert finding.chain == [place]


def test_paths_are_seen_from_where_the_command_runs() -> None:
    place = PlaceRecord(path="a.py", line=3, module="click")
    (finding,) = seen_from(report("missing", "click", None, place), "services/api/").findings
    assert finding.chain[0].path == "services/api/a.py"
    (finding,) = seen_from(report("unknown"), "services/api/").findings
    assert finding.chain[0].path == "services/api/pyproject.toml"
