"""What every judge asks: today's images, the planned ones, and words for the same things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.utils import NormalizedName

from extrasplit.imports.traced import Site
from extrasplit.project.declared import BASE
from extrasplit.record import Record
from extrasplit.split.carriers import Booked, Booking, Ledger, added_line
from extrasplit.split.ground import Ground
from extrasplit.split.needs import Evidence, Need, find_evidence
from extrasplit.split.roles import Books
from extrasplit.split.values import Plan


class TodaysImage(Record):
    """One image as it is today: recorded, or an entrypoint with its extras of 7.2."""

    variant: str | None
    """The recorded variant's name."""
    booking: Booking
    extras: frozenset[str]


class Case(Record):
    """One plan under judgement."""

    ground: Ground
    plan: Plan
    books: Books
    recorded: bool
    """Today's images are judged, no planned ones."""
    images: tuple[TodaysImage, ...]
    evidence: dict[NormalizedName, tuple[Evidence, ...]]
    unknown: frozenset[NormalizedName]
    """Locked distributions whose modules nobody knows."""

    @property
    def ledger(self) -> Ledger:
        """Carriers and closures."""
        return self.books.ledger

    def booked(self) -> Iterator[tuple[Booking, Booked]]:
        """Yield every need of every entrypoint."""
        for _, booking in sorted(self.books.bookings.items()):
            for one in booking.booked:
                yield booking, one

    def holds_everywhere(self, extras: Iterable[str], need: Need) -> bool:
        """Whether base and these real extras hold a need on every target."""
        wanted = tuple(extras)
        return all(
            self.ledger.holds(self.ledger.close(wanted, target), need, target)
            for target in range(len(self.ground.targets))
        )

    def line(self, name: NormalizedName) -> str:
        """Return the requirement to paste: as it is declared elsewhere, else from the lock."""
        for requirement in self.ground.project.requirements:
            if requirement.name == name:
                return requirement.text
        return added_line(self.ground, name)

    def group_of(self, name: NormalizedName) -> str | None:
        """Return the extra that brings a distribution: the plan's, else today's."""
        for group in self.plan.groups:
            if name in group.names:
                return group.name
        declared = [c.home for c in self.ledger.carriers if c.name == name and c.home != BASE]
        return min(declared, default=None)


def open_case(ground: Ground, plan: Plan, books: Books, *, recorded: bool) -> Case:
    """Gather what the judges look up."""
    needs = {
        name: tuple(b.need for b in booking.booked if not is_evidence(b.need))
        for name, booking in books.bookings.items()
    }
    return Case(
        ground=ground,
        plan=plan,
        books=books,
        recorded=recorded,
        images=_todays_images(books),
        evidence=dict(find_evidence(ground, needs)),
        unknown=frozenset(name for t in ground.targets for name in t.owners.unknown),
    )


def is_evidence(need: Need) -> bool:
    """Whether only metadata shows the need: never `missing`."""
    return not need.module and (need.via.startswith("optional:") or need.via == "entry-point")


def sites_of(needs: Iterable[Need]) -> tuple[Site, ...]:
    """Return every line that asks, once."""
    sites = (site for need in needs for site in need.places)
    found = {(site.place.path, site.place.line): site for site in sites}
    return tuple(found[place] for place in sorted(found))


def strongest(needs: Iterable[Need]) -> Need:
    """Return the need with the surest and shortest evidence."""
    return min(needs, key=lambda need: (need.level, len(need.chain), need.chain, need.module))


def listed(names: Iterable[str]) -> str:
    """Join names as a sentence does."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def where(home: str) -> str:
    """Name the array of pyproject.toml that is a home."""
    return "[project.dependencies]" if home == BASE else f'the extra "{home}"'


def megabytes(size_bytes: int) -> str:
    """Write a size as every report does."""
    return f"{size_bytes / 1_000_000:.1f} MB"


def _todays_images(books: Books) -> tuple[TodaysImage, ...]:
    ledger, bookings = books.ledger, books.bookings
    images, seen = [], set[str]()
    for name, variant in sorted(ledger.ground.settings.variants.items()):
        extras = ledger.expand(variant.extras)
        for entrypoint in variant.entrypoints:
            images.append(TodaysImage(name, bookings[entrypoint], extras))
            seen.add(entrypoint)
    for entrypoint, booking in sorted(bookings.items()):
        if entrypoint not in seen:
            images.append(TodaysImage(None, booking, booking.today.narrowest))
    return tuple(images)
