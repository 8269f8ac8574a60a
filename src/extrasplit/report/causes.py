"""Renders findings for people: grouped by kind, each with its chain and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extrasplit.findings import KINDS
from extrasplit.report.contract import FindingRecord
from extrasplit.report.wording import LEVELS, by_weight, chain, plural

STYLES: Final = {"error": "bold red", "warning": "yellow", "note": "cyan"}
NOTES_SHOWN: Final = 8
"""Notes beyond these are counted; `--format json` holds them all."""


def findings_block(findings: Sequence[FindingRecord]) -> RenderableType:
    """Return errors and warnings in full, and the first of the notes."""
    ordered = sorted(by_weight(findings), key=lambda f: (LEVELS.index(f.level), f.kind))
    notes = [finding for finding in ordered if finding.level == "note"]
    shown = [finding for finding in ordered if finding.level != "note"] + notes[:NOTES_SHOWN]
    parts: list[RenderableType] = [Text(f"Findings: {counted(findings)}", style="bold")]
    for (level, kind), group in groupby(shown, key=lambda f: (f.level, f.kind)):
        heading = Text.assemble(
            "\n  ", (level, STYLES[level]), " ", (kind, "bold"), f"  {KINDS[kind].meaning}"
        )
        parts += [heading, *_group_lines(list(group))]
    if len(notes) > NOTES_SHOWN:
        parts.append(
            Text(f"\n  and {plural(len(notes) - NOTES_SHOWN, 'more note')} (--format json)")
        )
    parts.append(Text(""))
    return Group(*parts)


def counted(findings: Iterable[FindingRecord]) -> str:
    """Return how many there are of each level (`1 error, 3 notes`)."""
    levels = [finding.level for finding in findings]
    return ", ".join(plural(levels.count(level), level) for level in LEVELS if level in levels)


def hanging(text: Text | str, *, mark: str = "", indent: int = 0) -> RenderableType:
    """Return text whose further lines begin where its first does, behind the mark."""
    grid = Table.grid()
    if mark:
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    body = Text(text) if isinstance(text, str) else text
    grid.add_row(*([Text(mark), body] if mark else [body]))
    return Padding(grid, (0, 0, 0, indent))


def _group_lines(findings: Sequence[FindingRecord]) -> list[RenderableType]:
    lines: list[RenderableType] = []
    told: set[str] = set()
    for finding in findings:
        count = f" ({finding.count} places)" if finding.count > 1 else ""
        lines.append(hanging(f"{finding.message}{count}", mark="- ", indent=4))
        if finding.chain:
            lines.append(hanging(Text(chain(finding.chain), style="bright_black"), indent=6))
        lines += _fix_lines(finding, told)
    return lines


def _fix_lines(finding: FindingRecord, told: set[str]) -> list[RenderableType]:
    """Return the fix, never wrapped: it is pasted. Notes tell the same few lines only once."""
    if finding.fix is None:
        return []
    first, *others = finding.fix.splitlines()
    if others and finding.level == "note":
        if first in told:
            return []
        told.add(first)
    marks = ["fix: ", *(" " * 5 for _ in others)]
    return [
        Text(f"      {mark}{line}", style="green", no_wrap=True, overflow="ignore")
        for mark, line in zip(marks, [first, *others], strict=True)
    ]
