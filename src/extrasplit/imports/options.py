"""Tells whether a function runs only where somebody asked for it: by a subcommand or an option.

What is asked for by name is a feature: a plain run never comes there. That needs every mention of
the function to be a call behind such a question, or a registration as a subcommand; a mention that
can't be read so (it is handed on, called from a plain line, found by its name) decides against it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from extrasplit.imports.calls import Unit
from extrasplit.imports.deferral import Sources, functions_named
from extrasplit.imports.names import Function, dotted
from extrasplit.imports.startup import StartupGraph
from extrasplit.project.layout import is_development

_LIBRARIES: Final = frozenset({"click", "rich_click", "asyncclick", "cloup"})
"""Whose own `command` makes a program, which a group may take in with `add_command()`."""
_INPUT: Final = frozenset({"command", "callback", "group", "option", "argument"})
"""Decorators of Click and Typer after which a function's parameters are what a user typed."""
_PARSED: Final = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args"})
_NAMESPACES: Final = frozenset({"args", "options", "opts", "arguments", "namespace", "ns"})
"""What programs call the answer of `parse_args()` when they hand it on."""
_DEEPEST: Final = 4
"""Calls that are followed back."""


@dataclass(frozen=True, slots=True)
class Request:
    """How a function is asked for."""

    path: str
    line: int
    text: str
    """The test that asks, as it is written (`` `if args.gui` ``), or `a subcommand`."""


class Requests:
    """Answers for the functions that one start may reach."""

    def __init__(self, graph: StartupGraph, sources: Sources) -> None:
        self.graph, self.sources = graph, sources

    def of(self, path: str, scope: str, line: int) -> Request | None:
        """Return how a line of a function is asked for, None where a plain run may come there."""
        for function in functions_named(self.sources.tree(path), scope):
            asked = self._choice_above(path, _way_to(function, line))
            if asked is not None:
                return asked
        return self._of_function(Unit(path, scope), (), 0)

    def _of_function(self, unit: Unit, seen: tuple[Unit, ...], depth: int) -> Request | None:
        if unit in self.graph.functions or unit in seen or depth > _DEEPEST:
            return None
        functions = functions_named(self.sources.tree(unit.path), unit.scope)
        for function in functions:
            if any(map(_makes_subcommand, function.decorator_list)):
                return Request(unit.path, function.lineno, "a subcommand")
        parts = unit.scope.split(".")
        name = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
        first: Request | None = None
        for path, way in self._mentioned(name):
            asked = self._of_mention(path, way, (*seen, unit), depth)
            if asked is None:
                return None
            first = first or asked
        return first

    def _of_mention(
        self, path: str, way: Sequence[ast.AST], seen: tuple[Unit, ...], depth: int
    ) -> Request | None:
        """Return how one mention is asked for; `way` leads from the module to it."""
        node, above = way[-1], way[-2] if len(way) > 1 else None
        if _is_registration(way):
            return Request(path, getattr(node, "lineno", 0), "a subcommand")
        if not isinstance(above, ast.Call) or above.func is not node:
            return None
        asked = self._choice_above(path, way)
        if asked is not None:
            return asked
        scope = ".".join(n.name for n in way if isinstance(n, Function | ast.ClassDef))
        inside = [n for n in way if isinstance(n, Function)]
        return self._of_function(Unit(path, scope), seen, depth + 1) if inside else None

    def _mentioned(self, name: str) -> Iterator[tuple[str, list[ast.AST]]]:
        """Yield each place that mentions a name; files are read while somebody asks for more."""
        for path in sorted(self.graph.modules.linked):
            if not is_development(path) and name.encode() in self.sources.read(path):
                for way in _ways_to_name(self.sources.tree(path), name):
                    if not _is_option(way):
                        yield path, way

    def _choice_above(self, path: str, way: Sequence[ast.AST]) -> Request | None:
        """Return the option that the innermost function of a way asks on the way down."""
        function, asked = None, None
        for node, below in zip(way, (*way[1:], None), strict=True):
            if isinstance(node, Function):
                function, asked = node, None
            elif function is None or not isinstance(node, ast.If) or below not in node.body:
                continue
            elif _asks(node.test, _options_of(function)):
                asked = Request(path, node.lineno, f"`if {self._text(path, node.test)}`")
        return asked

    def _text(self, path: str, node: ast.expr) -> str:
        if node.lineno != node.end_lineno:
            return ast.unparse(node)
        line = self.sources.lines(path)[node.lineno - 1]
        return line[node.col_offset : node.end_col_offset].decode("utf-8", "replace")


