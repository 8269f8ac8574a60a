"""Walks a startup graph without some of its lines, as often as a cut has to be tried.

What a place brings is one set: a walk takes a step for each place, and asks line by line only
where some are gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from extrasplit.imports.calls import Unit
from extrasplit.imports.startup import StartupGraph, StartupLine

Place = str | Unit
"""A file, for its top level, or one function in it."""


class Ways:
    """What each place of a graph brings: read once, for every walk."""

    def __init__(self, graph: StartupGraph) -> None:
        self.brings: dict[StartupLine, Sequence[str]] = {}
        """By line the files that it runs, those behind a re-exported name among them."""
        self.asking: dict[StartupLine, list[StartupLine]] = {}
        """By line of a re-export those that ask for its name elsewhere."""
        self.lines: dict[Place, list[StartupLine]] = {}
        for line in graph.lines:
            files = line.files
            for origin in graph.origins(line) if line.source else ():
                self.asking.setdefault(origin, []).append(line)
                files += origin.files
            self.brings[line] = files
            self.lines.setdefault(place_of(line), []).append(line)
        self.brought: dict[Place, frozenset[str]] = {
            place: frozenset[str]().union(*map(self.brings.__getitem__, lines))
            for place, lines in self.lines.items()
        }
        self.callees = {_place(unit.path, unit.scope): u for unit, u in graph.callees.items()}
        self.files = frozenset((*graph.above, *graph.roots))
        """What is started itself."""
        self.starts: list[Place] = [*self.files, *graph.functions]
        self.importers: dict[str, set[str]] = {}
        for place, brought in self.brought.items():
            importer = file_of(place)
            for path in brought:
                self.importers.setdefault(path, set()).add(importer)

    def leading_to(self, files: Iterable[str]) -> set[str]:
        """Return these files and all from which imports lead to one of them."""
        found = set(files)
        pending = [*found]
        while pending:
            new = self.importers.get(pending.pop(), found) - found
            found |= new
            pending += new
        return found


def _place(path: str, scope: str) -> Place:
    return Unit(path, scope) if scope else path


def place_of(line: StartupLine) -> Place:
    """Return where a line stands."""
    return _place(line.path, line.imported.scope)


def file_of(place: Place) -> str:
    """Return the file that a place lies in."""
    return place if isinstance(place, str) else place.path


class Reach:
    """What still runs while some lines are gone."""

    def __init__(self, ways: Ways, heavy: Collection[StartupLine] = ()) -> None:
        """With `heavy` lines nothing is followed but what leads to one of them."""
        self.ways, self.heavy = ways, frozenset(heavy)
        self.reached: set[Place] = set()
        """The files and functions that run; from the first all files that lead to nothing heavy."""
        self._aside: frozenset[str] = frozenset()
        if heavy:
            leading = ways.leading_to(line.path for line in heavy)
            self._aside = frozenset(ways.importers) - leading
        self._gone: set[StartupLine] = set()
        self._mixed: frozenset[Place] = frozenset()
        self._waiting: list[Place] = []

    def any_runs(self, without: Collection[StartupLine]) -> bool:
        """Whether any heavy line runs when these are gone; what runs then is remembered."""
        self._gone, self._waiting = set(without), []
        self._mixed = frozenset(place_of(line) for line in (*self.heavy, *without))
        self.reached = {*self._aside, *self.ways.starts}
        return self._walk([*self.ways.starts], [])

    def would_run(self, line: StartupLine) -> bool:
        """Whether a heavy line runs once this one is back; where none does, it stays back."""
        self._gone.discard(line)
        place = place_of(line)
        if place not in self.reached or file_of(place) not in self.reached:
            return False
        waiting = self._waiting
        taken: list[Place] = [p for p in self.ways.brings[line] if p not in self.reached]
        self.reached.update(taken)
        if line not in self.heavy and not self._walk([*taken], taken):
            return False
        self._gone.add(line)
        self.reached.difference_update(taken)
        self._waiting = waiting
        return True

    def _walk(self, pending: list[Place], taken: list[Place]) -> bool:
        """Follow what was reached, and note in `taken` what is reached by that.

        True, and left halfway, as soon as something heavy runs.
        """
        ways, reached = self.ways, self.reached
        while pending:
            place = pending.pop()
            if isinstance(place, Unit) and place.path not in reached:
                self._waiting = [*self._waiting, place]
            else:
                brought: Iterable[Place] = ways.brought.get(place, ())
                if place in self._mixed:
                    left = [line for line in ways.lines.get(place, ()) if line not in self._gone]
                    if not self.heavy.isdisjoint(left):
                        return True
                    brought = (path for line in left for path in ways.brings[line])
                new = {*brought, *ways.callees.get(place, ())} - reached
                reached |= new
                taken += new
                pending += new
            if not pending and self._waiting:
                pending = [each for each in self._waiting if file_of(each) in reached]
                self._waiting = [each for each in self._waiting if file_of(each) not in reached]
        return False
