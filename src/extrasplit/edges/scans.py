"""Scans the project's files, remembering each scan by the content that it stands on.

One marshal file per project holds all scans: reading 3,000 of them from SQLite takes three times
as long. A file's content digest holds while its size and mtime do.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

from extrasplit.edges.files import Listing

FILES_PER_WORKER: Final = 500
"""Below this many files to scan one process is quicker than two."""

Plain = tuple[Any, ...]
"""A scan as builtin values, as marshal writes it."""
Entry = tuple[int, int, bytes, Plain]
"""Of the store: size in bytes, mtime in ns, content digest, scan."""


def scan_files(
    listing: Listing,
    paths: Iterable[str],
    scan_plain: Callable[[str, bytes], Plain],
    *,
    store: Path | None,
    stands_on: str,
) -> dict[str, Plain]:
    """Return the scan of every path; only files whose content is new are read by `scan_plain`.

    `store` is the marshal file (None: nothing is remembered); `stands_on` names all else that a
    scan depends on: our version, the rules, the Python that runs us.
    """
    wanted = sorted(paths)
    remembered = _load(store, stands_on)
    entries: dict[str, Entry] = {}
    new: list[tuple[str, bytes, bytes]] = []
    for path in wanted:
        size, mtime = listing.stats.get(path, (0, 0))
        known = remembered.get(path)
        if known is not None and known[:2] == (size, mtime):
            entries[path] = known
            continue
        data = listing.read(path)
        digest = hashlib.blake2b(data, digest_size=16).digest()
        if known is not None and known[2] == digest:
            entries[path] = (size, mtime, digest, known[3])
        else:
            new.append((path, data, digest))
    for (path, _, digest), plain in zip(new, _scan_all(new, scan_plain), strict=True):
        entries[path] = (*listing.stats.get(path, (0, 0)), digest, plain)
    if store is not None and entries != remembered:
        _save(store, stands_on, entries)
    return {path: entries[path][3] for path in wanted}


def _scan_all(
    new: Sequence[tuple[str, bytes, bytes]], scan_plain: Callable[[str, bytes], Plain]
) -> list[Plain]:
    workers = min(os.cpu_count() or 1, len(new) // FILES_PER_WORKER + 1)
    if workers == 1:
        return [scan_plain(path, data) for path, data, _ in new]
    paths = [path for path, _, _ in new]
    sources = [data for _, data, _ in new]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(scan_plain, paths, sources, chunksize=100))


def _load(store: Path | None, stands_on: str) -> dict[str, Entry]:
    if store is None:
        return {}
    try:
        kept = marshal.loads(store.read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        return {}
    if not isinstance(kept, tuple) or len(kept) != 2 or kept[0] != _key(stands_on):
        return {}
    entries: dict[str, Entry] = kept[1]
    return entries


def _save(store: Path, stands_on: str, entries: dict[str, Entry]) -> None:
    beside = store.with_name(f"{store.name}.{os.getpid()}")
    with contextlib.suppress(OSError):  # an unwritable cache costs time, never an answer
        store.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(marshal.dumps((_key(stands_on), entries)))
        beside.replace(store)


def _key(stands_on: str) -> str:
    return f"{stands_on} python{sys.version_info[0]}.{sys.version_info[1]}"
