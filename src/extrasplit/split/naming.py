"""Names the groups of a partition, and says what an old extra means afterwards (7.7 c, 7.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.utils import canonicalize_name

from extrasplit.project.declared import BASE
from extrasplit.record import Record
from extrasplit.split.atoms import find_importers
from extrasplit.split.carriers import DEVELOPMENT, Carrier, Ledger
from extrasplit.split.cost import Partition, Scale
from extrasplit.split.roles import Seat


class Naming(Record):
    """The names of a partition's groups, and all aliases."""

    groups: Mapping[int, str]
    """Block (atoms as bits) to name."""
    aliases: Mapping[str, tuple[str, ...]]
    """Every extra that only names others afterwards; nothing, where base holds all of it."""


def name_groups(
    ledger: Ledger, seats: Sequence[Seat], scale: Scale, partition: Partition
) -> Naming:
    """Name every group: an old extra's name where it is the same, else by who holds it."""
    clerk = _Clerk(ledger, seats, scale, partition)
    divided: list[str] = []
    for extra in sorted(ledger.real_extras):
        pieces = clerk.pieces(extra)
        if len(pieces) == 1 and not clerk.left_base_for(extra):
            clerk.give(pieces[0], extra)
        elif pieces or clerk.left_base_for(extra):
            divided.append(extra)
    for extra in divided:
        clerk.name_pieces(extra)
    clerk.name_rest()
    return Naming(dict(clerk.names), clerk.aliases())


class _Clerk:
    """Gives each block one name, and no name twice."""

    def __init__(
        self, ledger: Ledger, seats: Sequence[Seat], scale: Scale, partition: Partition
    ) -> None:
        self._ledger, self._seats, self._scale = ledger, seats, scale
        self._base = scale.block(partition.base).closure
        self._importers = find_importers(ledger, seats)
        self._groups = sorted(partition.groups, key=self._order)
        self._taken = {str(extra) for extra in ledger.ground.project.extras}
        self._taken |= {str(name) for name in ledger.ground.settings.groups}
        self.names: dict[int, str] = {}
        for group in self._groups:
            for name in {atom.stays for atom in scale.members(group) if atom.stays}:
                self.names[group] = name

    def give(self, group: int, name: str) -> None:
        """Name a group, unless the maintainer did."""
        self.names.setdefault(group, name)

    def pieces(self, extra: str) -> list[int]:
        """Return the groups that hold something of an old extra, in naming order."""
        return [group for group in self._groups if extra in self._homes(group)]

    def left_base_for(self, extra: str) -> list[int]:
        """Return the groups, out of base, without which an extra would start less than today."""
        wanted: set[int] = set()
        for booking in (one for seat in self._seats for one in seat.bookings):
            if extra not in booking.today.narrowest:
                continue
            for group in self._groups:
                if not self._homes(group) & booking.today.narrowest and any(
                    carrier.home == BASE and carrier in booking.startup
                    for carrier in self._carriers(group)
                ):
                    wanted.add(group)
        return [group for group in self._groups if group in wanted]

    def name_pieces(self, extra: str) -> None:
        """Name what an old extra was divided into: core, then by variant, then the features."""
        pieces = [group for group in self.pieces(extra) if group not in self.names]
        core = [group for group in pieces if self._scale.block(group).must]
        features = [group for group in pieces if not self._scale.block(group).must]
        for at, group in enumerate(core):
            self._claim(group, f"{extra}-core" if not at else f"{extra}-{self._holders(group)}")
        for at, group in enumerate(features):
            last = "advanced" if not at else self.heaviest(group).name
            self._claim(group, f"{extra}-{last}")

    def name_rest(self) -> None:
        """Name what only left base: by the variants that hold it, a feature by its heaviest."""
        for group in self._groups:
            if group in self.names:
                continue
            if self._scale.block(group).must:
                self._claim(group, self._holders(group))
            else:
                self._claim(group, self.heaviest(group).name)

    def heaviest(self, group: int) -> Carrier:
        """Return the heaviest; among those within a tenth, the one that most modules import."""
        weigh = self._ledger.bits[0].weigh
        beyond = {c: weigh(c.masks[0] & ~self._base) for c in self._carriers(group)}
        most = max(beyond.values())
        near = [carrier for carrier, weight in beyond.items() if 10 * weight >= 9 * most]
        return min(near, key=lambda c: (-len(self._importers.get(c.name, ())), -beyond[c], c))

    def aliases(self) -> Mapping[str, tuple[str, ...]]:
        """Return every extra that only names others from now on (7.7 c)."""
        found: dict[str, tuple[str, ...]] = {}
        for extra in self._ledger.real_extras:
            pieces, left = self.pieces(extra), self.left_base_for(extra)
            if pieces and all(self.names[group] == extra for group in pieces):
                continue
            written = self._ledger.ground.project.extras[canonicalize_name(extra)].includes
            groups = [self.names[group] for group in (*pieces, *left)]
            found[extra] = tuple(dict.fromkeys([*groups, *written]))
        loose = [self.names[g] for g in self._groups if not self._homes(g)]
        everyday = {x for x in self._ledger.real_extras if x not in DEVELOPMENT}
        for alias, targets in self._ledger.aliases.items():
            reached = self._ledger.expand((alias,))
            if everyday and reached >= everyday:
                named = {name for extra in reached for name in found.get(extra, ())}
                targets = (*targets, *(name for name in loose if name not in named))
            found[alias] = tuple(dict.fromkeys(targets))
        return found

    def _claim(self, group: int, name: str) -> None:
        free = str(canonicalize_name(name))
        if free in self._taken:
            free = f"{free}-{self.heaviest(group).name}"
        stem, number = free, 1
        while free in self._taken:
            number += 1
            free = f"{stem}-{number}"
        self._taken.add(free)
        self.names[group] = free

    def _holders(self, group: int) -> str:
        must = self._scale.block(group).must
        names = [seat.name for at, seat in enumerate(self._seats) if must >> at & 1]
        return "-".join(names) if len(names) <= 2 else "shared"

    def _carriers(self, group: int) -> list[Carrier]:
        return [carrier for atom in self._scale.members(group) for carrier in atom.carriers]

    def _homes(self, group: int) -> frozenset[str]:
        return frozenset(c.home for c in self._carriers(group) if c.home != BASE)

    def _order(self, group: int) -> tuple[int, int, list[Carrier]]:
        """Most variants first, then most bytes beyond base, then by name."""
        block = self._scale.block(group)
        weight = self._ledger.bits[0].weigh(block.closure & ~self._base)
        return -block.must.bit_count(), -weight, self._carriers(group)
