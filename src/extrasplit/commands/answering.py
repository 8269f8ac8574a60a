"""What the commands share: blocks as text, names looked up, whether an answer lasts."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.pipeline import Analysis

if TYPE_CHECKING:
    from rich.console import RenderableType

    from extrasplit.lock.uvlock import PackageKey
    from extrasplit.wheels.contents import WheelFacts

OFFLINE: Final = "offline"
"""Why a fact is not known that the network would tell."""
PIPE_COLUMNS: Final = 120
"""How wide tables are where there is no terminal."""


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


def knows_all(analysis: Analysis) -> bool:
    """Whether no fact was missing: only then does the same tree give the same answer tomorrow."""
    return all(are_known(ground.facts) for ground in analysis.grounds)


def are_known(facts: Mapping[PackageKey, WheelFacts]) -> bool:
    """Whether nothing is unknown for want of the network."""
    return all(fact.exact or fact.reason != OFFLINE for fact in facts.values())


def shown(blocks: Iterable[RenderableType]) -> str:
    """Return blocks as text for people, coloured on a terminal and plain in a pipe."""
    from io import StringIO

    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(
        file=StringIO(), force_terminal=terminal or None, width=None if terminal else PIPE_COLUMNS
    )
    with console.capture() as capture:
        for block in blocks:
            console.print(block)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"
