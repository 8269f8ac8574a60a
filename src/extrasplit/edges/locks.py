"""Reads uv.lock once per content: its TOML takes ten times as long as what was made of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from extrasplit import __version__
from extrasplit.edges.files import digest_of
from extrasplit.edges.kept import load_as, save
from extrasplit.lock.uvlock import Lock, read_lock


def remembered_lock(path: Path, folder: Path) -> Lock:
    """Return the lock at `path`; `folder` is where locks are kept, one file per project.

    Raises ExtrasplitError as `read_lock` does.
    """
    data = path.read_bytes()
    store = folder / digest_of(str(path))
    key = f"{__version__} {hashlib.blake2b(data, digest_size=16).hexdigest()}"
    known: Lock | None = load_as(store, key, Lock)
    if known is not None:
        return known
    lock = read_lock(data, str(path))
    save(store, key, msgspec.msgpack.encode(lock))
    return lock
