"""What a name in one file stands for: the dotted origin of what was imported or aliased."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_BLOCKS: Final[dict[type[ast.AST], tuple[str, ...]]] = {
    ast.FunctionDef: ("body",),
    ast.AsyncFunctionDef: ("body",),
    ast.ClassDef: ("body",),
    ast.If: ("body", "orelse"),
    ast.For: ("body", "orelse"),
    ast.AsyncFor: ("body", "orelse"),
    ast.While: ("body", "orelse"),
    ast.With: ("body",),
    ast.AsyncWith: ("body",),
    ast.Try: ("body", "handlers", "orelse", "finalbody"),
    ast.TryStar: ("body", "handlers", "orelse", "finalbody"),
    ast.ExceptHandler: ("body",),
    ast.Match: ("cases",),
    ast.match_case: ("body",),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def dotted(node: ast.AST) -> str | None:
    """Return `a.b.c` for a chain of attributes on a name, None for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def statements(body: Iterable[ast.AST], *, functions: bool = True) -> Iterator[ast.AST]:
    """Yield the statements of a block and of all blocks in it, in source order.

    Handlers and match cases are among them. Without `functions` the bodies of functions are left
    out: what is left runs whenever the block does.
    """
    pending = [iter(body)]
    while pending:
        node = next(pending[-1], None)
        if node is None:
            pending.pop()
            continue
        yield node
        blocks = _BLOCKS.get(type(node))
        if blocks is not None and (functions or not isinstance(node, Function)):
            pending.extend(iter(getattr(node, block)) for block in reversed(blocks))


def origins_of(
    tree: ast.Module | Iterable[ast.AST], outer: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the dotted origin of each name that a file, or its statements, bind by an import.

    `from importlib import import_module as load` gives `load: importlib.import_module`; a relative
    import keeps its dots (`.compat.HAS_X`). A plain alias of an import counts. Scopes are not told
    apart: the first binding counts. `outer` are those of the file around the statements, which
    aliases may be of.
    """
    origins: dict[str, str] = {}
    outer = outer or {}
    for node in statements(tree.body) if isinstance(tree, ast.Module) else tree:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                origins.setdefault(alias.asname or top, alias.name if alias.asname else top)
        elif isinstance(node, ast.ImportFrom):
            parent = "." * node.level + (f"{node.module}." if node.module else "")
            for alias in node.names:
                origins.setdefault(alias.asname or alias.name, parent + alias.name)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], dotted(node.value)
            first = value.partition(".")[0] if value else ""
            if isinstance(target, ast.Name) and value and (first in origins or first in outer):
                origins.setdefault(target.id, resolve(value, {**outer, **origins}))
    return origins


def resolve(text: str, origins: Mapping[str, str]) -> str:
    """Return the dotted text with its first name replaced by that name's origin."""
    first, dot, rest = text.partition(".")
    return origins.get(first, first) + dot + rest
