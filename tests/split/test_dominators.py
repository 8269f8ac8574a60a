"""The dominator tree is the one that networkx finds."""

from __future__ import annotations

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.split.dominators import START, immediate_dominators

NODES = [f"n{number}" for number in range(8)]


def test_what_two_ways_lead_to_hangs_on_what_they_share() -> None:
    importers = {"a": {"cli"}, "b": {"cli"}, "leaf": {"a", "b"}, "below": {"leaf"}}
    above = {"cli": START, "a": "cli", "b": "cli", "leaf": "cli", "below": "leaf"}
    assert immediate_dominators(["cli"], importers) == above


def test_what_is_started_hangs_on_nothing_even_where_others_import_it() -> None:
    found = immediate_dominators(["cli", "app"], {"app": {"cli"}, "leaf": {"app"}})
    assert found == {"cli": START, "app": START, "leaf": "app"}


def test_what_nothing_starts_has_no_place() -> None:
    assert immediate_dominators(["cli"], {"leaf": {"other"}}) == {"cli": START}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=24),
    st.lists(st.sampled_from(NODES), min_size=1, max_size=3, unique=True),
)
def test_it_is_the_tree_of_networkx(edges: list[tuple[str, str]], starts: list[str]) -> None:
    importers: dict[str, set[str]] = {}
    for importer, path in edges:
        importers.setdefault(path, set()).add(importer)
    graph = networkx.DiGraph([*((START, path) for path in starts), *edges])
    wanted = networkx.immediate_dominators(graph, START)
    wanted.pop(START, None)
    found = immediate_dominators(starts, importers)
    assert found == wanted
    rank = {path: number for number, path in enumerate(found)}
    assert all(above == START or rank[above] < rank[path] for path, above in found.items())
