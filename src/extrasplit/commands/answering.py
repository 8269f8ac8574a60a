"""What the commands share: blocks as text, names looked up, whether an answer lasts."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError

if TYPE_CHECKING:
    from rich.console import RenderableType


def named(
    wanted: Iterable[str], known: Collection[NormalizedName], what: str, root: Path
) -> tuple[NormalizedName, ...]:
    """Return normalized names; raises ExtrasplitError for one that pyproject.toml doesn't have."""
    names = tuple(canonicalize_name(name) for name in wanted)
    for name in names:
        if name not in known:
            raise ExtrasplitError(
                f"{root / 'pyproject.toml'} has no {what} {name}",
                hint=f"it has {', '.join(known) or 'none'}",
            )
    return names


def shown(blocks: Iterable[RenderableType]) -> str:
    """Return blocks as text for people, coloured on a terminal and plain in a pipe."""
    from extrasplit.report.screen import PIPE_COLUMNS, render

    terminal = sys.stdout.isatty()
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) else None
    return render(blocks, columns=width if terminal else width or PIPE_COLUMNS, terminal=terminal)
