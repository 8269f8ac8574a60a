"""The locked packages of one target as bits: a closure is an int, its weight a few look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.utils import NormalizedName

from extrasplit.lock.uvlock import PackageKey
from extrasplit.record import Record
from extrasplit.split.ground import TargetGround


class Bits(Record):
    """Every package of one target in sorted order; bit i of a closure is `keys[i]`."""

    keys: tuple[PackageKey, ...]
    index: Mapping[PackageKey, int]
    names: Mapping[NormalizedName, int]
    """A distribution's name to the bits of all its locked versions."""
    tables: tuple[tuple[int, ...], ...]
    """For each byte of a closure, the installed bytes of each of its 256 values."""

    def mask(self, keys: Iterable[PackageKey]) -> int:
        """Return the closure that holds these packages."""
        closure = 0
        for key in keys:
            closure |= 1 << self.index[key]
        return closure

    def named(self, names: Iterable[NormalizedName]) -> int:
        """Return the bits of all packages that bear one of these names."""
        closure = 0
        for name in names:
            closure |= self.names.get(name, 0)
        return closure

    def weigh(self, closure: int) -> int:
        """Return the installed bytes of a closure."""
        digits = closure.to_bytes(len(self.tables), "little")
        return sum(table[digit] for table, digit in zip(self.tables, digits, strict=True) if digit)

    def packages(self, closure: int) -> frozenset[PackageKey]:
        """Return the packages of a closure."""
        return frozenset(key for at, key in enumerate(self.keys) if closure >> at & 1)


def read_bits(target: TargetGround) -> Bits:
    """Number the packages that anything on this target brings; without facts one weighs nothing."""
    keys: set[PackageKey] = set(target.facts)
    for closures in (target.requirement_closures, target.distribution_closures):
        keys.update(*closures.values())
    ordered = tuple(sorted(keys))
    names: dict[NormalizedName, int] = {}
    for at, key in enumerate(ordered):
        names[key.name] = names.get(key.name, 0) | 1 << at
    sizes = [target.facts[key].installed_bytes if key in target.facts else 0 for key in ordered]
    tables = tuple(_table(sizes[at : at + 8]) for at in range(0, len(sizes), 8))
    return Bits(ordered, {key: at for at, key in enumerate(ordered)}, names, tables)


def _table(sizes: list[int]) -> tuple[int, ...]:
    sums = [0]
    for size in sizes:
        sums += [size + before for before in sums]
    return tuple(sums)
