"""Renders findings for machines that show them beside the code: GitHub and SARIF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from extrasplit import __version__
from extrasplit.findings import KINDS
from extrasplit.report.contract import FindingRecord, PlaceRecord
from extrasplit.report.lines import NOWHERE
from extrasplit.report.wording import by_weight, chain

_COMMANDS: Final = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(findings: Sequence[FindingRecord]) -> str:
    """Return workflow commands, one a finding (GitHub, Workflow commands: setting a message)."""
    lines = []
    for finding in by_weight(findings):
        where = _where(finding)
        title = _property(f"extrasplit {finding.kind}")
        place = f"file={_property(where.path)},line={max(where.line, 1)},title={title}"
        text = finding.message
        if len(finding.chain) > 1:
            text += f"\n{chain(finding.chain)}"
        if finding.fix:
            text += f"\nfix: {finding.fix}"
        lines.append(f"::{_COMMANDS[finding.level]} {place}::{_message(text)}")
    return "".join(f"{line}\n" for line in lines)


def render_sarif(findings: Sequence[FindingRecord]) -> str:
    """Return a SARIF 2.1.0 log (OASIS), as code scanning reads it."""
    kinds = sorted({finding.kind for finding in findings})
    log: dict[str, Any] = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "extrasplit",
                        "semanticVersion": __version__,
                        "rules": [
                            {
                                "id": kind,
                                "shortDescription": {"text": KINDS[kind].meaning},
                                "defaultConfiguration": {"level": KINDS[kind].severity.value},
                            }
                            for kind in kinds
                        ],
                    }
                },
                "results": [_result(finding, kinds) for finding in by_weight(findings)],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(finding: FindingRecord, kinds: list[str]) -> dict[str, Any]:
    text = finding.message if finding.fix is None else f"{finding.message}\nfix: {finding.fix}"
    result: dict[str, Any] = {
        "ruleId": finding.kind,
        "ruleIndex": kinds.index(finding.kind),
        "level": finding.level,
        "message": {"text": text},
        "locations": [_location(_where(finding))],
        "occurrenceCount": finding.count,
    }
    if len(finding.chain) > 1:
        steps = [{"location": _location(place, place.module)} for place in finding.chain]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _location(place: PlaceRecord, text: str = "") -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(place.path)},
            "region": {"startLine": max(place.line, 1)},
        }
    }
    if text:
        location["message"] = {"text": text}
    return location


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/")


def _where(finding: FindingRecord) -> PlaceRecord:
    return finding.chain[-1] if finding.chain else PlaceRecord(path=NOWHERE, line=1, module="")


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
