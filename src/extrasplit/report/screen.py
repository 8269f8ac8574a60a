"""Turns blocks into text: coloured and as wide as the terminal, or plain and wide in a pipe."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import Final

from rich.console import Console, RenderableType

PIPE_COLUMNS: Final = 120
"""How wide text is where there is no terminal and `$COLUMNS` says nothing."""


def render(blocks: Iterable[RenderableType], *, columns: int | None, terminal: bool) -> str:
    """Return the blocks as text; `columns` None is the terminal's own width."""
    console = Console(
        file=StringIO(),
        width=columns,
        force_terminal=terminal,
        color_system="auto" if terminal else None,
        highlight=False,
        soft_wrap=False,
    )
    with console.capture() as capture:
        for block in blocks:
            console.print(block, crop=False)  # a line to paste is never cut
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"
