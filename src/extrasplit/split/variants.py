"""The images of a partition: what each holds, weighs and loses (DESIGN 7.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.imports.level import Level
from extrasplit.project.declared import BASE
from extrasplit.record import Record, replace
from extrasplit.split.carriers import Booking, Carrier, Ledger, Today
from extrasplit.split.cost import Partition, Scale
from extrasplit.split.images import weigh_image
from extrasplit.split.naming import Naming
from extrasplit.split.roles import FULL, Seat
from extrasplit.split.values import Loss, Variant


class Draft(Record):
    """One image before it is weighed."""

    name: str
    bookings: tuple[Booking, ...]
    extras: tuple[str, ...]
    """As they are passed to `uv sync --extra`, sorted."""
    groups: tuple[str, ...]
    """The groups that these name in the end, sorted."""
    closure: int
    """Packages on the first target (bits)."""
    full: bool
    recorded: bool


def draft_variants(
    ledger: Ledger, seats: Sequence[Seat], scale: Scale, partition: Partition, naming: Naming
) -> tuple[Draft, ...]:
    """Return lean images, and a full one beside each that differs; equal extras are one (7.4)."""
    shelf = _Shelf(ledger, scale, partition, naming)
    drafts: list[Draft] = []
    for at, seat in enumerate(seats):
        lean = shelf.lean(at, seat)
        draft = shelf.draft(seat.name, seat.bookings, lean)
        if seat.recorded is not None and seat.fixed:
            draft = shelf.close(seat.name, seat.bookings, seat.recorded.extras)
        if seat.recorded is not None:
            draft = shelf.spelled(draft, seat.recorded.extras)
        drafts.append(draft)
        if not seat.fixed:
            drafts += _fuller(shelf, at, seat, lean)
    return _merged(drafts)


def weigh_variants(ledger: Ledger, drafts: Iterable[Draft]) -> tuple[Variant, ...]:
    """Return the images with their bytes on the first target, and what each loses."""
    return tuple(_weighed(ledger, draft) for draft in drafts)


def todays_image(ledger: Ledger, todays: Iterable[Today]) -> int:
    """Return the closure of what the image of these roles installs today, else of all extras."""
    extras: set[str] = set()
    for today in todays:
        if today.image is None or today.image_admits_all:
            extras |= ledger.compatible(ledger.real_extras)
        extras |= today.image or frozenset()
    return ledger.close(extras)


class _Shelf:
    """Groups by name, with what installing them brings."""

    def __init__(self, ledger: Ledger, scale: Scale, partition: Partition, naming: Naming) -> None:
        self.ledger, self.scale, self.partition, self.naming = ledger, scale, partition, naming
        self.blocks = {name: block for block, name in naming.groups.items()}

    def lean(self, at: int, seat: Seat) -> frozenset[int]:
        """Return the groups that a variant must hold; a fixed one's are its own."""
        if seat.recorded is not None and seat.fixed:
            return self.resolve(seat.recorded.extras)
        groups = self.partition.groups
        return frozenset(g for g in groups if self.scale.block(g).must >> at & 1)

    def full(self, at: int, seat: Seat, lean: frozenset[int]) -> frozenset[int]:
        """Return the groups that a variant may use beside the lean ones (7.6)."""
        image, admits = _image(seat)
        plain = seat.default is not None or seat.library
        wanted = []
        for group in self.partition.groups:
            if group in lean:
                continue
            homes = self.homes(group)
            uses = self.scale.block(group).may >> at & 1
            if plain:
                left_base = any(
                    atom.may >> at & 1 and atom.home == BASE for atom in self.scale.members(group)
                )
                held = bool(homes & image)
                uses = uses and (left_base or held or (admits and not seat.library))
                uses = uses or (held and not seat.library)
            if uses:
                wanted.append((not homes & image, self.naming.groups[group], group))
        held_groups = set(lean)
        for _, _, group in sorted(wanted):
            homes = frozenset[str]().union(*(self.homes(g) for g in (*held_groups, group)))
            if not self.ledger.conflict(homes):
                held_groups.add(group)
        return frozenset(held_groups)

    def homes(self, group: int) -> frozenset[str]:
        """Return the old extras of which a group holds something."""
        members = self.scale.members(group)
        return frozenset(c.home for a in members for c in a.carriers if c.home != BASE)

    def resolve(self, extras: Iterable[str]) -> frozenset[int]:
        """Return the groups that these extras or aliases name, in the end."""
        found, open_names, seen = set(), list(extras), set()
        while open_names:
            name = open_names.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.blocks:
                found.add(self.blocks[name])
                written = self.ledger.ground.project.extras.get(canonicalize_name(name))
                open_names += written.includes if written else ()
            open_names += self.naming.aliases.get(name, ())
        return frozenset(found)

    def needed(self, bookings: Iterable[Booking], *, features: bool = False) -> frozenset[int]:
        """Return the groups without which these entrypoints do not start; what they may use too."""
        asked = [one.startup | one.may if features else one.startup for one in bookings]
        must = frozenset[Carrier]().union(*asked)
        return frozenset(
            group
            for group in self.partition.groups
            if any(must.intersection(atom.carriers) for atom in self.scale.members(group))
        )

    def draft(self, name: str, bookings: tuple[Booking, ...], groups: Iterable[int]) -> Draft:
        """Close the image of some groups."""
        return self.close(name, bookings, (self.naming.groups[group] for group in groups))

    def spelled(self, draft: Draft, extras: Iterable[str]) -> Draft:
        """Keep the extras of a recorded image as they are written, where they mean the same."""
        written = tuple(sorted(map(str, extras)))
        same = self.resolve(written) == self.resolve(draft.extras)
        return replace(draft, extras=written if same else draft.extras, recorded=True)

    def close(self, name: str, bookings: tuple[Booking, ...], extras: Iterable[str]) -> Draft:
        """Close one image over what its extras really bring."""
        passed = tuple(sorted(map(str, extras)))
        closure = self.scale.block(self.partition.base).closure
        held = self.resolve(passed)
        for group in held:
            closure |= self.scale.block(group).closure
        names = tuple(sorted(self.naming.groups[group] for group in held))
        return Draft(name, bookings, passed, names, closure, full=False, recorded=False)


