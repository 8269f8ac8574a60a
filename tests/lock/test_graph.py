"""The graph answers what weighs what, who brings whom, and can be taken elsewhere."""

from __future__ import annotations

import io
import json
import shutil
import subprocess

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from extrasplit.lock.closure import Closure
from extrasplit.lock.graph import (
    ROOT,
    build_graph,
    export_graph,
    paths_to,
    retained_bytes,
    walk_tree,
)
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import PackageKey

Edges = tuple[tuple[str, str], ...]

DASHBOARD: Edges = (
    ("", "streamlit"),
    ("", "extras"),
    ("", "click"),
    ("streamlit", "pandas"),
    ("streamlit", "click"),
    ("extras", "streamlit"),
    ("extras", "plotly"),
    ("plotly", "narwhals"),
    ("pandas", "numpy"),
    ("numpy", "pandas"),
)


def key(name: str) -> PackageKey:
    return PackageKey(canonicalize_name(name), "1.0", "registry+https://index.example/simple")


def closure(edges: Edges) -> Closure:
    pairs = {(key(parent) if parent else None, key(child)) for parent, child in edges}
    names = frozenset(child for _, child in pairs)
    return Closure(Target("3.12"), names, frozenset(pairs), {})


def graph(edges: Edges, size: int = 10) -> nx.DiGraph:
    closed = closure(edges)
    return build_graph(closed, dict.fromkeys(closed.packages, size))


def test_retained_bytes_are_what_leaves_with_a_distribution() -> None:
    retained = {node.name: size for node, size in retained_bytes(graph(DASHBOARD)).items()}
    assert retained == {
        "click": 10,
        "extras": 30,
        "narwhals": 10,
        "numpy": 10,
        "pandas": 20,
        "plotly": 20,
        "streamlit": 30,
    }


NAMES = [f"p{number}" for number in range(8)]


@settings(max_examples=60, deadline=None)
@given(
    below=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20),
    roots=st.sets(st.sampled_from(NAMES), min_size=1),
)
def test_retained_bytes_are_those_of_taking_each_one_out(
    below: list[tuple[str, str]], roots: set[str]
) -> None:
    reached, edges = set(roots), {("", name) for name in roots}
    while new := {pair for pair in below if pair[0] in reached} - edges:
        edges |= new
        reached |= {child for _, child in new}
    whole = graph(tuple(edges))
    sizes = {node: 2**index for index, node in enumerate(sorted(set(whole) - {ROOT}))}
    whole = build_graph(closure(tuple(edges)), sizes)
    retained = retained_bytes(whole)
    assert set(retained) == set(sizes)
    for node in sizes:
        without = nx.restricted_view(whole, [node], [])
        left = nx.descendants(without, ROOT)
        assert retained[node] == sum(sizes[other] for other in set(sizes) - left)


def test_paths_start_with_a_declared_requirement_and_are_the_shortest() -> None:
    paths = paths_to(graph(DASHBOARD), canonicalize_name("numpy"))
    assert [[node.name for node in path] for path in paths] == [
        ["streamlit", "pandas", "numpy"],
        ["extras", "streamlit", "pandas", "numpy"],
    ]
    assert paths_to(graph(DASHBOARD), canonicalize_name("django")) == ()
    declared = paths_to(graph(DASHBOARD), canonicalize_name("click"))
    assert [node.name for node in declared[0]] == ["click"]


def test_a_tree_shows_the_heaviest_first_and_nothing_twice() -> None:
    whole = graph(DASHBOARD)
    lines = [
        f"{'  ' * branch.depth}{branch.key.name}{' *' if branch.repeated else ''}"
        for branch in walk_tree(whole, retained_bytes(whole))
    ]
    assert lines == [
        "extras",
        "  streamlit",
        "    pandas",
        "      numpy",
        "        pandas *",
        "    click",
        "  plotly",
        "    narwhals",
        "streamlit *",
        "click",
    ]


def test_a_tree_ends_at_its_depth_and_can_be_turned_around() -> None:
    whole = graph(DASHBOARD)
    shallow = list(walk_tree(whole, {}, depth=0))
    assert [(branch.key.name, branch.depth) for branch in shallow] == [
        ("click", 0),
        ("extras", 0),
        ("streamlit", 0),
    ]
    turned = walk_tree(whole, {}, invert=canonicalize_name("pandas"), depth=2)
    assert [(branch.key.name, branch.depth) for branch in turned] == [
        ("pandas", 0),
        ("numpy", 1),
        ("pandas", 2),
        ("streamlit", 1),
        ("extras", 2),
    ]


def test_json_is_node_link_that_networkx_reads_back() -> None:
    document = json.loads(export_graph(graph(DASHBOARD), "json"))
    again = nx.node_link_graph(document, edges="edges")
    assert again.number_of_edges() == len(DASHBOARD)
    assert again.nodes["pandas==1.0"] == {
        "name": "pandas",
        "version": "1.0",
        "installed_bytes": 10,
    }
    assert set(again["project"]) == {"streamlit==1.0", "extras==1.0", "click==1.0"}


def test_graphml_is_read_back() -> None:
    text = export_graph(graph(DASHBOARD), "graphml")
    again = nx.read_graphml(io.BytesIO(text.encode()))
    assert again.number_of_edges() == len(DASHBOARD)
    assert again.nodes["numpy==1.0"]["installed_bytes"] == 10


def test_dot_has_every_node_and_edge() -> None:
    lines = export_graph(graph(DASHBOARD), "dot").splitlines()
    assert lines[0] == "digraph closure {"
    assert '  "numpy==1.0" [label="numpy==1.0\\n0.0 MB", installed_bytes=10];' in lines
    assert '  "extras==1.0" -> "streamlit==1.0";' in lines
    assert sum("->" in line for line in lines) == len(DASHBOARD)


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_graphviz_reads_the_dot() -> None:
    text = export_graph(graph((("", 'a"];\\n}'), ('a"];\\n}', "b\n->c"))), "dot")
    subprocess.run(["dot", "-Tplain"], input=text, text=True, check=True, capture_output=True)


def test_a_hostile_location_stays_within_its_quotes() -> None:
    evil = key("local")._replace(version="", source='path+x"];\n} <&>\\')
    closed = Closure(Target("3.12"), frozenset({evil}), frozenset({(None, evil)}), {})
    whole = build_graph(closed, {evil: 1})
    assert len(export_graph(whole, "dot").splitlines()) == 5
    assert len(json.loads(export_graph(whole, "json"))["nodes"]) == 2
    again = nx.read_graphml(io.BytesIO(export_graph(whole, "graphml").encode()))
    assert again.number_of_nodes() == 2


def test_two_sources_of_one_version_stay_two_nodes() -> None:
    one, other = key("torch"), key("torch")._replace(source="registry+https://cpu.example")
    edges = frozenset({(None, one), (None, other)})
    closed = Closure(Target("3.12"), frozenset({one, other}), edges, {})
    document = json.loads(export_graph(build_graph(closed, {}), "json"))
    assert len({node["id"] for node in document["nodes"]}) == 3


def test_an_answer_is_the_same_on_every_run() -> None:
    assert export_graph(graph(DASHBOARD), "json") == export_graph(graph(DASHBOARD[::-1]), "json")
