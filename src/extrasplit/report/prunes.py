"""Renders what `--deep` found: distributions that could be left out, and the lines to paste."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Final

from packaging.utils import NormalizedName
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from extrasplit.report.assemble import place_records
from extrasplit.report.contract import PruneRecord
from extrasplit.report.marks import code, escape, table
from extrasplit.report.wording import chain, megabytes, plural
from extrasplit.split.prune import Prune

SHOWN: Final = 10
"""Candidates of one image beyond these are counted; `--format json` holds them all."""
_MEANINGS: Final = {
    "never": "nothing that runs leads to it",
    "deferred": "imported later, at",
    "guarded": "imported behind a guard, at",
    "spawned": "imported by another process, at",
}


def prune_records(
    prunes: Iterable[Prune], excludable: Collection[NormalizedName]
) -> list[PruneRecord]:
    """Return the records of all candidates."""
    return [
        PruneRecord(
            distribution=one.distribution,
            variant=one.variant,
            level="never" if one.level is None else one.level.word,
            bytes=one.retained_bytes,
            holders=list(one.holders),
            excludable=one.distribution in excludable,
            chain=place_records(one.chain),
        )
        for one in prunes
    ]


def prune_block(prunes: Sequence[PruneRecord]) -> RenderableType:
    """Return the candidates of each image, heaviest first, and what to paste."""
    parts: list[RenderableType] = [Text("Not run by any start", style="bold")]
    if not prunes:
        parts.append(Text("  every distribution is run by a start, or declared"))
    for variant, records in groupby(prunes, key=lambda record: record.variant):
        listed = list(records)
        parts.append(Text.assemble("  ", (variant, "bold")))
        for record in listed[:SHOWN]:
            heading = Text.assemble(
                (record.distribution, "bold"),
                f"  {megabytes(record.bytes)}, held by {', '.join(record.holders)}: {_why(record)}",
            )
            parts.append(Padding(heading, (0, 0, 0, 4)))
        if len(listed) > SHOWN:
            parts.append(Text(f"    and {len(listed) - SHOWN} more"))
    if lines := exclusion(prunes):
        parts.append(Text("  To leave out of the lock what nothing runs; then prove it:"))
        parts += [Text(f"    {line}") for line in (*lines, "", "uv lock && extrasplit verify")]
    return Group(*parts, Text(""))


def prune_lines(prunes: Sequence[PruneRecord]) -> list[str]:
    """Return the same in Markdown."""
    rows = [
        (
            code(record.variant),
            code(record.distribution),
            megabytes(record.bytes),
            ", ".join(map(code, record.holders)),
            escape(_why(record)),
        )
        for record in prunes
    ]
    head = ("image", "distribution", "bytes:", "held by", "why")
    shown = plural(len(prunes), "candidate")
    lines = [f"### Not run by any start: {shown}", ""]
    lines += [*table(head, rows), ""] if rows else []
    if pasted := exclusion(prunes):
        lines += ["```toml", *pasted, "```", ""]
        lines += ["Then `uv lock`, and `extrasplit verify` to prove it.", ""]
    return lines


def exclusion(prunes: Iterable[PruneRecord]) -> list[str]:
    """Return lines of pyproject.toml that leave out what nothing runs, empty for nothing.

    https://docs.astral.sh/uv/reference/settings/#exclude-dependencies
    """
    names = sorted({record.distribution for record in prunes if record.excludable})
    if not names:
        return []
    return ["[tool.uv]", "exclude-dependencies = [", *(f"    {json.dumps(n)}," for n in names), "]"]


def _why(record: PruneRecord) -> str:
    where = chain(record.chain[-1:])
    return f"{_MEANINGS[record.level]} {where}" if where else _MEANINGS[record.level]
