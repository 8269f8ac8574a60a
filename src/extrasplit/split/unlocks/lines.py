"""Which import lines hold some carriers in a lean image, and what one cut of them frees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.imports.deferral import Deferral, Deferrals, Sources
from extrasplit.imports.late import unanswered
from extrasplit.imports.level import Level
from extrasplit.imports.options import Requests
from extrasplit.imports.scanned import Import
from extrasplit.imports.startup import StartupGraph, StartupLine
from extrasplit.project.declared import BASE
from extrasplit.record import replace
from extrasplit.split.carriers import Carrier
from extrasplit.split.cut import Cut, Cutter
from extrasplit.split.ground import Ground
from extrasplit.split.needs import providers_of
from extrasplit.split.unlocks.image import LeanImage, asks_by_import, follows
from extrasplit.split.unlocks.values import Unlock, UnlockLine


class Lines:
    """The import lines that starting one lean image runs."""

    def __init__(self, image: LeanImage, graph: StartupGraph, sources: Sources) -> None:
        self.image, self.graph, self.sources = image, graph, sources
        self.ground: Ground = image.ledger.ground
        self._asked: dict[tuple[str, str | None, str | None], frozenset[NormalizedName]] = {}

    @cached_property
    def cutter(self) -> Cutter:
        """What cuts the start of this image."""
        return Cutter(self.graph, Deferrals(self.graph, self.sources))

    @cached_property
    def requests(self) -> Requests:
        """What runs only where it is asked for."""
        return Requests(self.graph, self.sources)

    def unlock(self, carriers: tuple[Carrier, ...]) -> Unlock | None:
        """Return the cut for these carriers, None where something else keeps them."""
        mask = self.image.leaving(carriers)
        leaving = self.image.names_of(mask)
        heavy = [line for line in self.graph.lines if self._imports(line, leaving)]
        if not self._explained(leaving, heavy):
            return None
        cut = self.cutter.cut(heavy) if heavy else Cut((), 0.0, frozenset())
        if cut is None:
            return None
        users = self._users(leaving)
        loading = {line.path for line in heavy}
        return Unlock(
            self.image.variant.name,
            self.image.entrypoint_of(carriers),
            tuple(line.text for carrier in carriers for line in carrier.requirements),
            leaving,
            self.image.bits.weigh(mask),
            cut.cost,
            len(users),
            len(loading & cut.unloaded),
            _lines(cut, self.cutter.deferrals),
            any(carrier.home == BASE for carrier in carriers),
            self.image.chain_to(leaving),
            alone=self.image.alone,
        )

    def answers(self, carriers: tuple[Carrier, ...]) -> Unlock | None:
        """Return the answers with which these carriers need no longer stand in base.

        What they bring is imported late, in functions, and counts as startup only since nothing
        there answers for its absence (7.4). None where something else keeps them, or no answer can
        be written: a name that is computed, a module-level `__getattr__`.
        """
        mask = self.image.leaving(carriers)
        leaving = self.image.names_of(mask)
        lines = self._late_lines(leaving) if self._is_late(leaving) else ()
        if not lines:
            return None
        return Unlock(
            self.image.variant.name,
            self.image.entrypoint_of(carriers),
            tuple(line.text for carrier in carriers for line in carrier.requirements),
            leaving,
            self.image.bits.weigh(mask),
            float(len(lines)),
            len(self._users(leaving)),
            0,
            lines,
            from_base=True,
            chain=self.image.chain_to(leaving),
        )

    def asked_for(self, answers: Unlock) -> Unlock | None:
        """Return the same with what asks for each line; None where a plain run may come to one."""
        lines = []
        for line in answers.lines:
            asked = self.requests.of(line.path, line.into[0], line.line)
            if asked is None:
                return None
            how = Deferral("guard", line.into, why=asked.text, late=True)
            lines.append(replace(line, how=how))
        return replace(answers, lines=tuple(lines))

    def _is_late(self, leaving: frozenset[NormalizedName]) -> bool:
        """Whether statements alone ask for what leaves, and none of them at startup."""
        asked = [
            one.need
            for one in self.image.booked()
            if one.startup and one.need.providers and one.need.providers <= leaving
        ]
        return all(
            need.level is Level.DEFERRED and (need.via == "import" or follows(need))
            for need in asked
        )

    def _late_lines(self, leaving: frozenset[NormalizedName]) -> tuple[UnlockLine, ...]:
        """Return the statements that lack an answer; none where something can't have one."""
        found: dict[tuple[str, int, str], list[str]] = {}
        for late in unanswered(self.graph, (), lambda one: self._goes(one, leaving)):
            if not late.is_statement:
                return ()
            imported = late.imported
            name = imported.bound or imported.name or imported.module
            found.setdefault((late.path, imported.line, imported.scope), []).append(name)
        return tuple(
            UnlockLine(
                path, at, tuple(dict.fromkeys(names)), Deferral("guard", (scope,), late=True)
            )
            for (path, at, scope), names in sorted(found.items())
        )

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
        for one in self.image.booked():
            need = one.need
            if need.level is not Level.STARTUP or not need.providers or need.providers - leaving:
                continue
            imported = asks_by_import(need) and (need.module in modules or need.providers & named)
            if not follows(need) and not imported:
                return False
        return True

    def role_is_made_of(self, unlock: Unlock) -> bool:
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


def _lines(cut: Cut, deferrals: Deferrals) -> tuple[UnlockLine, ...]:
    """Group names of one line that are deferred in the same way."""
    found: dict[tuple[str, int, Deferral], list[str]] = {}
    for line in cut.lines:
        found.setdefault((line.path, line.line, deferrals.of(line)), []).append(line.name)
    return tuple(
        UnlockLine(path, at, tuple(dict.fromkeys(names)), how)
        for (path, at, how), names in found.items()
    )
