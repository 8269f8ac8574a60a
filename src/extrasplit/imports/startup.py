"""Says which import lines bring which files when an entrypoint starts.

A node is a first-party file, an edge one imported name at one line. Unlike the trace, which keeps
the best way to everything, this keeps every way: what is left when some lines are gone is a walk.
"""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from extrasplit.imports.calls import Callee, Calls, Unit
from extrasplit.imports.level import Level
from extrasplit.imports.modules import Link, Modules
from extrasplit.imports.rules.frameworks import eager_rule
from extrasplit.imports.scanned import Import
from extrasplit.imports.standard import STANDARD
from extrasplit.imports.units import Surroundings
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.record import Record


class StartupLine(Record, eq=False, gc=False):
    """One name that one import line brings when the entrypoint starts.

    There are tens of thousands in a large application, each itself, and none in a cycle.
    """

    path: str
    imported: Import
    module: str
    """What is imported, absolute."""
    files: tuple[str, ...]
    """The first-party files that it runs, but for the packages that its own file lies in."""
    outside: tuple[Import, ...]
    """What it imports from outside the project."""
    source: str | None = None
    """The first-party file that has the imported name; None where the name is a module."""

    @property
    def line(self) -> int:
        """Where its statement begins."""
        return self.imported.line

    @property
    def name(self) -> str:
        """The local name that it binds, else what it imports."""
        return self.imported.bound or self.imported.name or self.imported.module or "?"


@dataclass(slots=True)
class StartupGraph:
    """All import lines that starting one entrypoint runs, or several in one image."""

    modules: Modules
    calls: Calls
    roots: tuple[str, ...]
    """The file that is started; one for each entrypoint."""
    above: tuple[str, ...]
    """The `__init__` files that importing it runs first."""
    lines: tuple[StartupLine, ...]
    surroundings: tuple[Surroundings, ...]
    """What else decides what runs, on each target and for each entrypoint."""
    callees: Mapping[Unit, tuple[Unit, ...]] = field(default_factory=dict)
    """Functions that a unit surely calls while the entrypoint starts."""
    functions: tuple[Unit, ...] = ()
    """What a script calls."""
    by_file: Mapping[str, tuple[StartupLine, ...]] = field(default_factory=dict)
    reexports: Mapping[tuple[str, str], StartupLine] = field(default_factory=dict)
    """By file and name: the line that imports what others may import from there."""

    @property
    def files(self) -> tuple[str, ...]:
        """Every first-party file that starting runs, in the order in which it was found."""
        return tuple(self.by_file)

    @property
    def called(self) -> frozenset[Unit]:
        """Every function that starting surely calls."""
        return frozenset((*self.functions, *(u for found in self.callees.values() for u in found)))

    def origin(self, line: StartupLine) -> StartupLine | None:
        """Return the line by which the imported file itself gets the name; None: it defines it."""
        if line.source is None or line.imported.name is None:
            return None
        return self.reexports.get((line.source, line.imported.name))

    def origins(self, line: StartupLine) -> Iterator[StartupLine]:
        """Yield the lines through which a re-exported name comes, the nearest first."""
        seen = {id(line)}
        found = self.origin(line)
        while found is not None and id(found) not in seen:
            yield found
            seen.add(id(found))
            found = self.origin(found)

    def run(self, without: Container[StartupLine] = ()) -> tuple[frozenset[str], list[StartupLine]]:
        """Return the files and lines that still run when some lines are gone.

        A re-exported name is gone with its line only for those who don't ask for it: who does
        import it brings its origin, as PEP 562 has it.
        """
        loaded: dict[str, None] = dict.fromkeys((*self.above, *self.roots))
        pending = [*(Unit(path) for path in loaded), *self.functions]
        running: list[StartupLine] = []
        seen: set[Unit] = set()
        waiting: list[Unit] = []
        while pending:
            unit = pending.pop()
            if unit in seen:
                continue
            if unit.path not in loaded:
                waiting.append(unit)
                continue
            seen.add(unit)
            for line in self.by_file.get(unit.path, ()):
                if line.imported.scope != unit.scope or line in without:
                    continue
                running.append(line)
                for one in (line, *self.origins(line)):
                    for path in one.files:
                        if path not in loaded:
                            loaded[path] = None
                            pending.append(Unit(path))
            pending += self.callees.get(unit, ())
            if not pending:
                pending, waiting = [each for each in waiting if each.path in loaded], []
        return frozenset(loaded), running


def startup_graph(
    entrypoint: Entrypoint,
    calls: Calls,
    environments: Sequence[Mapping[str, str]],
) -> StartupGraph | None:
    """Return what starting the entrypoint imports, line by line, on any of the targets.

    None where it starts nothing of the project's. `environments` hold the marker variables of
    PEP 508; `calls` is shared with the trace.
    """
    if entrypoint.file is None:
        return None
    everything = tuple(
        Surroundings(
            calls.modules,
            environment,
            calls,
            main=entrypoint.file if entrypoint.runs_as_main else None,
            eager=eager_rule(entrypoint.launcher),
            lazy=entrypoint.lazy_imports,
        )
        for environment in environments
    )
    modules = calls.modules
    chain = modules.find(entrypoint.module) if entrypoint.module else ()
    above = tuple(path for path in chain if path != entrypoint.file)
    functions = tuple(_script(entrypoint, modules))
    roots = (entrypoint.file,)
    walk = _Walk(calls, everything)
    walk.run((*(Unit(path) for path in (*above, *roots)), *functions))
    lines = tuple(walk.lines)
    bare = StartupGraph(*(modules, calls, roots, above, lines, everything, walk.callees, functions))
    return _indexed(bare, walk.files)


