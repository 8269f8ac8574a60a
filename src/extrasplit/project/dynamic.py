"""Fills what pyproject.toml leaves dynamic from what the lock records (PEP 621, PEP 643)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.project.declared import BASE, Extra, Project, Requirement
from extrasplit.project.pyproject import read_requirement
from extrasplit.record import replace


def with_locked_requirements(project: Project, lines: Sequence[str]) -> Project:
    """Fill what is dynamic from the PEP 508 lines that the lock records for the project.

    An `extra == "x"` in a marker tells the extra, as in wheel metadata. Lines of what is not
    dynamic are passed over; `line` is 0, for no line of pyproject.toml holds them.
    """
    base = list(project.base)
    found: dict[NormalizedName, list[Requirement]] = {}
    for text in lines:
        bare, extra = _split_extra(text)
        home = canonicalize_name(extra) if extra else BASE
        count = len(found.get(canonicalize_name(home), ())) if home else len(base)
        requirement = read_requirement(bare, home, count, 0)
        if not home and "dependencies" in project.dynamic:
            base.append(requirement)
        elif home and "optional-dependencies" in project.dynamic:
            found.setdefault(canonicalize_name(home), []).append(requirement)
    extras = dict(project.extras)
    for name, requirements in found.items():
        extras[name] = Extra(name, str(name), tuple(requirements), ())
    return replace(project, base=tuple(base), extras=extras)


_EXTRA_MARKER: Final = re.compile(
    r"""(?:\s+and\s+)?extra\s*==\s*(['"])(?P<name>[^'"]+)\1(?:\s+and\s+)?"""
)


def _split_extra(text: str) -> tuple[str, str | None]:
    """Take `extra == "x"` out of a line's marker; build backends write it in a conjunction."""
    head, separator, marker = text.partition(";")
    found = _EXTRA_MARKER.search(marker)
    if not found:
        return text, None
    joint = " and " if found.start() and found.end() < len(marker.rstrip()) else ""
    rest = (marker[: found.start()] + joint + marker[found.end() :]).strip()
    rest = rest.removeprefix("and ").strip()
    return (f"{head.strip()} {separator} {rest}" if rest else head.strip()), found["name"]
