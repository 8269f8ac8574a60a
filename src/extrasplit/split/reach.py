"""Walks a startup graph without some of its lines, as often as a cut has to be tried."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from extrasplit.imports.startup import StartupGraph, StartupLine

Place = tuple[str, str]
"""A file, and a function in it; empty for its top level."""

Brings = Mapping[StartupLine, Sequence[str]]
"""By line the files that it runs, those behind a re-exported name among them."""


class Ways:
    """The lines of a graph by where they stand: read once, for every walk."""

    def __init__(self, graph: StartupGraph, brings: Brings) -> None:
        self.lines: dict[Place, list[tuple[StartupLine, Sequence[str]]]] = {}
        self.places: dict[str, list[Place]] = {}
        for line in graph.lines:
            place = (line.path, line.imported.scope)
            if place not in self.lines:
                self.lines[place] = []
                self.places.setdefault(line.path, []).append(place)
            self.lines[place].append((line, brings[line]))
        self.callees = {
            (unit.path, unit.scope): [(callee.path, callee.scope) for callee in callees]
            for unit, callees in graph.callees.items()
        }
        self.files = frozenset((*graph.above, *graph.roots))
        self.starts: list[Place] = [(path, "") for path in self.files]
        self.starts += [(unit.path, unit.scope) for unit in graph.functions]

    def towards(
        self, heavy: Collection[StartupLine], within: Collection[str]
    ) -> dict[Place, list[tuple[StartupLine, Sequence[str]]]]:
        """Return the lines, in these files alone, that are heavy or lead on to these files."""
        found: dict[Place, list[tuple[StartupLine, Sequence[str]]]] = {}
        for path in within:
            for place in self.places.get(path, ()):
                lines: list[tuple[StartupLine, Sequence[str]]] = []
                for line, files in self.lines[place]:
                    inside = [file for file in files if file in within]
                    if inside or line in heavy:
                        lines.append((line, inside))
                found[place] = lines
        return found


class Reach:
    """What still runs while some lines are gone."""

    def __init__(
        self,
        ways: Ways,
        heavy: Collection[StartupLine] = (),
        within: Collection[str] | None = None,
    ) -> None:
        """With `within` only the lines among these files are walked: those that lead to `heavy`."""
        self.ways, self.heavy, self.within = ways, frozenset(heavy), within
        self.lines = ways.lines if within is None else ways.towards(self.heavy, within)
        self.loaded: set[str] = set()
        self._gone: set[StartupLine] = set()
        self._seen: set[Place] = set()
        self._waiting: list[Place] = []

    def any_runs(self, without: Collection[StartupLine]) -> bool:
        """Whether any heavy line runs when these are gone; what runs then is remembered."""
        self._gone, self._seen, self._waiting = set(without), set(), []
        self.loaded = set(self.ways.files)
        return self._walk([*self.ways.starts])

    def would_run(self, line: StartupLine) -> bool:
        """Whether a heavy line runs once this one is back; where none does, it stays back."""
        place = (line.path, line.imported.scope)
        self._gone.discard(line)
        if place not in self._seen:
            return False
        before = self.loaded, self._seen, self._waiting
        self.loaded, self._seen = set(self.loaded), self._seen - {place}
        if not self._walk([place]):
            return False
        self._gone.add(line)
        self.loaded, self._seen, self._waiting = before
        return True

    def _walk(self, pending: list[Place]) -> bool:
        """Follow everything; true, and left halfway, as soon as something heavy runs."""
        loaded, seen, gone = self.loaded, self._seen, self._gone
        while pending:
            place = pending.pop()
            if place in seen:
                continue
            path = place[0]
            if path not in loaded and (self.within is None or path in self.within):
                self._waiting = [*self._waiting, place]
            else:
                seen.add(place)
                for line, files in self.lines.get(place, ()):
                    if line in gone:
                        continue
                    if line in self.heavy:
                        return True
                    for file in files:
                        if file not in loaded:
                            loaded.add(file)
                            pending.append((file, ""))
                pending += self.ways.callees.get(place, ())
            if not pending and self._waiting:
                pending = [each for each in self._waiting if each[0] in loaded]
                self._waiting = [each for each in self._waiting if each[0] not in loaded]
        return False
