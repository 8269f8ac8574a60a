"""The members of a uv workspace: the folders that its globs name (uv's document on workspaces)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any


def read_members(tables: Mapping[str, Any], listing: frozenset[str]) -> tuple[str, ...]:
    """Return the members' folders; their globs where no listing is given."""
    uv = _table(_table(tables.get("tool")).get("uv"))
    workspace = _table(uv.get("workspace"))
    members = [m for m in workspace.get("members", ()) if isinstance(m, str)]
    excluded = [m for m in workspace.get("exclude", ()) if isinstance(m, str)]
    return expand_members(members, excluded, listing) if listing else tuple(members)


def expand_members(
    patterns: Iterable[str], excluded: Iterable[str], listing: Iterable[str]
) -> tuple[str, ...]:
    """Return the folders with a pyproject.toml that a workspace's globs name, sorted."""
    folders = sorted(
        path.removesuffix("/pyproject.toml") for path in listing if path.endswith("/pyproject.toml")
    )
    wanted = [_segments(pattern) for pattern in patterns]
    unwanted = [_segments(pattern) for pattern in excluded]
    return tuple(
        folder
        for folder in folders
        if any(_matches(folder, pattern) for pattern in wanted)
        and not any(_matches(folder, pattern) for pattern in unwanted)
    )


def _segments(pattern: str) -> list[str]:
    return [part for part in pattern.split("/") if part not in ("", ".")]


def _matches(folder: str, pattern: list[str]) -> bool:
    parts = folder.split("/")
    if "**" in pattern:
        head = pattern[: pattern.index("**")]
        return len(parts) >= len(head) and all(map(fnmatchcase, parts, head))
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
