"""Says by which imports each line of an unlock brings what is to leave: the ways that it severs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.imports.calls import Unit
from extrasplit.imports.scanned import Import
from extrasplit.imports.startup import StartupGraph, StartupLine
from extrasplit.places import Place
from extrasplit.split import reach
from extrasplit.split.ground import Ground
from extrasplit.split.needs import providers_of
from extrasplit.split.unlocks.values import Unlock, UnlockLine

Chain = tuple[Place, ...]
_Came = dict[reach.Place, tuple[reach.Place, Place] | None]
"""By place where a walk came from, and the line that led on; None where it began."""


def severed(ground: Ground, unlock: Unlock, graph: StartupGraph) -> dict[UnlockLine, Chain]:
    """Return for each line of an unlock one way from the start over it to what leaves.

    The way uses no other of its lines: with this one alone left, it would still be open. What
    stands in a function already, or isn't reached at startup, is its line alone.
    """
    gone = [line for line in graph.lines if (line.path, line.line, line.name) in unlock.names]
    walk = _Walk(graph, gone, lambda imported: _leaves(ground, imported, unlock.leaving))
    begun = walk.from_places(walk.ways.starts)
    found: dict[UnlockLine, Chain] = {}
    for each in unlock.lines:
        ways = [
            (*_way(begun, reach.place_of(line)), *rest)
            for line in gone
            if (line.path, line.line) == (each.path, each.line) and line.name in each.names
            for rest in [walk.onwards(line)]
            if rest
        ]
        alone = (Place(each.path, each.line, ", ".join(each.names)),)
        found[each] = min(ways, key=len, default=alone)
    return found


def _leaves(ground: Ground, imported: Import, leaving: Collection[NormalizedName]) -> bool:
    if imported.distribution:
        return canonicalize_name(imported.distribution) in leaving
    modules = (imported.module, *imported.or_else)
    found = {name for one in modules for name in providers_of(ground, one, imported.name)}
    return bool(found) and found.issubset(leaving)


class _Walk:
    """Follows a startup graph, the nearest places first, over all lines but those that are gone."""

    def __init__(
        self,
        graph: StartupGraph,
        gone: Iterable[StartupLine],
        leaves: Callable[[Import], bool],
    ) -> None:
        self.graph, self.gone, self.leaves = graph, frozenset(gone), leaves
        self.ways = reach.Ways(graph)

    def from_places(self, starts: Iterable[reach.Place]) -> _Came:
        """Return where a walk from these places came to everything that it reaches."""
        came: _Came = dict.fromkeys(starts)
        pending = deque(came)
        while pending:
            place = pending.popleft()
            for onward, by in self._steps(place):
                if onward not in came:
                    came[onward] = place, by
                    pending.append(onward)
        return came

    def onwards(self, line: StartupLine) -> Chain:
        """Return the way from a line, itself the first, to an import of what leaves."""
        first = _place(line)
        for each in (line, *self.graph.origins(line)):
            if any(self.leaves(one) for one in each.outside):
                return (first,) if each is line else (first, _place(each))
        came = self.from_places(self.ways.brings[line])
        for place in came:
            for each in self.ways.lines.get(place, ()):
                if each not in self.gone and any(self.leaves(one) for one in each.outside):
                    return (first, *_way(came, place), _place(each))
        return ()

    def _steps(self, place: reach.Place) -> Iterable[tuple[reach.Place, Place]]:
        for line in self.ways.lines.get(place, ()):
            if line not in self.gone:
                for path in self.ways.brings[line]:
                    yield path, _place(line)
        unit = place if isinstance(place, Unit) else Unit(place)
        callees = self.graph.callees.get(unit, ())
        if callees:
            called = {one.unit: one.line for one in self.graph.calls.surely_from(unit)}
            for callee in callees:
                yield callee, Place(unit.path, called.get(callee, 0), f"{callee.scope}()")


def _place(line: StartupLine) -> Place:
    asked = line.outside[0].module if line.outside and not line.files else line.module
    return Place(line.path, line.line, asked)


def _way(came: Mapping[reach.Place, tuple[reach.Place, Place] | None], to: reach.Place) -> Chain:
    places: list[Place] = []
    step = came.get(to)
    while step is not None:
        places.append(step[1])
        step = came.get(step[0])
    return tuple(reversed(places))
