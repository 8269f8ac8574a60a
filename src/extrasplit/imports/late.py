"""Finds the imports in functions that load something and have no answer where it is absent."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

from extrasplit.imports.level import Level
from extrasplit.imports.scanned import Import
from extrasplit.imports.startup import StartupGraph, StartupLine
from extrasplit.record import Record


class LateImport(Record):
    """One import in a function that nothing guards."""

    path: str
    imported: Import

    @property
    def is_statement(self) -> bool:
        """Whether an answer can be written around it: it is a statement in a plain function."""
        return self.imported.via == "import" and self.imported.scope != "__getattr__"


def unanswered(
    graph: StartupGraph, gone: Iterable[StartupLine], loads: Callable[[Import], bool]
) -> Iterator[LateImport]:
    """Yield the imports in functions, in all that the start may reach, by which something loads.

    `loads` tells whether an import from outside the project is one of those that matter, `gone` are
    lines that no longer run when their file is imported. A first-party import is yielded where the
    file that it runs, or one that this file imports, loads it.
    """
    linked = graph.modules.linked
    loading = _loading(graph, {(line.path, line.imported) for line in gone}, loads)
    for path in _reached(graph):
        file = linked[path]
        for imported in file.externals:
            if _is_bare(graph, path, imported) and loads(imported):
                yield LateImport(path, imported)
        for link in file.links:
            if _is_bare(graph, path, link.imported) and not loading.isdisjoint(link.files):
                yield LateImport(path, link.imported)


def _loading(
    graph: StartupGraph,
    gone: Container[tuple[str, Import]],
    loads: Callable[[Import], bool],
) -> set[str]:
    """Return the files of which importing one loads it."""
    importers: dict[str, list[str]] = {}
    found: set[str] = set()
    for path, file in graph.modules.linked.items():
        for link in file.links:
            if _runs_on_import(link.imported) and (path, link.imported) not in gone:
                for target in link.files:
                    importers.setdefault(target, []).append(path)
        if any(_runs_on_import(i) and (path, i) not in gone and loads(i) for i in file.externals):
            found.add(path)
    pending = list(found)
    while pending:
        new = set(importers.get(pending.pop(), ())) - found
        found |= new
        pending += new
    return found


def _runs_on_import(imported: Import) -> bool:
    return not imported.scope and imported.level is Level.STARTUP


def _is_bare(graph: StartupGraph, path: str, imported: Import) -> bool:
    """Whether an import stands in a function, without any guard or answer."""
    return (
        bool(imported.scope)
        and imported.level is Level.STARTUP
        and not imported.answered
        and graph.calls.guard(path, imported) is None
    )


def _reached(graph: StartupGraph) -> list[str]:
    """Return every file that the entrypoint may import, sooner or later."""
    linked = graph.modules.linked
    found = dict.fromkeys(path for path in graph.files if path in linked)
    pending = list(found)
    while pending:
        for link in linked[pending.pop()].links:
            if link.imported.level in (Level.SPAWNED, Level.TYPING):
                continue
            for path in link.files:
                if path not in found and path in linked:
                    found[path] = None
                    pending.append(path)
    return list(found)
