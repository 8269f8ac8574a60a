"""Books each need on the requirements that carry it (DESIGN 7.3).

A `Carrier` is what moves as one: the lines of one name at one home (two lines with opposite
markers are one carrier), or a requirement that nothing declares yet. The `Ledger` holds all of
them with their closures on every target, and answers which extras are real and which are aliases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final

from packaging.requirements import Requirement as Pep508
from packaging.utils import NormalizedName
from packaging.version import InvalidVersion, Version

from extrasplit.imports.level import Level
from extrasplit.project.declared import BASE, Requirement
from extrasplit.record import Record
from extrasplit.split.bits import Bits, read_bits
from extrasplit.split.ground import Ground
from extrasplit.split.needs import Need

DEVELOPMENT: Final = frozenset(
    {"dev", "devel", "develop", "development", "test", "tests", "testing", "doc", "docs"}
    | {"lint", "linting", "typing", "types", "ci"}
)
"""Extras for those who work on the project: no role of the app is started with them."""


@dataclass(frozen=True, slots=True, order=True)
class Carrier:
    """The requirements of one name at one home, with what they bring."""

    home: str
    name: NormalizedName
    added: bool = False
    """Nothing declares it: a line that the plan writes."""
    requirements: tuple[Requirement, ...] = field(default=(), compare=False)
    masks: tuple[int, ...] = field(default=(), compare=False)
    """Its closure on each target, in their order."""
    weight_bytes: int = field(default=0, compare=False)
    """Of its closure on the first target."""


class Today(Record):
    """What one entrypoint is started with today (7.2); real extras, aliases resolved."""

    narrowest: frozenset[str] = frozenset()
    """Startup is judged by these."""
    all: frozenset[str] = frozenset()
    """These carry."""
    inferred: bool = False
    """Found only by 7.2's half, for a console script: a plain install lacks them."""
    image: frozenset[str] | None = None
    """Extras that its image installs one by one; None where no image is seen."""
    image_admits_all: bool = False
    """Its image installs all extras, which says nothing about what it needs."""


class Booked(Record):
    """One need and those that carry it; none where it is lost today too."""

    need: Need
    carriers: tuple[Carrier, ...]
    startup: bool
    """Imported at startup, or counted so (7.4)."""


class Booking(Record):
    """All needs of one entrypoint, booked for one set of today's extras."""

    entrypoint: str
    today: Today
    booked: tuple[Booked, ...]
    riders: frozenset[Carrier] = frozenset()
    """What no need claims in the extras that it has today: they stay with them (7.5)."""

    @property
    def startup(self) -> frozenset[Carrier]:
        """The carriers that must be there for the entrypoint to start."""
        carried = (one.carriers for one in self.booked if one.startup)
        return self.riders.union(*carried)

    @property
    def may(self) -> frozenset[Carrier]:
        """The carriers of what it can start without."""
        carried = (one.carriers for one in self.booked if not one.startup)
        return frozenset[Carrier]().union(*carried)


class Ledger(Record):
    """The carriers of a project and the closures of its extras."""

    ground: Ground
    bits: tuple[Bits, ...]
    """One for each target."""
    carriers: tuple[Carrier, ...]
    """The declared ones, sorted; an alias's lines belong to the extras that it unites."""
    aliases: Mapping[str, tuple[str, ...]]
    """Extras that only name others, written so or exactly the union of smaller ones (7.2)."""
    unions: frozenset[str]
    """Those of them that write the requirements out."""
    whole: frozenset[str]
    """Real extras that cannot be divided (7.7 d)."""

    @property
    def real_extras(self) -> tuple[str, ...]:
        """The extras that are no alias, in written order."""
        return tuple(name for name in self.ground.project.extras if name not in self.aliases)

    def expand(self, extras: Iterable[str]) -> frozenset[str]:
        """Resolve aliases, and the extras that an extra names beside requirements of its own."""
        open_names, real = list(extras), set[str]()
        seen: set[str] = set()
        while open_names:
            name = open_names.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.aliases:
                open_names += self.aliases[name]
            elif name in self.ground.project.extras:
                real.add(name)
                open_names += self.ground.project.extras[_key(name)].includes
        return frozenset(real)

    def at(self, homes: Iterable[str]) -> list[Carrier]:
        """Return the declared carriers of these homes."""
        wanted = frozenset(homes)
        return [carrier for carrier in self.carriers if carrier.home in wanted]

    def close(self, extras: Iterable[str], target: int = 0) -> int:
        """Return the closure of base and these real extras on one target."""
        return close(self.at({BASE, *extras}), target)

    def holds(self, closure: int, need: Need, target: int = 0) -> bool:
        """Whether a closure of that target holds the need (7.1)."""
        return bool(closure & self.bits[target].named(need.providers))

    def conflict(self, extras: Iterable[str]) -> bool:
        """Whether two of these extras conflict (`[tool.uv] conflicts`)."""
        wanted = frozenset(extras)
        return any(len(wanted & one.extras) > 1 for one in self.ground.project.conflicts)

    def compatible(self, extras: Iterable[str]) -> frozenset[str]:
        """Drop extras until none conflict: the lightest stay."""
        kept: frozenset[str] = frozenset()
        for extra in sorted(extras, key=lambda name: (self.extra_bytes(name), name)):
            if not self.conflict({*kept, extra}):
                kept |= {extra}
        return kept

    def extra_bytes(self, extra: str) -> int:
        """Return what a real extra weighs beyond base, in bytes on the first target."""
        return self.bits[0].weigh(self.close({extra}) & ~self.close(()))


