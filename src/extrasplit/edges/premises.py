"""Remembers what all files but the source say: it stands while only Python files are written anew.

One file per project, under the digest of everything that it stands on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from extrasplit.edges.kept import load_as, save
from extrasplit.findings import Finding
from extrasplit.lock.target import Target
from extrasplit.project.declared import Project, Settings
from extrasplit.project.layout import Layout
from extrasplit.project.roles import Entrypoint
from extrasplit.record import Record


class Premises(Record):
    """What a trace starts from."""

    lock_root: Path
    written: Project
    settings: Settings
    layout: Layout
    targets: tuple[Target, ...]
    base_image: str
    compiles_bytecode: bool
    entrypoints: tuple[Entrypoint, ...]
    notes: tuple[Finding, ...]
    """What was seen and could not be an entrypoint."""


def recall_premises(path: Path, key: str) -> Premises | None:
    """Return what is remembered under this key; None where there is nothing, or another shape."""
    found: Premises | None = load_as(path, key, Premises, _read_path)
    return found


def remember_premises(path: Path, key: str, premises: Premises) -> None:
    """Keep premises; those that were kept before go."""
    save(path, key, msgspec.msgpack.encode(premises, enc_hook=os.fspath))


def _read_path(kind: type, written: Any) -> Any:
    return kind(written)  # a Path: the one kind that msgpack doesn't know
