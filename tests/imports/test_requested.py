from __future__ import annotations

import ast
import os

import pytest

from extrasplit.imports.requested import holds_unset

ORIGINS = {"getenv": "os.getenv", "environ": "os.environ", "e": "os.environ"}
VARIABLE = "NOBODY_SETS_THIS"
TESTS = [
    "os.getenv(V)",
    "os.getenv(V, None)",
    "os.getenv(V, '1')",
    "getenv(V)",
    "os.environ.get(V, 'true').lower() == 'true'",
    "os.environ.get(V, '0') == '1'",
    "os.environ.get(V) != 'x'",
    "e.get(V) is None",
    "os.environ.get(V) is not None",
    "V in os.environ",
    "V not in environ",
    "os.getenv(V, 'no') in ('yes', 'on')",
    "os.getenv(V, 'no') not in {'yes', 'on'}",
    "int(os.getenv(V, '0'))",
    "int(os.getenv(V, '3')) > 2",
    "bool(os.getenv(V))",
    "str(os.getenv(V, '')).strip()",
]
NO_SUCH_TESTS = [
    "debug",
    "settings.get('DEBUG')",
    "os.environ['DEBUG']",
    "os.getenv(V, default)",
    "os.getenv(V, 'x') == other",
    "int(os.getenv(V))",
    "1 < 2 < 3",
    "len(os.environ)",
    "'x' in names",
    "os.getenv(V, '1') in 5",
]


@pytest.mark.parametrize("text", TESTS)
def test_a_test_ends_as_it_does_where_nobody_set_the_variable(text: str) -> None:
    text = text.replace("V", repr(VARIABLE))
    names = {"os": os, "getenv": os.getenv, "environ": os.environ, "e": os.environ}
    assert VARIABLE not in os.environ
    really = bool(eval(text, names))
    assert holds_unset(ast.parse(text, mode="eval").body, ORIGINS) is really


@pytest.mark.parametrize("text", NO_SUCH_TESTS)
def test_any_other_test_is_not_decided(text: str) -> None:
    text = text.replace("V", repr(VARIABLE))
    assert holds_unset(ast.parse(text, mode="eval").body, ORIGINS) is None
