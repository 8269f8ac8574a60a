"""Resolves across files what one unit surely calls, and what guards an import.

`app = create_app()` at a module's top level runs the body of `create_app`, wherever it stands; an
import under `if has_extra("web"):` is guarded where `has_extra` asks whether a module is there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.level import Level
from extrasplit.imports.modules import Modules, folder_above
from extrasplit.imports.scanned import Import
from extrasplit.imports.sure import Call


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


@dataclass(slots=True)
class Calls:
    """Questions about first-party names, over one set of linked modules."""

    modules: Modules
    bodies: Bodies
    _potent: frozenset[str] | None = None
    _known: dict[Unit, tuple[Callee, ...]] = field(default_factory=dict)
    _matters: dict[Unit, bool] = field(default_factory=dict)

    def of(self, unit: Unit) -> tuple[Callee, ...]:
        """Return whom a unit surely calls, as far as their bodies import or spawn anything."""
        if unit.path not in self.potent or (not unit.scope and not self._may_call(unit.path)):
            return ()
        return tuple(callee for callee in self._all(unit) if self._leads_on(callee.unit))

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

    @property
    def potent(self) -> frozenset[str]:
        """Files from which imports lead to one that imports or spawns inside a function."""
        if self._potent is None:
            importers: dict[str, set[str]] = {}
            for path, file in self.modules.linked.items():
                for link in file.links:
                    for target in link.files:
                        importers.setdefault(target, set()).add(path)
            waiting = [path for path in self.modules.linked if self._has_scopes(path)]
            found = set(waiting)
            while waiting:
                new = importers.get(waiting.pop(), set()) - found
                found |= new
                waiting.extend(new)
            self._potent = frozenset(found)
        return self._potent

    def _has_scopes(self, path: str) -> bool:
        return any(self._scopes(path))

    def _scopes(self, path: str) -> Iterator[str]:
        scan = self.modules.scans.get(path)
        if scan is None:
            return
        yield from (imported.scope for imported in scan.imports)
        yield from (spawn.scope for spawn in scan.spawns)

    def _may_call(self, path: str) -> bool:
        """Whether parsing the file may tell of a call that matters; cheap, and never too few."""
        called = self.bodies.called_at_top(path)
        firsts = {text.partition(".")[0] for text in called}
        if firsts & self.bodies.defined_at_top(path):
            return True
        for link in self.modules.linked[path].links:
            imported = link.imported
            if imported.bound not in firsts or not link.files or link.files[-1] not in self.potent:
                continue
            if imported.name is None or link.is_submodule:
                return True
            found = self._defined(link.files[-1], [imported.name])
            if found and any(self._leads_on(unit) for unit in self._run_by(*found)):
                return True
        return False

    def _run_by(self, path: str, name: str) -> tuple[Unit, ...]:
        if path not in self.potent:
            return ()
        return tuple(Unit(path, scope) for scope in self.bodies.of(path).runs(name))

    def _all(self, unit: Unit) -> tuple[Callee, ...]:
        if unit not in self._known:
            calls = self.bodies.of(unit.path).calls.get(unit.scope, ())
            self._known[unit] = tuple(
                Callee(target, call.line, call.level, call.main_only, call.condition)
                for call in calls
                for target in self._targets(unit.path, call)
            )
        return self._known[unit]

    def _targets(self, path: str, call: Call) -> tuple[Unit, ...]:
        found = (path, call.callee) if call.own else self.locate(path, call.callee)
        return self._run_by(*found) if found is not None else ()

    def _leads_on(self, unit: Unit) -> bool:
        if unit not in self._matters:
            self._matters[unit] = False  # while it is being asked: a recursion adds nothing
            self._matters[unit] = unit.scope in self._scopes(unit.path) or any(
                self._leads_on(callee.unit) for callee in self._all(unit)
            )
        return self._matters[unit]
