"""Reads pyproject.toml: the project, its requirements and its extras (PEP 621, PEP 508)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.utils import NormalizedName

BASE: Final = ""
"""The home of a requirement of `[project.dependencies]`; any other home is an extra's name."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One PEP 508 line at one place of pyproject.toml."""

    text: str
    """As it is written, without quotes."""
    name: NormalizedName
    extras: frozenset[NormalizedName]
    marker: str | None
    """The marker as `packaging` writes it."""
    home: str
    """`BASE`, or the normalized name of the one extra in which this line stands."""
    index: int
    """Its position in the array, aliases counted too."""
    line: int
    """Its line in pyproject.toml, counted from 1; 0 where it cannot be told (dynamic)."""


@dataclass(frozen=True, slots=True)
class Extra:
    """One key of `[project.optional-dependencies]`."""

    name: NormalizedName
    written: str
    """The key as it is written."""
    requirements: tuple[Requirement, ...]
    """Without references to the project's own extras."""
    includes: tuple[NormalizedName, ...]
    """The project's own extras that it names (`app[a,b]` inside `app`)."""

    @property
    def is_alias(self) -> bool:
        """Whether it holds only the project's own extras."""
        return bool(self.includes) and not self.requirements


@dataclass(frozen=True, slots=True)
class Script:
    """One line of `[project.scripts]` or `[project.gui-scripts]`."""

    name: str
    target: str
    """`package.module:function`, as written."""
    gui: bool
    line: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """One set of `[tool.uv] conflicts`: no environment holds two of its members."""

    extras: frozenset[NormalizedName]
    groups: frozenset[NormalizedName]


@dataclass(frozen=True, slots=True)
class Project:
    """One project: what its pyproject.toml says, and nothing that its files say."""

    root: Path
    """The folder of its pyproject.toml."""
    lock_root: Path
    """The folder of its uv.lock: the workspace's root, mostly the same."""
    name: NormalizedName
    written_name: str
    version: str | None
    """None where it is dynamic."""
    requires_python: str | None
    base: tuple[Requirement, ...]
    extras: Mapping[NormalizedName, Extra]
    """In the order in which they are written."""
    dynamic: frozenset[str]
    scripts: tuple[Script, ...]
    build_backend: str | None
    """None where there is no `[build-system]`."""
    virtual: bool
    """uv installs only its dependencies: no build system, or `tool.uv.package = false`."""
    source_roots: tuple[str, ...]
    """Folders relative to the root whose children are importable once installed (`src`, `.`)."""
    packages: tuple[str, ...]
    """Importable top-level names where the build backend's table names them, else empty."""
    conflicts: tuple[Conflict, ...]
    source_extras: frozenset[NormalizedName]
    """Extras that an entry of `[tool.uv.sources]` names: they cannot be divided."""
    groups: Mapping[NormalizedName, tuple[str, ...]]
    """PEP 735 dependency groups, as written; development, never touched."""
    members: tuple[str, ...]
    """Folders of the uv workspace's members, relative to the workspace's root."""
    readme: str | None = None

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement, base first, then the extras in written order."""
        return self.base + tuple(r for extra in self.extras.values() for r in extra.requirements)
