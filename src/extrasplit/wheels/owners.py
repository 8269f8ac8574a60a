"""Tells which locked distributions ship a module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName


@dataclass(frozen=True, slots=True)
class Owners:
    """Modules to the distributions that ship them, namespaces included."""

    by_module: Mapping[str, frozenset[NormalizedName]]
    namespaces: frozenset[str]
    unknown: frozenset[NormalizedName]
    """Locked distributions whose modules are not known (no facts at hand)."""

    def of(self, module: str, name: str | None = None) -> frozenset[NormalizedName]:
        """Return who ships `module` (or its submodule `name`): the longest known prefix decides."""
        candidates = [f"{module}.{name}"] if name and name != "*" else []
        candidates.append(module)
        while "." in candidates[-1]:
            candidates.append(candidates[-1].rpartition(".")[0])
        for candidate in candidates:
            if candidate in self.by_module:
                return self.by_module[candidate]
        return frozenset()