def _happens(surroundings: Iterable[Surroundings], caller: Unit, callee: Callee) -> bool:
    return any(
        one.holds(callee.condition) and (not callee.main_only or caller.path == one.main)
        for one in surroundings
    )


def merge(graphs: Sequence[StartupGraph]) -> StartupGraph:
    """Return what starting any of several entrypoints runs."""
    if len(graphs) == 1:
        return graphs[0]
    lines = {
        (line.path, line.imported, line.files): line for graph in graphs for line in graph.lines
    }
    callees: dict[Unit, tuple[Unit, ...]] = {}
    for graph in graphs:
        callees |= graph.callees
    roots = dict.fromkeys(root for graph in graphs for root in graph.roots)
    above = dict.fromkeys(path for graph in graphs for path in graph.above if path not in roots)
    bare = StartupGraph(
        graphs[0].modules,
        graphs[0].calls,
        tuple(roots),
        tuple(above),
        tuple(lines.values()),
        tuple(one for graph in graphs for one in graph.surroundings),
        callees,
        tuple(dict.fromkeys(unit for graph in graphs for unit in graph.functions)),
    )
    return _indexed(bare, dict.fromkeys(path for graph in graphs for path in graph.files))


def _indexed(graph: StartupGraph, files: Iterable[str]) -> StartupGraph:
    by_file: dict[str, list[StartupLine]] = {path: [] for path in files}
    reexports: dict[tuple[str, str], StartupLine] = {}
    for line in graph.lines:
        by_file[line.path].append(line)
        if line.imported.bound and not line.imported.scope:
            reexports.setdefault((line.path, line.imported.bound), line)
    found = {path: tuple(each) for path, each in by_file.items()}
    return replace(graph, by_file=found, reexports=reexports)


def _script(entrypoint: Entrypoint, modules: Modules) -> Iterator[Unit]:
    if entrypoint.function and entrypoint.file:
        name = entrypoint.function.partition("(")[0]
        path, found, _ = modules.origin(entrypoint.file, name)
        if found:
            yield Unit(path, found)


class _Walk:
    """Collects lines, file by file."""

    def __init__(self, calls: Calls, everything: Sequence[Surroundings]) -> None:
        self.modules, self.calls, self.everything = calls.modules, calls, everything
        self.callees: dict[Unit, tuple[Unit, ...]] = {}
        self.files: dict[str, None] = {}
        self.lines: list[StartupLine] = []
        self._above: dict[str, frozenset[str]] = {}
        self._behind: dict[tuple[str, str], tuple[Unit | Import, ...]] = {}

    def run(self, starts: Iterable[Unit]) -> None:
        """Follow everything that surely runs."""
        pending = list(starts)[::-1]
        seen: set[Unit] = set()
        while pending:
            unit = pending.pop()
            if unit in seen or unit.path not in self.modules.linked:
                continue
            seen.add(unit)
            self.files.setdefault(unit.path)
            found = list(self._lines(unit))
            self.lines += found
            callees = tuple(
                callee.unit
                for callee in self.calls.surely_from(unit)
                if _happens(self.everything, unit, callee)
            )
            if callees:
                self.callees[unit] = callees
            pending += callees
            pending += [
                Unit(path)
                for line in reversed(found)
                for path in reversed(line.files)
                if path not in self.files
            ]

    def _lines(self, unit: Unit) -> Iterator[StartupLine]:
        taken: dict[int, Link | Import] = {}
        for surroundings in self.everything:
            for each, level in surroundings.imports_run(unit):
                if level is Level.STARTUP:
                    taken.setdefault(id(each), each)
        for each in taken.values():
            if isinstance(each, Link):
                yield self._link(unit.path, each)
            elif _counts(each):
                text = each.module or each.distribution or ""
                yield StartupLine(unit.path, each, text, (), (each,))

    def _link(self, path: str, link: Link) -> StartupLine:
        above = self._packages_above(posixpath.dirname(path))
        files = dict.fromkeys(file for file in link.files if file not in above and file != path)
        outside: dict[Import, None] = {}
        name, source = link.imported.name, None
        if name and name != "*" and link.files and not link.is_submodule:
            source = link.files[-1]
            for target in self._asked(source, name):
                if isinstance(target, Import):
                    outside.setdefault(target)
                elif target.path not in above and target.path != path:
                    files.setdefault(target.path)
        return StartupLine(path, link.imported, link.module, tuple(files), tuple(outside), source)

    def _asked(self, source: str, name: str) -> tuple[Unit | Import, ...]:
        """Return what else runs when a file is asked for this name (PEP 562)."""
        if (source, name) not in self._behind:
            targets = [
                step.target
                for surroundings in self.everything
                for step in surroundings.asked(source, name)
                if step.level is Level.STARTUP
            ]
            self._behind[source, name] = tuple(
                each
                for each in targets
                if (_counts(each) if isinstance(each, Import) else not each.scope)
            )
        return self._behind[source, name]

    def _packages_above(self, folder: str) -> frozenset[str]:
        """Return the `__init__` files that a file in this folder lies below or beside."""
        if not folder:
            return frozenset()
        if folder not in self._above:
            own = posixpath.join(folder, "__init__.py")
            self._above[folder] = self._packages_above(posixpath.dirname(folder)) | {own}
        return self._above[folder]


def _counts(imported: Import) -> bool:
    """Whether an import from outside may be a need: one of the standard library never is."""
    top = imported.module.partition(".")[0]
    return not imported.group and not imported.tentative and top not in STANDARD
