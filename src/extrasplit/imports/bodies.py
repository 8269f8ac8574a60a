"""Reads, where it matters, what a file's functions call for certain, and by what others can guard.

Only a few files are ever parsed for this: those that define what the code at another file's top
level calls or tests. Each is parsed once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from extrasplit.imports.guards import catches_absence, guard_names, leaves
from extrasplit.imports.level import Level, weakest
from extrasplit.imports.names import Function, dotted, origins_of, resolve
from extrasplit.imports.parsing import SyntaxFault, parse

_RUNNERS: Final = frozenset(
    {"typer.run", "fire.Fire", "anyio.run", "trio.run", "curses.wrapper", "asyncio.run"}
)
"""Functions of others that call the function which they are given, and nothing before it."""

_MADE_BY: Final = ("__new__", "__init__", "__post_init__")
"""What making an instance runs (data model; dataclasses)."""

_STATEMENT: Final = re.compile(rb"^(?=[^\s#)\]}])", re.M)
_CALLED: Final = re.compile(rb"\b([A-Za-z_][\w.]*)\s*\(")
_DECORATOR: Final = re.compile(rb"^\s*@([\w.]+)", re.M)
_DEFINED: Final = re.compile(rb"^[ \t]*(?:async +)?(?:def|class) +(\w+)", re.M)
_INDENT: Final = 4
_NO_CALL: Final = (b"import ", b"from ", b'"', b"'")
_FUNCTION: Final = (b"def ", b"async def ")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that surely happens when its scope runs."""

    callee: str
    """The dotted origin of what is called (`.app.create_app`, `app.cli.main`, `main`)."""
    line: int
    level: Level = Level.STARTUP
    main_only: bool = False
    own: bool = False
    """The callee is a name of this file, qualified, and was not imported."""


@dataclass(frozen=True, slots=True)
class Body:
    """What one file defines, calls and offers as a guard."""

    calls: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)
    """By scope; the empty one is the top level."""
    functions: frozenset[str] = frozenset()
    """Qualified names of functions and methods."""
    classes: frozenset[str] = frozenset()
    guards: frozenset[str] = frozenset()
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By string, the strings that share an entry of a dictionary with it: `{"Name": ".module"}`."""

    def runs(self, name: str) -> tuple[str, ...]:
        """Return the scopes that calling `name` runs."""
        if name in self.functions:
            return (name,)
        if name in self.classes:
            made = (f"{name}.{method}" for method in _MADE_BY)
            return tuple(scope for scope in made if scope in self.functions)
        return ()


class Bodies:
    """Remembers what was read, so that all entrypoints share it."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._known: dict[str, Body] = {}
        self._called: dict[str, frozenset[str]] = {}
        self._defined: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> Body:
        """Return the body of a first-party file; an empty one where it cannot be parsed."""
        if path not in self._known:
            self._known[path] = read_body(self._read(path))
        return self._known[path]

    def called_at_top(self, path: str) -> frozenset[str]:
        """Return the dotted texts that the file's top level may call, without parsing it."""
        if path not in self._called:
            self._called[path] = called_at_top(self._read(path))
        return self._called[path]

    def binds(self, path: str, name: str) -> bool:
        """Whether a line of the file assigns or defines `name`, as far as its words tell."""
        defined = name in self.defined_at_top(path)
        assigned = rb"(?m)^[ \t]*" + re.escape(name.encode()) + rb"[ \t]*[:=,]"
        return defined or re.search(assigned, self._read(path)) is not None

    def defined_at_top(self, path: str) -> frozenset[str]:
        """Return the functions and classes that the file defines, without parsing."""
        if path not in self._defined:
            names = _DEFINED.findall(self._read(path))
            self._defined[path] = frozenset(name.decode(errors="replace") for name in names)
        return self._defined[path]


def called_at_top(data: bytes) -> frozenset[str]:
    """Return every dotted text before a bracket, or after `@`, outside of functions' bodies.

    It may name too many (strings, branches that are never taken), never too few.
    """
    found: set[bytes] = set()
    for statement in _STATEMENT.split(data):
        if statement.startswith(_NO_CALL):
            continue
        if statement.startswith(_FUNCTION):
            statement = statement.partition(b":\n")[0].partition(b"(")[2]
        elif statement.startswith(b"class "):
            statement = _class_level(statement)
        found.update(_CALLED.findall(statement))
        found.update(_DECORATOR.findall(statement))
    return frozenset(text.decode(errors="replace") for text in found)


def _class_level(statement: bytes) -> bytes:
    header, *body = statement.partition(b"(")[2].splitlines(keepends=True) or [b""]
    inside = False
    level = [header]
    for line in body:
        if line.strip() and len(line) - len(line.lstrip()) <= _INDENT:
            inside = line.lstrip().startswith(_FUNCTION)
        if not inside:
            level.append(line)
    return b"".join(level)


def read_body(data: bytes) -> Body:
    """Parse one file; one that cannot be parsed says nothing here (the scan reports it)."""
    parsed = parse(data)
    if isinstance(parsed, SyntaxFault):
        return Body()
    tree = parsed.tree
    reader = _Reader(origins_of(tree))
    reader.read_scope("", tree.body)
    return Body(
        {scope: tuple(calls) for scope, calls in reader.calls.items() if calls},
        frozenset(reader.functions),
        frozenset(reader.classes),
        guard_names(tree),
        _entries(tree),
    )


def _entries(tree: ast.Module) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                texts = _strings([key, value] if key is not None else [value])
                for text in texts:
                    found[text] = found.get(text, frozenset()) | texts
    return found


