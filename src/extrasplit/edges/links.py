"""Remembers which import of which file runs which other files, by size and mtime of the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from extrasplit.edges.files import Listing
from extrasplit.edges.kept import load_as, save
from extrasplit.imports.modules import LinkedFile, Modules, Root

Entry = tuple[int, int, LinkedFile]
"""Size in bytes, mtime in ns, and what the file's imports run."""


class KeptLinks:
    """What was linked of one project over one listing; one file holds it."""

    def __init__(self, listing: Listing, store: Path, key: str) -> None:
        """`key` names the listing and all else that a link stands on beside the importing file."""
        self._listing = listing
        self._store = store
        self._key = key
        self._entries: dict[str, dict[str, Entry]] = (
            load_as(store, key, dict[str, dict[str, Entry]]) or {}
        )
        self._changed = False

    def before(self, roots: Sequence[Root]) -> dict[str, LinkedFile]:
        """Return the files that were linked over these roots and have not changed."""
        stats = self._listing.stats
        return {
            path: file
            for path, (size, mtime, file) in self._entries.get(_name(roots), {}).items()
            if stats.get(path) == (size, mtime)
        }

    def keep(self, modules: Modules) -> None:
        """Keep what was linked now; what is no longer reached is forgotten."""
        stats = self._listing.stats
        entries = {
            path: (*stats[path], file) for path, file in modules.linked.items() if path in stats
        }
        known = self._entries.get(_name(modules.roots), {})
        self._changed |= any(known.get(path, ())[:2] != stats[path] for path in entries)
        self._entries[_name(modules.roots)] = entries

    def save(self) -> None:
        """Write what is new."""
        if self._changed:
            save(self._store, self._key, msgspec.msgpack.encode(self._entries))


def _name(roots: Sequence[Root]) -> str:
    return msgspec.json.encode(tuple(roots), order="deterministic").decode()
