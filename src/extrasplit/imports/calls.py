"""Resolves across files which functions surely run, and what guards an import.

`app = create_app()` at a module's top level runs the body of `create_app`, wherever it stands; an
import under `if has_extra("web"):` is guarded where `has_extra` asks whether a module is there.

Only what surely runs is read: the top level of the files that a start imports, and of functions
those that it calls.
"""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterable, Iterator, Mapping

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.called import Called
from extrasplit.imports.guards import NOT
from extrasplit.imports.level import Level
from extrasplit.imports.markers import all_of
from extrasplit.imports.modules import Modules, folder_above
from extrasplit.imports.scanned import Import
from extrasplit.record import Record


class Unit(Record):
    """The top level of a file (no scope), or one function in it."""

    path: str
    scope: str = ""


class Callee(Record):
    """One first-party function that a unit surely calls."""

    unit: Unit
    line: int
    main_only: bool
    condition: str | None


Callees = Mapping[Unit, tuple[Callee, ...]]
"""By the unit that calls."""


class Calls:
    """Questions about first-party names, over one set of linked modules."""

    def __init__(
        self,
        modules: Modules,
        bodies: Bodies,
        *,
        decided: Container[Unit] = (),
        behind: Mapping[tuple[Unit, str], str] | None = None,
    ) -> None:
        self.modules = modules
        self.bodies = bodies
        self.decided = decided
        """Functions whose callers name what they import (`handed`)."""
        self._behind = behind or {}
        self._callees: dict[Unit, tuple[Callee, ...]] = {}
        self._bound: dict[str, dict[str | None, list[Import]]] = {}

    def surely_from(self, unit: Unit) -> tuple[Callee, ...]:
        """Return the first-party functions that a unit surely calls whenever it runs."""
        if unit not in self._callees:
            self._callees[unit] = tuple(self._read_callees(unit))
        return self._callees[unit]

    def _read_callees(self, unit: Unit) -> Iterator[Callee]:
        if unit.path not in self.modules.linked:
            return
        if not unit.scope and not self._may_call(unit.path):
            return
        for call in self.bodies.by_function(unit.path).calls(unit.scope):
            if call.level is not Level.STARTUP or self._is_bound_weakly(unit, call.bound):
                continue
            for target in self._targets(unit.path, call.callee, own=call.own):
                yield Callee(target, call.line, call.main_only, call.condition)

    def _may_call(self, path: str) -> bool:
        """Whether the top level of a file may call a function of the project's."""
        called = self.bodies.called(path)
        return called is None or any(
            self.bodies.may_run(file, name)
            for file, located in self._may_mean(path, called)
            for name in (located, *(f"{located}.{method}" for method in called.methods))
        )

    def _may_mean(self, path: str, called: Called) -> Iterator[tuple[str, str]]:
        """Yield the files and names of the project that the names which are called may mean."""
        bound = self._bound_in(path)
        for name in called.names:
            seen: set[str] = set()
            first, dot, rest = name.partition(".")
            while first not in seen:
                seen.add(first)
                found = [
                    self.locate(path, each.origin + dot + rest) for each in bound.get(first, ())
                ]
                if first not in bound:
                    text = first + dot + rest
                    found = [(path, text), self._from_star(path, text) if None in bound else None]
                yield from (each for each in found if each and each[0] in self.modules.linked)
                if first in called.renamed:
                    first, dot, rest = f"{called.renamed[first]}{dot}{rest}".partition(".")

    def _is_bound_weakly(self, unit: Unit, name: str | None) -> bool:
        """Whether what is called has its name by an import that may fail, or never runs."""
        levels = [
            Level.GUARDED if self.guard(unit.path, imported) else imported.level
            for imported in self._binding(unit.path, name)
            if not imported.scope or f"{unit.scope}.".startswith(f"{imported.scope}.")
        ]
        return bool(levels) and min(levels) > Level.DEFERRED

    def _binding(self, path: str, name: str | None) -> list[Import]:
        """Return the imports of the project's own code that bind a name in a file."""
        return self._bound_in(path).get(name, []) if name else []

    def _bound_in(self, path: str) -> Mapping[str | None, list[Import]]:
        """Return the imports of the project's own code by the name that they bind in a file."""
        if path not in self._bound:
            bound = self._bound[path] = {}
            for link in self.modules.linked[path].links:
                bound.setdefault(link.imported.bound, []).append(link.imported)
        return self._bound[path]

    def called_from(self, starts: Iterable[Unit]) -> Callees:
        """Return who surely calls whom while these run."""
        found: dict[Unit, tuple[Callee, ...]] = {}
        waiting = list(starts)
        while waiting:
            unit = waiting.pop()
            if unit not in found:
                found[unit] = self.surely_from(unit)
                waiting += [callee.unit for callee in found[unit]]
        return found

    def leading_to(self, goals: Iterable[Unit], starts: Iterable[Unit]) -> Callees:
        """Return the sure calls by which what starts reaches one of these functions."""
        every = self.called_from(starts)
        callers: dict[Unit, list[Unit]] = {}
        for caller, callees in every.items():
            for callee in callees:
                callers.setdefault(callee.unit, []).append(caller)
        leading = set(goals)
        waiting = list(leading)
        while waiting:
            new = set(callers.get(waiting.pop(), ())) - leading
            leading |= new
            waiting += new
        found = {
            caller: tuple(callee for callee in every[caller] if callee.unit in leading)
            for caller in every
            if caller in leading
        }
        return {caller: callees for caller, callees in found.items() if callees}

    def _targets(self, path: str, text: str, *, own: bool) -> tuple[Unit, ...]:
        found = (path, text) if own else self.locate(path, text)
        if own and text.partition(".")[0] not in self.bodies.defined(path):
            found = self._from_star(path, text)
        if found is None or found[0] not in self.modules.linked:
            return ()
        body = self.bodies.by_function(found[0])
        return tuple(Unit(found[0], scope) for scope in body.runs(found[1]))

    def _from_star(self, path: str, text: str) -> tuple[str, str] | None:
        first, _, rest = text.partition(".")
        for link in self.modules.linked[path].links:
            if link.imported.name == "*" and link.imported.via == "import" and link.files:
                file, name, outside = self.modules.origin(link.files[-1], first)
                if outside is None and name in self.bodies.defined(file):
                    return file, ".".join(filter(None, (name, rest)))
        return None

    def surely_runs(self, unit: Unit, line: int) -> bool:
        """Whether the statement at this line runs whenever its function does."""
        return not unit.scope or line in self.bodies.by_function(unit.path).lines(unit.scope)

    def guard(self, path: str, imported: Import) -> str | None:
        """Return the project's own test or flag that guards an import of this file."""
        for ask in imported.asks:
            text = ask.removeprefix(NOT)
            found = self.locate(path, text)
            if found is not None and found[1].partition(".")[0] in self.bodies.guards(found[0]):
                return text.lstrip(".")
        if self._behind and imported.scope:
            top = imported.module.partition(".")[0]
            return self._behind.get((Unit(path, imported.scope), top))
        return None

    def condition(self, path: str, imported: Import) -> str | None:
        """Return the marker that the project's own platform flags around an import amount to."""
        markers: list[str] = []
        for ask in imported.asks:
            found = self.locate(path, ask.removeprefix(NOT))
            flag = self.bodies.flags(found[0]).get(found[1]) if found is not None else None
            if flag is not None:
                markers.append(flag[ask.startswith(NOT)])
        return all_of(markers)

    def locate(self, path: str, text: str) -> tuple[str, str] | None:
        """Return file and name of a dotted origin as `path` writes it, None where it isn't ours."""
        packages = self.modules.packages
        name = text.lstrip(".")
        dots = len(text) - len(name)
        base = folder_above(path, dots) if dots else None
        if dots and base is None:
            return None
        if not dots and packages.owner(text) is None:
            return path, text
        parts = name.split(".")
        for count in range(len(parts), -1 if dots else 0, -1):
            if count:
                file = packages.file_of(".".join(parts[:count]), base)
            else:
                init = posixpath.join(base or "", "__init__.py")
                file = init if init in packages.listing else None
            if file is not None:
                return self._defined(file, parts[count:])
        return None

    def _defined(self, file: str, names: list[str]) -> tuple[str, str] | None:
        if not names:
            return file, ""
        path, name, outside = self.modules.origin(file, names[0])
        if outside is not None:
            return None
        return path, ".".join(filter(None, (name, *names[1:])))
