"""Tells what surely runs when a module, or one of its functions, does: calls and statements.

A statement under a condition that the target decides (`sys.version_info`), or that a guard decides,
is among them; one under any other test isn't.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

from extrasplit.imports import guards
from extrasplit.imports.guards import (
    Names,
    catches_absence,
    leaves,
    names_of,
)
from extrasplit.imports.level import Level, weakest
from extrasplit.imports.markers import all_of
from extrasplit.imports.names import Function, dotted, resolve
from extrasplit.imports.outline import FunctionText, outline_of
from extrasplit.imports.parsing import Parsed, SyntaxFault, parse
from extrasplit.record import Draft, Record, field, replace

RUNNERS: Final = frozenset(
    {"typer.run", "fire.Fire", "anyio.run", "trio.run", "curses.wrapper", "asyncio.run"}
)
"""Functions of others that call the function which they are given, and nothing before it."""

_MADE_BY: Final = ("__new__", "__init__", "__post_init__")
"""What making an instance runs (data model; dataclasses)."""


class Call(Record):
    """One call that surely happens when its scope runs."""

    callee: str
    """The dotted origin of what is called (`.app.create_app`, `app.cli.main`, `main`)."""
    line: int
    level: Level = Level.STARTUP
    main_only: bool = False
    own: bool = False
    """The callee is a name of this file, qualified, and was not imported."""
    condition: str | None = None
    """A PEP 508 marker under which it happens."""
    bound: str | None = None
    """The local name of the import that binds the callee."""


class Body(Record):
    """What one file defines, calls and offers as a guard."""

    calls: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)
    """By scope; the empty one is the top level."""
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """By scope, the lines at which a statement or test begins that surely runs when it runs."""
    functions: frozenset[str] = frozenset()
    """Qualified names of functions and methods."""
    classes: frozenset[str] = frozenset()

    def runs(self, name: str) -> tuple[str, ...]:
        """Return the scopes that calling `name` runs."""
        return scopes_run(name, self.functions, self.classes)


def scopes_run(name: str, functions: Container[str], classes: Container[str]) -> tuple[str, ...]:
    """Return the scopes that calling `name` runs, in a file that defines these."""
    if name in functions:
        return (name,)
    if name in classes:
        made = (f"{name}.{method}" for method in _MADE_BY)
        return tuple(scope for scope in made if scope in functions)
    return ()


class FileBody:
    """The same of one file, of which a function is read when it is asked for."""

    def __init__(self, data: bytes) -> None:
        outline = outline_of(data)
        parsed = None if outline is None else parse(outline.text)
        self._data = data
        self._unread: dict[str, FunctionText] = {}
        if outline is not None and isinstance(parsed, Parsed):
            self._unread = dict(outline.bodies)
            self._reader = _reader_of(parsed.tree)
            self._reader.functions |= outline.plain
        else:
            self._read_whole()

    def calls(self, scope: str) -> Sequence[Call]:
        """Return what surely is called when a scope runs."""
        self._read(scope)
        return self._reader.calls.get(scope, ())

    def lines(self, scope: str) -> Collection[int]:
        """Return the lines at which a statement begins that surely runs when its scope does."""
        self._read(scope)
        return self._reader.lines.get(scope, ())

    def runs(self, name: str) -> tuple[str, ...]:
        """Return the scopes that calling `name` runs."""
        return scopes_run(name, self._reader.functions, self._reader.classes)

    def _read(self, scope: str) -> None:
        outer = scope
        while outer and outer not in self._unread:
            outer = outer.rpartition(".")[0]
        text = self._unread.pop(outer, None) if outer else None
        if text is None:
            return
        parsed = parse(b"async def _():\n" + text.text)
        body = parsed.tree.body if isinstance(parsed, Parsed) else []
        if len(body) == 1 and isinstance(body[0], ast.AsyncFunctionDef):
            self._reader.read_function(outer, body[0].body, text.line - 2)
        else:
            self._read_whole()

    def _read_whole(self) -> None:
        self._unread = {}
        parsed = parse(self._data)
        tree = ast.Module([], []) if isinstance(parsed, SyntaxFault) else parsed.tree
        self._reader = _reader_of(tree)


def _reader_of(tree: ast.Module) -> _Reader:
    reader = _Reader(names_of(tree))
    reader.read_scope("", tree.body)
    return reader


def read_body(data: bytes) -> Body:
    """Parse one file; one that cannot be parsed says nothing here (the scan reports it)."""
    parsed = parse(data)
    return Body() if isinstance(parsed, SyntaxFault) else body_of(parsed.tree)


def body_of(tree: ast.Module) -> Body:
    """Return the same of a file that was parsed already."""
    reader = _reader_of(tree)
    return Body(
        {scope: tuple(calls) for scope, calls in reader.calls.items() if calls},
        {scope: frozenset(lines) for scope, lines in reader.lines.items()},
        frozenset(reader.functions),
        frozenset(reader.classes),
    )


def read_entries(data: bytes) -> dict[str, frozenset[str]]:
    """Return by string the strings that share an entry of a dictionary with it."""
    parsed = parse(data)
    tree = ast.Module([], []) if isinstance(parsed, SyntaxFault) else parsed.tree
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


class _When(Record):
    """What is known of a statement that surely runs, once its scope does."""

    level: Level = Level.STARTUP
    main_only: bool = False
    condition: str | None = None


class _Reader(Draft):
    """Walks the statements that surely run, scope by scope."""

    names: Names
    calls: dict[str, list[Call]] = field(default_factory=dict)
    lines: dict[str, set[int]] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    instances: dict[str, str] = field(default_factory=dict)
    """Variables (`scope:name`) to the origin of what was called to make them."""
    owner: str = ""
    """The class whose body is being read: what it defines has its name before it."""
    before: int = 0
    """Lines of the file before those that are read."""

    def read_function(self, scope: str, body: list[ast.stmt], before: int) -> None:
        """Read the body of one function, which knows the names of the file and its own."""
        whole, self.before = self.names, before
        inner = names_of(ast.Module(body, []), whole.origins)
        self.names = Names(inner.origins, whole.flags | inner.flags, whole.tests)
        self.read_scope(scope, body)
        self.names, self.before = whole, 0

    def read_scope(self, scope: str, body: list[ast.stmt]) -> None:
        self.calls.setdefault(scope, [])
        self.lines.setdefault(scope, set())
        owner, self.owner = self.owner, ""
        self._block(scope, body, _When())
        self.owner = owner

    def _block(self, scope: str, body: Sequence[ast.stmt], when: _When) -> None:
        for statement in body:
            self._statement(scope, statement, when)
            if leaves([statement]):
                self._definitions(scope, body)
                return

    def _definitions(self, scope: str, body: Iterable[ast.AST]) -> None:
        for statement in body:
            if isinstance(statement, Function | ast.ClassDef):
                self._define(self.owner or scope, statement)
            elif isinstance(statement, ast.stmt | ast.ExceptHandler | ast.match_case):
                self._definitions(scope, ast.iter_child_nodes(statement))

    def _statement(self, scope: str, node: ast.stmt, when: _When) -> None:
        self.lines[scope].add(node.lineno + self.before)
        match node:
            case ast.ClassDef(name=name):
                self._define(self.owner or scope, node)
                keywords = [keyword.value for keyword in node.keywords]
                self._expressions(scope, [*node.decorator_list, *node.bases, *keywords], when)
                self._decorate(scope, node.decorator_list, when)
                owner, within = self.owner, self.owner or scope
                self.owner = f"{within}.{name}" if within else name
                self._block(scope, [s for s in node.body if not isinstance(s, Function)], when)
                self.owner = owner
                for method in node.body:
                    if isinstance(method, Function):
                        self._head(scope, method, when)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define(self.owner or scope, node)
                self._head(scope, node, when)
            case ast.If():
                self._if(scope, node, when)
            case ast.Try(body=body, handlers=handlers) | ast.TryStar(body=body, handlers=handlers):
                caught = any(catches_absence(handler) for handler in handlers)
                level = weakest(when.level, Level.GUARDED) if caught else when.level
                self._block(scope, [*body, *node.orelse], replace(when, level=level))
                self._block(scope, node.finalbody, when)
                self._definitions(scope, handlers)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                self._expressions(scope, [item.context_expr for item in items], when)
                caught = guards.suppresses_absence(node, self.names.origins)
                level = weakest(when.level, Level.GUARDED) if caught else when.level
                self._block(scope, body, replace(when, level=level))
            case ast.For(iter=header, body=body) | ast.AsyncFor(iter=header, body=body):
                self._expressions(scope, [header], when)
                self._block(scope, body, when)
            case ast.While(test=header, body=body):
                self._expressions(scope, [header], when)
                self._block(scope, body, when)
            case ast.Match(subject=subject, cases=cases):
                self._expressions(scope, [subject], when)
                self._definitions(scope, cases)
            case _:
                self._remember_instance(scope, node)
                self._expressions(scope, ast.iter_child_nodes(node), when)

    def _if(self, scope: str, node: ast.If, when: _When) -> None:
        self._expressions(scope, [node.test], when)
        for body, holds in ((node.body, True), (node.orelse, False)):
            known = guards.when(node.test, self.names, holds=holds)
            decided = known.condition or known.main_only or known.level is Level.GUARDED
            if decided and not known.never:
                inner = _When(
                    weakest(when.level, known.level),
                    when.main_only or known.main_only,
                    all_of([when.condition, known.condition]),
                )
                self._block(scope, body, inner)
            elif not known.never and known == guards.NOTHING and _is_true(node.test) is holds:
                self._block(scope, body, when)
            else:
                self._definitions(scope, body)

    def _head(self, scope: str, node: Function, when: _When) -> None:
        args = node.args
        defaults = [*args.defaults, *filter(None, args.kw_defaults)]
        self._expressions(scope, [*node.decorator_list, *defaults], when)
        self._decorate(scope, node.decorator_list, when)

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
            if not _is_left_out(node.body):
                self.read_scope(name, node.body)

    def _decorate(self, scope: str, decorators: list[ast.expr], when: _When) -> None:
        for decorator in decorators:
            self._add(scope, dotted(decorator), decorator.lineno, when)

    def _remember_instance(self, scope: str, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made = dotted(node.value.func)
            for target in node.targets:
                if made and isinstance(target, ast.Name):
                    self.instances[f"{scope}:{target.id}"] = made

    def _expressions(self, scope: str, nodes: Iterable[ast.AST], when: _When) -> None:
        for call in evaluated_calls(nodes):
            name = dotted(call.func)
            match call.func:
                case ast.Attribute(value=ast.Call(func=made), attr=method) if dotted(made):
                    name = f"{dotted(made)}.{method}"
            self._add(scope, name, call.lineno, when)
            if name and resolve(name, self.names.origins) in RUNNERS and call.args:
                self._add(scope, dotted(call.args[0]), call.lineno, when)

    def _add(self, scope: str, name: str | None, line: int, when: _When) -> None:
        if name is None:
            return
        first, dot, rest = name.partition(".")
        if first in ("self", "cls") and "." in scope:
            name = f"{scope.rpartition('.')[0]}.{rest}"
        elif dot:
            made = self.instances.get(f"{scope}:{first}") or self.instances.get(f":{first}")
            name = f"{made}.{rest}" if made else name
        local = self._local(scope, name)
        callee = local or resolve(name, self.names.origins)
        own = local is not None or name.partition(".")[0] not in self.names.origins
        bound = None if own else name.partition(".")[0]
        line += self.before
        self.calls[scope].append(
            Call(callee, line, when.level, when.main_only, own, when.condition, bound)
        )

    def _local(self, scope: str, name: str) -> str | None:
        """Qualify a name that is defined inside the function, or one of those around it."""
        while scope:
            inside = f"{scope}.{name.partition('.')[0]}"
            visible = scope not in self.classes  # a class body is no scope for its methods
            if visible and (inside in self.functions or inside in self.classes):
                return f"{scope}.{name}"
            scope = scope.rpartition(".")[0]
        return None


def _is_left_out(body: list[ast.stmt]) -> bool:
    """Whether all that stands there is `...`: an overload, or the body is elsewhere."""
    first = body[0]
    constant = first.value if isinstance(first, ast.Expr) else None
    return len(body) == 1 and isinstance(constant, ast.Constant) and constant.value is ...


def _is_true(test: ast.expr) -> bool | None:
    """Return what a constant test says, None for every other."""
    return bool(test.value) if isinstance(test, ast.Constant) else None


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
