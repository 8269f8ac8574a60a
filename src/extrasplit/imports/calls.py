"""Resolves across files which functions surely run, and what guards an import.

`app = create_app()` at a module's top level runs the body of `create_app`, wherever it stands; an
import under `if has_extra("web"):` is guarded where `has_extra` asks whether a module is there.

Calls are looked for backwards, from the functions whose imports would matter: reading every body
forwards would cost more than all the rest of a trace.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.level import Level
from extrasplit.imports.modules import Modules, folder_above
from extrasplit.imports.scanned import Import
from extrasplit.imports.words import Name


@dataclass(frozen=True, slots=True)
class Unit:
    """The top level of a file (no scope), or one function in it."""

    path: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Callee:
    """One first-party function that a unit surely calls."""

    unit: Unit
    line: int
    level: Level
    main_only: bool
    condition: str | None


Callees = Mapping[Unit, tuple[Callee, ...]]
"""By the unit that calls."""


class Calls:
    """Questions about first-party names, over one set of linked modules."""

    def __init__(self, modules: Modules, bodies: Bodies) -> None:
        self.modules = modules
        self.bodies = bodies
        self.words = bodies.words
        self._by_name: dict[str, set[str]] | None = None
        self._by_file: dict[str, set[str]] = {}
        self._by_target: dict[str, set[str]] = {}

    def may_run(self, starts: Iterable[Unit]) -> Collection[Name]:
        """Return what running these may run, as far as words tell; never too few."""
        begin = [(unit.path, unit.scope) for unit in starts if unit.path in self.modules.linked]
        return self.words.may_run(begin, self.modules)

    def leading_to(
        self,
        goals: Iterable[Unit],
        starts: Iterable[Unit],
        *,
        may_run: Collection[Name] | None = None,
    ) -> Callees:
        """Return the sure calls by which what starts reaches one of these functions.

        `may_run`, where it is known already, spares the look at everybody's words.
        """
        may_run = self.may_run(starts) if may_run is None else may_run
        found: dict[Unit, dict[Callee, None]] = {}
        known = {goal for goal in goals if (goal.path, goal.scope) in may_run}
        waiting = sorted(known, key=lambda unit: (unit.path, unit.scope))
        while waiting:
            goal = waiting.pop()
            for caller, callee in self._callers(goal, may_run):
                found.setdefault(caller, {})[callee] = None
                if caller.scope and caller not in known:
                    known.add(caller)
                    waiting.append(caller)
        return {
            caller: tuple(sorted(callees, key=lambda callee: callee.line))
            for caller, callees in found.items()
        }

    def _callers(self, goal: Unit, may_run: Collection[Name]) -> Iterator[tuple[Unit, Callee]]:
        """Yield who surely calls one function: those that import its name, or its module."""
        parts = goal.scope.removesuffix(".__init__").removesuffix(".__new__")
        name = parts.removesuffix(".__post_init__")
        first, last = name.partition(".")[0], name.rpartition(".")[2]
        for path in sorted(self._may_name(goal.path, first) | {goal.path}):
            if path not in self.modules.linked or not self.bodies.mentions(path, last):
                continue
            if (path, "") not in may_run:
                continue
            for scope, calls in self.bodies.of(path).calls.items():
                if (path, scope) not in may_run:
                    continue
                for call in calls:
                    named = call.callee.rpartition(".")[2] == last
                    if named and goal in self._targets(path, call.callee, own=call.own):
                        yield (
                            Unit(path, scope),
                            Callee(goal, call.line, call.level, call.main_only, call.condition),
                        )

    def _may_name(self, path: str, name: str) -> set[str]:
        """Return the files that import `name`, or the module `path` itself."""
        if self._by_name is None:
            self._by_name = {}
            for importer, file in self.modules.linked.items():
                for link in file.links:
                    imported = link.imported
                    if imported.name is None or imported.name == "*" or link.is_submodule:
                        for target in link.files[-1:]:
                            self._by_file.setdefault(target, set()).add(importer)
                    else:
                        self._by_name.setdefault(imported.name, set()).add(importer)
        return self._by_name.get(name, set()) | self._by_file.get(path, set())

    def _targets(self, path: str, text: str, *, own: bool) -> tuple[Unit, ...]:
        found = (path, text) if own else self.locate(path, text)
        if own and text.partition(".")[0] not in self.bodies.defined(path):
            found = self._from_star(path, text)
        if found is None or found[0] not in self.modules.linked:
            return ()
        return tuple(Unit(found[0], scope) for scope in self.bodies.of(found[0]).runs(found[1]))

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
        return not unit.scope or line in self.bodies.of(unit.path).lines.get(unit.scope, ())

    def guard(self, path: str, imported: Import) -> str | None:
        """Return the project's own test or flag that guards an import of this file."""
        for text in imported.asks:
            found = self.locate(path, text)
            if found is not None and found[1].partition(".")[0] in self.bodies.guards(found[0]):
                return text.lstrip(".")
        return None

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

    def importers_of(self, paths: Iterable[str]) -> set[str]:
        """Return these files and all from which imports, however deferred, lead to one of them."""
        if not self._by_target:
            for importer, file in self.modules.linked.items():
                for link in file.links:
                    for target in link.files:
                        self._by_target.setdefault(target, set()).add(importer)
        found = set(paths)
        waiting = list(found)
        while waiting:
            new = self._by_target.get(waiting.pop(), set()) - found
            found |= new
            waiting.extend(new)
        return found
