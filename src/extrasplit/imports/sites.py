"""Reads who calls a function by its name in one file, with what, and under which conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from extrasplit.imports import assigned, guards
from extrasplit.imports.guards import Context
from extrasplit.imports.interest import lines_with, touches
from extrasplit.imports.level import Level
from extrasplit.imports.names import Function, dotted, resolve, statements
from extrasplit.imports.parsing import Parsed, SyntaxFault, parse
from extrasplit.imports.reading import Branch, Reader
from extrasplit.imports.skeleton import read_left, skeleton_of
from extrasplit.imports.strings import elements_of, fold_strings
from extrasplit.record import Record

_ASKS: Final = (ast.Call, ast.Compare, ast.BoolOp, ast.UnaryOp)


class Argument(Record):
    """What one call hands over in one place."""

    texts: tuple[str, ...] = ()
    """The strings that it can be."""
    elements: tuple[str, ...] = ()
    """The strings that it holds."""
    name: str | None = None
    """The name that stands there, perhaps a parameter of the function around the call."""
    origin: str | None = None
    """The dotted origin of what stands there, where it was imported."""


class Site(Record):
    """One place where a file calls, or only mentions, a name."""

    callee: str
    """The dotted origin of what is called, or the name where the file itself defines it."""
    own: bool
    scope: str
    """The function around it."""
    parameters: tuple[str, ...]
    """Of that function, those that can be passed by position."""
    line: int
    level: Level
    condition: str | None = None
    main_only: bool = False
    asks: tuple[str, ...] = ()
    fallback: bool = False
    positional: tuple[Argument, ...] = ()
    keywords: tuple[tuple[str, Argument], ...] = ()
    called: bool = True
    """False: it is handed on, decorated or given another name, and called who knows where."""


def read_sites(data: bytes, name: str) -> tuple[Site, ...]:
    """Return all places of a file where the last name of a dotted one is `name`."""
    if name.encode() not in data:
        return ()
    skeleton = skeleton_of(data)
    if skeleton is None:
        return read_every_site(data, name)

    def read(parsed: Parsed) -> tuple[_SiteReader, Iterator[int]]:
        reader = _SiteReader(parsed, name)
        reader.read(data)
        places = skeleton.places(text.encode() for text in reader.bound_to_it())
        return reader, chain(places, reader.unsure(skeleton.data))

    reader = read_left(skeleton, skeleton.places([b"import", name.encode()]), read)
    return read_every_site(data, name) if reader is None else tuple(reader.sites)


def read_every_site(data: bytes, name: str) -> tuple[Site, ...]:
    """Read them by the whole syntax tree: the definition that the quicker way is held to."""
    parsed = parse(data)
    if isinstance(parsed, SyntaxFault):
        return ()
    reader = _SiteReader(parsed, name)
    reader.read(data)
    return tuple(reader.sites)


def _decorated(body: Iterable[ast.stmt], name: str, owner: str = "") -> Iterator[Site]:
    """Yield where a function of that name is handed to a decorator."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _decorated(node.body, name, f"{owner}{node.name}.")
        elif isinstance(node, Function) and node.name == name and node.decorator_list:
            yield Site(owner + name, True, "", (), node.lineno, Level.STARTUP, called=False)


