"""Atoms: what a plan moves as one (DESIGN 7.5), with the rules that bind each (7.7).

Requirements of equal home and `must` are one atom; each with a `may` is an atom of its own, since
a lean image may do without it. What nothing claims stays where it is, and a pin goes with what
holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from packaging.utils import NormalizedName

from extrasplit.project.declared import BASE
from extrasplit.record import Record, replace
from extrasplit.split.carriers import Carrier, Ledger, close
from extrasplit.split.roles import Seat


class Claim(Record):
    """Which variants use one carrier, each a bit."""

    must: int = 0
    may: int = 0
    base: bool = False
    """The default entrypoint or `library` must hold it, or nothing may move it (7.7 b)."""

    def __or__(self, other: Claim) -> Claim:
        return Claim(self.must | other.must, self.may | other.may, self.base or other.base)


class Atom(Record):
    """Carriers that are never divided."""

    carriers: tuple[Carrier, ...]
    home: str
    must: int
    """The variants (bits) that must hold it."""
    may: int
    """The variants that may use it and start without."""
    closure: int
    """Packages on the first target (bits)."""
    base: bool
    """It stands in base, whatever the cost."""
    stays: str | None
    """The configured group, or the undivided extra, in which it stays."""
    allowed: frozenset[str] | None
    """Extras whose group it may join when it leaves base; None: any that the rules admit."""
    modules: frozenset[str]
    """The first-party modules that import it."""

    @property
    def feature(self) -> bool:
        """Whether no variant must hold it."""
        return not self.must

    @property
    def base_lines(self) -> int:
        """How many declared requirements of it stand in base today."""
        return sum(len(c.requirements) for c in self.carriers if c.home == BASE)


def form_atoms(ledger: Ledger, seats: Sequence[Seat]) -> tuple[Atom, ...]:
    """Return all atoms, sorted: the same input gives the same order."""
    claims = claim_carriers(ledger, seats)
    readers = find_readers(ledger, seats, claims)
    parts: dict[tuple[object, ...], list[Carrier]] = {}
    for carrier, claim in sorted(claims.items(), key=lambda item: item[0]):
        reader = readers.get(carrier, carrier)
        key = _atom_key(ledger, carrier, claim)
        if reader != carrier and key[0] != "stays":
            key = _atom_key(ledger, reader, claims[reader])
        parts.setdefault(key, []).append(carrier)
    importers = find_importers(ledger, seats)
    atoms = [_atom(ledger, seats, tuple(found), claims, importers) for found in parts.values()]
    return tuple(sorted(atoms, key=lambda atom: atom.carriers))


def claim_carriers(ledger: Ledger, seats: Sequence[Seat]) -> Mapping[Carrier, Claim]:
    """Return for every carrier, added ones included, the variants that must or may use it."""
    claims = dict.fromkeys(ledger.carriers, Claim())
    for at, seat in enumerate(seats):
        for booking in seat.bookings:
            to_base = booking.entrypoint in seat.served_by_base
            for carrier in booking.startup:
                claim = Claim(must=1 << at, base=to_base and carrier.home not in ledger.whole)
                claims[carrier] = claims.get(carrier, Claim()) | claim
            for carrier in booking.may:
                claims[carrier] = claims.get(carrier, Claim()) | Claim(may=1 << at)
        if seat.fixed:
            _bind(ledger, claims, seat.narrowest, 1 << at)
    claims = {c: replace(k, may=k.may & ~k.must) for c, k in claims.items()}
    everyone = (1 << len(seats)) - 1
    if not any(seat.default or seat.library for seat in seats):
        for carrier, claim in claims.items():
            if carrier.home == BASE and claim.must == everyone and seats:
                claims[carrier] = replace(claim, base=True)
    booked = {c for seat in seats for b in seat.bookings for one in b.booked for c in one.carriers}
    claims.update(_idle_in_base(claims, booked))
    return claims


def _bind(
    ledger: Ledger, claims: dict[Carrier, Claim], extras: frozenset[str], variant: int
) -> None:
    """Let a fixed variant hold all that its extras hold, and nothing that other extras do."""
    for carrier, claim in claims.items():
        if carrier.home in extras:
            claims[carrier] = claim | Claim(must=variant)
        elif carrier.home != BASE:
            claims[carrier] = replace(claim, must=claim.must & ~variant, may=claim.may & ~variant)


def _idle_in_base(
    claims: Mapping[Carrier, Claim], booked: Collection[Carrier]
) -> dict[Carrier, Claim]:
    """Claim what stands in base unclaimed: a pin goes with its holders, the rest stays (7.5)."""
    used = [(carrier, claim) for carrier, claim in claims.items() if carrier in booked]
    found: dict[Carrier, Claim] = {}
    for carrier, claim in claims.items():
        if carrier.home != BASE or claim.must or claim.may:
            continue
        total = Claim()
        for holder, held in used:
            if contains(holder, carrier):
                total |= held
        if not total.must and not total.may:
            total = Claim(base=True)
        found[carrier] = replace(total, may=total.may & ~total.must)
    return found


def find_readers(
    ledger: Ledger, seats: Sequence[Seat], claims: Mapping[Carrier, Claim]
) -> Mapping[Carrier, Carrier]:
    """Return what of base goes where its reader goes: openpyxl, which pandas alone loads.

    The reader's METADATA names it as optional (`extra ==`), no line of the project imports it, and
    nobody who uses it does without the reader. By its own weight it would often stay behind, of no
    use to anybody. A pin follows its holders instead, whoever else names it as optional.
    """
    loaded = _loaded_by_others(seats)
    optional: dict[NormalizedName, set[NormalizedName]] = {}
    for key, facts in ledger.ground.first.facts.items():
        for names in facts.optional_requirements.values():
            optional.setdefault(key.name, set()).update(names)
    base = [one for one in sorted(claims) if one.home == BASE and not one.added]
    found: dict[Carrier, Carrier] = {}
    for carrier in base:
        mine = claims[carrier]
        for reader in base if carrier in loaded else ():
            theirs = claims[reader]
            if (
                carrier.name in optional.get(reader.name, ())
                and carrier.name != reader.name
                and reader not in found
                and not mine.base
                and (mine.must or mine.may)
                and not mine.must & ~theirs.must
                and not (mine.must | mine.may) & ~(theirs.must | theirs.may)
            ):
                found[carrier] = reader
                break
    return found


def _loaded_by_others(seats: Sequence[Seat]) -> frozenset[Carrier]:
    """Return what is asked for, but by rules and metadata alone."""
    asked: dict[Carrier, bool] = {}
    for one in (one for seat in seats for booking in seat.bookings for one in booking.booked):
        by_others = one.need.via.startswith(("rule:", "optional:"))
        for carrier in one.carriers:
            asked[carrier] = asked.get(carrier, True) and by_others
    return frozenset(carrier for carrier, by_others in asked.items() if by_others)


def pins(carriers: Iterable[Carrier], claimed: Collection[Carrier]) -> frozenset[Carrier]:
    """Return what only bounds, or finds the index of, what a claimed one's closure holds."""
    return frozenset(
        carrier
        for carrier in carriers
        if carrier not in claimed and any(contains(holder, carrier) for holder in claimed)
    )


