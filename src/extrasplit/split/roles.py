"""Roles: which entrypoint is the default, and who shares an image (DESIGN 7.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from packaging.utils import canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.imports.level import Level
from extrasplit.project.declared import BASE, ConfiguredVariant
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.record import Record, replace
from extrasplit.split.carriers import (
    Booking,
    Carrier,
    Ledger,
    Today,
    book,
    close,
    open_ledger,
)
from extrasplit.split.ground import Ground
from extrasplit.split.needs import Need, assign
from extrasplit.split.today import LIBRARY as LIBRARY
from extrasplit.split.today import todays_extras, width

FULL: Final = "-full"
"""What the name of a fuller image ends with."""

ORIGINS: Final = ("configured", "script", "docker", "compose", "procfile", "source", "other")
"""The order in which entrypoints are found; the first of a variant names it (7.4)."""

SHARED_BYTES: Final = 10_000_000
"""Two startup closures that differ by less are one image: below it nobody wants a second one."""
SHARED_PERCENT: Final = 5
"""... or by less than this share of what both hold ..."""
WORTH_AN_IMAGE_BYTES: Final = 100_000_000
"""... but never by this much: it is what a slim base image weighs."""


class Wider(Record):
    """A recorded variant that is the fuller image of a narrower one."""

    variant: ConfiguredVariant
    others: tuple[Booking, ...]
    """Members of it alone: their own images were found to be the same."""


class Seat(Record):
    """One variant before the plan: who sits in it, and what each of them needs."""

    name: str
    bookings: tuple[Booking, ...]
    default: str | None = None
    """The default entrypoint, where it sits here."""
    library: bool = False
    """`library` sits here."""
    served_by_base: frozenset[str] = frozenset()
    """The members whose startup needs base holds: the default, `library` (7.7 b)."""
    recorded: ConfiguredVariant | None = None
    wider: tuple[Wider, ...] = ()
    """Recorded variants of these entrypoints that hold more, the widest last."""

    @property
    def entrypoints(self) -> tuple[str, ...]:
        """Who is started in it."""
        return tuple(booking.entrypoint for booking in self.bookings)

    @property
    def fixed(self) -> bool:
        """Whether its extras are never changed by a plan."""
        return self.recorded is not None and self.recorded.fixed

    @property
    def narrowest(self) -> frozenset[str]:
        """The real extras that its members have today."""
        return frozenset[str]().union(*(booking.today.narrowest for booking in self.bookings))


class Books(Record):
    """All needs of a project, booked: what a plan divides and a judge looks up."""

    ledger: Ledger
    bookings: Mapping[str, Booking]
    """By entrypoint."""
    default: str | None
    """The entrypoint that a plain install serves."""


def open_books(ground: Ground) -> Books:
    """Find what each entrypoint needs, has today, and on what it is booked (7.1 to 7.4).

    Raises ExtrasplitError where the settings name an entrypoint or extra that isn't there.
    """
    ledger = open_ledger(ground)
    needs = assign(ground)
    today = todays_extras(ledger, needs)
    default = default_entrypoint(ledger, needs, today)
    return Books(ledger, book_all(ledger, needs, today, default), default)


def default_entrypoint(
    ledger: Ledger, needs: Mapping[str, tuple[Need, ...]], today: Mapping[str, Today]
) -> str | None:
    """Return the entrypoint that a plain install serves (7.4).

    Raises ExtrasplitError where the configured one isn't there.
    """
    configured = ledger.ground.settings.default_entrypoint
    if isinstance(configured, bool):  # `false`: there is none
        return None
    if configured is not None:
        if configured not in today:
            raise ExtrasplitError(
                f'[tool.extrasplit] default-entrypoint names "{configured}", which is no entrypoint'
                " of this project",
                hint="`extrasplit entrypoints` lists them",
            )
        return configured
    plain = [
        entrypoint.name
        for entrypoint in ledger.ground.entrypoints
        if entrypoint.kind == "script" and not today[entrypoint.name].narrowest
    ]
    project = ledger.ground.project.name
    named = [name for name in sorted(plain) if canonicalize_name(name) == project]
    if named:
        return named[0]

    def weight(name: str) -> int:
        booking = book(ledger, needs.get(name, ()), name, today[name], base_holds=False)
        return ledger.bits[0].weigh(close(booking.startup))

    return min(sorted(plain), key=weight, default=None)


def book_all(
    ledger: Ledger,
    needs: Mapping[str, tuple[Need, ...]],
    today: Mapping[str, Today],
    default: str | None,
) -> Mapping[str, Booking]:
    """Book every entrypoint; what no need claims stays with the extras it stands in (7.5)."""
    kinds = {entrypoint.name: entrypoint.kind for entrypoint in ledger.ground.entrypoints}
    bookings = {
        name: book(
            ledger,
            needs.get(name, ()),
            name,
            seen,
            base_holds=name == default or kinds[name] == LIBRARY,
        )
        for name, seen in sorted(today.items())
    }
    idle, added = unclaimed(ledger, bookings.values()), _added(bookings.values())
    return {name: _completed(booking, idle, added) for name, booking in bookings.items()}


def unclaimed(ledger: Ledger, bookings: Iterable[Booking]) -> frozenset[Carrier]:
    """Return the declared carriers of what no need of any entrypoint asks for.

    The copy of a claimed requirement in another extra is not among them: its name is known to be
    used, by others.
    """
    booked = [one for booking in bookings for one in booking.booked]
    claimed = {carrier.name for one in booked for carrier in one.carriers}
    claimed |= {name for one in booked for name in one.need.providers}
    return frozenset(carrier for carrier in ledger.carriers if carrier.name not in claimed)


def form_variants(books: Books) -> tuple[Seat, ...]:
    """Seat every entrypoint in one image: recorded variants first, then by 7.4."""
    ledger, bookings, default = books.ledger, books.bookings, books.default
    entrypoints = sorted(ledger.ground.entrypoints, key=_found_order)
    seats = _recorded_seats(books, [entrypoint.name for entrypoint in entrypoints])
    seated = {name for seat in seats for name in seat.entrypoints}
    names = {seat.name for seat in seats} | set(ledger.ground.settings.variants)
    order = [entrypoint.name for entrypoint in entrypoints if entrypoint.name not in seated]
    for name in sorted(order, key=lambda name: name != default):
        at = _joins(ledger, seats, bookings[name])
        if at is None:
            seats.append(_seat(books, _free(name, names), (bookings[name],)))
        else:
            seats[at] = _seat(books, seats[at].name, (*seats[at].bookings, bookings[name]))
    return tuple(seats)


def _seat(books: Books, name: str, members: tuple[Booking, ...]) -> Seat:
    """Seat members; base serves those of a plain install whose narrowest image this is."""
    kinds = {e.name: e.kind for e in books.ledger.ground.entrypoints}
    plain = {m.entrypoint for m in members if m.entrypoint == books.default}
    plain |= {m.entrypoint for m in members if kinds[m.entrypoint] == LIBRARY}
    return Seat(
        name,
        members,
        default=books.default if books.default in plain else None,
        library=any(kinds[name] == LIBRARY for name in plain),
        served_by_base=frozenset(
            m.entrypoint
            for m in members
            if m.entrypoint in plain
            and m.today.narrowest == books.bookings[m.entrypoint].today.narrowest
        ),
    )


def _added(bookings: Iterable[Booking]) -> tuple[Carrier, ...]:
    return tuple(sorted({c for one in bookings for c in one.startup if c.added}))


def _completed(booking: Booking, idle: frozenset[Carrier], added: tuple[Carrier, ...]) -> Booking:
    """Give a booking its riders, and let what is added for others carry what it asks for later."""
    riders = frozenset(
        carrier
        for carrier in idle
        if carrier.home != BASE and carrier.home in booking.today.narrowest
    )
    booked = tuple(
        one
        if one.carriers or one.need.level is not Level.DEFERRED
        else replace(one, carriers=tuple(c for c in added if c.name in one.need.providers)[:1])
        for one in booking.booked
    )
    return replace(booking, riders=riders, booked=booked)


def _recorded_seats(books: Books, order: Sequence[str]) -> list[Seat]:
    """Seat the members of each recorded variant; wider ones of the same members stand beside."""
    ledger = books.ledger
    found = books.bookings.values()
    idle, added = unclaimed(ledger, found), _added(found)
    recorded = sorted(
        ledger.ground.settings.variants.values(),
        key=lambda v: (width(ledger, ledger.expand(v.extras)), v.name),
    )
    seats: list[Seat] = []
    while recorded:
        narrowest, *others = recorded
        wider = [v for v in others if _continues(ledger, v, narrowest)]
        recorded = [v for v in others if v not in wider]
        present = tuple(
            _rebooked(books, books.bookings[name], narrowest, wider, idle, added)
            for name in order
            if name in narrowest.entrypoints
        )
        beside = tuple(Wider(v, _others(books, v, narrowest)) for v in wider)
        seat = _seat(books, narrowest.name, present)
        seats.append(replace(seat, recorded=narrowest, wider=beside))
    return sorted(seats, key=lambda seat: (not seat.default, seat.name))


def _continues(ledger: Ledger, variant: ConfiguredVariant, narrower: ConfiguredVariant) -> bool:
    """Whether a recorded variant is the fuller image of a narrower one's entrypoints."""
    if variant.fixed or narrower.fixed:
        return False
    members, others = set(variant.entrypoints), set(narrower.entrypoints)
    stem = variant.name.removesuffix(FULL)
    if stem in ledger.ground.settings.variants:
        named = stem == narrower.name and bool(members & others)
    else:  # its lean image was the same as another's, and is that one
        named = stem != variant.name and bool(members & others)
    more = ledger.expand(narrower.extras) <= ledger.expand(variant.extras)
    return more and (named or members == others)


