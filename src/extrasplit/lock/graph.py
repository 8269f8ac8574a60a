"""Asks the graph of one closure: retained bytes, the ways to a distribution, trees, exports.

The one door of networkx on the lock's side. Nodes are `PackageKey`s, one for each distribution,
under `ROOT`, the project, which stands above the requirements that were chosen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import networkx as nx
from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.lock.closure import Closure
from extrasplit.lock.uvlock import PackageKey
from extrasplit.record import Record

ROOT: Final = PackageKey(canonicalize_name(""), "", "project")
"""The project itself: it weighs nothing here."""

GraphFormat = Literal["json", "dot", "graphml"]


class Branch(Record):
    """One line of a tree."""

    key: PackageKey
    depth: int
    """0 for what the tree starts with."""
    repeated: bool
    """It was shown before, with what hangs on it."""


def build_graph(closure: Closure, sizes: Mapping[PackageKey, int]) -> nx.DiGraph:
    """Return the closure as a graph, each node with its `installed_bytes` (0 where unknown).

    Nodes and edges are added in sorted order, so every answer is the same on every run.
    """
    graph = nx.DiGraph()
    graph.add_node(ROOT, name="", version="", installed_bytes=0)
    nodes = closure.packages | {key for edge in closure.edges for key in edge if key is not None}
    for key in sorted(nodes):
        graph.add_node(key, name=key.name, version=key.version, installed_bytes=sizes.get(key, 0))
    graph.add_edges_from(sorted((parent or ROOT, key) for parent, key in closure.edges))
    return graph


def retained_bytes(graph: nx.DiGraph) -> dict[PackageKey, int]:
    """Return for each distribution the bytes that leave the closure when it is taken out.

    They are its own and those of all that it dominates: what every way from the project passes
    through it for.
    """
    dominators = {
        key: above
        for key, above in nx.immediate_dominators(graph, ROOT).items()
        if key != ROOT and above is not None
    }
    children: dict[PackageKey, list[PackageKey]] = {}
    for key, above in dominators.items():
        children.setdefault(above, []).append(key)
    order = [ROOT]
    for key in order:
        order += children.get(key, ())
    retained = {key: graph.nodes[key]["installed_bytes"] for key in order}
    for key in reversed(order[1:]):
        retained[dominators[key]] += retained[key]
    del retained[ROOT]
    return retained


def paths_to(graph: nx.DiGraph, name: NormalizedName) -> tuple[tuple[PackageKey, ...], ...]:
    """Return the ways to a distribution: the shortest from each requirement that brings it.

    A path starts with the declared requirement and ends with the distribution; the shortest paths
    come first. Empty where the closure doesn't hold it.
    """
    paths = []
    for key in (node for node in graph if node != ROOT and node.name == name):
        found = nx.single_source_shortest_path(graph.reverse(copy=False), key)
        paths += [tuple(reversed(found[start])) for start in graph[ROOT] if start in found]
    return tuple(sorted(paths, key=lambda path: (len(path), path)))


def walk_tree(
    graph: nx.DiGraph,
    weights: Mapping[PackageKey, int],
    *,
    invert: NormalizedName | None = None,
    depth: int | None = None,
) -> Iterator[Branch]:
    """Yield the tree line by line: the heaviest first, what was shown before not again.

    It starts with the project's requirements, or, inverted, with one distribution, under which
    stand those that bring it. `depth` is the deepest level that is shown.
    """
    if invert is None:
        follow, starts = graph.succ, list(graph.succ[ROOT])
    else:
        follow, starts = graph.pred, [key for key in graph if key.name == invert and key != ROOT]
    stack = [(key, 0) for key in _lightest_first(starts, weights)]
    shown = set()
    while stack:
        key, level = stack.pop()
        below = [child for child in follow[key] if child != ROOT]
        repeated = key in shown and bool(below)
        yield Branch(key, level, repeated)
        shown.add(key)
        if not repeated and (depth is None or level < depth):
            stack += ((child, level + 1) for child in _lightest_first(below, weights))


def export_graph(graph: nx.DiGraph, form: GraphFormat) -> str:
    """Write the graph as node-link JSON, Graphviz DOT or GraphML, sizes in bytes."""
    named = nx.relabel_nodes(graph, _labels(graph))
    if form == "json":
        document = nx.node_link_data(named, edges="edges")
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if form == "graphml":
        return "\n".join(nx.generate_graphml(named)) + "\n"
    return "\n".join(_dot_lines(named)) + "\n"


def _lightest_first(keys: list[PackageKey], weights: Mapping[PackageKey, int]) -> list[PackageKey]:
    return sorted(keys, key=lambda key: (-weights.get(key, 0), key), reverse=True)


def _labels(graph: nx.DiGraph) -> dict[PackageKey, str]:
    """Name each node `name==version`, with its source where that isn't enough."""
    labels: dict[PackageKey, str] = {ROOT: "project"}
    taken = {"project"}
    for key in graph:
        if key == ROOT:
            continue
        label = f"{key.name}=={key.version}" if key.version else f"{key.name} @ {key.source}"
        labels[key] = f"{label} @ {key.source}" if label in taken else label
        taken.add(label)
    return labels


def _dot_lines(graph: nx.DiGraph) -> Iterator[str]:
    yield "digraph closure {"
    for label, node in graph.nodes.items():
        megabytes = f"{node['installed_bytes'] / 1e6:.1f} MB"
        shown = _quote(f"{label}\n{megabytes}" if node["name"] else label)
        yield f"  {_quote(label)} [label={shown}, installed_bytes={node['installed_bytes']}];"
    for parent, child in graph.edges:
        yield f"  {_quote(parent)} -> {_quote(child)};"
    yield "}"


def _quote(text: Any) -> str:
    r"""Quote for DOT: only `"` is special to it, but `\n` and the like are to its labels."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
