"""Says how one import line could run later, and what keeps it where it is.

`function` moves the import into the functions that alone use the name, `lazy` serves a name that
others import from here on demand (PEP 562), `typing` leaves it to type checkers. `guard` is for
what can't simply move: importing the module evaluates the name, or the change would show.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from extrasplit.imports.bindings import Bindings, BoundName, Usage, bindings_of
from extrasplit.imports.calls import Unit
from extrasplit.imports.level import Level
from extrasplit.imports.modules import Link
from extrasplit.imports.names import Function, dotted, statements
from extrasplit.imports.parsing import SyntaxFault, parse
from extrasplit.imports.startup import StartupGraph, StartupLine
from extrasplit.imports.sure import Body, body_of

Change = Literal["function", "lazy", "typing", "guard"]

_COMPILED: Final = frozenset(
    {"jit", "njit", "vectorize", "guvectorize", "stencil", "script", "kernel", "udf", "cfunc"}
)
"""Decorators that compile a function's source (Numba, TorchScript, Taichi, Spark): an import
inside it would not compile, or would run elsewhere."""


@dataclass(frozen=True, slots=True)
class Deferral:
    """How one imported name could come later."""

    change: Change
    into: tuple[str, ...] = ()
    """The functions that receive the import, qualified."""
    used_at: int | None = None
    """Where the name is evaluated when the module is imported."""
    why: str = ""
    """What keeps it where it is; where it is late, what asks for the function that it stands in."""
    called: frozenset[str] = frozenset()
    """Those of the functions that run at startup: only branches of theirs use it."""
    annotated: bool = False
    """Annotations that nothing evaluates use it too."""
    submodule: str | None = None
    """The absolute name of what it binds, where that is a module."""
    late: bool = False
    """It stands in a function already (`into`): only the answer where it fails is missing."""


@dataclass(slots=True)
class Sources:
    """What was read of the project's files, each once, for all entrypoints."""

    read: Callable[[str], bytes]
    _bindings: dict[str, Bindings] = field(default_factory=dict)
    _bodies: dict[str, Body] = field(default_factory=dict)
    _trees: dict[str, ast.Module | None] = field(default_factory=dict)

    def bindings(self, path: str) -> Bindings:
        """Return where a file uses the names that it imports."""
        if path not in self._bindings:
            tree = self.tree(path)
            found = bindings_of(tree, self.body(path)) if tree is not None else Bindings()
            self._bindings[path] = found
        return self._bindings[path]

    def body(self, path: str) -> Body:
        """Return what surely runs in a file; nothing where it cannot be parsed."""
        if path not in self._bodies:
            tree = self.tree(path)
            self._bodies[path] = body_of(tree) if tree is not None else Body()
        return self._bodies[path]

    def lines(self, path: str) -> list[bytes]:
        """Return a file's lines, as Python counts them."""
        return re.split(rb"\r\n|\r|\n", self.read(path).removeprefix(b"\xef\xbb\xbf"))

    def tree(self, path: str) -> ast.Module | None:
        """Return a file's syntax tree, None where it cannot be parsed."""
        if path not in self._trees:
            parsed = parse(self.read(path))
            self._trees[path] = None if isinstance(parsed, SyntaxFault) else parsed.tree
        return self._trees[path]


