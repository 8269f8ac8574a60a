"""What one lean image holds, and which of it could leave: what is heavy, with whom, and how much.

Bytes and bit sets only; which import lines would have to go is asked in `lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.imports.level import Level
from extrasplit.places import Place
from extrasplit.project.declared import BASE
from extrasplit.split.carriers import Booked, Booking, Carrier, close
from extrasplit.split.needs import Need
from extrasplit.split.roles import LIBRARY, Books
from extrasplit.split.values import Plan, Variant

HEAVY_BYTES: Final = 10_000_000
"""What a carrier must free to be looked at ..."""
HEAVY_IN_SMALL_BYTES: Final = 5_000_000
"""... or this, where it is a tenth of the image."""
SMALL_SHARE: Final = 0.1
COMPANION_SHARE: Final = 0.1
"""A carrier that holds another and adds less than this share of it goes with it."""


class LeanImage:
    """One lean image: the carriers that it holds, and those whose start decides on them."""

    def __init__(
        self,
        books: Books,
        plan: Plan,
        variant: Variant,
        members: Sequence[str],
        *,
        alone: bool = False,
    ) -> None:
        self.books, self.variant, self.members, self.alone = books, variant, members, alone
        self.ledger, self.bits = books.ledger, books.ledger.bits[0]
        self.bookings = [books.bookings[name] for name in members]
        self.held = _held(books, plan, variant)
        if alone:  # what these members would hold without the others of the image
            base = frozenset(plan.base)
            own = frozenset[Carrier]().union(*(booking.startup for booking in self.bookings))
            self.held = tuple(c for c in self.held if c in own or base.intersection(c.requirements))
        self.lean = close(self.held)
        self.lean_bytes = self.bits.weigh(self.lean)
        self._stuck = _stuck(books, plan, members)
        self._pins = _idle(books)

    def candidates(self) -> list[Carrier]:
        """Return the carriers of real startup imports that could leave, the largest first."""
        return self._heavy(
            carrier
            for one in self.booked()
            if one.startup and one.need.level is Level.STARTUP and asks_by_import(one.need)
            for carrier in one.carriers
        )

    def late_candidates(self) -> list[Carrier]:
        """Return what of `late` could leave, the largest first."""
        return self._heavy(self.late())

    def late(self) -> list[Carrier]:
        """Return what in base only counts as startup (7.4): nothing of it is imported then."""
        counted = [one for one in self.booked() if one.startup]
        surely = {c for one in counted if one.need.level is Level.STARTUP for c in one.carriers}
        late = {c for one in counted if one.need.level is Level.DEFERRED for c in one.carriers}
        return sorted(c for c in late - surely if c.home == BASE)

    def _heavy(self, found: Iterable[Carrier]) -> list[Carrier]:
        launchers = {
            entrypoint.launcher
            for entrypoint in self.ledger.ground.entrypoints
            if entrypoint.name in self.members
        }
        freed = {
            carrier: self.bits.weigh(self.leaving(self.with_companions(carrier)))
            for carrier in sorted(set(found))
            if carrier.name not in launchers and not carrier.added and carrier in self.held
        }
        heavy = [carrier for carrier, size in freed.items() if self.is_heavy(size)]
        return sorted(heavy, key=lambda carrier: -freed[carrier])

    def is_heavy(self, freed_bytes: int) -> bool:
        """Whether so many bytes are worth looking for lines."""
        small = freed_bytes >= SMALL_SHARE * self.lean_bytes
        return freed_bytes >= (HEAVY_IN_SMALL_BYTES if small else HEAVY_BYTES)

    def booked(self) -> Iterator[Booked]:
        """Yield every need of those whose start decides."""
        for booking in self.bookings:
            yield from booking.booked

    def with_companions(self, carrier: Carrier) -> tuple[Carrier, ...]:
        """Return a carrier with those that hold it and add next to nothing."""
        mine = self.bits.named((carrier.name,))
        most = COMPANION_SHARE * self.bits.weigh(carrier.masks[0])
        companions = [
            other
            for other in self.held
            if other != carrier
            and other not in self._stuck
            and other.masks[0] & mine
            and self.bits.weigh(other.masks[0] & ~carrier.masks[0]) < most
        ]
        return (carrier, *companions)

    def leaving(self, carriers: Sequence[Carrier]) -> int:
        """Return what leaves the image with these carriers, and with the pins that follow them."""
        if any(carrier in self._stuck for carrier in carriers):
            return 0
        going = close(carriers)
        rest = [
            carrier
            for carrier in self.held
            if carrier not in carriers
            and not (carrier in self._pins and not carrier.masks[0] & ~going)
        ]
        return self.lean & ~close(rest)

    def is_stuck(self, carrier: Carrier) -> bool:
        """Whether it stays whatever these members import."""
        return carrier in self._stuck

    def beyond_bare(self, carrier: Carrier) -> int:
        """Return what only the extras bring with which a carrier is written."""
        closures = self.ledger.ground.first.distribution_closures
        bare = self.bits.mask(closures.get(carrier.name, frozenset()))
        return self.lean & ~(close([one for one in self.held if one != carrier]) | bare)

    def names_of(self, mask: int) -> frozenset[NormalizedName]:
        """Return the distributions that leave with these packages: no other version stays."""
        leaving = frozenset(key.name for key in self.bits.packages(mask))
        return leaving - {key.name for key in self.bits.packages(self.lean & ~mask)}

    def entrypoint_of(self, carriers: Sequence[Carrier]) -> str:
        """Return the member that asks at startup, or by what counts so, for one of these."""
        wanted = frozenset(carriers)
        for booking in self.bookings:
            if wanted & booking.startup:
                return booking.entrypoint
        return self.members[0]

    def chain_to(self, leaving: frozenset[NormalizedName]) -> tuple[Place, ...]:
        """Return one way in which something of this is imported, at startup or counted so."""
        for one in self.booked():
            if one.startup and one.need.chain and _asks(one.need, leaving):
                return one.need.chain
        return ()

    def is_asked_for(self, leaving: frozenset[NormalizedName]) -> bool:
        """Whether anybody of the project, sooner or later, asks for something of this."""
        bookings = self.books.bookings.values()
        return any(_asks(one.need, leaving) for booking in bookings for one in booking.booked)


def _asks(need: Need, leaving: frozenset[NormalizedName]) -> bool:
    return bool(need.providers) and need.providers <= leaving


def asks_by_import(need: Need) -> bool:
    """Whether an import asks, by a statement, a string or a rule; no setting and no launcher."""
    return need.via in ("import", "dynamic") or need.via.startswith("rule:")


def follows(need: Need) -> bool:
    """Whether only metadata shows the need: it goes where another one goes."""
    return need.via.startswith("optional:") or need.via == "entry-point"


def _held(books: Books, plan: Plan, variant: Variant) -> tuple[Carrier, ...]:
    """Return the carriers of the lists that a variant installs."""
    names, pending = {BASE}, [str(extra) for extra in variant.extras]
    while pending:
        name = pending.pop()
        if name in names:
            continue
        names.add(name)
        key = canonicalize_name(name)
        pending += map(str, plan.aliases.get(key, ()))
        extra = books.ledger.ground.project.extras.get(key)
        pending += map(str, extra.includes if extra else ())
    lists = {BASE: plan.base, **{str(group.name): group.requirements for group in plan.groups}}
    lines = {line for name, found in lists.items() if name in names for line in found}
    added = {each.name for each in plan.additions}
    added |= {each.name for g in plan.groups if str(g.name) in names for each in g.additions}
    carried = {c for b in books.bookings.values() for one in b.booked for c in one.carriers}
    held = [c for c in books.ledger.carriers if lines.intersection(c.requirements)]
    return tuple(sorted([*held, *(c for c in carried if c.added and c.name in added)]))


def _stuck(books: Books, plan: Plan, members: Sequence[str]) -> frozenset[Carrier]:
    """Return what stays whatever these members import: others need it in base, or it is whole."""
    ledger, settings = books.ledger, books.ledger.ground.settings
    kinds = {entrypoint.name: entrypoint.kind for entrypoint in ledger.ground.entrypoints}
    stuck = {c for c in ledger.carriers if c.home in ledger.whole}
    grouped = {name for names in settings.groups.values() for name in names}
    stuck |= {c for c in ledger.carriers if c.name in grouped}
    in_base = set(plan.base)
    for name, booking in books.bookings.items():
        if name not in members and (name == books.default or kinds[name] == LIBRARY):
            stuck |= {c for c in booking.startup if in_base.intersection(c.requirements)}
    claimed = _claimed(books)
    pins = _idle(books)
    stuck |= {c for c in ledger.carriers if c not in claimed and c not in pins}
    return frozenset(stuck)


def _claimed(books: Books) -> frozenset[Carrier]:
    bookings: Iterable[Booking] = books.bookings.values()
    return frozenset(c for booking in bookings for one in booking.booked for c in one.carriers)


def _idle(books: Books) -> frozenset[Carrier]:
    """Return the pins: what nothing claims, in base, and a claimed one's closure holds (7.5)."""
    claimed = _claimed(books)
    return frozenset(
        carrier
        for carrier in books.ledger.carriers
        if carrier not in claimed
        and carrier.home == BASE
        and any(carrier.masks[0] & ~holder.masks[0] == 0 for holder in claimed)
    )