def _strings(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(
        inner.value
        for node in nodes
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    )


@dataclass(slots=True)
class _Reader:
    """Walks the statements that surely run, scope by scope."""

    origins: Mapping[str, str]
    calls: dict[str, list[Call]] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    instances: dict[str, str] = field(default_factory=dict)
    """Variables (`scope:name`) to the origin of what was called to make them."""

    def read_scope(self, scope: str, body: list[ast.stmt]) -> None:
        self.calls.setdefault(scope, [])
        self._block(scope, body, Call("", 0))

    def _block(self, scope: str, body: Iterable[ast.stmt], how: Call) -> None:
        for statement in body:
            self._statement(scope, statement, how)
            if leaves([statement]):
                self._definitions(scope, body)
                return

    def _definitions(self, scope: str, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            if isinstance(statement, Function | ast.ClassDef):
                self._define(scope, statement)

    def _statement(self, scope: str, node: ast.stmt, how: Call) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._define(scope, node)
                if isinstance(node, ast.ClassDef):
                    self._expressions(scope, [*node.decorator_list, *node.bases], how)
                    self._block(scope, [s for s in node.body if not isinstance(s, Function)], how)
                else:
                    args = node.args
                    defaults = [*args.defaults, *filter(None, args.kw_defaults)]
                    self._expressions(scope, [*node.decorator_list, *defaults], how)
                    self._decorate(scope, node.decorator_list, how)
            case ast.If(test=test, body=body, orelse=orelse):
                self._expressions(scope, [test], how)
                if not scope and _is_main_test(test):
                    main = Call("", 0, how.level, main_only=True)
                    self._block(scope, body, main)
                self._definitions(scope, [*body, *orelse])
            case ast.Try(body=body, handlers=handlers) | ast.TryStar(body=body, handlers=handlers):
                caught = any(catches_absence(handler) for handler in handlers)
                level = weakest(how.level, Level.GUARDED) if caught else how.level
                inner = Call("", 0, level, how.main_only)
                self._block(scope, [*body, *node.orelse], inner)
                self._block(scope, node.finalbody, how)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                self._expressions(scope, [item.context_expr for item in items], how)
                self._block(scope, body, how)
            case ast.For(iter=iterable, body=body) | ast.AsyncFor(iter=iterable, body=body):
                self._expressions(scope, [iterable], how)
                self._block(scope, body, how)
            case ast.While(test=test, body=body):
                self._expressions(scope, [test], how)
                self._block(scope, body, how)
            case ast.Match(subject=subject):
                self._expressions(scope, [subject], how)
            case _:
                self._remember_instance(scope, node)
                self._expressions(scope, ast.iter_child_nodes(node), how)

    def _define(
        self, scope: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ) -> None:
        name = f"{scope}.{node.name}" if scope else node.name
        if isinstance(node, ast.ClassDef):
            self.classes.add(name)
            for inner in node.body:
                if isinstance(inner, Function | ast.ClassDef):
                    self._define(name, inner)
        elif name not in self.functions:
            self.functions.add(name)
            self.read_scope(name, node.body)

    def _decorate(self, scope: str, decorators: list[ast.expr], how: Call) -> None:
        for decorator in decorators:
            self._add(scope, dotted(decorator), decorator.lineno, how)

    def _remember_instance(self, scope: str, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made = dotted(node.value.func)
            for target in node.targets:
                if made and isinstance(target, ast.Name):
                    self.instances[f"{scope}:{target.id}"] = made

    def _expressions(self, scope: str, nodes: Iterable[ast.AST], how: Call) -> None:
        for call in evaluated_calls(nodes):
            name = dotted(call.func)
            match call.func:
                case ast.Attribute(value=ast.Call(func=made), attr=method) if dotted(made):
                    name = f"{dotted(made)}.{method}"
            self._add(scope, name, call.lineno, how)
            if name and resolve(name, self.origins) in _RUNNERS and call.args:
                self._add(scope, dotted(call.args[0]), call.lineno, how)

    def _add(self, scope: str, name: str | None, line: int, how: Call) -> None:
        if name is None:
            return
        first, dot, rest = name.partition(".")
        if first in ("self", "cls") and "." in scope:
            name = f"{scope.rpartition('.')[0]}.{rest}"
        elif dot:
            made = self.instances.get(f"{scope}:{first}") or self.instances.get(f":{first}")
            name = f"{made}.{rest}" if made else name
        local = self._local(scope, name)
        callee = local or resolve(name, self.origins)
        own = local is not None or name.partition(".")[0] not in self.origins
        self.calls[scope].append(Call(callee, line, how.level, how.main_only, own))

    def _local(self, scope: str, name: str) -> str | None:
        """Qualify a name that is defined inside the function, or one of those around it."""
        while scope:
            inside = f"{scope}.{name.partition('.')[0]}"
            visible = scope not in self.classes  # a class body is no scope for its methods
            if visible and (inside in self.functions or inside in self.classes):
                return f"{scope}.{name}"
            scope = scope.rpartition(".")[0]
        return None


def _is_main_test(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and dotted(test.left) == "__name__"


def evaluated_calls(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    """Yield the calls that evaluating the expressions surely makes, inner ones first to last."""
    for node in nodes:
        match node:
            case ast.Lambda() | ast.stmt():
                continue
            case ast.IfExp(test=test):
                yield from evaluated_calls([test])
            case ast.BoolOp(values=values):
                yield from evaluated_calls(values[:1])
            case (
                ast.ListComp(generators=loops)
                | ast.SetComp(generators=loops)
                | ast.DictComp(generators=loops)
                | ast.GeneratorExp(generators=loops)
            ):
                yield from evaluated_calls([loops[0].iter])
            case _:
                yield from evaluated_calls(ast.iter_child_nodes(node))
                if isinstance(node, ast.Call):
                    yield node
