"""Finds the partition of the atoms that costs least (DESIGN 7.6 to 7.9).

The problem: every atom stands in base or in one group. That decides all images, since
lean(v) = base + each group with an atom that v must hold. A lean image therefore holds all startup
needs by construction (7.7 a): the carriers of a need are atoms that it must hold. The remaining
constraints say which atoms may stand together, so that they can be asked of one block alone:
base holds what the default entrypoint and the library must hold and nothing else from an extra
(b); no group mixes two extras, and what leaves base joins an extra's group only where everybody
who uses it must hold that group (c); what must stay whole is one atom (d); a feature that leaves
base shares a group only with what is related (e). The cost is that of `cost.py`.

The search is a descent by the best single step (an atom moves, two blocks merge) from two starts:
today's lists, and a group for each home, `must` and relation. A step touches few variants; only
those are weighed anew. Today's lists stay unless the winner saves `WORTHWHILE_BYTES`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from extrasplit.project.declared import BASE
from extrasplit.record import Record, replace
from extrasplit.split.atoms import Atom
from extrasplit.split.bits import Bits
from extrasplit.split.cost import GROUP_BYTES, LEAVING_BYTES, Partition, Scale

WORTHWHILE_BYTES: Final = 10_000_000
"""A plan that saves less is not worth the change of everybody's install lines."""


class Solution(Record):
    """The partition to take, beside today's lists with what they lack."""

    partition: Partition
    today: Partition
    saved: int
    """By how much the cheapest partition found costs less than today's lists."""


class Rules:
    """Says which atoms may stand together (7.7)."""

    def __init__(self, atoms: tuple[Atom, ...], bits: Bits) -> None:
        self.atoms = atoms
        self.forced = _mask(at for at, atom in enumerate(atoms) if atom.base)
        self.to_base = _mask(
            at
            for at, atom in enumerate(atoms)
            if atom.base or (atom.home == BASE and atom.stays is None)
        )
        base = 0
        for atom in atoms:
            base |= atom.closure if atom.base else 0
        self._beyond = [bits.weigh(atom.closure & ~base) for atom in atoms]
        self._base, self._bits = base, bits
        self._admitted: dict[int, bool] = {}
        self._related: dict[tuple[int, int], bool] = {}

    def admit_base(self, block: int) -> bool:
        """Whether these atoms may stand in base (b)."""
        return not block & ~self.to_base

    def admit(self, block: int) -> bool:
        """Whether these atoms may be one group."""
        found = self._admitted.get(block)
        if found is None:
            found = self._admitted[block] = self._judge(block)
        return found

    def related(self, one: int, other: int) -> bool:
        """Whether the same modules import both, or half of the lighter's bytes are common (e)."""
        pair = (min(one, other), max(one, other))
        found = self._related.get(pair)
        if found is None:
            found = self._related[pair] = self._relate(*pair)
        return found

    def _judge(self, block: int) -> bool:
        if block & self.forced:
            return False
        members = [(at, atom) for at, atom in enumerate(self.atoms) if block >> at & 1]
        homes = {atom.home for _, atom in members if atom.home != BASE}
        staying = {atom.stays for _, atom in members if atom.stays is not None}
        if len(homes) > 1 or len(staying) > 1:
            return False
        held = must = 0
        for _, atom in members:
            must |= atom.must
            held |= atom.must if atom.home != BASE else 0
        for at, atom in members:
            if atom.home != BASE or atom.stays is not None:
                continue
            if atom.allowed is not None and not homes & atom.allowed:
                return False
            if homes and (atom.must | atom.may) & ~held:
                return False
            if atom.feature and atom.may & ~must and not self._fits(at, members):
                return False
        return True

    def _fits(self, at: int, members: list[tuple[int, Atom]]) -> bool:
        """Whether a feature is related to the others; a pin is where what brings it is."""
        if self._rides(at, members):
            return True
        return all(
            self.related(at, other)
            for other, _ in members
            if other != at and not self._rides(other, members)
        )

    def _rides(self, at: int, members: list[tuple[int, Atom]]) -> bool:
        """Whether nothing imports an atom, and one of these that is imported brings all of it."""
        atom = self.atoms[at]
        beyond = atom.closure & ~self._base
        return (
            atom.feature
            and not atom.modules
            and any(other.modules and not beyond & ~other.closure for _, other in members)
        )

    def _relate(self, one: int, other: int) -> bool:
        first, second = self.atoms[one], self.atoms[other]
        fewer, more = sorted((first.modules, second.modules), key=len)
        if fewer and fewer <= more:
            return True
        common = self._bits.weigh(first.closure & second.closure & ~self._base)
        lighter = min(self._beyond[one], self._beyond[other])
        return bool(common) and 2 * common >= lighter


