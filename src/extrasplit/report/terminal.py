"""Renders `suggest` for a terminal: images, groups, unlocks, findings and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from extrasplit.report.contract import (
    BaseRecord,
    FindingRecord,
    GroupRecord,
    SuggestReport,
    UnlockRecord,
    VariantRecord,
)
from extrasplit.report.wording import by_weight, chain, change, megabytes, plural, unlock_change

BAR_CELLS: Final = 24
STYLES: Final = {"error": "bold red", "warning": "yellow", "note": "cyan"}
NOTES_SHOWN: Final = 8
"""Notes beyond these are counted; `--format json` holds them all."""


def print_suggest(report: SuggestReport, console: Console) -> None:
    """Print the whole answer of `suggest`."""
    for block in suggest_blocks(report):
        console.print(block)


def suggest_blocks(report: SuggestReport) -> list[RenderableType]:
    """Return the blocks in the order in which they are read."""
    blocks: list[RenderableType] = [_heading(report), images_table(report.variants)]
    if report.groups:
        blocks.append(groups_table(report.groups, report.base, report.changed))
    if report.aliases:
        blocks.append(_aliases(report))
    if report.unlocks:
        blocks.append(unlocks_block(report.unlocks, report.variants))
    if report.findings:
        blocks.append(findings_block(report.findings))
    blocks.append(_next_step(report))
    return blocks


def images_table(variants: Sequence[VariantRecord]) -> Table:
    """Return one row a variant: what its image weighs today, what it would weigh."""
    table = Table(title="Images", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("variant", style="bold", no_wrap=True)
    table.add_column("starts")
    table.add_column("extras")
    table.add_column("today", justify="right", no_wrap=True)
    table.add_column("planned", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    largest = max((max(v.before_bytes, v.image_bytes) for v in variants), default=1)
    for variant in variants:
        table.add_row(
            escape(variant.name),
            escape(", ".join(variant.entrypoints)),
            escape(", ".join(variant.extras)) or "-",
            megabytes(variant.before_bytes),
            megabytes(variant.image_bytes),
            bar(variant.image_bytes, variant.before_bytes, largest),
            change(variant.before_bytes, variant.image_bytes),
        )
    return table


def bar(after_bytes: int, before_bytes: int, largest_bytes: int) -> Text:
    """Return a bar: solid for what stays, light for what goes."""
    scale = BAR_CELLS / max(largest_bytes, 1)
    solid = max(1, round(after_bytes * scale))
    light = max(0, round(before_bytes * scale) - solid)
    return Text.assemble(("█" * solid, "green"), ("░" * light, "bright_black"))


def groups_table(groups: Sequence[GroupRecord], base: BaseRecord, changed: bool) -> Table:
    """Return base and every group with its requirements, bytes and reason."""
    title = "Groups" if changed else "Groups (as they are)"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("group", style="bold", no_wrap=True)
    table.add_column("requirements", ratio=3)
    table.add_column("adds", justify="right", no_wrap=True)
    table.add_column("why", ratio=2)
    table.add_row(
        "base",
        _requirements(base.requirements, base.added),
        megabytes(base.installed_bytes),
        "every variant holds it",
    )
    for group in groups:
        table.add_row(
            escape(group.name),
            _requirements(group.requirements, group.added),
            megabytes(group.installed_bytes),
            escape(group.why),
        )
    return table


def unlocks_block(
    unlocks: Sequence[UnlockRecord], variants: Sequence[VariantRecord]
) -> RenderableType:
    """Return the import lines that hold the split back, heaviest first."""
    parts: list[RenderableType] = [Text("Unlocks: import lines that hold it back", style="bold")]
    for unlock in unlocks:
        what = ", ".join(unlock.requirements)
        parts.append(
            Text.assemble(
                "  ",
                (megabytes(unlock.freed_bytes), "bold green"),
                f" of {unlock.variant} for {plural(len(unlock.lines), 'line')}: ",
                (what, "bold"),
            )
        )
        parts += [Text(f"      {unlock_change(unlock, line)}") for line in unlock.lines]
        if not unlock.lines:
            parts.append(Text("      no line uses it: the requirement alone holds it"))
    for variant in variants:
        if variant.unlocked_bytes < variant.installed_bytes:
            parts.append(
                Text(
                    f"  all of {variant.name}'s made: {megabytes(variant.installed_bytes)} of"
                    f" distributions become {megabytes(variant.unlocked_bytes)}"
                )
            )
    parts.append(Text(""))
    return Group(*parts)


def findings_block(findings: Sequence[FindingRecord]) -> RenderableType:
    """Return errors and warnings in full, and the first of the notes."""
    parts: list[RenderableType] = [Text("Findings", style="bold")]
    notes = 0
    for finding in by_weight(findings):
        notes += finding.level == "note"
        if finding.level != "note" or notes <= NOTES_SHOWN:
            parts += finding_lines(finding)
    if notes > NOTES_SHOWN:
        parts.append(Text(f"  and {plural(notes - NOTES_SHOWN, 'more note')} (--format json)"))
    parts.append(Text(""))
    return Group(*parts)


def finding_lines(finding: FindingRecord) -> list[RenderableType]:
    """Return one finding: what, where, and the fix."""
    count = f" ({finding.count} places)" if finding.count > 1 else ""
    lines: list[RenderableType] = [
        Text.assemble(
            "  ",
            (f"{finding.level} ", STYLES[finding.level]),
            (finding.kind, "bold"),
            f"  {finding.message}{count}",
        )
    ]
    if finding.chain:
        lines.append(Text(f"      {chain(finding.chain)}", style="bright_black"))
    if finding.fix:
        lines += [
            Text(f"      fix: {line}" if n == 0 else f"           {line}", style="green")
            for n, line in enumerate(finding.fix.splitlines())
        ]
    return lines


def _heading(report: SuggestReport) -> Text:
    project, target = report.project, report.target
    version = f" {project.version}" if project.version else ""
    return Text.assemble(
        (f"{project.name}{version}", "bold"),
        f"  Python {target.python}, {target.platform}, {target.libc}, "
        f"{plural(project.lock.packages, 'package')} locked, on {target.base_image}",
    )


def _requirements(requirements: Sequence[str], added: Sequence[str]) -> str:
    kept = [escape(text) for text in requirements]
    new = [f"[green]+ {escape(text)}[/green]" for text in added]
    return "\n".join(kept + new) or "-"


def _aliases(report: SuggestReport) -> Text:
    lines = [f"  {alias} = {', '.join(groups)}" for alias, groups in report.aliases.items()]
    return Text("\n".join(["Aliases, so that every extra keeps its meaning", *lines, ""]))


def _next_step(report: SuggestReport) -> Text:
    if not report.changed:
        return Text("Nothing to do: no better cut was found.", style="bold green")
    return Text.assemble(
        "Next: ",
        ("extrasplit apply", "bold"),
        " shows the change, ",
        ("extrasplit apply --write", "bold"),
        " makes it.",
    )
