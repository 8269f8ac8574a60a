"""Keeps one value per project on disk, under the key of all that it stands on."""

from __future__ import annotations

import contextlib
import marshal
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def load(path: Path, key: str) -> Any:
    """Return the builtin value that was saved under this key; None where there is none."""
    try:
        kept = marshal.loads(path.read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if not isinstance(kept, tuple) or len(kept) != 2 or kept[0] != key:
        return None
    return kept[1]


def load_as(
    path: Path, key: str, kind: Any, dec_hook: Callable[[type, Any], Any] | None = None
) -> Any:
    """Return the value of a type whose msgpack was saved; None where it is of an earlier shape."""
    import msgspec

    blob = load(path, key)
    try:
        return None if blob is None else msgspec.msgpack.decode(blob, type=kind, dec_hook=dec_hook)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def save(path: Path, key: str, value: Any) -> None:
    """Save a builtin value; an unwritable cache costs time, never an answer."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(marshal.dumps((key, value)))
        beside.replace(path)
