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

from packaging.utils import canonicalize_name

from extrasplit.project.pyproject import BASE, Requirement
from extrasplit.split.atoms import form_atoms
from extrasplit.split.carriers import Booking, Carrier, Ledger, added_line, close, open_ledger
from extrasplit.split.cost import Scale
from extrasplit.split.explain import explain_group
from extrasplit.split.ground import Ground
from extrasplit.split.naming import Naming, name_groups
from extrasplit.split.needs import assign
from extrasplit.split.roles import book_all, default_entrypoint, form_variants, todays_extras
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


def plan_split(ground: Ground) -> Plan:
    """Return the split that a thoughtful maintainer would choose, or today's lists where they do.

    Raises ExtrasplitError where the settings name an entrypoint or extra that isn't there.
    """
    ledger, bookings, default = _book(ground)
    seats = form_variants(ledger, bookings, default)
    scale = Scale(ledger, seats, form_atoms(ledger, seats))
    partition = solve(scale, ledger.bits[0]).partition
    naming = name_groups(ledger, seats, scale, partition)
    drafts = draft_variants(ledger, seats, scale, partition, naming)

    blocks = {BASE: partition.base} | {name: block for block, name in naming.groups.items()}
    carriers = {name: _carriers(scale, block) for name, block in blocks.items()}
    moves = _moves(carriers)
    additions = [c for found in carriers.values() for c in found if c.added]
    moved = moves or additions or _renamed(ledger, naming) or _rerecorded(ground, drafts)
    return _compose(ledger, bookings, default, carriers, naming.aliases, drafts, moves, bool(moved))


def plan_today(ground: Ground) -> Plan:
    """Return today's lists as a plan that changes nothing: what `check` and `verify` judge.

    The images are the recorded ones; where none are, each entrypoint with its extras of 7.2.
    """
    ledger, bookings, default = _book(ground)
    homes = (BASE, *ledger.real_extras)
    carriers = {home: ledger.at({home}) for home in homes}
    drafts = _todays_drafts(ledger, bookings)
    return _compose(ledger, bookings, default, carriers, ledger.aliases, drafts, (), False)


def _book(ground: Ground) -> tuple[Ledger, Mapping[str, Booking], str | None]:
    """Find what each entrypoint needs, has today, and books where (7.1 to 7.4)."""
    ledger = open_ledger(ground)
    needs = assign(ground)
    today = todays_extras(ledger, needs)
    default = default_entrypoint(ledger, needs, today)
    return ledger, book_all(ledger, needs, today, default), default


def _todays_drafts(ledger: Ledger, bookings: Mapping[str, Booking]) -> tuple[Draft, ...]:
    recorded = ledger.ground.settings.variants
    drafts = []
    for name, variant in sorted(recorded.items()):
        members = tuple(bookings[entrypoint] for entrypoint in variant.entrypoints)
        drafts.append((name, members, tuple(sorted(map(str, variant.extras)))))
    if not recorded:
        for name, booking in bookings.items():
            drafts.append((name, (booking,), tuple(sorted(booking.today.narrowest))))
    found = []
    for name, members, extras in drafts:
        real = ledger.expand(extras)
        closure = ledger.close(real)
        found.append(Draft(name, members, extras, tuple(sorted(real)), closure, False, True))
    return tuple(found)


def _compose(
    ledger: Ledger,
    bookings: Mapping[str, Booking],
    default: str | None,
    carriers: Mapping[str, list[Carrier]],
    aliases: Mapping[str, tuple[str, ...]],
    drafts: Sequence[Draft],
    moves: Sequence[Move],
    changed: bool,
) -> Plan:
    names = sorted(name for name in carriers if name != BASE and carriers[name])
    return Plan(
        base=_lines(carriers[BASE]),
        additions=_additions(ledger, carriers[BASE], BASE),
        base_bytes=ledger.bits[0].weigh(close(carriers[BASE])),
        groups=tuple(_group(ledger, name, carriers, drafts) for name in names),
        variants=weigh_variants(ledger, drafts),
        aliases={
            canonicalize_name(alias): tuple(map(canonicalize_name, targets))
            for alias, targets in sorted(aliases.items())
        },
        moves=tuple(moves),
        roles=tuple(_role(booking) for _, booking in sorted(bookings.items())),
        default_entrypoint=default,
        changed=changed,
    )


def _group(
    ledger: Ledger, name: str, carriers: Mapping[str, list[Carrier]], drafts: Sequence[Draft]
) -> Group:
    mine, base = close(carriers[name]), close(carriers[BASE])
    weigh = ledger.bits[0].weigh
    holding = [draft for draft in drafts if name in draft.groups]
    largest = max(holding, key=lambda d: (weigh(d.closure), d.name), default=None)
    others = base
    for other in largest.groups if largest else ():
        others |= close(carriers[other]) if other != name else 0
    lean = sorted(draft.name for draft in holding if not draft.full)
    return Group(
        name=canonicalize_name(name),
        requirements=_lines(carriers[name]),
        additions=_additions(ledger, carriers[name], name),
        installed_bytes=weigh(mine & ~base),
        retained_bytes=weigh(mine & ~others) if largest else 0,
        why=explain_group(name, carriers[name], drafts),
        feature=not lean,
    )


def _carriers(scale: Scale, block: int) -> list[Carrier]:
    return sorted(carrier for atom in scale.members(block) for carrier in atom.carriers)


def _lines(carriers: Iterable[Carrier]) -> tuple[Requirement, ...]:
    """Return the requirements as a list holds them: a line that stands there twice, once."""
    lines: dict[str, Requirement] = {}
    for line in sorted(_all_lines(carriers), key=lambda r: (r.home, r.index, r.text)):
        lines.setdefault(line.text, line)
    return tuple(lines.values())


def _all_lines(carriers: Iterable[Carrier]) -> list[Requirement]:
    return [line for carrier in carriers for line in carrier.requirements]


def _additions(ledger: Ledger, carriers: Iterable[Carrier], home: str) -> tuple[Addition, ...]:
    return tuple(
        Addition(carrier.name, added_line(ledger.ground, carrier.name), home)
        for carrier in carriers
        if carrier.added
    )


def _moves(carriers: Mapping[str, list[Carrier]]) -> list[Move]:
    return [
        Move(line, name)
        for name, found in sorted(carriers.items())
        for line in _all_lines(found)
        if line.home != name
    ]


def _renamed(ledger: Ledger, naming: Naming) -> bool:
    """Whether an extra becomes an alias, or an alias names something else."""
    extras = ledger.ground.project.extras
    empty = {str(name): () for name, x in extras.items() if not x.requirements and not x.includes}
    return dict(naming.aliases) != {**empty, **ledger.aliases}


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
