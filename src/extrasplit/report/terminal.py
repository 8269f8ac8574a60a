"""Renders `suggest` for a terminal: images, groups, unlocks, findings and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import msgspec
from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from extrasplit.report.causes import findings_block, hanging
from extrasplit.report.contract import (
    BaseRecord,
    GroupRecord,
    ShrinkRecord,
    SuggestReport,
    UnlockRecord,
    VariantRecord,
    WhatIfRecord,
)
from extrasplit.report.prunes import prune_block
from extrasplit.report.wording import change, megabytes, plural, unlock_changes

BAR_CELLS: Final = 16


def suggest_blocks(report: SuggestReport) -> list[RenderableType]:
    """Return the blocks in the order in which they are read."""
    blocks: list[RenderableType] = [_heading(report), images_table(report.variants)]
    if report.whatif is not msgspec.UNSET:
        blocks.append(whatif_table(report.whatif, report.variants))
    blocks.append(groups_block(report.groups, report.base, report.changed))
    if report.aliases:
        blocks.append(_aliases(report))
    if report.unlocks:
        blocks.append(unlocks_block(report.unlocks, report.variants))
    if report.shrink:
        blocks.append(shrink_block(report.shrink))
    if report.prune is not msgspec.UNSET:
        blocks.append(prune_block(report.prune))
    if report.findings:
        blocks.append(findings_block(report.findings))
    blocks.append(_next_step(report))
    return blocks


def images_table(variants: Sequence[VariantRecord]) -> Table:
    """Return two lines a variant: what its image weighs today and would weigh, and what it is."""
    table = Table(title="Images", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("variant", overflow="fold")
    table.add_column("today", justify="right", no_wrap=True)
    table.add_column("planned", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, max_width=BAR_CELLS)
    table.add_column("", justify="right", no_wrap=True)
    largest = max((max(v.before_bytes, v.image_bytes) for v in variants), default=1)
    for variant in variants:
        table.add_row(
            _variant_cell(variant),
            megabytes(variant.before_bytes),
            megabytes(variant.image_bytes),
            bar(variant.image_bytes, variant.before_bytes, largest),
            change(variant.before_bytes, variant.image_bytes),
        )
    return table


def sizes_table(variants: Sequence[VariantRecord]) -> Table:
    """Return two lines a variant as it is: what it holds and weighs, and what it is made of."""
    table = Table(title="Images", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("variant", overflow="fold")
    for column in ("packages", "installed", "pull", "image"):
        table.add_column(column, justify="right", no_wrap=True)
    for variant in variants:
        sizes = (variant.installed_bytes, variant.pull_bytes, variant.image_bytes)
        table.add_row(_variant_cell(variant), str(variant.packages), *map(megabytes, sizes))
    return table


def _variant_cell(variant: VariantRecord) -> Text:
    extras = " + ".join(variant.extras) or "no extra"
    roles = ", ".join(variant.entrypoints)
    told = roles in ("", variant.name, variant.name.removesuffix("-full"))
    starts = "" if told else f"starts {roles}: "
    return Text.assemble((variant.name, "bold"), (f"\n{starts}{extras}", "bright_black"))


def bar(after_bytes: int, before_bytes: int, largest_bytes: int) -> Text:
    """Return a bar: solid for what stays, light for what goes."""
    scale = BAR_CELLS / max(largest_bytes, 1)
    solid = max(1, round(after_bytes * scale))
    light = max(0, round(before_bytes * scale) - solid)
    return Text.assemble(("█" * solid, "green"), ("░" * light, "bright_black"))


def groups_block(groups: Sequence[GroupRecord], base: BaseRecord, changed: bool) -> RenderableType:
    """Return base and every group with its bytes, its requirements and its reason."""
    title = "Groups" if changed else "Groups, as they are"
    parts: list[RenderableType] = [Text(title, style="bold")]
    parts += _group_lines(
        "base", base.installed_bytes, base.requirements, base.added, "every variant holds it"
    )
    for group in groups:
        parts += _group_lines(
            group.name, group.installed_bytes, group.requirements, group.added, group.why
        )
    return Group(*parts, Text(""))


def _group_lines(
    name: str, installed_bytes: int, requirements: Sequence[str], added: Sequence[str], why: str
) -> list[RenderableType]:
    listed = Text(", ".join(requirements) or ("" if added else "nothing"))
    for text in added:
        listed.append(f"{', ' if listed else ''}+ {text}", style="green")
    size = megabytes(installed_bytes) if name == "base" else f"+{megabytes(installed_bytes)}"
    return [
        Text.assemble("  ", (name, "bold"), f"  {size}"),
        hanging(listed, indent=6),
        hanging(Text(why, style="bright_black"), indent=6),
    ]


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
        parts += [hanging(text, mark="- ", indent=4) for text in unlock_changes(unlock)]
    for variant in variants:
        if variant.unlocked_bytes < variant.installed_bytes:
            parts.append(
                hanging(
                    f"with all of {variant.name}'s made, {megabytes(variant.installed_bytes)} of "
                    f"distributions become {megabytes(variant.unlocked_bytes)}",
                    indent=2,
                )
            )
    return Group(*parts, Text(""))


def shrink_block(shrink: Sequence[ShrinkRecord]) -> RenderableType:
    """Return what would leave each image with the heaviest distributions that it imports."""
    parts: list[RenderableType] = [
        Text("What would shrink an image most: without it, and what only it brings", style="bold")
    ]
    for variant, records in groupby(shrink, key=lambda record: record.variant):
        told = ", ".join(
            f"{record.distribution} {megabytes(record.retained_bytes)} "
            f"(in {plural(len(record.modules), 'module')})"
            for record in records
        )
        parts.append(hanging(told, mark=f"{variant}  ", indent=2))
    return Group(*parts, Text(""))


def whatif_table(whatif: Sequence[WhatIfRecord], variants: Sequence[VariantRecord]) -> Table:
    """Return each image's installed bytes, as planned and were it otherwise."""
    table = Table(title="What if", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("variant", style="bold")
    for column in ("planned", "then", ""):
        table.add_column(column, justify="right", no_wrap=True)
    planned = {variant.name: variant.installed_bytes for variant in variants}
    for one in whatif:
        before = planned.get(one.variant, 0)
        table.add_row(
            escape(one.variant),
            megabytes(before),
            megabytes(one.installed_bytes),
            change(before, one.installed_bytes),
        )
    return table


def _heading(report: SuggestReport) -> Text:
    project, target = report.project, report.target
    version = f" {project.version}" if project.version else ""
    return Text.assemble(
        (f"{project.name}{version}", "bold"),
        f"  Python {target.python}, {target.platform}, {target.libc}, "
        f"{plural(project.lock.packages, 'package')} locked, on {target.base_image}\n",
    )


def _aliases(report: SuggestReport) -> RenderableType:
    lines = [
        hanging(" + ".join(groups), mark=f"{alias} = ", indent=2)
        for alias, groups in report.aliases.items()
    ]
    title = Text("Aliases, so that every extra keeps its meaning", style="bold")
    return Group(title, *lines, Text(""))


def _next_step(report: SuggestReport) -> RenderableType:
    if not report.changed:
        return Text("Nothing to do: no better cut was found.", style="bold green")
    steps = [
        ("extrasplit apply", "shows the change; with --write, it is made"),
        ("extrasplit verify", "then starts every variant"),
    ]
    if report.unlocks:
        steps.insert(0, ("extrasplit unlock", "shows the import lines that would free more"))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for command, what in steps:
        table.add_row(Text(f"  {command}", style="bold"), what)
    return Group(Text("Next", style="bold"), table)
