"""Walks from unit to unit by the widest path.

Along a path the weakest step decides, over all paths the strongest wins; among those of equal level
the one with the fewest lines is the evidence.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from extrasplit.imports.calls import Unit
from extrasplit.imports.level import Level, weakest
from extrasplit.imports.scanned import Import
from extrasplit.imports.units import Step, Surroundings
from extrasplit.places import Place
from extrasplit.record import Record


class Arrival(Record):
    """The best way to a unit that is known."""

    level: Level
    lines: int
    before: Arrival | None
    place: Place | None
    guarded_by: str | None
    answered: bool = False
    """Its guard would be none, if what is deferred ran at once."""

    def chain(self) -> tuple[Place, ...]:
        """Return the lines that lead here, in the order in which they run."""
        places: list[Place] = []
        arrival: Arrival | None = self
        while arrival is not None:
            if arrival.place is not None:
                places.append(arrival.place)
            arrival = arrival.before
        return tuple(reversed(places))

    def after(self, step: Step) -> Arrival:
        """Return where a step from here leads: the weakest step of a path decides."""
        level = weakest(self.level, step.level)
        if step.answered and level is Level.DEFERRED:
            level = Level.GUARDED
        return Arrival(
            level,
            self.lines + (step.place is not None),
            self,
            step.place,
            step.guarded_by or self.guarded_by,
            self.answered or step.answered,
        )


START: Final = Arrival(Level.STARTUP, 0, None, None, None)


@dataclass(slots=True)
class Walk:
    """The state of one trace: where it has been, and what it found outside."""

    surroundings: Surroundings
    arrived: dict[Unit, Arrival] = field(default_factory=dict)
    outside: list[tuple[Import, Arrival]] = field(default_factory=list)

    def run(self, starts: Iterable[Step]) -> None:
        """Settle units by (level, lines): Dijkstra, where the sum is replaced by the weakest."""
        turn = itertools.count()
        waiting: list[tuple[Level, int, int, Unit, Arrival]] = []
        steps, arrival = starts, START
        while True:
            for step in steps:
                after = arrival.after(step)
                if isinstance(step.target, Import):
                    self.outside.append((step.target, after))
                elif step.target not in self.arrived:
                    entry = (after.level, after.lines, next(turn), step.target, after)
                    heapq.heappush(waiting, entry)
            while waiting and waiting[0][3] in self.arrived:
                heapq.heappop(waiting)
            if not waiting:
                return
            *_, unit, arrival = heapq.heappop(waiting)
            self.arrived[unit] = arrival
            steps = self.surroundings.steps(unit, arrival.level)
