"""What every reader of starts is given, and how one is declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from packaging.utils import NormalizedName

from extrasplit.project.roles import Start
from extrasplit.record import Record, field


class ProjectFiles(Record):
    """What a reader may look at beside its own text; nothing is read from disk."""

    name: NormalizedName
    """The project's, to know `pip install app[web]` when one is seen."""
    listing: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    """Path to text of every file that `catalog.is_start_file` accepts."""


class Reader(Protocol):
    """One file format in which a project says how it is started: one module of this folder."""

    def reads(self, path: str) -> bool:
        """Whether a file of this path is in this format."""

    def find_starts(self, text: str, path: str, files: ProjectFiles) -> tuple[Start, ...]:
        """Return what the file starts, in written order."""
