"""Closes requirements over the lock: what uv installs for a set of extras on one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName

from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import PackageKey


@dataclass(frozen=True, slots=True)
class Closure:
    """What uv installs, transitively; the project itself is left out."""

    target: Target
    packages: frozenset[PackageKey]
    edges: frozenset[tuple[PackageKey | None, PackageKey]]
    """Who brings whom; None is the project."""
    extras: Mapping[PackageKey, frozenset[NormalizedName]]
    """The extras that are active on each package that has any."""
