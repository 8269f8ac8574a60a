"""Says which node of a graph every way from the start leads through: the dominator tree.

Cooper, Harvey and Kennedy, *A simple, fast dominance algorithm* (2006). networkx has it too, over a
graph of its own: building that takes longer than all of this (a test holds the two together).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

START: Final = ""
"""Stands above the nodes that are started."""


def immediate_dominators(
    starts: Collection[str], importers: Mapping[str, Collection[str]]
) -> dict[str, str]:
    """Return the nearest dominator of each node that the starts lead to, START for the topmost.

    `importers` says by node which nodes lead to it. Nodes come in the order in which a walk that
    never returns would take them: a dominator before those below it.
    """
    order = _reverse_postorder(starts, importers)
    rank = {path: number for number, path in enumerate(order, start=1)}
    rank[START] = 0
    ways = [
        sorted(rank[each] for each in importers.get(path, ()) if each in rank) for path in order
    ]
    for path in starts:
        ways[rank[path] - 1] = [0]
    above = [0] * (len(order) + 1)
    known = [True, *[False] * len(order)]
    changed = True
    while changed:
        changed = False
        for number, found in enumerate(ways, start=1):
            nearest = -1
            for one in found:
                if known[one]:
                    nearest = one if nearest < 0 else _common(nearest, one, above)
            if not known[number] or above[number] != nearest:
                above[number], known[number], changed = nearest, True, True
    return {path: order[above[rank[path]] - 1] if above[rank[path]] else START for path in order}


def _common(one: int, other: int, above: list[int]) -> int:
    """Return the nearest node above both; numbers grow downwards."""
    while one != other:
        while one > other:
            one = above[one]
        while other > one:
            other = above[other]
    return one


def _reverse_postorder(
    starts: Collection[str], importers: Mapping[str, Collection[str]]
) -> list[str]:
    targets: dict[str, list[str]] = {}
    for path in sorted(importers):
        for importer in importers[path]:
            targets.setdefault(importer, []).append(path)
    done: list[str] = []
    seen: set[str] = set()
    for start in sorted(starts):
        if start in seen:
            continue
        seen.add(start)
        pending = [(start, iter(targets.get(start, ())))]
        while pending:
            path, below = pending[-1]
            child = next((each for each in below if each not in seen), None)
            if child is None:
                pending.pop()
                done.append(path)
            else:
                seen.add(child)
                pending.append((child, iter(targets.get(child, ()))))
    done.reverse()
    return done
