"""Remembers the rules that come with extrasplit: reading their tables takes ten times as long."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from extrasplit import __version__
from extrasplit.edges.files import digest_of
from extrasplit.edges.kept import load_as, save
from extrasplit.imports.rules import rule
from extrasplit.imports.rules.rule import Rule, shipped_rules


def remembered_rules(store: Path) -> tuple[Rule, ...]:
    """Return what `shipped_rules` does; `store` is the file in which they are kept."""
    key = _key()
    known: tuple[Rule, ...] | None = load_as(store, key, tuple[Rule, ...])
    if known is not None:
        return known
    rules = shipped_rules()
    save(store, key, msgspec.msgpack.encode(rules))
    return rules


def _key() -> str:
    """Name the tables as they lie on disk; an archive's are its version's."""
    tables: list[tuple[str, int, int]] = []
    folder = Path(rule.__file__).parent
    if folder.is_dir():
        with os.scandir(folder) as entries:
            stats = [(entry.name, entry.stat()) for entry in entries]
        tables = sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
    return digest_of((__version__, tuple(tables)))
