"""Finds the few import lines that hold a split back (DESIGN 7.11).

A heavy carrier that a role imports at startup cannot leave its image. Often a line or two bring
it, and could run later: an *unlock* names those lines, what deferring them frees, and how. Unlocks
never enter the plan by themselves; `unlocked_ground` is what one would stand on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from packaging.requirements import Requirement as Pep508
from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.findings import Finding, Severity
from extrasplit.imports.deferral import Change, Deferral, Deferrals, Sources
from extrasplit.imports.level import Level
from extrasplit.imports.scanned import Import
from extrasplit.imports.startup import StartupGraph, StartupLine, merge
from extrasplit.imports.trace import Use
from extrasplit.places import Place
from extrasplit.project.pyproject import BASE
from extrasplit.split.carriers import Booked, Booking, Carrier, close
from extrasplit.split.cut import Cut, Cutter
from extrasplit.split.ground import Ground
from extrasplit.split.needs import Need, providers_of
from extrasplit.split.roles import LIBRARY, Books, open_books
from extrasplit.split.values import Plan, Variant

HEAVY_BYTES: Final = 10_000_000
"""What a carrier must free to be looked at ..."""
HEAVY_IN_SMALL_BYTES: Final = 5_000_000
"""... or this, where it is a tenth of the image."""
SMALL_SHARE: Final = 0.1
COMPANION_SHARE: Final = 0.1
"""A carrier that holds another and adds less than this share of it goes with it."""
WORTH_BYTES: Final = 5_000_000
"""What each point of cost must free for an unlock to be shown."""


@dataclass(frozen=True, slots=True)
class UnlockLine:
    """Names of one import line that are deferred in the same way."""

    path: str
    line: int
    names: tuple[str, ...]
    how: Deferral

    @property
    def change(self) -> Change:
        """What is to be done."""
        return self.how.change

    @property
    def used_at(self) -> int | None:
        """Where the name is evaluated, for `guard`."""
        return self.how.used_at

    @property
    def into(self) -> tuple[str, ...]:
        """The functions that receive the import."""
        return self.how.into


@dataclass(frozen=True, slots=True)
class Unlock:
    """The lines that hold one heavy requirement, and its companions, in a lean image."""

    variant: str
    entrypoint: str
    requirements: tuple[str, ...]
    """As written in pyproject.toml."""
    leaving: frozenset[NormalizedName]
    """The distributions that leave the image."""
    freed_bytes: int
    cost: float
    used_in: int
    """How many first-party modules import what leaves."""
    modules: int
    """How many of them no longer load at startup."""
    lines: tuple[UnlockLine, ...]
    from_base: bool
    """It stands in base: what imports it later answers where it is absent."""
    chain: tuple[Place, ...]
    """One way in which it is imported today, for `--explain`."""

    @property
    def names(self) -> frozenset[tuple[str, int, str]]:
        """What is deferred: file, line and local name."""
        return frozenset((one.path, one.line, name) for one in self.lines for name in one.names)


@dataclass(frozen=True, slots=True)
class Unlocks:
    """All that are worth showing, and what they come to."""

    shown: tuple[Unlock, ...] = ()
    """The largest first."""
    together: tuple[Unlock, ...] = ()
    """For each variant one cut for all that are shown: theirs overlap."""
    unlocked_bytes: Mapping[str, int] = field(default_factory=dict)
    """By variant, its installed bytes once all were made."""


def find_unlocks(
    ground: Ground, plan: Plan, graphs: Mapping[str, StartupGraph], sources: Sources
) -> Unlocks:
    """Return the unlocks of every lean image of a plan.

    `graphs` are the startup graphs, by entrypoint; one that starts nothing of the project's has
    none.
    """
    books = open_books(ground)
    shown: list[Unlock] = []
    together: list[Unlock] = []
    unlocked: dict[str, int] = {}
    for variant in plan.variants:
        members = _members(books, variant, graphs)
        if variant.full or not members:
            continue
        study = _Study(ground, books, plan, variant, members, graphs, sources)
        found = list(study.unlocks())
        if not found:
            continue
        shown += [unlock for unlock, _ in found]
        whole = study.unlock(tuple(dict.fromkeys(c for _, carriers in found for c in carriers)))
        if whole is not None:
            together.append(whole)
            unlocked[variant.name] = variant.installed_bytes - whole.freed_bytes
    shown.sort(key=lambda one: (-one.freed_bytes, one.variant, one.requirements))
    return Unlocks(tuple(shown), tuple(together), unlocked)


def _members(books: Books, variant: Variant, graphs: Mapping[str, StartupGraph]) -> tuple[str, ...]:
    """Return whose start decides: the default entrypoint alone where it sits there.

    Those that share its image only because they need no more would go on without it.
    """
    if books.default in variant.entrypoints and books.default in graphs:
        return (books.default,)
    return tuple(name for name in variant.entrypoints if name in graphs)


class _Study:
    """One lean image: what it holds, by which carriers, and by which lines."""

    def __init__(
        self,
        ground: Ground,
        books: Books,
        plan: Plan,
        variant: Variant,
        members: Sequence[str],
        graphs: Mapping[str, StartupGraph],
        sources: Sources,
    ) -> None:
        self.ground, self.books, self.variant, self.members = ground, books, variant, members
        self.ledger, self.bits, self.sources = books.ledger, books.ledger.bits[0], sources
        self.bookings = [books.bookings[name] for name in members]
        self.held = _held(books, plan, variant)
        self.lean = close(self.held)
        self.lean_bytes = self.bits.weigh(self.lean)
        self._asked: dict[tuple[str, str | None, str | None], frozenset[NormalizedName]] = {}
        self._stuck = _stuck(books, plan, members)
        self._pins = _idle(books)
        self.candidates = self._candidates()
        self.graph = merge([graphs[name] for name in members])

    @cached_property
    def cutter(self) -> Cutter:
        """What cuts the start of this image."""
        return Cutter(self.graph, Deferrals(self.graph, self.sources))

    def unlocks(self) -> Iterator[tuple[Unlock, tuple[Carrier, ...]]]:
        """Yield what is worth showing for each heavy carrier alone, with what leaves."""
        seen: set[frozenset[NormalizedName]] = set()
        for carrier in self.candidates:
            carriers = self._with_companions(carrier)
            unlock = self.unlock(carriers)
            if unlock is None or unlock.leaving in seen or self._is_made_of(unlock):
                continue
            seen.add(unlock.leaving)
            if unlock.freed_bytes >= WORTH_BYTES * unlock.cost:
                yield unlock, carriers

    def unlock(self, carriers: tuple[Carrier, ...]) -> Unlock | None:
        """Return the cut for these carriers, None where something else keeps them."""
        mask = self._leaving(carriers)
        leaving = frozenset(key.name for key in self.bits.packages(mask))
        leaving -= {key.name for key in self.bits.packages(self.lean & ~mask)}
        heavy = [line for line in self.graph.lines if self._imports(line, leaving)]
        if not self._explained(leaving, heavy):
            return None
        cut = self.cutter.cut(heavy) if heavy else Cut((), 0.0, frozenset())
        if cut is None:
            return None
        users = self._users(leaving)
        loading = {line.path for line in heavy}
        return Unlock(
            self.variant.name,
            self._entrypoint(carriers),
            tuple(line.text for carrier in carriers for line in carrier.requirements),
            leaving,
            self.bits.weigh(mask),
            cut.cost,
            len(users),
            len(loading & cut.unloaded),
            _lines(cut, self.cutter.deferrals),
            any(carrier.home == BASE for carrier in carriers),
            self._chain(leaving),
        )

    def _candidates(self) -> list[Carrier]:
        """Return the carriers of real startup imports that could leave, the largest first."""
        launchers = {
            entrypoint.launcher
            for entrypoint in self.ground.entrypoints
            if entrypoint.name in self.members
        }
        found = {
            carrier
            for one in self._booked()
            if one.startup and one.need.level is Level.STARTUP and _is_import(one.need)
            for carrier in one.carriers
        }
        freed = {
            carrier: self.bits.weigh(self._leaving(self._with_companions(carrier)))
            for carrier in sorted(found)
            if carrier.name not in launchers and not carrier.added and carrier in self.held
        }
        heavy = [carrier for carrier, size in freed.items() if self._is_heavy(size)]
        return sorted(heavy, key=lambda carrier: -freed[carrier])

    def _is_heavy(self, freed_bytes: int) -> bool:
        small = freed_bytes >= SMALL_SHARE * self.lean_bytes
        return freed_bytes >= (HEAVY_IN_SMALL_BYTES if small else HEAVY_BYTES)

    def _booked(self) -> Iterator[Booked]:
        for booking in self.bookings:
            yield from booking.booked

    def _with_companions(self, carrier: Carrier) -> tuple[Carrier, ...]:
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

    def _leaving(self, carriers: Sequence[Carrier]) -> int:
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

    def _imports(self, line: StartupLine, leaving: frozenset[NormalizedName]) -> bool:
        """Whether a line imports something that only what leaves provides."""
        return any(self._goes(imported, leaving) for imported in line.outside)

    def _goes(self, imported: Import, leaving: frozenset[NormalizedName]) -> bool:
        providers = self._providers(imported)
        return bool(providers) and providers <= leaving

    def _providers(self, imported: Import) -> frozenset[NormalizedName]:
        key = (imported.module, imported.name, imported.distribution)
        if key not in self._asked:
            found = frozenset[NormalizedName]()
            if imported.distribution:
                found = frozenset({canonicalize_name(imported.distribution)})
            else:
                for module in (imported.module, *imported.or_else):
                    found |= providers_of(self.ground, module, imported.name)
            self._asked[key] = found & self.ground.lock.by_name.keys()
        return self._asked[key]

    def _explained(self, leaving: frozenset[NormalizedName], heavy: Sequence[StartupLine]) -> bool:
        """Whether import lines alone ask at startup for what leaves.

        A setting, a HEALTHCHECK or a program that runs beside the app asks without any line.
        """
        imports = [imported for line in heavy for imported in line.outside]
        modules = {imported.module for imported in imports if imported.module}
        named = {canonicalize_name(one.distribution) for one in imports if one.distribution}
        for one in self._booked():
            need = one.need
            if need.level is not Level.STARTUP or not need.providers or need.providers - leaving:
                continue
            follows = need.via.startswith("optional:") or need.via == "entry-point"
            imported = _is_import(need) and (need.module in modules or need.providers & named)
            if not follows and not imported:
                return False
        return True

    def _is_made_of(self, unlock: Unlock) -> bool:
        """Whether the file that is started evaluates it itself: the role is made of it."""
        roots = frozenset((*self.graph.roots, *(unit.path for unit in self.graph.functions)))
        deferrals = self.cutter.deferrals
        return any(
            line.path in roots
            and (line.path, line.line, line.name) in unlock.names
            and self._imports(line, unlock.leaving)
            and deferrals.of(line).used_at is not None
            for line in self.graph.lines
        )

    def _users(self, leaving: frozenset[NormalizedName]) -> frozenset[str]:
        return frozenset(
            path
            for path, file in self.graph.modules.linked.items()
            if any(
                imported.level is not Level.TYPING and self._goes(imported, leaving)
                for imported in file.externals
                if imported.module or imported.distribution
            )
        )

    def _entrypoint(self, carriers: Sequence[Carrier]) -> str:
        wanted = frozenset(carriers)
        for booking in self.bookings:
            if wanted & booking.startup:
                return booking.entrypoint
        return self.members[0]

    def _chain(self, leaving: frozenset[NormalizedName]) -> tuple[Place, ...]:
        for one in self._booked():
            if one.need.level is Level.STARTUP and one.need.providers <= leaving and one.need.chain:
                return one.need.chain
        return ()


def _is_import(need: Need) -> bool:
    """Whether an import asks, by a statement, a string or a rule; no setting and no launcher."""
    return need.via in ("import", "dynamic") or need.via.startswith("rule:")


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


def _lines(cut: Cut, deferrals: Deferrals) -> tuple[UnlockLine, ...]:
    """Group names of one line that are deferred in the same way."""
    found: dict[tuple[str, int, Deferral], list[str]] = {}
    for line in cut.lines:
        found.setdefault((line.path, line.line, deferrals.of(line)), []).append(line.name)
    return tuple(
        UnlockLine(path, at, tuple(dict.fromkeys(names)), how)
        for (path, at, how), names in found.items()
    )


def unlocked_ground(
    ground: Ground, unlocks: Sequence[Unlock], graphs: Mapping[str, StartupGraph]
) -> Ground:
    """Return the ground once these unlocks were made in the source.

    What an entrypoint then no longer imports at startup is deferred; guarded, where it is freed
    from base. A line is everybody's: others that start by way of it are changed too.
    """
    gone = frozenset(name for unlock in unlocks for name in unlock.names)
    guarded = frozenset(n for unlock in unlocks if unlock.from_base for n in unlock.leaving)
    owners = {unlock.entrypoint for unlock in unlocks if unlock.from_base}
    uses = dict(ground.uses)
    for name, graph in graphs.items():
        cut = frozenset(line for line in graph.lines if (line.path, line.line, line.name) in gone)
        if not cut:
            continue
        _, running = graph.run(cut)
        left = {
            _asked(imported)
            for line in running
            for one in (line, *graph.origins(line))
            for imported in one.outside
        }
        before = {_asked(imported) for line in graph.lines for imported in line.outside}
        found = []
        for use in ground.uses.get(name, ()):
            asked = (use.module, use.name, use.distribution)
            providers = providers_of(ground, use.module, use.name) if use.module else frozenset()
            answers = bool(providers) and providers <= guarded
            later = use.level is Level.STARTUP and asked in before and asked not in left
            if later:
                found.append(_weakened(use, Level.GUARDED if answers else Level.DEFERRED))
            elif use.level is Level.DEFERRED and answers and name in owners:
                found.append(_weakened(use, Level.GUARDED))
            else:
                found.append(use)
        uses[name] = tuple(sorted(found, key=lambda use: use.level))
    return replace(ground, uses=uses)


def _asked(imported: Import) -> tuple[str, str | None, str | None]:
    return imported.module, imported.name, imported.distribution


def _weakened(use: Use, level: Level) -> Use:
    sites = tuple(replace(site, level=max(site.level, level)) for site in use.sites)
    return replace(use, level=level, sites=sites)


def with_unlocked_bytes(plan: Plan, unlocks: Unlocks) -> Plan:
    """Return the plan, its images told what they would weigh once all unlocks were made."""
    variants = (
        replace(one, unlocked_bytes=unlocks.unlocked_bytes.get(one.name, one.installed_bytes))
        for one in plan.variants
    )
    return replace(plan, variants=tuple(variants))


def blocked(unlocks: Iterable[Unlock]) -> tuple[Finding, ...]:
    """Return a note for each unlock that frees 10 MB or more."""
    return tuple(_finding(one) for one in unlocks if one.freed_bytes >= HEAVY_BYTES)


def _finding(unlock: Unlock) -> Finding:
    heads = sorted({canonicalize_name(Pep508(text).name) for text in unlock.requirements})
    what = ", ".join(heads)
    size = f"{unlock.freed_bytes / 1_000_000:.1f} MB"
    names = len(unlock.names)
    if not names:
        message = f"{what} needs no import line of {unlock.variant}: {size} stay for nothing"
    else:
        lines = "one imported name holds" if names == 1 else f"{names} imported names hold"
        message = f"{lines} {what} in {unlock.variant}: {size}"
    return Finding(
        "blocked",
        Severity.NOTE,
        message,
        distribution=heads[0] if heads else None,
        entrypoint=unlock.entrypoint,
        variant=unlock.variant,
        fix=" ".join(["extrasplit unlock", *heads[:1]]),
        chain=tuple(Place(one.path, one.line, ", ".join(one.names)) for one in unlock.lines),
        count=max(names, 1),
    )
