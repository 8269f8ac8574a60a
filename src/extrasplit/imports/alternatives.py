"""Says what a handler imports in place of what its `try` could not.

`try: import brotli`, `except ImportError: import brotlicffi as brotli`: one of the two must be
there, so nothing is optional. What the handler binds without an import (`rich = None`) is an
answer, and the `try` a guard.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from extrasplit.imports.guards import catches_absence, leaves

Alternatives = Mapping[str, tuple[str, ...]]
"""By the name that is bound: modules of which the first that is there does; dots are relative."""


def alternatives_of(handlers: Iterable[ast.ExceptHandler]) -> Alternatives:
    """Return what the handler of an ImportError imports, where it then fails without it."""
    first = next((each for each in handlers if catches_absence(each)), None)
    return _required(first.body) if first is not None else {}


def _required(body: Iterable[ast.stmt]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (alias.name,)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {alias.asname or alias.name: (module,) for alias in node.names}
        elif isinstance(node, ast.Try | ast.TryStar):
            found |= _required_by_try(node)
    return found


def _required_by_try(node: ast.Try | ast.TryStar) -> dict[str, tuple[str, ...]]:
    inner = _required(node.body)
    handler = next((each for each in node.handlers if catches_absence(each)), None)
    if handler is None or leaves(handler.body):
        return inner
    rest = alternatives_of(node.handlers)
    return {name: inner[name] + rest[name] for name in inner if name in rest}
