"""What is to be deferred, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from extrasplit.rewrite.source.guard import Answer


@dataclass(frozen=True, slots=True)
class LateImport:
    """One imported name that shall come later."""

    line: int
    """Where its statement begins."""
    name: str
    """The local name that it binds."""
    change: Literal["function", "lazy", "typing"]
    into: tuple[str, ...] = ()
    """The functions that receive the import, qualified."""
    called: frozenset[str] = frozenset()
    """Those of them that run at startup: only their branches may import."""
    annotated: bool = False
    """Annotations that nothing evaluates use the name too."""
    submodule: str | None = None
    """The absolute name of what it binds, where that is a module of the file's own package."""
    answer: Answer | None = None
    """What is said where it is not installed."""


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """An import that is late already, in a function, and shall answer where it fails."""

    line: int
    scope: str
    """The function that holds it, qualified."""
    answer: Answer