def open_ledger(ground: Ground) -> Ledger:
    """Gather the requirements of each home and name, with their closures on every target."""
    bits = tuple(read_bits(target) for target in ground.targets)
    aliases = find_aliases(ground)
    lines: dict[tuple[str, NormalizedName], list[Requirement]] = {}
    for requirement in ground.project.requirements:
        if requirement.home not in aliases:
            lines.setdefault((requirement.home, requirement.name), []).append(requirement)
    carriers = tuple(
        _declared(ground, bits, home, name, tuple(found))
        for (home, name), found in sorted(lines.items())
    )
    unions = frozenset(name for name in aliases if not ground.project.extras[_key(name)].is_alias)
    return Ledger(ground, bits, carriers, aliases, unions, whole_extras(ground))


def close(carriers: Iterable[Carrier], target: int = 0) -> int:
    """Return the union of closures on one target."""
    return reduce(or_, (carrier.masks[target] for carrier in carriers), 0)


def find_aliases(ground: Ground) -> Mapping[str, tuple[str, ...]]:
    """Return the extras that only name others, or are exactly the union of smaller ones (7.2).

    One that a recorded variant names is a group, however it came about.
    """
    extras = ground.project.extras
    written = {str(name): tuple(map(str, x.includes)) for name, x in extras.items() if x.is_alias}
    contents = {
        str(name): frozenset(str(Pep508(r.text)) for r in extra.requirements)
        for name, extra in extras.items()
        if name not in written
    }
    whole = whole_extras(ground)
    recorded = {str(x) for one in ground.settings.variants.values() for x in one.extras} - {"all"}
    unions: dict[str, tuple[str, ...]] = {}
    for name, held in contents.items():
        if held and name not in whole | recorded and not extras[_key(name)].includes:
            parts = _united(name, held, {x: p for x, p in contents.items() if x not in whole})
            if parts:
                unions[name] = parts
    return written | unions


