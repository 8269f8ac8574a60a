"""Says on which lines a call may stand that imports or spawns: only those are read closely."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

from extrasplit.imports.dynamic import (
    ATTACHERS,
    BY_LAST_NAME,
    ENTRY_POINTS,
    GROUP_READERS,
    IMPORTERS,
    WALKERS,
)
from extrasplit.imports.scanned import Import
from extrasplit.imports.skeleton import places_of, unify_line_ends
from extrasplit.imports.spawns import STARTERS

_READ: Final = frozenset(
    {*IMPORTERS, *WALKERS, *ENTRY_POINTS, *STARTERS, *GROUP_READERS, *ATTACHERS}
)
"""Every function whose calls are read, by its dotted origin."""

_ALWAYS: Final = (
    *(name.encode() for name in sorted(BY_LAST_NAME)),
    *(b"__import__", b"sys.argv =", b"sys.argv="),
)
"""What is read wherever it comes from."""


def _suffixes() -> dict[str, tuple[str, ...]]:
    """Return, for each module, what follows its name where one of its functions is used."""
    found: dict[str, set[str]] = {}
    for origin in _READ:
        parts = origin.split(".")
        for length in range(1, len(parts)):
            rest = "".join(f".{part}" for part in parts[length:])
            found.setdefault(".".join(parts[:length]), set()).add(rest)
    return {
        module: tuple(
            rest
            for rest in sorted(rests)
            if not any(rest != other and rest.startswith(other) for other in rests)
        )
        for module, rests in found.items()
    }


_SUFFIXES: Final = _suffixes()


def texts_of_interest(data: bytes, origins: Mapping[str, str]) -> frozenset[bytes]:
    """Return the texts of a file by which something is called, or renamed, that is read.

    They follow from what the file imports: to look for every function in every file costs as much
    as the scan.
    """
    texts: set[str] = set()
    for bound, origin in origins.items():
        if origin in _READ or origin.rpartition(".")[2] in BY_LAST_NAME:
            texts |= {f"{bound}(", f"({bound},", f" {bound},", *_renamed(bound)}
        if origin in ENTRY_POINTS:
            texts |= {".select(", ".get(", ".load("}
        if origin.startswith("stevedore"):
            texts.add(bound)
        suffixes = _SUFFIXES.get(origin)
        if suffixes is not None:
            texts |= {bound + suffix for suffix in suffixes}
            texts |= _renamed(bound)
            if any("entry_points" in suffix for suffix in suffixes):
                texts |= {"entry_points"}
    found = frozenset(text for each in texts if (text := each.encode()) in data)
    if b"import_" in data or b"sys.argv" in data:
        found |= {text for text in _ALWAYS if text in data}
    if b"entry_points" in found:
        found |= {text for text in (b".select(", b".get(", b".load(") if text in data}
    return found


def _renamed(name: str) -> set[str]:
    return {f"= {name}\n", f"= {name} "}


def origins_of_imports(imports: Iterable[Import]) -> dict[str, str]:
    """Return the dotted origin of each name that absolute imports bind, as `names.origins_of`."""
    origins: dict[str, str] = {}
    for each in imports:
        if each.bound is None or each.dots:
            continue
        origins.setdefault(each.bound, each.origin)
    return origins


def lines_with(data: bytes, texts: Iterable[bytes]) -> list[int]:
    """Return the lines of a source, counted from 1, on which one of the texts begins."""
    data = unify_line_ends(data)
    found: list[int] = []
    line, counted = 1, 0
    for place in sorted(place for text in texts for place in places_of(text, data)):
        line += data.count(b"\n", counted, place)
        counted = place
        if not found or found[-1] != line:
            found.append(line)
    return found


def touches(lines: list[int], first: int, last: int) -> bool:
    """Tell whether one of the sorted lines lies from `first` to `last`."""
    position = bisect_left(lines, first)
    return position < len(lines) and lines[position] <= last
