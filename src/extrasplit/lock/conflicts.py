"""Decodes conflict markers: `extra == 'extra-3-app-gpu'` says that `app[gpu]` is installed.

uv writes them on edges of the lock where `[tool.uv] conflicts` forked the resolution. Several
extras and groups are active at once, so one `extra` string in a marker environment cannot answer.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

ALWAYS: Final = "os_name != ''"
NEVER: Final = "os_name == ''"
"""What a decided clause becomes: markers know no constants."""

_CLAUSE: Final = re.compile(
    r"""\bextra\s*(?P<operator>==|!=)\s*(?P<quote>['"])(?P<value>.*?)(?P=quote)"""
)
_KINDS: Final[dict[str, Literal["extra", "group", "project"]]] = {
    "extra": "extra",
    "group": "group",
    "project": "project",
}


class ConflictItem(NamedTuple):
    """One extra or group of one package, or a package as a whole (`project`)."""

    kind: Literal["extra", "group", "project"]
    package: str
    name: str = ""
    """The extra or the group; empty for a project."""


def decode_item(text: str) -> ConflictItem | None:
    """Decode `extra-3-app-gpu`, `group-3-app-dev` or `project-3-app`; None if it is none of them.

    The number is the length of the package's name, which may hold dashes itself.
    """
    prefix, _, rest = text.partition("-")
    length, _, names = rest.partition("-")
    kind = _KINDS.get(prefix)
    if kind is None or not (length.isascii() and length.isdigit() and len(length) < 5):
        return None
    package, name = names[: int(length)], names[int(length) :]
    if len(package) != int(length) or (kind == "project") == bool(name):
        return None
    if name and (not name.startswith("-") or len(name) == 1):
        return None
    return ConflictItem(kind, package, name[1:])


@lru_cache(maxsize=4096)
def decode_marker(marker: str) -> frozenset[ConflictItem]:
    """Return the extras, groups and projects that a marker asks for."""
    items = (decode_item(match["value"]) for match in _CLAUSE.finditer(marker))
    return frozenset(item for item in items if item is not None)


def settle_conflicts(marker: str, active: Set[ConflictItem]) -> str:
    """Return the marker with every conflict clause decided: active or not, nothing between.

    A clause that names a plain extra (`extra == 'socks'`) stays as it is.
    """

    def decide(match: re.Match[str]) -> str:
        item = decode_item(match["value"])
        if item is None:
            return match[0]
        return ALWAYS if (item in active) == (match["operator"] == "==") else NEVER

    return _CLAUSE.sub(decide, marker)


def named_extras(marker: str) -> frozenset[NormalizedName]:
    """Return the plain extras that a marker asks for: the home of a recorded requirement."""
    return frozenset(
        canonicalize_name(match["value"])
        for match in _CLAUSE.finditer(marker)
        if decode_item(match["value"]) is None
    )


def settle_extra(marker: str, home: str) -> str:
    """Return the marker as it is within one extra: clauses on plain extras are decided."""

    def decide(match: re.Match[str]) -> str:
        if decode_item(match["value"]) is not None:
            return match[0]
        named = canonicalize_name(match["value"]) == home
        return ALWAYS if named == (match["operator"] == "==") else NEVER

    return _CLAUSE.sub(decide, marker)