def solve(scale: Scale, bits: Bits) -> Solution:
    """Return the cheapest partition found, or today's lists where that saves too little (7.9)."""
    rules = Rules(scale.atoms, bits)
    lacking = _mask(at for at, atom in enumerate(scale.atoms) if _is_lacking(atom))
    today = descend(scale, rules, todays_lists(scale.atoms), movable=lacking)
    found = [
        descend(scale, rules, start, movable=~0) for start in (today, finest(scale.atoms, rules))
    ]
    winner = min(found, key=lambda partition: _rank(scale, partition))
    saved = scale.cost(today) - scale.cost(winner)
    return Solution(winner if saved >= WORTHWHILE_BYTES else today, today, saved)


def todays_lists(atoms: tuple[Atom, ...]) -> Partition:
    """Return the partition as pyproject.toml has it, but for what base must hold."""
    base, groups = 0, dict[str, int]()
    for at, atom in enumerate(atoms):
        if atom.stays is None and (atom.base or atom.home == BASE):
            base |= 1 << at
        else:
            name = atom.stays or atom.home
            groups[name] = groups.get(name, 0) | 1 << at
    return Partition(base, tuple(sorted(groups.values())))


def finest(atoms: tuple[Atom, ...], rules: Rules) -> Partition:
    """Return a group for each home, `must` and relation."""
    base, groups = rules.forced, dict[tuple[str, int, str | None], list[int]]()
    for at, atom in enumerate(atoms):
        bit = 1 << at
        if base & bit:
            continue
        if not rules.admit(bit):
            base |= bit
            continue
        blocks = groups.setdefault((atom.home, atom.must, atom.stays), [])
        for index, block in enumerate(blocks):
            related = atom.must or all(
                rules.related(at, other) for other in range(len(atoms)) if block >> other & 1
            )
            if related and rules.admit(block | bit):
                blocks[index] = block | bit
                break
        else:
            blocks.append(bit)
    return Partition(base, tuple(sorted(block for found in groups.values() for block in found)))


def descend(scale: Scale, rules: Rules, start: Partition, *, movable: int) -> Partition:
    """Take the best step while one lowers the cost; `movable` atoms (bits) may be taken.

    After the best, the next ones of the same look-round are taken as well where they touch other
    blocks and, weighed anew, still lower the cost: a look-round is what costs time.
    """
    current = start
    while True:
        weighed = _Weighed(scale, current)
        found = []
        for step in _steps(scale, rules, current, movable):
            cost = weighed.after(step)
            if cost < weighed.cost:
                found.append((cost, _ties(scale, step.apply(current)), step))
        if not found:
            return current
        found.sort(key=lambda one: one[:2])
        current = _take(scale, current, [step for _, _, step in found])


def _take(scale: Scale, now: Partition, steps: Sequence[_Step]) -> Partition:
    """Take the first step, and of the others those that lower the cost still."""
    first, *others = steps
    current, touched = first.apply(now), set(first.gone)
    cost = scale.cost(current)
    for step in others:
        leaving, coming = now.base & ~step.base, step.base & ~now.base
        if touched.intersection(step.gone) or leaving & ~current.base:
            continue
        base = current.base & ~leaving | coming
        following = replace(step, base=base).apply(current)
        lower = scale.cost(following)
        if lower < cost:
            current, cost = following, lower
            touched.update(step.gone)
    return current


class _Step(Record):
    """Blocks that go and blocks that come; base is told apart."""

    gone: tuple[int, ...]
    come: tuple[int, ...]
    base: int

    def apply(self, partition: Partition) -> Partition:
        groups = [group for group in partition.groups if group not in self.gone]
        return Partition(self.base, tuple(sorted([*groups, *self.come])))


