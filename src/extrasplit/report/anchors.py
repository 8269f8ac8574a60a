"""Says where findings are: a line of pyproject.toml where source has none, seen from a folder."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from extrasplit.report.contract import CheckReport, FindingRecord, PlaceRecord

PYPROJECT = "pyproject.toml"


def anchored(report: CheckReport, pyproject: str) -> CheckReport:
    """Return the report with a place for each finding that `pyproject` (its text) can place."""
    lines = pyproject.splitlines()
    return msgspec.structs.replace(
        report,
        findings=[
            finding if finding.chain else _placed(finding, lines) for finding in report.findings
        ],
    )


def seen_from(report: CheckReport, prefix: str) -> CheckReport:
    """Return the report with `prefix` before each path: the way from a folder to the project.

    Editors, GitHub and SARIF follow paths from where the command was run.
    """
    return msgspec.structs.replace(
        report, findings=[_prefixed(finding, prefix) for finding in report.findings]
    )


def _prefixed(finding: FindingRecord, prefix: str) -> FindingRecord:
    chain = finding.chain or [PlaceRecord(path=PYPROJECT, line=0, module="")]
    return msgspec.structs.replace(
        finding,
        chain=[msgspec.structs.replace(p, path=f"{prefix}{p.path}") for p in chain],
    )


def _placed(finding: FindingRecord, lines: Sequence[str]) -> FindingRecord:
    number = next((n for p in _patterns(finding) if (n := _line_of(p, lines))), 0)
    if not number:
        return finding
    place = PlaceRecord(path=PYPROJECT, line=number, module="")
    return msgspec.structs.replace(finding, chain=[place])


def _patterns(finding: FindingRecord) -> list[str]:
    """Return what to look for, the surest first."""
    patterns = []
    if finding.kind == "unused-ignore":
        patterns.append(r"ignore\s*=")
    if finding.variant and finding.kind == "budget":
        patterns.append(
            rf"\[tool\.extrasplit\.variants\.[\"']?{re.escape(finding.variant)}[\"']?\]"
        )
    elif finding.distribution:
        # runs of -, _ and . are the same in a name (PyPA, name normalization)
        name = r"[-_.]+".join(map(re.escape, finding.distribution.split("-")))
        patterns.append(rf"[^#]*[\"'](?i:{name})(?![\w.-])")
    return patterns


def _line_of(pattern: str, lines: Sequence[str]) -> int:
    """Return the number of the first line that begins with the pattern, indented or not; else 0."""
    sought = re.compile(rf"\s*{pattern}")
    return next((n for n, line in enumerate(lines, 1) if sought.match(line)), 0)
