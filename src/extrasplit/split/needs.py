"""Turns uses (modules) into needs (distributions) and books each on its carriers (7.1, 7.3)."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import NormalizedName

from extrasplit.imports.level import Level
from extrasplit.places import Place


@dataclass(frozen=True, slots=True)
class Need:
    """A use, with the distributions that ship its module."""

    entrypoint: str
    module: str
    providers: frozenset[NormalizedName]
    """P of DESIGN 7.1: every locked distribution that ships the module; empty: unresolved."""
    level: Level
    via: str
    chain: tuple[Place, ...]
    guarded_by: str | None = None