class Deferrals:
    """Answers for the lines of one startup graph; files are read when they are asked for."""

    def __init__(self, graph: StartupGraph, sources: Sources) -> None:
        self.graph, self.sources = graph, sources
        self._known: dict[StartupLine, Deferral] = {}
        self._called = graph.called
        self._readers: _Readers | None = None

    def of(self, line: StartupLine) -> Deferral:
        """Return how a line could be deferred."""
        if line not in self._known:
            self._known[line] = self._decide(line)
        return self._known[line]

    def weight(self, line: StartupLine) -> int:
        """Return the points of deferring a line: 3 where it can't simply move (DESIGN 7.11)."""
        return 3 if self.of(line).change == "guard" else 1

    def _decide(self, line: StartupLine) -> Deferral:
        imported = line.imported
        if imported.via != "import":
            return Deferral("guard", used_at=line.line, why="it is loaded by its name")
        if imported.scope:
            return Deferral("guard", used_at=line.line, why=f"{imported.scope}() runs at startup")
        if imported.name == "*":
            return Deferral("guard", used_at=line.line, why="a star import binds what it finds")
        found = self.sources.bindings(line.path).at(line.line, line.name)
        if found is None:
            return Deferral("guard", used_at=line.line, why="what uses it could not be read")
        evaluated = next((use for use in found.evaluated if self._is_sure(line.path, use)), None)
        if evaluated is None:
            evaluated = next((use for use in found.uses if self._runs(line.path, use)), None)
        if evaluated is not None:
            return Deferral("guard", used_at=evaluated.line, why=_evaluation(evaluated))
        danger = self._danger(line, found)
        if danger:
            return Deferral("guard", why=danger)
        return self._movable(line, found)

    def _movable(self, line: StartupLine, found: BoundName) -> Deferral:
        how = self._choose(line, found)
        whole = line.source is None and line.imported.name is not None and bool(line.files)
        called = frozenset(scope for scope in how.into if self._is_called(line.path, scope))
        called |= {use.scope for use in found.uses if use.how == "called"}
        return replace(
            how,
            called=called & frozenset(how.into),
            annotated=any(use.how == "annotation" for use in found.uses),
            submodule=line.module if whole else None,
        )

    def _choose(self, line: StartupLine, found: BoundName) -> Deferral:
        into = tuple(dict.fromkeys(use.scope for use in found.uses if use.how != "annotation"))
        package = posixpath.basename(line.path) == "__init__.py"
        taken = found.exported or self.readers.has(line.path, found.name)
        serves = taken or (package and not found.uses)
        if serves and package and self._names_submodule(line, found.name):
            return Deferral("guard", why=f"a module beside it is called {found.name} too")
        if serves:
            return Deferral("lazy", into)
        if found.only_annotates:
            return Deferral("typing")
        if into:
            return Deferral("function", into)
        return Deferral("guard", why="nothing uses the name: it may be imported for what it does")

    def _danger(self, line: StartupLine, found: BoundName) -> str | None:
        if found.nested:
            return "it stands under a condition"
        if found.dangers:
            return f"the file makes it uncertain ({', '.join(found.dangers)})"
        exports = self.sources.bindings(line.path).exports
        if line.path in self.readers.starred:
            private = found.name.startswith("_")
            if found.name in exports or (not exports and not private):
                return "another module takes it by a star import"
        for scope in dict.fromkeys(use.scope for use in found.uses if use.how != "annotation"):
            for node in functions_named(self.sources.tree(line.path), scope):
                refusal = refuses_import(node, self.sources.lines(line.path))
                if refusal:
                    return f"{scope}() {refusal}"
        return None

    def _names_submodule(self, line: StartupLine, name: str) -> bool:
        """Whether a package's attribute would be its submodule of that name, once it is loaded."""
        if line.source is None:
            return False
        beside = posixpath.join(posixpath.dirname(line.path), name)
        listing = self.graph.modules.packages.listing
        return f"{beside}.py" in listing or f"{beside}/__init__.py" in listing

    @property
    def readers(self) -> _Readers:
        """Who takes names from which file."""
        if self._readers is None:
            self._readers = _read_readers(self.graph, self.sources)
        return self._readers

    # -- what runs at startup ----------------------------------------------------------------

    def _is_sure(self, path: str, use: Usage) -> bool:
        """Whether an evaluated use really runs: of a function that is called, not every line."""
        return use.how != "called" or self._surely(path, use)

    def _runs(self, path: str, use: Usage) -> bool:
        """Whether another file calls the function that uses a name, while it is imported."""
        return use.how == "body" and self._is_called(path, use.scope) and self._surely(path, use)

    def _surely(self, path: str, use: Usage) -> bool:
        sure = self.sources.body(path).lines.get(use.scope, frozenset())
        for node in functions_named(self.sources.tree(path), use.scope):
            starts = [each.lineno for each in _own_statements(node) if each.lineno <= use.line]
            if node.lineno <= use.line <= (node.end_lineno or 0):
                return not starts or max(starts) in sure
        return True

    def _is_called(self, path: str, scope: str) -> bool:
        """Whether starting surely calls this function."""
        return Unit(path, scope) in self._called


