"""What a worker process runs: scans of many files, in and out as builtin values."""

from __future__ import annotations

import gc
from collections.abc import Sequence

from extrasplit.imports.plain import Plain, to_plain
from extrasplit.imports.scan import scan
from extrasplit.imports.scanned import ScannedFile


def scan_plain(path: str, data: bytes) -> Plain:
    """Return the scan of one file as `marshal` writes it (`plain.from_plain` reads it)."""
    return to_plain(scan(data, path))


def scan_batch(files: Sequence[tuple[str, bytes]]) -> list[ScannedFile]:
    """Return the scan of each file, in the order given."""
    enabled = gc.isenabled()
    gc.disable()  # trees are large and free of cycles: collecting finds nothing
    try:
        return [scan(data, path) for path, data in files]
    finally:
        if enabled:
            gc.enable()
