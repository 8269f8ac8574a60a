"""Follows the imports of one entrypoint: which modules outside the project it uses, and how."""

from __future__ import annotations

from dataclasses import dataclass

from extrasplit.imports.level import Level
from extrasplit.places import Place


@dataclass(frozen=True, slots=True)
class Use:
    """One entrypoint uses one module that isn't the project's."""

    entrypoint: str
    module: str
    """As imported (`google.cloud`); empty where only a distribution is known."""
    name: str | None
    """`storage` of `from google.cloud import storage`: perhaps a submodule, the owners decide."""
    level: Level
    via: str
    chain: tuple[Place, ...]
    """From the entrypoint's file to the line of the import; `module` is what that line imports."""
    distribution: str | None = None
    """Where a rule, launcher or setting names a distribution instead of a module."""
    guarded_by: str | None = None
    """The first-party helper whose test guards it, where it isn't a plain `try`."""
    tentative: bool = False
    """A string that may name a module, or a command: it counts only where something owns it."""
