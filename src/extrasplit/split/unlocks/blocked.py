"""Tells of unlocks as findings: `blocked`, with the command that makes them."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.requirements import Requirement as Pep508
from packaging.utils import canonicalize_name

from extrasplit.findings import Finding, Severity
from extrasplit.places import Place
from extrasplit.project.written import without_extras
from extrasplit.split.unlocks.image import HEAVY_BYTES
from extrasplit.split.unlocks.values import Unlock


def blocked(unlocks: Iterable[Unlock]) -> tuple[Finding, ...]:
    """Return a note for each unlock that frees 10 MB or more."""
    return tuple(_finding(one) for one in unlocks if one.freed_bytes >= HEAVY_BYTES)


def _finding(unlock: Unlock) -> Finding:
    heads = sorted({canonicalize_name(Pep508(text).name) for text in unlock.requirements})
    what = ", ".join(heads)
    size = f"{unlock.freed_bytes / 1_000_000:.1f} MB"
    names = len(unlock.names)
    if not names:
        message = f"{what} needs no import line of {unlock.variant}: {size} stay for nothing"
    elif unlock.late:
        message = _unanswered(unlock, what, size)
    else:
        lines = "one imported name holds" if names == 1 else f"{names} imported names hold"
        message = f"{lines} {what} in {unlock.variant}: {size}"
        if unlock.alone:
            message = (
                f"{lines} {what} in {unlock.entrypoint}, which could have an image of its own "
            )
            message += f"without: {size} less than {unlock.variant} holds"
    written = [(text, without_extras(text)) for text in unlock.requirements]
    bare = [f'"{new}",  # for "{old}"' for old, new in written if new != old]
    return Finding(
        "blocked",
        Severity.NOTE,
        message,
        distribution=heads[0] if heads else None,
        entrypoint=unlock.entrypoint,
        variant=unlock.variant,
        fix=bare[0] if bare and not names else " ".join(["extrasplit unlock", *heads[:1]]),
        chain=tuple(Place(one.path, one.line, ", ".join(one.names)) for one in unlock.lines),
        count=max(names, 1),
    )


def _unanswered(unlock: Unlock, what: str, size: str) -> str:
    """Say which function only lacks an answer, and what asks for it."""
    line = unlock.lines[0]
    asked = f", run only for {line.asked}," if line.asked else ""
    return (
        f"{what} stays in base only since {line.into[0]}(){asked} doesn't answer where it is "
        f"absent: {size} of {unlock.variant}"
    )
