"""Turns tests of the running Python and platform into PEP 508 marker text."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Final

from extrasplit.imports.names import dotted, resolve

_VARIABLES: Final = {
    "sys.platform": "sys_platform",
    "os.name": "os_name",
    "sys.implementation.name": "implementation_name",
    "platform.system": "platform_system",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
}
"""Expressions that hold what a marker variable holds (dependency specifiers specification)."""

_OPERATORS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_INVERSE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_SWAPPED: Final = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_PLATFORMS: Final = ("linux", "win32", "darwin", "cygwin", "emscripten", "wasi", "ios", "android")


def all_of(markers: Iterable[str | None]) -> str | None:
    """Return the marker that holds where all known ones do; None says nothing."""
    known = list(dict.fromkeys(marker for marker in markers if marker))
    if len(known) < 2:
        return known[0] if known else None
    return " and ".join(f"({each})" if " or " in each else each for each in known)


def any_of(markers: Iterable[str | None]) -> str | None:
    """Return the marker that holds where one of them does; one unknown makes it unknown."""
    known = list(dict.fromkeys(markers))
    return None if None in known else " or ".join(each for each in known if each)


def marker_of(test: ast.expr, origins: Mapping[str, str], *, holds: bool) -> str | None:
    """Return the marker under which a comparison, or a `startswith`, holds (or doesn't).

    None where it is no test of Python or platform. `not`, `and` and `or` are the caller's.
    """
    if isinstance(test, ast.Call):
        return _of_prefix(test, origins, holds)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, right, operator = test.left, test.comparators[0], test.ops[0]
    symbol = _OPERATORS.get(type(operator))
    if symbol is None:
        return _of_membership(left, operator, right, origins, holds)
    if isinstance(left, ast.Constant | ast.Tuple):
        left, right, symbol = right, left, _SWAPPED[symbol]
    variable = _variable(left, origins)
    if variable is not None and isinstance(right, ast.Constant) and symbol in ("==", "!="):
        return _compare(variable, symbol if holds else _INVERSE[symbol], right.value)
    return _of_version(left, symbol if holds else _INVERSE[symbol], right, origins)


def _variable(node: ast.expr, origins: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Call) and not node.args:
        node = node.func
    name = dotted(node)
    return _VARIABLES.get(resolve(name, origins)) if name else None


def _compare(variable: str, operator: str, value: object) -> str | None:
    if not isinstance(value, str) or '"' in value:
        return None
    return f'{variable} {operator} "{value}"'


def _of_membership(
    left: ast.expr,
    operator: ast.cmpop,
    right: ast.expr,
    origins: Mapping[str, str],
    holds: bool,
) -> str | None:
    if isinstance(left, ast.Constant) and isinstance(operator, ast.In | ast.NotIn):
        return _of_part(left.value, right, origins, isinstance(operator, ast.In) is holds)
    variable = _variable(left, origins)
    if (
        variable is None
        or not isinstance(operator, ast.In | ast.NotIn)
        or not isinstance(right, ast.Tuple | ast.List | ast.Set)
    ):
        return None
    values = [each.value if isinstance(each, ast.Constant) else None for each in right.elts]
    if isinstance(operator, ast.In) is holds:
        return any_of(_compare(variable, "==", value) for value in values)
    return all_of(_compare(variable, "!=", value) for value in values)


def _of_part(part: object, node: ast.expr, origins: Mapping[str, str], holds: bool) -> str | None:
    """Read `"win" in sys.platform`, whose values are lower case anyway: name the platforms."""
    match node:
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            return _of_part(part, inner, origins, holds)
        case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "casefold"), args=[]):
            return _of_part(part, inner, origins, holds)
    if not isinstance(part, str) or _variable(node, origins) != "sys_platform":
        return None
    matching = [name for name in _PLATFORMS if part in name]
    if holds:
        return any_of(_compare("sys_platform", "==", each) for each in matching or [part])
    return all_of(_compare("sys_platform", "!=", each) for each in matching or [part])


def _of_prefix(test: ast.Call, origins: Mapping[str, str], holds: bool) -> str | None:
    """Read `sys.platform.startswith("win")`: a marker has no prefix test, so name the platforms."""
    function = test.func
    if not isinstance(function, ast.Attribute) or function.attr != "startswith":
        return None
    variable = _variable(function.value, origins)
    if variable != "sys_platform" or len(test.args) != 1:
        return None
    argument = test.args[0]
    prefixes = argument.elts if isinstance(argument, ast.Tuple) else [argument]
    texts = [each.value for each in prefixes if isinstance(each, ast.Constant)]
    if not texts or not all(isinstance(text, str) for text in texts):
        return None
    matching = [name for name in _PLATFORMS if name.startswith(tuple(map(str, texts)))]
    if holds:
        return any_of(_compare(variable, "==", each) for each in matching or texts)
    return all_of(_compare(variable, "!=", each) for each in matching or texts)


def _of_version(
    left: ast.expr, operator: str, right: ast.expr, origins: Mapping[str, str]
) -> str | None:
    """Read a comparison with `sys.version_info`, whole, sliced or by one of its items."""
    exact = False
    if isinstance(left, ast.Subscript):
        exact = isinstance(left.slice, ast.Slice)
        item = left.slice.value if isinstance(left.slice, ast.Constant) else None
        source = dotted(left.value)
    else:
        source, item = dotted(left), None
        if source is not None and source.endswith((".major", ".minor")):
            source, _, part = source.rpartition(".")
            item = 0 if part == "major" else 1
    if source is None or resolve(source, origins) != "sys.version_info":
        return None
    if item is not None:
        number = right.value if isinstance(right, ast.Constant) else None
        if not isinstance(number, int) or isinstance(number, bool) or item not in (0, 1):
            return None
        return _compare_release((number,) if item == 0 else (3, number), operator, exact=True)
    numbers = _integers(right)
    return _compare_release(numbers, operator, exact=exact) if numbers else None


def _integers(node: ast.expr) -> tuple[int, ...] | None:
    if not isinstance(node, ast.Tuple | ast.List):
        return None
    values = [each.value if isinstance(each, ast.Constant) else None for each in node.elts]
    numbers = tuple(value for value in values[:3] if type(value) is int)
    return numbers if numbers and len(numbers) == len(values[:3]) else None


def _compare_release(release: tuple[int, ...], operator: str, *, exact: bool) -> str:
    """Return the marker for a comparison with (3,), (3, 11) or (3, 11, 2).

    The whole `sys.version_info` is longer than what it is compared with, so that it is greater
    where all given numbers agree: `> (3, 8)` holds on 3.8.1, `<= (3, 8)` doesn't.
    """
    if len(release) < 3 and not exact:
        operator = {">": ">=", "<=": "<"}.get(operator, operator)
    if len(release) == 1:
        major = release[0]
        if operator in (">", "<="):
            operator, major = {">": ">=", "<=": "<"}[operator], major + 1
        if operator == "==":
            return f'python_version >= "{major}" and python_version < "{major + 1}"'
        if operator == "!=":
            return f'python_version < "{major}" or python_version >= "{major + 1}"'
        return f'python_version {operator} "{major}"'
    variable = "python_version" if len(release) == 2 else "python_full_version"
    return f'{variable} {operator} "{".".join(map(str, release))}"'
