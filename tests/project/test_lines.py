import tomllib
from pathlib import Path

import pytest

from extrasplit.project.lines import find_lines

TEXT = '''\
# a comment with [brackets] and "quotes"
title = "x"  # [not.a.table]
[project]
name = 'shop'
dependencies = [
    "a>=1",  # one
    # "commented>=1",
    "b; python_version < '3.12'",
    """c""", 'd',
]
"quoted key" = { inner = [1, 2], "dotted.inside" = "]" }
many.dotted.keys = true

[tool.x."y.z"]
text = """
[not.a.table]
key = "no"
"""
after = 1
[[tool.rules]]
when = "a"
[[tool.rules]]
when = "b"
[tool.rules.below]
deep = 2
'''


def test_every_key_and_item_knows_its_line() -> None:
    lines = find_lines(TEXT)
    assert lines[("title",)] == 2
    assert lines[("project", "dependencies")] == 5
    assert [lines[("project", "dependencies", i)] for i in range(4)] == [6, 8, 9, 9]
    assert lines[("project", "quoted key", "inner", 1)] == 11
    assert lines[("project", "many", "dotted", "keys")] == 12
    assert lines[("tool", "x", "y.z", "after")] == 19
    assert lines[("tool", "rules", 1, "when")] == 23
    assert lines[("tool", "rules", 1, "below", "deep")] == 25


def test_carriage_returns_do_not_shift_lines() -> None:
    lines = find_lines(TEXT.replace("\n", "\r\n"))
    assert lines[("project", "dependencies", 1)] == 8
    assert lines[("tool", "rules", 1, "when")] == 23


@pytest.mark.parametrize("text", [TEXT, Path("pyproject.toml").read_text(encoding="utf-8")])
def test_it_finds_exactly_the_keys_and_items_that_tomllib_finds(text: str) -> None:
    def paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
        pairs = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        return {path} | {p for key, inner in pairs for p in paths(inner, (*path, key))}

    found = set(find_lines(text))
    expected = paths(tomllib.loads(text)) - {()}
    # a table that only has tables below it is never written itself, nor is an array of tables
    missing = {path for path in expected - found if not any(p[: len(path)] == path for p in found)}
    assert not missing
    assert found <= expected


def test_a_text_that_is_no_toml_ends() -> None:
    assert set(find_lines("= = =\n]]]\n")) <= {("",)}
