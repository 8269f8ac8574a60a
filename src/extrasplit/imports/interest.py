"""Says on which lines a call may stand that imports or spawns: only those are read closely."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

from extrasplit.imports.dynamic import IMPORTERS
from extrasplit.imports.spawns import STARTERS

_GATES: Final[dict[str, tuple[bytes, ...]]] = {
    "asyncio": (b"create_subprocess",),
    "os": (b"system", b"popen", b"exec", b"spawn"),
    "sys": (b"argv",),
    "pytest": (b"importorskip",),
    "pty": (b"spawn",),
    "anyio": (b"_process",),
    "trio": (b"_process",),
    "pkgutil": (b"pkgutil",),
    **dict.fromkeys(
        ("importlib", "importlib_metadata", "lazy_loader", "pkg_resources", "stevedore"), (b"",)
    ),
    **dict.fromkeys(("subprocess", "runpy", "pydoc"), (b"",)),
}
"""Modules of the functions that are read, and what a file then holds that calls one of them."""

_ANYWHERE: Final = b"import_"
"""In `import_module`, `import_string` and their like, whose module may have any name, and in
`__import__`, which needs none."""

_TOKENS: Final = re.compile(
    rb"import_module|__import__|find_spec|find_loader|importorskip|resolve_name|run_module"
    rb"|import_string|import_from_string|import_object|pydoc|lazy_loader|iter_modules"
    rb"|walk_packages|entry_points|stevedore|subprocess|run_process|open_process|get_data"
    rb"|importlib\.resources|import resources|sys\.argv\b *=|import argv|pty\.spawn"
    rb"|\b(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?)\b"
)
"""Whatever is read has one of these on its line, or in the import that gave it another name."""

_SELECTS: Final = rb"\.select\(|\.get\("


def may_call(data: bytes, modules: Iterable[str]) -> bool:
    """Tell whether a file that imports these modules may hold a call that is read.

    Substring tests on what the file imports: tests for every function cost as much as the scan.
    """
    if _ANYWHERE in data:
        return True
    tops = {module.partition(".")[0] for module in modules}
    return any(gate in data for top in tops & _GATES.keys() for gate in _GATES[top])


def lines_of_interest(data: bytes) -> list[int]:
    """Return the lines, counted from 1, that hold the name of something that is read."""
    return _lines(data, _TOKENS)


def aliased_lines(data: bytes, origins: Mapping[str, str]) -> list[int]:
    """Return the lines that hold a local name for something that is read (`load`, `sp`)."""
    names = [
        re.escape(bound.encode())
        for bound, origin in origins.items()
        if origin in IMPORTERS or origin in STARTERS or _is_read_whole(origin)
    ]
    alternatives = [rb"\b(?:" + b"|".join(names) + rb")\b"] if names else []
    if b"entry_points" in data:
        alternatives.append(_SELECTS)
    return _lines(data, re.compile(b"|".join(alternatives))) if alternatives else []


def _is_read_whole(origin: str) -> bool:
    top = origin.partition(".")[0]
    return top in ("subprocess", "importlib", "importlib_metadata", "pkgutil", "lazy_loader") or (
        top in ("stevedore", "pkg_resources", "pydoc", "pty")
        or origin.endswith(("import_string", "import_from_string", "import_object"))
    )


def _lines(data: bytes, pattern: re.Pattern[bytes]) -> list[int]:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found: list[int] = []
    line, counted = 1, 0
    for match in pattern.finditer(data):
        line += data.count(b"\n", counted, match.start())
        counted = match.start()
        if not found or found[-1] != line:
            found.append(line)
    return found


def touches(lines: list[int], first: int, last: int) -> bool:
    """Tell whether one of the sorted lines lies from `first` to `last`."""
    position = bisect_left(lines, first)
    return position < len(lines) and lines[position] <= last