@dataclass(frozen=True, slots=True)
class _Readers:
    """Which names of a file other files take."""

    taken: frozenset[tuple[str, str]]
    starred: frozenset[str]
    whole: dict[str, frozenset[tuple[str, str]]]
    """By file, those that import it as a module, with what they call it."""
    read: Callable[[str], bytes]

    def has(self, path: str, name: str) -> bool:
        """Whether a file takes the name: it imports it, or asks the module for it."""
        if (path, name) in self.taken:
            return True
        return any(
            f"{module}.{name}".encode() in self.read(each)
            for each, module in self.whole.get(path, ())
        )


def _read_readers(graph: StartupGraph, sources: Sources) -> _Readers:
    taken: set[tuple[str, str]] = set()
    starred: set[str] = set()
    whole: dict[str, set[tuple[str, str]]] = {}
    for path, file in graph.modules.linked.items():
        for link in file.links:
            imported = link.imported
            if not link.files or imported.level is Level.TYPING:
                continue
            if imported.name == "*":
                starred.add(link.files[-1])
            elif imported.name is None or link.is_submodule:
                module = imported.bound if imported.name or imported.bound != _top(link) else None
                for each in link.files if imported.name is None else link.files[-1:]:
                    called = module or posixpath.basename(_package_or_module(each))
                    whole.setdefault(each, set()).add((path, called))
            else:
                taken.add((link.files[-1], imported.name))
    files = {path: frozenset(found) for path, found in whole.items()}
    return _Readers(frozenset(taken), frozenset(starred), files, sources.read)


def _top(link: Link) -> str:
    return link.imported.module.partition(".")[0]


def _package_or_module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__")


def functions_named(tree: ast.Module | None, qualified: str) -> list[Function]:
    """Return the functions of that qualified name: overloads and branches define several."""
    found: list[Function] = []
    pending: list[tuple[str, Iterable[ast.stmt]]] = [("", tree.body if tree else ())]
    while pending:
        prefix, body = pending.pop()
        for node in _within_scope(body):
            if not isinstance(node, Function | ast.ClassDef):
                continue
            name = f"{prefix}{node.name}"
            if name == qualified and isinstance(node, Function):
                found.append(node)
            elif qualified.startswith(f"{name}."):
                pending.append((f"{name}.", node.body))
    return found


def _within_scope(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the statements of one scope, those of its blocks among them."""
    for statement in body:
        yield statement
        if not isinstance(statement, Function | ast.ClassDef):
            inner = [each for each in ast.iter_child_nodes(statement) if _is_block(each)]
            yield from _within_scope(inner)  # type: ignore[arg-type]


def _is_block(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)


def _own_statements(function: Function) -> Iterator[ast.stmt]:
    for node in statements(function.body, functions=False):
        if isinstance(node, ast.stmt):
            yield node


def refuses_import(function: Function, lines: Sequence[bytes]) -> str | None:
    """Return why a function of a file of these lines can't hold an import, None where it can."""
    first = function.body[0]
    if lines[first.lineno - 1][: first.col_offset].strip():
        return "has its body on the line of its header"
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (dotted(called) or "").rpartition(".")[2] in _COMPILED:
            return "is compiled from its source"
    return None


def _evaluation(use: Usage) -> str:
    match use.how:
        case "called" | "body":
            return f"{use.scope}() uses it, which runs at startup"
        case "base":
            return "it is a base class"
        case "default":
            return "it is a default value"
        case "expression" | "class body":
            return "the module uses it when it is imported"
        case "evaluated annotation":
            return "an annotation that is evaluated uses it"
        case _:
            return f"it is used in a {use.how}"
