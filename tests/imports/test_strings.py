"""Folding expressions to the strings that they can be."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.imports.strings import constants_of, fold_prefix, fold_string, fold_strings

WORLD = """
A = "a"
B = A + ".b"
LIST = ["x", "y"]
TABLE = {"k": ".one", "l": ".two"}
PAIRS = {"k": ("m", "n")}
for each in LIST: pass
for key, value in TABLE.items(): pass
left, right = PAIRS[unknown]
twice = "1"
twice = "2"
with open("f") as handle: pass
LIST2 = LIST + ["z"]
EXTENDED = "e"
EXTENDED += "f"
loop = loop2
loop2 = loop
"""


def folded(text: str) -> tuple[str, ...] | None:
    constants = constants_of(ast.parse(WORLD))
    return fold_strings(ast.parse(text, mode="eval").body, constants)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("'plain'", ("plain",)),
        ("B", ("a.b",)),
        ("f'{A}.c'", ("a.c",)),
        ("f'{A!s}.c'", ("a.c",)),
        ("'%s.%s' % (A, 'd')", ("a.d",)),
        ("'%s.d' % A", ("a.d",)),
        ("'{}.{x}'.format(A, x=B)", ("a.a.b",)),
        ("'.'.join(['p', A])", ("p.a",)),
        ("'.'.join(LIST2)", ("x.y.z",)),
        ("each", ("x", "y")),
        ("f'p.{each}'", ("p.x", "p.y")),
        ("key", ("k", "l")),
        ("value.lstrip('.')", ("one", "two")),
        ("left", ("m",)),
        ("TABLE['l']", (".two",)),
        ("TABLE[anything]", (".one", ".two")),
        ("TABLE.get(anything, 'other')", (".one", ".two", "other")),
        ("LIST[0]", ("x",)),
        ("LIST[anything]", ("x", "y")),
        ("A if x else B", ("a", "a.b")),
        ("twice", ("1", "2")),
        ("EXTENDED", ("ef",)),
        ("str(A)", ("a",)),
        ("A.upper()", ("A",)),
        ("__package__", ("{package}",)),
    ],
)
def test_what_can_be_read_is_folded(text: str, values: tuple[str, ...]) -> None:
    assert folded(text) == values


@pytest.mark.parametrize(
    "text",
    [
        *("unknown", "handle", "loop", "f'{A:>9}'", "f'{A!r}'", "A * 3", "1", "A + unknown"),
        *("'%d' % A", "'%9s' % A", "'{:9}'.format(A)", "'{0.real}'.format(A)", "LIST[0:1]"),
        *("'{}'.format()", "'.'.join(unknown)", "A.upper('x')", "A.unknown()", "LIST", "LIST[9].x"),
    ],
)
def test_what_only_running_it_tells_is_undecided(text: str) -> None:
    assert folded(text) is None


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("f'plugins.{unknown}'", "plugins."),
        ("f'{A}.{unknown}.{B}'", "a."),
        ("'plugins.' + unknown", "plugins."),
        ("A + '.' + unknown", "a."),
        ("'plugins.%s' % unknown", "plugins."),
        ("'plugins.{}'.format(unknown)", "plugins."),
        ("unknown + 'x'", ""),
        ("unknown", ""),
    ],
)
def test_the_literal_beginning_of_a_name_is_kept(text: str, prefix: str) -> None:
    constants = constants_of(ast.parse(WORLD))
    assert fold_prefix(ast.parse(text, mode="eval").body, constants) == prefix


def test_a_function_sees_its_locals_and_its_parameters_hide() -> None:
    tree = ast.parse("A = 'a'\nB = 'b'\ndef f(A):\n    C = 'c'\n")
    function = tree.body[2]
    assert isinstance(function, ast.FunctionDef)
    inside = constants_of(tree).inside(function)
    names = (ast.parse(name, mode="eval").body for name in "ABC")
    assert [fold_string(name, inside) for name in names] == [None, "b", "c"]


def test_doubling_forever_is_given_up() -> None:
    lines = ["x0 = 'ab'", *(f"x{n} = x{n - 1} + x{n - 1}" for n in range(1, 60))]
    constants = constants_of(ast.parse("\n".join(lines)))
    assert fold_string(ast.parse("x59", mode="eval").body, constants) is None
    assert fold_string(ast.parse("x3", mode="eval").body, constants) == "ab" * 8


TEXT = st.text("abc.", max_size=4)
EXPRESSION = st.recursive(
    TEXT.map(repr),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} + {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"'%s-%s' % ({pair[0]}, {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"'{{}}:{{}}'.format({pair[0]}, {pair[1]})"),
        inner.map(lambda each: f"'.'.join([{each}, 'z'])"),
        inner.map(lambda each: f"({each}).strip('.')"),
    ),
    max_leaves=6,
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(EXPRESSION)
def test_folding_says_what_python_evaluates(text: str) -> None:
    assert folded(text) == (eval(text),)
