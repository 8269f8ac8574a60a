"""How Markdown marks things: text that stays text, inline code, tables (CommonMark, GFM)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from extrasplit.report.wording import megabytes, signed_megabytes

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Return text as inline code, whatever it holds (CommonMark, code spans)."""
    flat = " ".join(text.split()).replace("|", "\\|")
    ticks = "`" * (longest_run(flat) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}" if flat else ""


def size_of(size_bytes: int | None) -> str:
    """Return a size that no column breaks."""
    return megabytes(size_bytes).replace(" ", "\u00a0")


def signed_size_of(size_bytes: int) -> str:
    """Return a difference that no column breaks."""
    return signed_megabytes(size_bytes).replace(" ", "\u00a0")


def longest_run(text: str) -> int:
    """Return the length of the longest run of backticks, which a fence has to exceed."""
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; columns whose head ends in `:` are aligned to the right."""
    rule = ["---:" if cell.endswith(":") else "---" for cell in head]
    names = [cell.removesuffix(":") for cell in head]
    return ["| " + " | ".join(cells) + " |" for cells in (names, rule, *rows)]
