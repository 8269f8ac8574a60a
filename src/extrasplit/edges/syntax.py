"""Finds source files that Python would not parse: the quick scan passes over what isn't an import.

A file that parsed is not parsed again while its size and mtime hold.
"""

from __future__ import annotations

import symtable
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

from extrasplit import __version__
from extrasplit.edges.batches import map_batches
from extrasplit.edges.files import Listing, digest_of
from extrasplit.edges.kept import load, save
from extrasplit.imports.parsing import SyntaxFault, fault_of


def find_unparsed(
    listing: Listing, paths: Iterable[str], *, folder: Path
) -> dict[str, SyntaxFault]:
    """Return what is wrong with each file that can't be parsed, by path.

    `folder` is where it is kept which files were parsed, one file per project.
    """
    store = folder / digest_of(listing.root)
    key = f"{__version__} python{sys.version_info[0]}.{sys.version_info[1]}"
    known: dict[str, tuple[int, int]] = load(store, key) or {}
    sources = (path for path in set(paths) if path.endswith(".py"))
    wanted = sorted(path for path in sources if path in listing.stats)
    new = [path for path in wanted if known.get(path) != listing.stats[path]]
    faults = _parse_all([(path, listing.read(path)) for path in new])
    parsed = {path: listing.stats[path] for path in wanted if path not in faults}
    if parsed != known:
        save(store, key, known | parsed)
    return faults


def _parse_all(files: Sequence[tuple[str, bytes]]) -> dict[str, SyntaxFault]:
    faults: dict[str, SyntaxFault] = {}
    for found in map_batches(_parse_batch, files):
        faults |= found
    return faults


def _parse_batch(files: Sequence[tuple[str, bytes]]) -> dict[str, SyntaxFault]:
    faults: dict[str, SyntaxFault] = {}
    for path, data in files:
        if _compiles(path, data):
            continue
        # syntax that is newer than this Python, or an odd encoding: the reader's own parser decides
        fault = fault_of(data)
        if fault is not None:
            faults[path] = fault
    return faults


def _compiles(path: str, data: bytes) -> bool:
    """Whether Python builds the symbol table: half the time of building the syntax tree."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            symtable.symtable(data.decode("utf-8-sig"), path, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