class _SiteReader(Reader):
    """Walks a file as the scan does, and notes calls instead of imports."""

    def __init__(self, parsed: Parsed, name: str) -> None:
        super().__init__(parsed, is_init=False)
        self._name = name
        self._tests: dict[Function, dict[str, ast.expr]] = {}
        self._in_function: set[str] = set()
        """Variables of functions whose value was asked for."""
        self.sites: list[Site] = []

    def read(self, data: bytes) -> None:
        """Walk the whole tree, and read the lines of the source that hold the name."""
        texts = {self._name, *self.bound_to_it()}
        self._lines = lines_with(data, [text.encode() for text in texts])
        self.block(self._tree.body, Branch(), "")
        self.sites += _decorated(self._tree.body, self._name)

    def bound_to_it(self) -> Iterator[str]:
        """Yield the other names that the file gives to what is looked for."""
        for bound, origin in self._names.origins.items():
            if bound != self._name and origin.rpartition(".")[2] == self._name:
                yield bound

    def unsure(self, data: bytes) -> Iterator[int]:
        """Yield the places of a source that might change what was read of a part of it."""
        yield from super().unsure(data)
        yield from assigned.binds(self._in_function, data)

    def _calls(self, root: ast.expr | ast.stmt, branch: Branch, scope: str) -> None:
        if not touches(self._lines, root.lineno, root.end_lineno or root.lineno):
            return
        called: set[ast.expr] = set()
        for node in ast.walk(root):
            if isinstance(node, ast.Call) and self._is_meant(node.func):
                called.add(node.func)
                self._note(node.func, root.lineno, branch, scope, node)
        for node in ast.walk(root):
            if not isinstance(node, ast.Name | ast.Attribute) or isinstance(node.ctx, ast.Store):
                continue
            if node not in called and self._is_meant(node):
                self._note(node, root.lineno, branch, scope, None)

    def _is_meant(self, node: ast.expr) -> bool:
        text = dotted(node)
        origin = resolve(text, self._names.origins) if text else ""
        return origin.rpartition(".")[2] == self._name

    def _note(
        self, node: ast.expr, line: int, branch: Branch, scope: str, call: ast.Call | None
    ) -> None:
        context = branch.context()
        text = dotted(node) or ""
        origins = self._names.origins
        own = text.partition(".")[0] not in origins
        if own and text.startswith("self.") and "." in scope:
            text = f"{scope.rpartition('.')[0]}.{text.removeprefix('self.')}"
        self.sites.append(
            Site(
                resolve(text, origins),
                own,
                scope,
                self._parameters(),
                line,
                Level.TYPING if context.never else context.import_level,
                context.condition,
                context.main_only,
                guards.origins_asked(context, self._names),
                context.fallback,
                tuple(map(self._argument, call.args)) if call else (),
                tuple((k.arg, self._argument(k.value)) for k in call.keywords if k.arg)
                if call
                else (),
                call is not None,
            )
        )

    def _parameters(self) -> tuple[str, ...]:
        if not self._functions:
            return ()
        arguments = self._functions[-1].args
        return tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args))

    def _argument(self, node: ast.expr) -> Argument:
        constants, origins = self._constants(), self._names.origins
        text = dotted(node)
        texts = fold_strings(node, constants)
        held = [fold_strings(each, constants) for each in elements_of(node, constants) or ()]
        return Argument(
            texts=texts or (),
            elements=() if None in held else tuple(text for each in held for text in each or ()),
            name=node.id if isinstance(node, ast.Name) else None,
            origin=resolve(text, origins) if text and text.split(".")[0] in origins else None,
        )

    def _when(self, test: ast.expr, holds: bool, context: Context) -> Context:
        """Read a test as the scan does, and follow what a function's variable stands for."""
        inverted = False
        inner = test
        while isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.Not):
            inner, inverted = inner.operand, not inverted
        if isinstance(inner, ast.Name) and self._functions:
            self._in_function.add(inner.id)
            value = self._tests_in(self._functions[-1]).get(inner.id)
            if value is not None:
                return super()._when(value, holds is not inverted, context)
        return super()._when(test, holds, context)

    def _tests_in(self, function: Function) -> dict[str, ast.expr]:
        """Return the variables of a function that are assigned once, to what may be a test."""
        if function not in self._tests:
            found: dict[str, list[ast.expr]] = {}
            for node in statements(function.body, functions=False):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    found.setdefault(node.targets[0].id, []).append(node.value)
            self._tests[function] = {
                name: values[0]
                for name, values in found.items()
                if len(values) == 1 and isinstance(values[0], _ASKS)
            }
        return self._tests[function]