def _fuller(shelf: _Shelf, at: int, seat: Seat, lean: frozenset[int]) -> list[Draft]:
    """Return the full image of a seat where it differs, and its recorded ones between."""
    full = shelf.full(at, seat, lean)
    if not seat.wider and full != lean:
        draft = shelf.draft(f"{seat.name}{FULL}", seat.bookings, full)
        return [replace(draft, full=True)]
    drafts, widest = [], {frozenset(w.variant.entrypoints): w.variant.name for w in seat.wider}
    for wider in seat.wider:
        names = frozenset(wider.variant.entrypoints)
        members = tuple(b for b in seat.bookings if b.entrypoint in names)
        today = shelf.ledger.expand(wider.variant.extras)
        used = shelf.needed(members, features=True)
        groups = lean | {
            group
            for group in full
            if shelf.homes(group) & today or (group in used and widest[names] == wider.variant.name)
        }
        groups |= shelf.needed(wider.others)
        draft = shelf.draft(wider.variant.name, (*members, *wider.others), groups)
        drafts.append(replace(shelf.spelled(draft, wider.variant.extras), full=True))
    return drafts


def _image(seat: Seat) -> tuple[frozenset[str], bool]:
    """Return the extras that a seat's images name one by one, and whether all are admitted."""
    todays = [booking.today for booking in seat.bookings]
    named = frozenset[str]().union(*(today.image or frozenset() for today in todays))
    return named, any(today.image_admits_all for today in todays)


def _merged(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Make those with the same extras one, lean ones first; recorded ones keep their own."""
    merged: dict[object, Draft] = {}
    for draft in sorted(drafts, key=lambda one: (not one.recorded, one.full)):
        if draft.recorded:
            merged["recorded", draft.name] = draft
            continue
        if any(_serves(one, draft) for one in merged.values()):
            continue
        first = merged.get(draft.extras)
        if first is None:
            merged[draft.extras] = draft
            continue
        known = {booking.entrypoint for booking in first.bookings}
        others = tuple(b for b in draft.bookings if b.entrypoint not in known)
        merged[draft.extras] = replace(first, bookings=(*first.bookings, *others))
    order = {draft.name: at for at, draft in enumerate(drafts)}
    return tuple(sorted(merged.values(), key=lambda draft: order[draft.name]))


def _serves(recorded: Draft, draft: Draft) -> bool:
    """Whether a recorded image already is this one, or starts the same with no feature less."""
    wanted = {booking.entrypoint for booking in draft.bookings}
    if not recorded.recorded or not wanted <= {b.entrypoint for b in recorded.bookings}:
        return False
    same = recorded.extras == draft.extras
    return same or (draft.full and set(draft.groups) <= set(recorded.groups))


def _weighed(ledger: Ledger, draft: Draft) -> Variant:
    packages = ledger.bits[0].packages(draft.closure)
    recorded = ledger.ground.settings.variants.get(draft.name)
    if recorded is not None:
        before = ledger.close(frozenset(recorded.extras) & ledger.ground.project.extras.keys())
    else:
        before = todays_image(ledger, (booking.today for booking in draft.bookings))
    image = weigh_image(ledger.ground, packages)
    return Variant(
        name=draft.name,
        entrypoints=tuple(booking.entrypoint for booking in draft.bookings),
        extras=tuple(canonicalize_name(extra) for extra in draft.extras),
        full=draft.full,
        packages=packages,
        installed_bytes=image.installed_bytes,
        bytecode_bytes=image.bytecode_bytes,
        app_bytes=image.app_bytes,
        pull_bytes=image.pull_bytes,
        image_bytes=image.image_bytes,
        before_bytes=weigh_image(ledger.ground, ledger.bits[0].packages(before)).image_bytes,
        lost=losses(ledger, draft.bookings, draft.closure),
    )


def losses(ledger: Ledger, bookings: Iterable[Booking], closure: int) -> tuple[Loss, ...]:
    """Return the deferred and guarded imports that a closure cannot serve, each line once."""
    found: dict[Loss, None] = {}
    for booked in (one for booking in bookings for one in booking.booked):
        need = booked.need
        if booked.startup or not need.providers or ledger.holds(closure, need):
            continue
        name = _named(booked.carriers, need.providers)
        for site in need.places:
            guarded = site.level is Level.GUARDED
            found[Loss(name, site.place.path, site.place.line, guarded)] = None
    return tuple(sorted(found, key=lambda loss: (loss.path, loss.line, loss.distribution)))


def _named(carriers: Sequence[Carrier], providers: frozenset[NormalizedName]) -> NormalizedName:
    """Name a loss by the provider that a requirement declares, else by the first."""
    return min(providers & {carrier.name for carrier in carriers} or providers)
