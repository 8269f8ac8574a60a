"""What a partition of the atoms costs (DESIGN 7.8), in bytes and what is worth as much as bytes.

Halving or doubling any of these weights changes few plans: they say what a maintainer would not
trade, not what a byte is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from extrasplit.imports.level import Level
from extrasplit.record import Record
from extrasplit.split.atoms import Atom
from extrasplit.split.carriers import Ledger
from extrasplit.split.roles import Seat

GROUP_BYTES: Final = 10_000_000
"""One more extra to name, document and test: not for less than a small wheel with its friends."""
LEAVING_BYTES: Final = 1_000_000
"""A plain install loses what leaves base: never for a pure-Python trifle alone."""
UNGUARDED_BYTES: Final = 10_000_000
"""A module whose feature raises ImportError: as dear as a group, since a guard must be written."""
GUARDED_BYTES: Final = 1_000_000
"""A module that answers for itself when the import fails: nearly free."""


class Block(Record):
    """Atoms that stand together, in base or in one group."""

    must: int
    """The variants (bits) that must hold one of them."""
    may: int
    """The variants that may use one of them."""
    closure: int


class Partition(Record):
    """Atoms (bits) in base, and those of each group, sorted: it decides every image (7.6)."""

    base: int
    groups: tuple[int, ...]


class Scale:
    """Weighs partitions, and remembers what it has weighed."""

    def __init__(self, ledger: Ledger, seats: Sequence[Seat], atoms: Sequence[Atom]) -> None:
        self.atoms = tuple(atoms)
        self.variants = range(len(seats))
        self._weigh = ledger.bits[0].weigh
        self._losable = tuple(_losable(ledger, seat) for seat in seats)
        self._blocks: dict[int, Block] = {}
        self._leans: dict[tuple[int, int], int] = {}
        self._lines = [atom.base_lines for atom in atoms]
        self._every_line = sum(self._lines)

    def members(self, block: int) -> list[Atom]:
        """Return the atoms of a block."""
        return [atom for at, atom in enumerate(self.atoms) if block >> at & 1]

    def block(self, atoms: int) -> Block:
        """Return what these atoms hold together."""
        found = self._blocks.get(atoms)
        if found is None:
            must = may = closure = 0
            for atom in self.members(atoms):
                must |= atom.must
                may |= atom.may
                closure |= atom.closure
            found = self._blocks[atoms] = Block(must, may, closure)
        return found

    def lean(self, partition: Partition, variant: int) -> int:
        """Return the closure of base and of each group with an atom that the variant must hold."""
        closure = self.block(partition.base).closure
        for group in partition.groups:
            block = self.block(group)
            if block.must >> variant & 1:
                closure |= block.closure
        return closure

    def lean_cost(self, variant: int, closure: int) -> int:
        """Return the bytes of a lean image, and what its modules lose."""
        found = self._leans.get((variant, closure))
        if found is None:
            lost: dict[str, int] = {}
            for module, price, providers in self._losable[variant]:
                if not closure & providers:
                    lost[module] = max(price, lost.get(module, 0))
            found = self._leans[variant, closure] = self._weigh(closure) + sum(lost.values())
        return found

    def structure_cost(self, partition: Partition) -> int:
        """Return what the groups, and the requirements that left base, cost by their number."""
        left = self._every_line - self.base_lines(partition.base)
        return GROUP_BYTES * len(partition.groups) + LEAVING_BYTES * left

    def base_lines(self, atoms: int) -> int:
        """Return how many requirements that stand in base today these atoms (bits) hold."""
        lines = 0
        while atoms:
            lowest = atoms & -atoms
            atoms ^= lowest
            lines += self._lines[lowest.bit_length() - 1]
        return lines

    def cost(self, partition: Partition) -> int:
        """Return the cost of a partition (7.8)."""
        leans = (self.lean_cost(v, self.lean(partition, v)) for v in self.variants)
        return sum(leans) + self.structure_cost(partition)


def _losable(ledger: Ledger, seat: Seat) -> tuple[tuple[str, int, int], ...]:
    """Return the imports that a lean image can lose: module, price, and who provides it."""
    found = set()
    for booked in (one for booking in seat.bookings for one in booking.booked):
        if booked.startup or not booked.carriers:
            continue
        providers = ledger.bits[0].named(booked.need.providers)
        for site in booked.need.places:
            price = GUARDED_BYTES if site.level is Level.GUARDED else UNGUARDED_BYTES
            found.add((site.place.path, price, providers))
    return tuple(sorted(found))
