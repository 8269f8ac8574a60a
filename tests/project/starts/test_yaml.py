from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.project.starts.yaml import Node, NotRead, read_yaml


def plain(node: Node) -> object:
    if isinstance(node.value, tuple):
        return [plain(entry) for entry in node.value]
    if node.value is None or isinstance(node.value, str):
        return node.value
    return {key: plain(value) for key, value in node.value.items()}


def read(text: str) -> object:
    return plain(read_yaml(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("---\na: 1\n", {"a": "1"}),
        ("a: b # c\n", {"a": "b"}),
        ("a: b#c\n", {"a": "b#c"}),
        ("a: 'it''s'\n", {"a": "it's"}),
        ('a: "x\\ty \\"z\\" # no"\n', {"a": 'x\ty "z" # no'}),
        ("a:\n  - x\n  - y: 1\n    z: 2\n", {"a": ["x", {"y": "1", "z": "2"}]}),
        ("a:\n- x\n- y\nb: 1\n", {"a": ["x", "y"], "b": "1"}),
        ("a:\n  -\n    x: 1\n  - - p\n    - q\n", {"a": [{"x": "1"}, ["p", "q"]]}),
        ("a: [x, 'y, z', \"w\", [v]]\n", {"a": ["x", "y, z", "w", ["v"]]}),
        ("a: [x,\n  y,  # why\n  z]\nb: 1\n", {"a": ["x", "y", "z"], "b": "1"}),
        ("a: {b: c, 'd e': f, g: }\n", {"a": {"b": "c", "d e": "f", "g": None}}),
        ("a: {}\nb: []\nc: ~\nd: null\n", {"a": {}, "b": [], "c": None, "d": None}),
        ("a: |\n  x\n   y\n\n  z\nb: 1\n", {"a": "x\n y\n\nz\n", "b": "1"}),
        ("a: >-\n  x\n  y\n\n  z\n", {"a": "x y\nz"}),
        ("a: |2\n   x\n", {"a": " x\n"}),
        ("a: |\n  x\n     \n  y\n", {"a": "x\n   \ny\n"}),
        ("a: >\n  x\n    y\n  z\n\n\n  w\n", {"a": "x\n  y\nz\n\nw\n"}),
        ("a: x\n  y\n  z\nb: 1\n", {"a": "x y z", "b": "1"}),
        ("a: 'x\n  y'\nb: 1\n", {"a": "x y", "b": "1"}),
        ("a: &m\n  x: 1\nb:\n  <<: *m\n  y: 2\n", {"a": {"x": "1"}, "b": {"x": "1", "y": "2"}}),
        ("a: &m [p]\nb: *m\n", {"a": ["p"], "b": ["p"]}),
        (
            "a: &m {x: 1, y: 1}\nb: &n {y: 2}\nc:\n  <<: [*n, *m]\n  z: 3\n",
            {
                "a": {"x": "1", "y": "1"},
                "b": {"y": "2"},
                "c": {"x": "1", "y": "2", "z": "3"},
            },
        ),
        ("a: !reset null\nb: !override [x]\n", {"a": None, "b": ["x"]}),
        ("url: http://x:80/y\n", {"url": "http://x:80/y"}),
        ("\"a b\": 1\n'c': 2\n", {"a b": "1", "c": "2"}),
        ("a:\n  # comment\n  b: 1\n\n# c\n  c: 2\n", {"a": {"b": "1", "c": "2"}}),
        ("a: 1\r\nb: 2\r\n", {"a": "1", "b": "2"}),
        ("- a\n- b: 1\n", ["a", {"b": "1"}]),
        ("a: 1\n---\nb: 2\n", {"a": "1"}),
        ("on:\n  push:\n    branches: [main]\n", {"on": {"push": {"branches": ["main"]}}}),
    ],
)
def test_what_compose_files_and_workflows_are_written_in(text: str, value: object) -> None:
    assert read(text) == value


def test_every_value_knows_its_line() -> None:
    root = read_yaml("a:\n  - x\n\n  - y\nb:\n  c: |\n    t\n  d: 1\n")
    entries = root.get("a")
    assert entries is not None
    assert [entry.line for entry in entries.entries] == [2, 4]
    text = root.get("b", "c")
    assert text is not None
    assert (text.line, text.text) == (6, "t\n")
    assert root.get("b", "x", "y") is None


@pytest.mark.parametrize(
    "text",
    [
        "a: *nowhere\n",
        "a: [x, *nowhere]\n",
        "\ta: 1\n",
        "a: [x\n",
        "a: 'x\n",
        "a: ? b\n",
        "a:\n    b: 1\n  c: 2\n",
        "[" * 200 + "]" * 200,
        "--- a\n",
    ],
)
def test_what_it_does_not_know_is_said(text: str) -> None:
    with pytest.raises(NotRead, match=r"line [123]: "):
        read_yaml(text)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab:-#[]{}&*|>'\"\\,? \n", max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(read_yaml(text), Node)
    except NotRead as error:
        assert error.line >= 1


SCALARS = st.text(alphabet="abc :#'\"-", min_size=1, max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_json_is_read_as_it_is(value: object) -> None:
    assert read(json.dumps({"root": value})) == {"root": value}
    assert read(json.dumps({"root": value}, indent=2)) == {"root": value}


def block(value: object, indent: int = 0) -> str:
    pad = " " * indent
    if isinstance(value, dict):
        return "".join(f"{pad}{k}:{nested(v, indent)}" for k, v in value.items())
    if isinstance(value, list):
        return "".join(f"{pad}-{nested(v, indent)}" for v in value)
    raise AssertionError(value)


def nested(value: object, indent: int) -> str:
    return f" {json.dumps(value)}\n" if isinstance(value, str) else "\n" + block(value, indent + 2)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_block_style_is_read_as_it_is(value: object) -> None:
    assert read(block({"root": value})) == {"root": value}
