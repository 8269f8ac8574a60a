"""Reads uv.lock, version 1 of any revision, into frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from packaging.utils import NormalizedName

from extrasplit.project.pyproject import Conflict

SourceKind = Literal["registry", "git", "url", "path", "directory", "editable", "virtual"]


class PackageKey(NamedTuple):
    """What tells one locked package from another: several versions of one name may be locked."""

    name: NormalizedName
    version: str
    """Empty where uv records none (dynamic)."""
    source: str
    """`kind+location`, credentials removed: `registry+https://index.example/simple`."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One edge of the lock: from a package, an extra or a group to a package."""

    name: NormalizedName
    version: str | None
    source: str | None
    extras: tuple[NormalizedName, ...]
    marker: str | None


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One wheel or sdist of a locked package."""

    filename: str
    location: str
    """Absolute URL, or a path relative to the lock; credentials are never in reports."""
    hash: str | None
    """`sha256:...`, the key of the facts store."""
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class RecordedRequirement:
    """One line of `[package.metadata] requires-dist`: the project as it was when it was locked."""

    name: NormalizedName
    extras: tuple[NormalizedName, ...]
    specifier: str
    marker: str | None
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One `[[package]]`."""

    key: PackageKey
    source_kind: SourceKind
    resolution_markers: tuple[str, ...]
    dependencies: tuple[Dependency, ...]
    optional: Mapping[NormalizedName, tuple[Dependency, ...]]
    groups: Mapping[NormalizedName, tuple[Dependency, ...]]
    wheels: tuple[LockedFile, ...]
    sdist: LockedFile | None
    requires_dist: tuple[RecordedRequirement, ...] | None
    """None where the lock records no metadata."""
    provides_extras: tuple[NormalizedName, ...] | None


@dataclass(frozen=True, slots=True)
class Lock:
    """All of one uv.lock."""

    version: int
    revision: int
    requires_python: str
    resolution_markers: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    packages: Mapping[PackageKey, LockedPackage]
    members: tuple[NormalizedName, ...]
    """`[manifest] members`: the workspace; empty for a single project."""
    excludes: frozenset[NormalizedName]
    by_name: Mapping[NormalizedName, tuple[PackageKey, ...]]

    def member(self, name: NormalizedName) -> LockedPackage | None:
        """Return the package of the project itself, None where it isn't locked."""
        for key in self.by_name.get(name, ()):
            if self.packages[key].source_kind in ("editable", "virtual", "directory"):
                return self.packages[key]
        return None
