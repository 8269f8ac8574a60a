"""Makes the plan: needs are booked, roles seated, atoms formed, weighed, parted and named.

The model (DESIGN 7) in short. A *need* is a module that an entrypoint imports, at a level; its
providers are the locked distributions that ship it. A *carrier* is a requirement on which a need
is booked. *Atoms* are carriers that are never divided. A *partition* puts each atom in base or in
one group and thereby decides every image: a lean one holds base and each group with an atom that
it must hold. So lean images start, by construction, and what is left is a matter of cost: bytes
over all lean images, the number of groups, what leaves base, and the features that a lean image
loses. `solve.py` states the constraints and the search, `cost.py` the weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from packaging.requirements import Requirement as Pep508
from packaging.utils import canonicalize_name

from extrasplit.project.declared import BASE, Requirement
from extrasplit.record import Record, replace
from extrasplit.split.atoms import form_atoms
from extrasplit.split.carriers import Booking, Carrier, Ledger, added_line, close
from extrasplit.split.cost import Scale
from extrasplit.split.explain import explain_group
from extrasplit.split.ground import Ground
from extrasplit.split.naming import name_groups
from extrasplit.split.roles import Books, form_variants, open_books
from extrasplit.split.solve import solve
from extrasplit.split.values import Addition, Group, Loss, Move, Plan, Role, Variant
from extrasplit.split.variants import Draft, draft_variants, weigh_variants

__all__ = [
    "Addition",
    "Group",
    "Loss",
    "Move",
    "Plan",
    "Role",
    "Variant",
    "plan_split",
    "plan_today",
]


class _List(Record):
    """What one array of pyproject.toml holds afterwards."""

    carriers: tuple[Carrier, ...]
    others: tuple[Requirement, ...] = ()
    """Lines of an extra that repeated these, and becomes an alias."""

    @property
    def lines(self) -> tuple[Requirement, ...]:
        """Every declared requirement, by its place today."""
        declared = [line for carrier in self.carriers for line in carrier.requirements]
        return tuple(sorted([*declared, *self.others], key=lambda r: (r.home, r.index)))

    @property
    def closure(self) -> int:
        """What it brings on the first target (bits)."""
        return close(self.carriers)


def plan_split(ground: Ground, books: Books | None = None) -> Plan:
    """Return the split that a thoughtful maintainer would choose, or today's lists where they do.

    `books` are those of this ground, where they are open already.
    Raises ExtrasplitError where the settings name an entrypoint or extra that isn't there.
    """
    books = books or open_books(ground)
    ledger = books.ledger
    seats = form_variants(books)
    scale = Scale(ledger, seats, form_atoms(ledger, seats))
    partition = solve(scale, ledger.bits[0]).partition
    naming = name_groups(ledger, seats, scale, partition)
    drafts = draft_variants(ledger, seats, scale, partition, naming)

    blocks = {BASE: partition.base} | {name: block for block, name in naming.groups.items()}
    lists = {name: _List(_carriers(scale, block)) for name, block in blocks.items()}
    aliases, lists = _dissolve(ledger, naming.aliases, lists)
    moves = _moves(lists)
    added = any(carrier.added for found in lists.values() for carrier in found.carriers)
    changed = bool(moves) or added or _renamed(ledger, aliases) or _rerecorded(ground, drafts)
    return _compose(books, lists, aliases, drafts, moves, changed=changed)


def plan_today(ground: Ground, books: Books | None = None) -> Plan:
    """Return today's lists as a plan that changes nothing: what `check` and `verify` judge.

    The images are the recorded ones; where none are, each entrypoint with its extras of 7.2.
    """
    books = books or open_books(ground)
    ledger = books.ledger
    lists = {home: _List(tuple(ledger.at({home}))) for home in (BASE, *ledger.real_extras)}
    drafts = _todays_drafts(ledger, books.bookings)
    aliases = {x: found for x, found in ledger.aliases.items() if x not in ledger.unions}
    return _compose(books, lists, aliases, drafts, (), changed=False)


def _todays_drafts(ledger: Ledger, bookings: Mapping[str, Booking]) -> tuple[Draft, ...]:
    recorded = ledger.ground.settings.variants
    images = [
        (name, tuple(bookings[e] for e in one.entrypoints), tuple(sorted(map(str, one.extras))))
        for name, one in sorted(recorded.items())
    ] or [
        (name, (booking,), tuple(sorted(booking.today.narrowest)))
        for name, booking in bookings.items()
    ]
    drafts = []
    for name, members, extras in images:
        real = ledger.expand(extras)
        drafts.append(
            Draft(name, members, extras, tuple(sorted(real)), ledger.close(real), False, True)
        )
    return tuple(drafts)


def _compose(
    books: Books,
    lists: Mapping[str, _List],
    aliases: Mapping[str, tuple[str, ...]],
    drafts: Sequence[Draft],
    moves: Sequence[Move],
    *,
    changed: bool,
) -> Plan:
    ledger = books.ledger
    names = sorted(name for name in lists if name != BASE and lists[name].carriers)
    return Plan(
        base=lists[BASE].lines,
        additions=_additions(ledger, lists[BASE], BASE),
        base_bytes=ledger.bits[0].weigh(lists[BASE].closure),
        groups=tuple(_group(ledger, name, lists, drafts) for name in names),
        variants=weigh_variants(ledger, drafts),
        aliases={
            canonicalize_name(alias): tuple(map(canonicalize_name, targets))
            for alias, targets in sorted(aliases.items())
        },
        moves=tuple(moves),
        roles=tuple(_role(booking) for _, booking in sorted(books.bookings.items())),
        default_entrypoint=books.default,
        changed=changed,
    )


def _group(ledger: Ledger, name: str, lists: Mapping[str, _List], drafts: Sequence[Draft]) -> Group:
    mine, base, weigh = lists[name].closure, lists[BASE].closure, ledger.bits[0].weigh
    holding = [draft for draft in drafts if name in draft.groups]
    largest = max(holding, key=lambda d: (weigh(d.closure), d.name), default=None)
    others = base
    for other in largest.groups if largest else ():
        others |= lists[other].closure if other != name else 0
    return Group(
        name=canonicalize_name(name),
        requirements=lists[name].lines,
        additions=_additions(ledger, lists[name], name),
        installed_bytes=weigh(mine & ~base),
        retained_bytes=weigh(mine & ~others) if largest else 0,
        why=explain_group(lists[name].carriers, drafts),
        feature=all(draft.full for draft in holding),
    )


def _carriers(scale: Scale, block: int) -> tuple[Carrier, ...]:
    return tuple(sorted(c for atom in scale.members(block) for c in atom.carriers))


def _additions(ledger: Ledger, found: _List, home: str) -> tuple[Addition, ...]:
    return tuple(
        Addition(carrier.name, added_line(ledger.ground, carrier.name), home)
        for carrier in found.carriers
        if carrier.added
    )


def _moves(lists: Mapping[str, _List]) -> tuple[Move, ...]:
    return tuple(
        Move(line, name)
        for name, found in sorted(lists.items())
        for line in found.lines
        if line.home != name
    )


def _dissolve(
    ledger: Ledger, aliases: Mapping[str, tuple[str, ...]], lists: Mapping[str, _List]
) -> tuple[dict[str, tuple[str, ...]], dict[str, _List]]:
    """Make real aliases of the unions that a plan touches; the others stay as they are written.

    A union's lines go where the lines that they repeat are; untouched it is no alias to write.
    """
    kept, filled = dict(aliases), dict(lists)
    moved = {home for move in _moves(lists) for home in (move.requirement.home, move.to)}
    grown = {name for name, found in lists.items() if any(c.added for c in found.carriers)}
    for union in sorted(ledger.unions):
        parts = ledger.expand((union,))
        same = aliases[union] == ledger.aliases[union] and not parts & aliases.keys()
        if same and not parts & (moved | grown):
            del kept[union]
            continue
        for line in ledger.ground.project.extras[canonicalize_name(union)].requirements:
            name = _where(line, parts, lists)
            filled[name] = replace(filled[name], others=(*filled[name].others, line))
    return kept, filled


def _where(line: Requirement, parts: frozenset[str], lists: Mapping[str, _List]) -> str:
    """Return the list that holds the same line of one of these extras."""
    wanted = str(Pep508(line.text))
    return next(
        name
        for name, found in sorted(lists.items())
        if any(r.home in parts and str(Pep508(r.text)) == wanted for r in found.lines)
    )


def _renamed(ledger: Ledger, aliases: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an extra becomes an alias, or an alias names something else."""
    extras = ledger.ground.project.extras
    empty = {str(name): () for name, x in extras.items() if not x.requirements and not x.includes}
    written = {x: names for x, names in ledger.aliases.items() if x not in ledger.unions}
    return dict(aliases) != {**empty, **written}


def _rerecorded(ground: Ground, drafts: Iterable[Draft]) -> bool:
    """Whether a recorded variant gets other extras."""
    recorded = ground.settings.variants
    return any(
        set(draft.extras) != set(recorded[draft.name].extras)
        for draft in drafts
        if draft.name in recorded
    )


def _role(booking: Booking) -> Role:
    extras = tuple(canonicalize_name(extra) for extra in sorted(booking.today.narrowest))
    needs = tuple(booked.need for booked in booking.booked)
    return Role(booking.entrypoint, extras, booking.today.inferred, needs)
