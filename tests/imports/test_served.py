from __future__ import annotations

import pytest

from extrasplit.imports.served import ServedNames
from support.tracing import levels, world

SERVER = b"""
SECOND = {"Second": "x", "Other": "y"}
def __getattr__(name):
    if name == "First" or name in ("Alias",):
        import first
    elif name in SECOND:
        import second
    match name:
        case "Third" | "Fourth":
            import third
    if computed(name):
        import fourth
    if name != "Last":
        raise AttributeError(name)
    import last
"""


@pytest.mark.parametrize(
    ("name", "named", "perhaps"),
    [
        ("First", {5}, {12}),
        ("Alias", {5}, {12}),
        ("Second", {7}, {12}),
        ("Fourth", {10}, {12}),
        ("Unheard", set(), {12}),
        ("Last", set(), {12, 15}),
    ],
)
def test_a_name_runs_the_lines_behind_the_tests_that_it_passes(
    name: str, named: set[int], perhaps: set[int]
) -> None:
    served = ServedNames(SERVER).lines(name)
    assert (served.named & {5, 7, 10, 12, 15}, served.perhaps & {5, 7, 10, 12, 15}) == (
        named,
        perhaps,
    )


@pytest.mark.parametrize("source", [b"", b"def __getattr__(): ...", b"def broken(:"])
def test_a_file_that_serves_nothing_has_no_lines(source: bytes) -> None:
    served = ServedNames(source).lines("x")
    assert not served.named | served.perhaps


LAZY = """
def __getattr__(name):
    if name == "Big":
        import yaml
        return yaml.Loader
    if name == "Small":
        import rich
        return rich
    raise AttributeError(name)
"""


def test_asking_for_a_served_name_runs_its_import_and_no_other() -> None:
    files = {"app.py": "from lazy import Big", "lazy.py": LAZY}
    assert levels(world(files).trace("app")) == {"yaml": "startup", "rich": "deferred"}


def test_a_name_that_the_file_binds_is_not_served() -> None:
    files = {"app.py": "from lazy import Big", "lazy.py": "Big = 1" + LAZY}
    assert levels(world(files).trace("app")) == {"yaml": "deferred", "rich": "deferred"}


def test_where_a_star_may_bind_the_name_only_a_test_for_it_serves() -> None:
    untested = "def __getattr__(name):\n    import yaml\n    return yaml\n"
    files = {"app.py": "from lazy import Big", "lazy.py": untested}
    assert levels(world(files).trace("app")) == {"yaml": "startup"}
    files["lazy.py"] = "from other import *\n" + untested
    files["other.py"] = "class Big: ..."
    assert levels(world(files).trace("app")) == {"yaml": "deferred"}
