"""What a trace found, as values: what each entrypoint uses and starts, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping

from extrasplit.imports.level import Level
from extrasplit.imports.scanned import Undecided
from extrasplit.places import Place
from extrasplit.project.roles import Entrypoint
from extrasplit.record import Record


class Site(Record):
    """One line that imports a module, however strongly."""

    place: Place
    level: Level


class Use(Record):
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
    sites: tuple[Site, ...] = ()
    """Every line that imports it in what was reached, its own among them."""
    group: str | None = None
    """The entry-point group that is loaded; module and distribution are then empty."""
    command: str | None = None
    """The console script that is started as a process; module is then empty."""
    or_else: tuple[str, ...] = ()
    """Modules that would do as well as `module`: any distribution that ships one of them serves."""


class Spawned(Record):
    """One command that the reached code starts as another process."""

    argv: tuple[str, ...]
    """Words; an empty one could not be decided. Paths are relative to the project's root."""
    level: Level
    chain: tuple[Place, ...]
    in_process: bool = False


class Trace(Record):
    """What one entrypoint asks for."""

    entrypoint: str
    uses: tuple[Use, ...]
    """Strongest first, then by module and name."""
    spawned: tuple[Spawned, ...]
    reached: Mapping[str, Level]
    """First-party files, each with the level at which its top level runs."""
    undecided: tuple[tuple[Undecided, Place], ...]
    """What the reached code computes and no reading could tell."""


class Traced(Record):
    """All entrypoints, those that others spawn among them, and what each asks for."""

    entrypoints: tuple[Entrypoint, ...]
    traces: Mapping[str, Trace]
    importers: Mapping[str, frozenset[str]]
    """Every external module with the first-party modules that import it."""