def _is_option(way: Sequence[ast.AST]) -> bool:
    """Whether a mention is an option of that name: `if args.serve: serve()`."""
    match way[-1]:
        case ast.Attribute(value=ast.Name(id=name)):
            inside = [node for node in way if isinstance(node, Function)]
            return name in (_options_of(inside[-1]).namespaces if inside else _NAMESPACES)
    return False


def _is_registration(way: Sequence[ast.AST]) -> bool:
    """Whether a name is handed to Click's `add_command()`, or argparse's `set_defaults(func=)`."""
    call = way[-3] if isinstance(way[-2], ast.keyword) else way[-2]
    method = "set_defaults" if isinstance(way[-2], ast.keyword) else "add_command"
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    return call.func is not way[-1] and call.func.attr == method


def _makes_subcommand(decorator: ast.expr) -> bool:
    """Whether a decorator is the `command` of a group or app (Click, Typer, Cyclopts)."""
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    owner, _, method = (dotted(node) or "").rpartition(".")
    return method == "command" and bool(owner) and owner not in _LIBRARIES


def _called(decorator: ast.expr) -> str:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (dotted(node) or "").rpartition(".")[2]


def _way_to(function: Function, line: int) -> list[ast.AST]:
    """Return the nodes from a function down to the statement that begins at a line."""
    way: list[ast.AST] = [function]
    while True:
        below = next(
            (
                node
                for node in ast.iter_child_nodes(way[-1])
                if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)
                and _spans(node, line)
            ),
            None,
        )
        if below is None:
            return way
        way.append(below)


def _spans(node: ast.AST, line: int) -> bool:
    if isinstance(node, ast.match_case):
        return any(_spans(each, line) for each in node.body)
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None)
    return first <= line <= (last or first)


def _ways_to_name(tree: ast.Module | None, name: str) -> Iterator[list[ast.AST]]:
    """Yield, for each place that reads a name or an attribute of it, the nodes down to it."""
    way: list[ast.AST] = []
    pending: list[Iterator[ast.AST]] = [iter([] if tree is None else [tree])]
    while pending:
        node = next(pending[-1], None)
        if node is None:
            pending.pop()
            del way[len(pending) - 1 :]
            continue
        way[len(pending) - 1 :] = [node]
        if _reads(node, name):
            yield list(way)
        pending.append(ast.iter_child_nodes(node))


def _reads(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=found, ctx=ast.Load()) | ast.Attribute(attr=found, ctx=ast.Load()):
            return found == name
    return False


@dataclass(frozen=True, slots=True)
class _Options:
    """The names of a function that hold what a user typed."""

    namespaces: frozenset[str]
    parameters: frozenset[str]


def _options_of(function: Function) -> _Options:
    spaces = set(_NAMESPACES)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr in _PARSED:
                for target in node.targets:
                    first = target.elts[0] if isinstance(target, ast.Tuple) else target
                    if isinstance(first, ast.Name):
                        spaces.add(first.id)
    typed: set[str] = set()
    if any(_called(each) in _INPUT for each in function.decorator_list):
        arguments = function.args
        typed = {each.arg for each in (*arguments.args, *arguments.kwonlyargs)}
    return _Options(frozenset(spaces), frozenset(typed))


def _asks(test: ast.expr, options: _Options) -> bool:
    """Whether a test holds only where an option was given."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_asks(each, options) for each in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return all(_asks(each, options) for each in values)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.In()], comparators=[other]):
            return _asks(left, options) or _asks(other, options)
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return _asks(left, options)
        case ast.Attribute(value=ast.Name(id=name)):
            return name in options.namespaces
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
            return name in options.namespaces and key.startswith("-")
        case ast.Name(id=name):
            return name in options.parameters
    return False
