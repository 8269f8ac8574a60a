"""A scan as builtin values, as `marshal` writes and reads it: between processes and in the cache.

Frozen dataclasses cost more to build than a file costs to scan, so values are made only of the
files that a trace reaches.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any, Final

from extrasplit.imports.level import Level
from extrasplit.imports.scanned import Ignore, Import, ScannedFile, Spawn, Undecided

Plain = tuple[Any, ...]
"""The fields of `ScannedFile`; an import is cut after its line where the rest are defaults."""

_LEVELS: Final = tuple(Level)
_ALWAYS: Final = 7
_DEFAULTS: Final = astuple(Import("", 0, None, None, Level.STARTUP, "", 0))[_ALWAYS:]


def to_plain(scanned: ScannedFile) -> Plain:
    """Return a scan as nested tuples of strings, integers, booleans and None."""
    return (
        tuple(_import_to_plain(each) for each in scanned.imports),
        tuple((s.argv, int(s.level), *_tail(s, 2)) for s in scanned.spawns),
        tuple((*_tail(u, 0)[:-1], int(u.level)) for u in scanned.undecided),
        tuple(_tail(ignore, 0) for ignore in scanned.ignores),
        scanned.error,
        scanned.error_line,
    )


def from_plain(plain: Plain) -> ScannedFile:
    """Return the scan that `to_plain` was given."""
    imports, spawns, undecided, ignores, error, error_line = plain
    return ScannedFile(
        tuple(Import(*(*each[:4], _LEVELS[each[4]], *each[5:])) for each in imports),
        tuple(Spawn(argv, _LEVELS[level], *rest) for argv, level, *rest in spawns),
        tuple(Undecided(*(*rest, _LEVELS[level])) for *rest, level in undecided),
        tuple(Ignore(*each) for each in ignores),
        error,
        error_line,
    )


def _import_to_plain(each: Import) -> Plain:
    first = (each.module, each.dots, each.name, each.bound, int(each.level), each.scope, each.line)
    rest = _tail(each, _ALWAYS)
    return first if rest == _DEFAULTS else first + rest


def _tail(value: Import | Spawn | Undecided | Ignore, start: int) -> Plain:
    return tuple(getattr(value, name) for name in value.__slots__[start:])