class _Weighed:
    """A partition with the cost of each variant: a step is weighed by the variants it touches."""

    def __init__(self, scale: Scale, partition: Partition) -> None:
        self._scale, self._base = scale, partition.base
        self._leans = [scale.lean_cost(v, scale.lean(partition, v)) for v in scale.variants]
        self.cost = sum(self._leans) + scale.structure_cost(partition)
        blocks = [(group, scale.block(group)) for group in partition.groups]
        self._held = [
            {group: block.closure for group, block in blocks if block.must >> v & 1}
            for v in scale.variants
        ]
        self._rests: dict[tuple[int, tuple[int, ...]], int] = {}

    def after(self, step: _Step) -> int:
        """Return the cost of the partition once the step is taken."""
        scale = self._scale
        cost = self.cost + GROUP_BYTES * (len(step.come) - len(step.gone))
        come = [scale.block(group) for group in step.come]
        base = scale.block(step.base).closure
        if step.base == self._base:
            touched = 0
            for group in step.gone:
                touched |= scale.block(group).must
            for block in come:
                touched |= block.must
        else:
            cost += LEAVING_BYTES * scale.base_lines(self._base & ~step.base)
            cost -= LEAVING_BYTES * scale.base_lines(step.base & ~self._base)
            touched = (1 << len(self._leans)) - 1
        while touched:
            lowest = touched & -touched
            touched ^= lowest
            variant = lowest.bit_length() - 1
            closure = base | self._rest(variant, step.gone)
            for block in come:
                if block.must & lowest:
                    closure |= block.closure
            cost += scale.lean_cost(variant, closure) - self._leans[variant]
        return cost

    def _rest(self, variant: int, gone: tuple[int, ...]) -> int:
        """Return what the groups that stay bring to a variant."""
        rest = self._rests.get((variant, gone))
        if rest is None:
            rest = 0
            for group, closure in self._held[variant].items():
                if group not in gone:
                    rest |= closure
            self._rests[variant, gone] = rest
        return rest


def _steps(scale: Scale, rules: Rules, now: Partition, movable: int) -> Iterator[_Step]:
    for at in range(len(scale.atoms)):
        bit = 1 << at
        alone = bit in now.groups and movable == ~0  # what it can do, its group's merges do
        if movable & bit and not rules.forced & bit and not alone:
            yield from _moves(rules, now, bit)
    if movable == ~0:
        yield from _merges(rules, now)


def _moves(rules: Rules, now: Partition, bit: int) -> Iterator[_Step]:
    """Yield every place to which one atom may go."""
    home = next((group for group in now.groups if group & bit), None)
    rest = 0 if home is None else home & ~bit
    gone = () if home is None else (home,)
    if rest and not rules.admit(rest):
        return
    left = (rest,) if rest else ()
    base = now.base & ~bit
    if home is not None and rules.admit_base(bit):
        yield _Step(gone, left, base | bit)
    if (home is None or rest) and rules.admit(bit):
        yield _Step(gone, (*left, bit), base)
    for group in now.groups:
        if group != home and rules.admit(group | bit):
            yield _Step((*gone, group), (*left, group | bit), base)


def _merges(rules: Rules, now: Partition) -> Iterator[_Step]:
    for at, group in enumerate(now.groups):
        if rules.admit_base(group):
            yield _Step((group,), (), now.base | group)
        for other in now.groups[at + 1 :]:
            if rules.admit(group | other):
                yield _Step((group, other), (group | other,), now.base)


def _rank(scale: Scale, partition: Partition) -> tuple[int, tuple[int, int, tuple[int, ...]]]:
    return scale.cost(partition), _ties(scale, partition)


def _ties(scale: Scale, partition: Partition) -> tuple[int, int, tuple[int, ...]]:
    """Fewer features outside a lean variant, fewer groups, then the order of the atoms' names."""
    outside = 0
    for group in partition.groups:
        if not scale.block(group).must:
            outside += group.bit_count()
    return outside, len(partition.groups), (partition.base, *partition.groups)


def _is_lacking(atom: Atom) -> bool:
    return all(carrier.added for carrier in atom.carriers)


def _mask(indexes: Iterator[int]) -> int:
    mask = 0
    for at in indexes:
        mask |= 1 << at
    return mask