def _others(
    books: Books, variant: ConfiguredVariant, narrower: ConfiguredVariant
) -> tuple[Booking, ...]:
    names = sorted(set(variant.entrypoints) - set(narrower.entrypoints))
    return tuple(books.bookings[name] for name in names)


def _rebooked(
    books: Books,
    booking: Booking,
    narrowest: ConfiguredVariant,
    wider: Sequence[ConfiguredVariant],
    idle: frozenset[Carrier],
    added: tuple[Carrier, ...],
) -> Booking:
    """Book a member of a recorded variant by that variant's own extras."""
    ledger, name = books.ledger, booking.entrypoint
    extras = ledger.expand(narrowest.extras)
    mine = [variant for variant in wider if name in variant.entrypoints]
    carrying = extras.union(*(ledger.expand(variant.extras) for variant in mine))
    today = replace(booking.today, narrowest=extras, all=carrying, image=carrying)
    if today == booking.today:
        return booking
    needs = [one.need for one in booking.booked]
    fresh = book(ledger, needs, name, today, base_holds=name == books.default)
    return _completed(fresh, idle, added)


def _joins(ledger: Ledger, seats: Sequence[Seat], booking: Booking) -> int | None:
    """Return the seat that an entrypoint shares (7.4)."""
    for at, seat in enumerate(seats):
        if seat.default and seat.recorded is None and booking.startup <= seat.bookings[0].startup:
            return at
    if _is_library(ledger, booking.entrypoint):
        return None
    mine = close(booking.startup)
    for at, seat in enumerate(seats):
        if seat.default or seat.library or seat.recorded is not None or not seat.bookings:
            continue
        if ledger.conflict(seat.narrowest | booking.today.narrowest):
            continue
        theirs = close(seat.bookings[0].startup)
        differing = ledger.bits[0].weigh(mine ^ theirs)
        union = ledger.bits[0].weigh(mine | theirs)
        little = max(SHARED_BYTES, union * SHARED_PERCENT / 100)
        if differing < min(little, WORTH_AN_IMAGE_BYTES):
            return at
    return None


def _is_library(ledger: Ledger, entrypoint: str) -> bool:
    return any(e.name == entrypoint and e.kind == LIBRARY for e in ledger.ground.entrypoints)


def _found_order(entrypoint: Entrypoint) -> tuple[int, str, int, str]:
    place = entrypoint.found_in
    return ORIGINS.index(entrypoint.origin), place.path, place.line, entrypoint.name


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free
