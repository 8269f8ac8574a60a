"""Renders for a terminal why a group or a distribution stands where it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from extrasplit.report.causes import hanging
from extrasplit.report.contract import ExplanationRecord, SeveredRecord
from extrasplit.report.wording import chain, change, megabytes, plural

CHAINS_SHOWN: Final = 10
"""Chains of an explanation beyond these are counted; `--format json` holds them all."""


def explanation_blocks(explanation: ExplanationRecord) -> list[RenderableType]:
    """Return why a group or a distribution stands where it does, and what moving it would cost."""
    what = f"  a {explanation.kind}, {megabytes(explanation.installed_bytes)}"
    stands = ", ".join(explanation.stands_in)
    if explanation.kind == "distribution":
        what += f", in {stands}" if stands else ", declared nowhere"
    blocks: list[RenderableType] = [Text.assemble((explanation.name, "bold"), what)]
    if explanation.requirements:
        blocks.append(hanging(", ".join(explanation.requirements), indent=6))
    if explanation.why:
        blocks.append(hanging(explanation.why, indent=6))
    if explanation.brought_by:
        holders = ", ".join(path[0] for path in explanation.brought_by)
        blocks.append(hanging(f"brought in by {holders}", indent=6))
    for title, names in (
        ("must hold it ", explanation.must),
        ("may use it   ", explanation.may),
        ("hold it      ", explanation.held_by),
    ):
        blocks.append(hanging(", ".join(names) or "no variant", mark=f"  {title}", indent=0))
    blocks += [Text("\nAsked for by", style="bold"), *_explained_needs(explanation)]
    if explanation.severed:
        blocks += [Text("\nHeld back by", style="bold"), *_severed(explanation.severed)]
    blocks += [Text("\nIn the image, or out of it", style="bold"), _moved_table(explanation)]
    return blocks


def _severed(records: Iterable[SeveredRecord]) -> Iterator[RenderableType]:
    for record in records:
        names = plural(sum(len(line.names) for line in record.lines), "imported name")
        what = names if record.lines else "no import line"
        size = megabytes(record.freed_bytes)
        yield hanging(
            Text.assemble(
                (f"{record.variant}, {size}", "bold"), f": {', '.join(record.requirements)}, {what}"
            ),
            mark="- ",
            indent=2,
        )
        for line in record.lines:
            yield hanging(
                Text.assemble(
                    f"{line.path}:{line.line} ", (", ".join(line.names), "bold"), "  ",
                    (chain(line.chain), "bright_black"),
                ),
                mark="- ",
                indent=6,
            )  # fmt: skip


def _explained_needs(explanation: ExplanationRecord) -> list[RenderableType]:
    if not explanation.needs:
        return [Text("  no entrypoint")]
    lines = [
        hanging(
            Text.assemble(
                (need.level, "bold"), f" {need.entrypoint}: {need.distribution} ({need.via})  ",
                (chain(need.chain), "bright_black"),
            ),
            mark="- ",
            indent=2,
        )
        for need in explanation.needs[:CHAINS_SHOWN]
    ]  # fmt: skip
    if len(explanation.needs) > CHAINS_SHOWN:
        lines.append(Text(f"  and {len(explanation.needs) - CHAINS_SHOWN} more (--format json)"))
    return lines


def _moved_table(explanation: ExplanationRecord) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for justify in ("left", "left", "right", "right"):
        table.add_column(justify=justify)
    for moved in explanation.moved:
        held = moved.variant in explanation.held_by
        table.add_row(
            f"  {escape(moved.variant)}",
            "without it" if held else "with it",
            f"{megabytes(moved.before)} -> {megabytes(moved.after)}",
            change(moved.before, moved.after),
        )
    return table
