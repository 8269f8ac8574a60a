"""Renders findings as `path:line: kind: message` lines, which editors and CI logs follow."""

from __future__ import annotations

from collections.abc import Sequence

from extrasplit.report.contract import FindingRecord
from extrasplit.report.wording import by_weight, chain, place, plural

NOWHERE = "pyproject.toml"
"""Where a finding has no line of its own."""


def finding_line(finding: FindingRecord) -> str:
    """Return the first line of one finding; the place is that of the last link of its chain."""
    where = place(finding.chain[-1]) if finding.chain else NOWHERE
    count = f" ({finding.count} places)" if finding.count > 1 else ""
    return f"{where}: {finding.level}[{finding.kind}]: {finding.message}{count}"


def render_lines(findings: Sequence[FindingRecord], *, notes: bool = False) -> str:
    """Return all findings, errors first, each with its chain and fix, and one closing line.

    Notes are left out unless asked for, but never those that tell what could not be known.
    """
    shown = [f for f in by_weight(findings) if notes or f.level != "note" or f.kind == "unknown"]
    lines: list[str] = []
    for finding in shown:
        lines.append(finding_line(finding))
        if len(finding.chain) > 1:
            lines.append(f"    {chain(finding.chain)}")
        if finding.fix:
            lines += [f"    fix: {line}" for line in finding.fix.splitlines()]
    hidden = " (--verbose shows notes)" if len(shown) < len(findings) else ""
    lines.append(closing_line(findings) + hidden)
    return "\n".join(lines) + "\n"


def closing_line(findings: Sequence[FindingRecord]) -> str:
    """Return how many there are of each level."""
    if not findings:
        return "extrasplit: nothing found"
    counts = [
        plural(count, level)
        for level in ("error", "warning", "note")
        if (count := sum(finding.level == level for finding in findings))
    ]
    return f"extrasplit: {', '.join(counts)}"
