"""Remembers the rules that come with extrasplit: reading their tables takes ten times as long."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from extrasplit import __version__
from extrasplit.edges.files import digest_of
from extrasplit.edges.kept import load, save
from extrasplit.imports.rules import rule
from extrasplit.imports.rules.rule import Rule, shipped_rules


def remembered_rules(store: Path) -> tuple[Rule, ...]:
    """Return what `shipped_rules` does; `store` is the file in which they are kept."""
    key = _key()
    blob = load(store, key)
    if blob is not None:
        try:
            return msgspec.msgpack.decode(blob, type=tuple[Rule, ...])
        except (msgspec.DecodeError, msgspec.ValidationError):
            pass  # of an earlier shape: read the tables
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
