"""Says how a test of an environment variable ends where nobody has set it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from extrasplit.imports.names import dotted, resolve

_READERS: Final = frozenset({"os.getenv", "os.environ.get", "environ.get"})
_PURE_METHODS: Final = frozenset({"lower", "upper", "casefold", "strip"})
_CONVERSIONS: Final[dict[str, Callable[[Any], Any]]] = {"bool": bool, "int": int, "str": str}
_OPERATORS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def holds_unset(test: ast.expr, origins: Mapping[str, str]) -> bool | None:
    """Return whether a test holds where the variable is not set; None where it asks for none."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test.left, test.ops[0], test.comparators[0], origins)
    try:
        return bool(_value(test, origins))
    except (LookupError, ValueError, TypeError):
        return None


def _compared(
    left: ast.expr, kind: ast.cmpop, right: ast.expr, origins: Mapping[str, str]
) -> bool | None:
    inside = isinstance(kind, ast.In)
    try:
        if isinstance(kind, ast.In | ast.NotIn):
            if resolve(dotted(right) or "", origins) == "os.environ":
                return not inside
            return (_value(left, origins) in ast.literal_eval(right)) is inside
        return bool(_OPERATORS[type(kind)](_value(left, origins), ast.literal_eval(right)))
    except (LookupError, ValueError, TypeError):
        return None


def _value(node: ast.expr, origins: Mapping[str, str]) -> Any:
    """Return what reading the variable gives; raises LookupError where the node reads none."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr=method), args=[], keywords=[]) if (
            method in _PURE_METHODS
        ):
            value = _value(inner, origins)
            return getattr(value, method)() if isinstance(value, str) else None
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in _CONVERSIONS:
            return _CONVERSIONS[name](_value(inner, origins))
        case ast.Call(func=func, args=[_, *default], keywords=[]) if (
            resolve(dotted(func) or "", origins) in _READERS
        ):
            return ast.literal_eval(default[0]) if default else None
    raise LookupError
