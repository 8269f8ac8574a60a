"""Finds the fewest import lines without which an entrypoint no longer loads some modules.

The dominator tree of the startup graph says which files are loaded by way of which: a file's
subtree is what nothing but it brings. To keep a subtree from loading, either all lines that bring
its top go, or the lines in it that import what is to go, piece by piece (DESIGN 7.11).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from extrasplit.imports.deferral import Deferrals
from extrasplit.imports.startup import StartupGraph, StartupLine
from extrasplit.split.dominators import START, immediate_dominators
from extrasplit.split.reach import Reach, Ways

LIGHT_POINTS = 0.1
"""For each module that a cut takes along though it loads nothing that is to go."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Import lines that, run later, keep an entrypoint's start from loading something."""

    lines: tuple[StartupLine, ...]
    cost: float
    """In points: 1 a line, 3 where it can't simply move, 0.1 for each module taken along."""
    unloaded: frozenset[str]
    """The first-party files that no longer load at startup."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to unload a subtree."""

    cost: float
    lines: tuple[StartupLine, ...]

    @property
    def rank(self) -> tuple[float, int]:
        return round(self.cost, 6), len(self.lines)


def _together(ways: Iterable[_Way]) -> _Way:
    found = list(ways)
    lines = dict.fromkeys(line for way in found for line in way.lines)
    return _Way(sum(way.cost for way in found), tuple(lines))


class Cutter:
    """Cuts one startup graph, as often as is asked."""

    def __init__(self, graph: StartupGraph, deferrals: Deferrals) -> None:
        self.graph, self.deferrals = graph, deferrals
        self._ways = Ways(graph)
        self._into: dict[str, list[StartupLine]] = {}
        for line, files in self._ways.brings.items():
            for path in files:
                if path != line.path:
                    self._into.setdefault(path, []).append(line)
        self._fixed = frozenset((*graph.roots, *graph.above))
        self._parent = immediate_dominators(self._fixed, self._ways.importers)
        self._order, self._span = self._number()

    def cut(self, heavy: Collection[StartupLine]) -> Cut | None:
        """Return the cheapest cut after which none of the lines `heavy` runs, None without any.

        No cheaper one is promised than the tree gives; but each of its lines is needed.
        """
        asking = self._ways.asking
        heavy = list(dict.fromkeys(line for one in heavy for line in (one, *asking.get(one, ()))))
        way = self._cheapest(heavy)
        reach = Reach(self._ways, heavy)
        if reach.any_runs(way.lines):
            return None
        dearest = sorted(way.lines, key=lambda one: -self.deferrals.weight(one))
        kept = [line for line in dearest if reach.would_run(line)]
        everything = Reach(self._ways)
        everything.any_runs(kept)
        unloaded = frozenset(self.graph.files) - everything.reached
        loading = self._with_heavy(heavy)
        light = sum(1 for path in unloaded if path not in loading)
        cost = sum(self.deferrals.weight(line) for line in kept) + LIGHT_POINTS * light
        ordered = sorted(kept, key=lambda one: (one.path, one.line, one.name))
        return Cut(tuple(ordered), round(cost, 1), unloaded)

    def _number(self) -> tuple[list[str], dict[str, tuple[int, int]]]:
        """Return the files with those below first, and each one's span of that order."""
        children: dict[str, list[str]] = {}
        for path, above in sorted(self._parent.items()):
            children.setdefault(above, []).append(path)
        order: list[str] = []
        span: dict[str, tuple[int, int]] = {}
        pending = [(START, iter(children.get(START, ())), 0)]
        while pending:
            path, below, first = pending[-1]
            child = next(below, None)
            if child is not None:
                pending.append((child, iter(children.get(child, ())), len(order)))
                continue
            pending.pop()
            order.append(path)
            span[path] = (first, len(order))
        return order[:-1], span

    def _with_heavy(self, heavy: Iterable[StartupLine]) -> set[str]:
        """Return the files in whose own subtree one of the lines stands."""
        found: set[str] = set()
        for line in heavy:
            path: str | None = line.path
            while path is not None and path not in found:
                found.add(path)
                path = self._parent.get(path)
        return found

    def _cheapest(self, heavy: Collection[StartupLine]) -> _Way:
        """Return f of the root: A cuts a subtree off as a whole, B inside it."""
        own: dict[str, list[StartupLine]] = {}
        for line in heavy:
            own.setdefault(line.path, []).append(line)
        loading = self._with_heavy(heavy)
        light = [0, *itertools.accumulate(path not in loading for path in self._order)]
        below: dict[str, list[_Way]] = {}
        for path in self._order:
            if path not in loading:
                continue
            mine = own.get(path, [])
            ways = [_Way(sum(map(self.deferrals.weight, mine)), tuple(mine)), *below.get(path, ())]
            best = _together(ways)
            if path not in self._fixed:
                best = self._cut_off(path, light, best)
            below.setdefault(self._parent[path], []).append(best)
        return _together(below.get(START, ()))

    def _cut_off(self, path: str, light: Sequence[int], inside: _Way) -> _Way:
        """Return the cheaper of cutting a subtree off as a whole and of what is cut inside it."""
        first, last = self._span[path]
        lines = [
            line
            for line in self._into.get(path, ())
            if not first <= self._span[line.path][1] - 1 < last
        ]
        cost = len(lines) + LIGHT_POINTS * (light[last] - light[first])
        for line in lines:  # each is a point at least: the dearer way is left before all is read
            if cost > inside.cost:
                return inside
            cost += self.deferrals.weight(line) - 1
        return min(inside, _Way(cost, tuple(lines)), key=lambda way: way.rank)
