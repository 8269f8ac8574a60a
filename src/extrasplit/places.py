"""A place in the project's files, as every chain of evidence names it."""

from __future__ import annotations

from extrasplit.record import Record


class Place(Record, order=True):
    """One `file:line`."""

    path: str
    """Relative to the project's root, with forward slashes on every system."""
    line: int
    """Counted from 1; 0 where the file as a whole is meant."""
    module: str = ""
    """The module that is imported, or the text that is meant, at this line."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path
