"""Says on which lines a call may stand that imports or spawns: only those are read closely."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

from extrasplit.imports.dynamic import (
    ATTACHERS,
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

_BY_LAST_NAME: Final = (b"import_string", b"import_from_string", b"import_object", b"__import__")


def _suffixes() -> dict[str, tuple[bytes, ...]]:
    """Return, for each module, what follows its name where one of its functions is called."""
    found: dict[str, set[str]] = {}
    for origin in _READ:
        parts = origin.split(".")
        for length in range(1, len(parts)):
            rest = "".join(f".{part}" for part in parts[length:])
            found.setdefault(".".join(parts[:length]), set()).add(rest)
    return {
        module: tuple(
            rest.encode()
            for rest in sorted(rests)
            if not any(rest != other and rest.startswith(other) for other in rests)
        )
        for module, rests in found.items()
    }


_SUFFIXES: Final = _suffixes()

TOKENS: Final = (
    *(b"import_module", b"__import__", b"find_spec", b"find_loader", b"importorskip", b"pydoc"),
    *(b"resolve_name", b"run_module", b"import_string", b"import_from_string", b"import_object"),
    *(b"lazy_loader", b"iter_modules", b"walk_packages", b"entry_points", b"stevedore"),
    *(b"subprocess", b"run_process", b"open_process", b"get_data", b"resources", b"sys.argv"),
    *(b"pty.spawn", b"system", b"popen", b"execv", b"execl", b"spawnv", b"spawnl", b"posix_spawn"),
)
"""Whatever is read has one of these on its line, or in the import that gave it another name."""

_SURE_SIGNS: Final = (b"import_module(", b"subprocess.")

_SELECTS: Final = (b".select(", b".get(")


def may_call(data: bytes, imports: Iterable[Import]) -> bool:
    """Tell whether a file that imports these may hold a call that is read.

    Substring tests on what the file imports: tests for every function cost as much as the scan.
    """
    if b"import_" in data and any(name in data for name in _BY_LAST_NAME):
        return True
    if b"sys.argv =" in data or b"sys.argv=" in data:
        return True
    return any(_may_use(data, each) for each in imports if not each.dots)


def _may_use(data: bytes, each: Import) -> bool:
    origin = each.module if each.name is None else f"{each.module}.{each.name}"
    if each.name == "*":
        return each.module in _SUFFIXES
    if origin in _READ or origin.startswith("stevedore"):
        return True
    if each.name is None and each.bound == each.module.partition(".")[0]:
        origin = each.bound
    suffixes = _SUFFIXES.get(origin)
    if suffixes is None or each.bound is None:
        return False
    bound = each.bound.encode()
    if b"= " + bound + b"\n" in data:  # another name for the module
        return True
    return any(bound + suffix in data for suffix in suffixes)


def surely_calls(data: bytes) -> bool:
    """Tell, before anything is parsed, whether `may_call` is as good as sure to say yes."""
    return any(sign in data for sign in _SURE_SIGNS)


def lines_of_interest(data: bytes) -> list[int]:
    """Return the lines, counted from 1, that hold the name of something that is read."""
    data = unify_line_ends(data)
    return lines_at(data, (place for token in TOKENS for place in places_of(token, data)))


def aliases_of_interest(data: bytes, origins: Mapping[str, str]) -> list[bytes]:
    """Return the local names for something that is read (`load`, `sp`), as they are written."""
    names = [
        bound.encode()
        for bound, origin in origins.items()
        if origin in IMPORTERS or origin in STARTERS or _is_read_whole(origin)
    ]
    return [*names, *(_SELECTS if b"entry_points" in data else ())]


def aliased_lines(data: bytes, origins: Mapping[str, str]) -> list[int]:
    """Return the lines that hold a local name for something that is read."""
    data = unify_line_ends(data)
    names = aliases_of_interest(data, origins)
    return lines_at(data, (place for name in names for place in places_of(name, data)))


def _is_read_whole(origin: str) -> bool:
    top = origin.partition(".")[0]
    return top in ("subprocess", "importlib", "importlib_metadata", "pkgutil", "lazy_loader") or (
        top in ("stevedore", "pkg_resources", "pydoc", "pty")
        or origin.endswith(("import_string", "import_from_string", "import_object"))
    )


def lines_at(data: bytes, places: Iterable[int]) -> list[int]:
    """Return the lines, counted from 1, of some places in a source."""
    found: list[int] = []
    line, counted = 1, 0
    for place in sorted(places):
        line += data.count(b"\n", counted, place)
        counted = place
        if not found or found[-1] != line:
            found.append(line)
    return found


def touches(lines: list[int], first: int, last: int) -> bool:
    """Tell whether one of the sorted lines lies from `first` to `last`."""
    position = bisect_left(lines, first)
    return position < len(lines) and lines[position] <= last