def _united(
    name: str, held: frozenset[str], contents: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """Return the extras of which one is the union; `all` may be a copy of a single one."""
    smaller = {
        x: part
        for x, part in contents.items()
        if part and (part < held or (name == "all" and x != name and part == held))
    }
    largest = [x for x, part in smaller.items() if not any(part < p for p in smaller.values())]
    if frozenset[str]().union(*(smaller[x] for x in largest)) != held:
        return ()
    return tuple(largest)


def whole_extras(ground: Ground) -> frozenset[str]:
    """Return the extras that stay whole: conflicting, named by a source, fixed (7.7 d)."""
    project, settings = ground.project, ground.settings
    whole = {str(name) for conflict in project.conflicts for name in conflict.extras}
    whole |= {str(name) for name in project.source_extras}
    whole |= {str(name) for name in settings.groups}
    whole |= {str(x) for one in settings.variants.values() if one.fixed for x in one.extras}
    return frozenset(whole & {str(name) for name in project.extras})


def book(
    ledger: Ledger, needs: Iterable[Need], entrypoint: str, today: Today, *, base_holds: bool
) -> Booking:
    """Book the needs of one entrypoint on their carriers (7.3).

    With `base_holds` (the default entrypoint, `library`) an unguarded deferred need that base
    holds today counts as startup, and base alone carries what base can (7.4).
    """
    base = ledger.close(())
    wanted: list[tuple[Need, bool]] = []
    for need in needs:
        promoted = base_holds and need.level is Level.DEFERRED and ledger.holds(base, need)
        wanted.append((need, need.level is Level.STARTUP or promoted))
    carried: dict[int, set[Carrier]] = {}
    for at, (need, startup) in enumerate(wanted):
        carried[at] = set(_declaring(ledger, need, today, startup=startup, base_first=base_holds))
    for at, (need, startup) in enumerate(wanted):
        surest = {c for i, (_, s) in enumerate(wanted) if s for c in carried[i]}
        busy = surest if startup else {c for found in carried.values() for c in found}
        carried[at] |= _holding(ledger, need, today, carried[at], surest, busy, startup=startup)
        if not carried[at]:
            carried[at] |= _elsewhere(ledger, need, startup=startup)
    booked = tuple(
        Booked(need, tuple(sorted(carried[at])), startup)
        for at, (need, startup) in enumerate(wanted)
    )
    return Booking(entrypoint, today, booked)


def added_line(ground: Ground, name: NormalizedName) -> str:
    """Return the line to paste for a locked distribution: `rich>=14.1`, bounded from the lock."""
    versions = []
    for key in ground.lock.by_name.get(name, ()):
        try:
            versions.append(Version(key.version))
        except InvalidVersion:
            continue
    if not versions:
        return name
    lowest = min(versions)
    release = ".".join(str(part) for part in lowest.release[:2])
    if Version(release) > lowest:  # a pre-release of that very release
        release = str(lowest)
    epoch = f"{lowest.epoch}!" if lowest.epoch and "!" not in release else ""
    return f"{name}>={epoch}{release}"


def _key(extra: str) -> NormalizedName:
    return NormalizedName(extra)


def _declared(
    ground: Ground,
    bits: tuple[Bits, ...],
    home: str,
    name: NormalizedName,
    lines: tuple[Requirement, ...],
) -> Carrier:
    masks = tuple(
        reduce(or_, (one.mask(target.requirement_closures.get(r, ())) for r in lines), 0)
        for one, target in zip(bits, ground.targets, strict=True)
    )
    return Carrier(home, name, False, lines, masks, bits[0].weigh(masks[0]))


def _added(ledger: Ledger, name: NormalizedName) -> Carrier:
    masks = tuple(
        bits.mask(target.distribution_closures.get(name, ()))
        for bits, target in zip(ledger.bits, ledger.ground.targets, strict=True)
    )
    return Carrier(BASE, name, True, (), masks, ledger.bits[0].weigh(masks[0]))


def _declaring(
    ledger: Ledger, need: Need, today: Today, *, startup: bool, base_first: bool
) -> list[Carrier]:
    """Return the carriers in base or today's extras that declare a provider."""
    reach = [frozenset({BASE})] if base_first else []
    if startup:
        reach.append(frozenset({BASE}) | today.narrowest)
    reach.append(frozenset({BASE}) | today.narrowest | today.all)
    for homes in reach:
        found = [c for c in ledger.at(homes) if c.name in need.providers and any(c.masks)]
        if found:
            return found
    return []


def _holding(
    ledger: Ledger,
    need: Need,
    today: Today,
    already: set[Carrier],
    surest: set[Carrier],
    busy: set[Carrier],
    *,
    startup: bool,
) -> set[Carrier]:
    """On each target where no carrier holds the need yet, return the lightest that does."""
    found: set[Carrier] = set()
    narrow = ledger.at({BASE, *today.narrowest})
    wide = ledger.at({BASE, *today.narrowest, *today.all})
    for target, bits in enumerate(ledger.bits):
        wanted = bits.named(need.providers)
        if not wanted or close(already | found, target) & wanted:
            continue
        for reach in (narrow, wide) if startup else (wide,):
            holders = [c for c in reach if c.masks[target] & wanted]
            if holders:
                first = min(
                    holders, key=lambda c: (c not in surest, c not in busy, c.weight_bytes, c)
                )
                found.update(twin for twin in holders if twin.name == first.name)
                break
    return found


def _elsewhere(ledger: Ledger, need: Need, *, startup: bool) -> set[Carrier]:
    """Return what could carry a need that today's closure does not hold."""
    if need.level is Level.GUARDED:
        return set()
    others = [
        carrier
        for carrier in ledger.carriers
        if carrier.name in need.providers
        and any(carrier.masks)
        and carrier.home not in DEVELOPMENT
        and carrier.home not in ledger.whole
    ]
    if others:
        return {min(others, key=lambda c: (c.weight_bytes, c))}
    added = [_added(ledger, name) for name in sorted(need.providers)] if startup else []
    added = [carrier for carrier in added if any(carrier.masks)]
    return {min(added, key=lambda c: (c.weight_bytes, c))} if added else set()
