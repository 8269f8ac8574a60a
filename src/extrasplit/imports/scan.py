"""Reads one source file: what it imports, at which level, what it spawns."""

from __future__ import annotations

from extrasplit.imports.scanned import Ignore, Import, ScannedFile, Spawn, Undecided

__all__ = ["Ignore", "Import", "ScannedFile", "Spawn", "Undecided"]