def contains(holder: Carrier, pin: Carrier) -> bool:
    """Whether on some target the holder's closure brings all that the pin does."""
    pairs = zip(holder.masks, pin.masks, strict=True)
    return holder != pin and any(mine and theirs & mine == mine for theirs, mine in pairs)


def _atom_key(ledger: Ledger, carrier: Carrier, claim: Claim) -> tuple[object, ...]:
    group = _stays(ledger, carrier)
    if group is not None:
        return ("stays", group)
    key = (carrier.home, carrier.added, claim.must, claim.base)
    return (*key, carrier.name) if claim.may else key


def _stays(ledger: Ledger, carrier: Carrier) -> str | None:
    for group, names in sorted(ledger.ground.settings.groups.items()):
        if carrier.name in names and not carrier.added:
            return group
    return carrier.home if carrier.home in ledger.whole else None


def _atom(
    ledger: Ledger,
    seats: Sequence[Seat],
    carriers: tuple[Carrier, ...],
    claims: Mapping[Carrier, Claim],
    importers: Mapping[NormalizedName, frozenset[str]],
) -> Atom:
    total = Claim()
    for carrier in carriers:
        total |= claims[carrier]
    stays = _stays(ledger, carriers[0])
    homes = sorted({carrier.home for carrier in carriers})
    modules = frozenset[str]().union(*(importers.get(c.name, frozenset()) for c in carriers))
    return Atom(
        carriers,
        homes[-1],
        total.must,
        total.may & ~total.must,
        close(carriers),
        total.base and stays is None,
        stays,
        _allowed(ledger, seats, total.must),
        modules,
    )


def _allowed(ledger: Ledger, seats: Sequence[Seat], must: int) -> frozenset[str] | None:
    """Return the extras whose group may take it: those that every bound variant keeps (7.7 c, d).

    A fixed variant holds base and its extras; and an undivided extra cannot become an alias that
    names a new group beside it. What either must hold can leave base only into those extras.
    """
    allowed: frozenset[str] | None = None
    for at, seat in enumerate(seats):
        kept = seat.narrowest & ledger.whole
        if not must >> at & 1 or not (kept or seat.fixed):
            continue
        allowed = kept if allowed is None else allowed & kept
    return allowed


def find_importers(
    ledger: Ledger, seats: Sequence[Seat]
) -> Mapping[NormalizedName, frozenset[str]]:
    """Return the first-party modules that import each distribution, or name it to its reader."""
    found: dict[NormalizedName, frozenset[str]] = {}
    for module, importers in ledger.ground.importers.items():
        for name in ledger.ground.first.owners.of(module):
            found[name] = found.get(name, frozenset()) | importers
    known = frozenset[str]().union(*found.values())
    unseen: dict[NormalizedName, frozenset[str]] = {}
    for need in (one.need for seat in seats for b in seat.bookings for one in b.booked):
        site = need.site
        for name in need.providers - found.keys():
            asking = _module_at(site.path, known) if site else frozenset()
            unseen[name] = unseen.get(name, frozenset()) | asking
    return found | unseen


def _module_at(path: str, known: frozenset[str]) -> frozenset[str]:
    """Return the first-party module of a file: its name is the end of its dotted path."""
    dotted = "." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    names = [module for module in sorted(known) if dotted.endswith("." + module)]
    return frozenset({max(names, key=len, default=path)})
