"""Tells which locked distributions ship a module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from packaging.utils import NormalizedName

from extrasplit.lock.uvlock import PackageKey
from extrasplit.record import Record
from extrasplit.wheels.contents import WheelFacts


class Owners(Record):
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


def owners(
    facts: Mapping[PackageKey, WheelFacts], configured: Mapping[str, NormalizedName]
) -> Owners:
    """Return who ships what in all of `facts`.

    A module that `[tool.extrasplit.modules]` configures belongs to that distribution alone. Where
    a name is a regular package of one distribution and a namespace of another, both ship it.
    """
    found: dict[str, set[NormalizedName]] = defaultdict(set)
    namespaces: set[str] = set()
    for key, fact in facts.items():
        namespaces |= fact.namespaces
        for module in fact.modules:
            found[module].add(key.name)
    by_module = {module: frozenset(names) for module, names in found.items()}
    by_module |= {module: frozenset({name}) for module, name in configured.items()}
    told = frozenset(configured.values())
    unknown = {
        key.name for key, fact in facts.items() if not fact.knows_modules and key.name not in told
    }
    return Owners(by_module, frozenset(namespaces), frozenset(unknown))
