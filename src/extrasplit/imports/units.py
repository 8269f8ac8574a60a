"""Says what one unit of first-party code runs: a module's top level, or the body of one function.

A unit is where importing stops being all or nothing. Importing a file runs its top level and makes
its functions callable (deferred); a function that is called unconditionally runs with its caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from packaging.markers import Marker

from extrasplit.imports.calls import Calls, Unit
from extrasplit.imports.level import Level, weakest
from extrasplit.imports.modules import Link, LinkedFile, Modules
from extrasplit.imports.scanned import Import
from extrasplit.imports.served import SERVER
from extrasplit.imports.standard import is_standard
from extrasplit.places import Place
from extrasplit.record import Record, replace

_NOTHING: Final = LinkedFile((), ())
_ASKED: Final = "->"
"""Before a name in a unit's scope: what a file brings only when that name of it is asked for."""


class Step(Record):
    """What a unit that runs leads to: another unit of ours, or an import from outside."""

    target: Unit | Import
    level: Level
    """Relative to the unit: how surely the step is taken when the unit runs."""
    place: Place | None
    """The line that takes it; None where no line does (a function becomes callable)."""
    guarded_by: str | None = None
    answered: bool = False


@dataclass(slots=True)
class Surroundings:
    """Everything beyond the files themselves that decides what runs."""

    modules: Modules
    environment: Mapping[str, str]
    """PEP 508 marker variables of the target."""
    calls: Calls
    main: str | None = None
    """The file in which `__name__ == "__main__"` holds."""
    eager: str | None = None
    """The `via` of imports that its launcher makes at once, where others would make them later."""
    lazy: bool = False
    """Every import at module level is lazy (PEP 810, `-X lazy_imports=all`)."""
    conditions: dict[str, bool] = field(default_factory=dict)
    lazy_imports: dict[str, list[Import]] = field(default_factory=dict)

    def applies(self, imported: Import, path: str) -> bool:
        """Whether an import of this file runs at all on the target and in this start."""
        if imported.main_only and path != self.main:
            return False
        if not self.holds(imported.condition):
            return False
        return not imported.asks or self.holds(self.calls.condition(path, imported))

    def holds(self, condition: str | None) -> bool:
        """Whether a marker (PEP 508) holds on the target."""
        if condition is None:
            return True
        if condition not in self.conditions:
            self.conditions[condition] = Marker(condition).evaluate(dict(self.environment))
        return self.conditions[condition]

    def steps(self, unit: Unit, arrived: Level) -> Iterator[Step]:
        """Yield all that follows when `unit` runs, reached at a level."""
        file = self.modules.linked.get(unit.path)
        if file is None:
            return
        if unit.scope.startswith(_ASKED):
            yield from self._asked(unit, file)
            return
        yield from self._imports(unit, arrived)
        for callee in self.calls.surely_from(unit) if arrived is Level.STARTUP else ():
            runs = not callee.main_only or unit.path == self.main
            if runs and self.holds(callee.condition):
                place = Place(unit.path, callee.line, f"{callee.unit.scope}()")
                yield Step(callee.unit, Level.STARTUP, place)
        if not unit.scope:
            for scope in self.modules.by_scope(unit.path):
                if scope:
                    yield Step(Unit(unit.path, scope), Level.DEFERRED, None)

    def imports_run(self, unit: Unit) -> Iterator[tuple[Link | Import, Level]]:
        """Yield each import that `unit` makes when it runs at startup, with its level then."""
        file = self.modules.by_scope(unit.path).get(unit.scope, _NOTHING)
        for imports in (file.links, file.externals):
            for each in imports:
                imported = each.imported if isinstance(each, Link) else each
                if self.applies(imported, unit.path):
                    guarded = self.calls.guard(unit.path, imported) is not None
                    if each is imported:
                        imported = self._unguarded(imported)
                    level = self._level(imported, unit, Level.STARTUP)
                    yield each, weakest(level, Level.GUARDED) if guarded else level

    def asked(self, path: str, name: str) -> Iterator[Step]:
        """Yield what runs when a name that a file serves on demand (PEP 562) is asked for."""
        if self._behind(path, name):
            yield from self.steps(Unit(path, _ASKED + name), Level.STARTUP)

    def _imports(self, unit: Unit, arrived: Level) -> Iterator[Step]:
        file = self.modules.by_scope(unit.path).get(unit.scope, _NOTHING)
        for link in file.links:
            yield from self._follow(unit, link, self._level(link.imported, unit, arrived))
        for imported in map(self._unguarded, file.externals):
            yield from self._leave(unit, imported, self._level(imported, unit, arrived))

    def _asked(self, unit: Unit, file: LinkedFile) -> Iterator[Step]:
        # PEP 562 and PEP 810: asking for the name runs the import that stands behind it.
        behind = self._behind(unit.path, unit.scope.removeprefix(_ASKED))
        for link in file.links:
            if link.imported in behind:
                yield from self._follow(unit, link, _when_asked(link.imported))
        for imported in file.externals:
            if imported in behind:
                yield from self._leave(unit, imported, _when_asked(imported))

    def _behind(self, path: str, name: str) -> list[Import]:
        """Return the deferred imports that run when `from path import name` asks for the name."""
        file = self.modules.linked.get(path)
        if path not in self.lazy_imports:
            every = _all_imports(file) if file is not None else ()
            self.lazy_imports[path] = [imported for imported in every if _is_lazy(imported)]
        lazy = self.lazy_imports[path]
        named = [imported for imported in lazy if imported.bound == name]
        if named or not lazy or file is None:
            return named
        if any(imported.bound == name for imported in _all_imports(file)):
            return []
        if self.calls.bodies.binds(path, name):
            return []
        serving = self._serving(path, name, file)
        computed = [each for each in serving if each.via != "import"]
        if not computed:
            return serving
        beside = self.calls.bodies.beside(path, name)
        tails = {text.lstrip(".").rpartition(".")[2] for text in beside}
        chosen = [each for each in computed if each.module.rpartition(".")[2] in tails]
        return [each for each in serving if each.via == "import"] + (chosen or computed)

    def _serving(self, path: str, name: str, file: LinkedFile) -> list[Import]:
        """Return the deferred imports that the file makes for a name which nothing in it binds."""
        lazy = self.lazy_imports[path]
        attached = [each for each in lazy if not each.scope and each.via != "import"]
        inside = [each for each in lazy if each.scope]
        if not inside:
            return attached
        served = self.calls.bodies.served(path, name)
        # where a star import may bind the name, nothing but a test for it says that it is served
        starred = any(each.name == "*" and each.via == "import" for each in _all_imports(file))
        lines = served.named if starred else served.named | served.perhaps
        return attached + [
            each
            for each in inside
            if each.line in lines or (each.via != "import" and each.line in served.perhaps)
        ]

    def _unguarded(self, imported: Import) -> Import:
        """Return an import without its guard, where the handler needs another from outside."""
        if imported.level is not Level.GUARDED or not imported.or_else:
            return imported
        python = self.environment.get("python_version", "3")
        for module in imported.or_else:
            ours = module.startswith(".") or self.modules.packages.owner(module) is not None
            if ours or is_standard(module, python):
                return replace(imported, or_else=())
        return replace(imported, level=Level.STARTUP)

    def _level(self, imported: Import, unit: Unit, arrived: Level) -> Level:
        if imported.via == self.eager and imported.level is Level.DEFERRED:
            return Level.STARTUP
        lazy = self.lazy and imported.via == "import" and imported.name != "*"
        if lazy and not unit.scope:
            return weakest(imported.level, Level.DEFERRED)
        if unit.scope and arrived is Level.STARTUP is imported.level:
            # a function that surely runs: what stands under a test in it is still not sure
            sure = self.calls.surely_runs(unit, imported.line)
            return Level.STARTUP if sure else Level.DEFERRED
        return imported.level

    def _follow(self, unit: Unit, link: Link, level: Level) -> Iterator[Step]:
        if not self.applies(link.imported, unit.path):
            return
        place = Place(unit.path, link.imported.line, link.module)
        guard = self.calls.guard(unit.path, link.imported)
        if guard is not None:
            level = weakest(level, Level.GUARDED)
        answered = link.imported.answered
        for path in link.files:
            yield Step(Unit(path), level, place, guard, answered)
        name = link.imported.name
        asks = name and name != "*" and link.files and not link.is_submodule
        if name and asks and self._behind(link.files[-1], name):
            yield Step(Unit(link.files[-1], _ASKED + name), level, place, guard, answered)

    def _leave(self, unit: Unit, imported: Import, level: Level) -> Iterator[Step]:
        if not self.applies(imported, unit.path):
            return
        text = imported.module or imported.distribution or imported.group or ""
        guard = self.calls.guard(unit.path, imported)
        if guard is not None:
            level = weakest(level, Level.GUARDED)
        place = Place(unit.path, imported.line, text)
        yield Step(imported, level, place, guard, imported.answered)


def _all_imports(file: LinkedFile) -> Iterator[Import]:
    for link in file.links:
        yield link.imported
    yield from file.externals


def _is_lazy(imported: Import) -> bool:
    deferred = imported.level is Level.DEFERRED and not imported.scope
    return deferred or imported.scope == SERVER


def _when_asked(imported: Import) -> Level:
    return Level.STARTUP if imported.level is Level.DEFERRED else imported.level
