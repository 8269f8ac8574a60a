"""Says where a file uses the names that it imports: what could be imported later, and what not.

Read on demand, for the few files whose import lines hold a split back. Scopes are resolved as the
language reference says (4.2.2): a function's locals hide a module's names, a class body's don't.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from extrasplit.imports.names import Function, dotted, statements
from extrasplit.imports.parsing import SyntaxFault, parse
from extrasplit.imports.sure import Body, Call, read_body

PLAIN_DECORATORS: Final = frozenset(
    {
        *("property", "staticmethod", "classmethod", "cached_property", "abstractmethod", "cache"),
        *("lru_cache", "contextmanager", "asynccontextmanager", "overload", "override", "final"),
        *("wraps", "dataclass", "total_ordering", "setter", "getter", "deleter"),
    }
)
"""Decorators of the standard library, which don't evaluate the annotations of what they get."""

_NAMESPACE_READERS: Final = frozenset({"globals", "locals", "vars", "eval", "exec"})


@dataclass(frozen=True, slots=True)
class Usage:
    """One place that uses an imported name."""

    line: int
    scope: str
    """Qualified name of the innermost function; empty where importing the module runs it."""
    how: str
    """`body` of a function; `annotation` that nothing evaluates; else it is evaluated on import:
    `base`, `decorator`, `default`, `class body`, `expression`, `evaluated annotation`, `lambda`,
    `called` (in a function that the module calls while it is imported)."""
    text: str = ""
    """The attributes asked for, as written (`np.linalg.norm`)."""


@dataclass(frozen=True, slots=True)
class BoundName:
    """One name that an import at module level binds, with all its uses in the file."""

    name: str
    line: int
    """Where its import statement begins."""
    nested: bool
    """The import stands under an `if`, `try` or `with`."""
    uses: tuple[Usage, ...]
    exported: bool
    """`__all__` names it."""
    dangers: tuple[str, ...] = ()
    """Why moving its import could change what the file does: `rebound`, `deleted`, `global`,
    `several imports`, or the function that reads the namespace as a whole (`globals`)."""

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions whose bodies use it, in order."""
        return tuple(dict.fromkeys(use.scope for use in self.uses if use.how == "body"))

    @property
    def evaluated(self) -> tuple[Usage, ...]:
        """The uses that importing the module runs."""
        return tuple(use for use in self.uses if use.how not in ("body", "annotation"))

    @property
    def only_annotates(self) -> bool:
        """Whether only annotations that nothing evaluates use it."""
        return bool(self.uses) and all(use.how == "annotation" for use in self.uses)

    @property
    def only_exported(self) -> bool:
        """Whether the file itself has no use for it: it is there for others."""
        return not self.uses


@dataclass(frozen=True, slots=True)
class Bindings:
    """How one file uses what it imports at module level."""

    names: tuple[BoundName, ...] = ()
    star_lines: tuple[int, ...] = ()
    """Lines of star imports: what they bind, and who uses it, isn't known."""
    annotations_are_strings: bool = False
    """`from __future__ import annotations` (PEP 563)."""
    exports: frozenset[str] = frozenset()
    body: Body = field(default_factory=Body)

    def at(self, line: int, name: str) -> BoundName | None:
        """Return the name that the import statement beginning on `line` binds."""
        return next((b for b in self.names if b.line == line and b.name == name), None)

    def unconditional_calls(self, scope: str) -> tuple[Call, ...]:
        """Return the calls that surely happen when a function, or the module (""), runs."""
        return self.body.calls.get(scope, ())


def bindings(data: bytes) -> Bindings:
    """Return where a file uses the names that it imports; nothing where it can't be parsed."""
    parsed = parse(data)
    if isinstance(parsed, SyntaxFault):
        return Bindings()
    return bindings_of(parsed.tree, read_body(data))


def bindings_of(tree: ast.Module, body: Body) -> Bindings:
    """Return the same of a file that was parsed already, with what surely runs in it."""
    imports = list(_imports_of(tree))
    strings = any(name == "annotations" and of == "__future__" for _, name, of, _ in imports)
    reader = _Uses(strings, _called_on_import(body))
    try:
        reader.read(tree)
    except RecursionError:
        return Bindings()
    exports = _exports_of(tree)
    several = [name for _, name, _, _ in imports]
    uses: dict[str, list[Usage]] = {}
    for used, use in reader.uses:
        uses.setdefault(used, []).append(use)
    names = tuple(
        BoundName(
            name,
            line,
            nested,
            tuple(uses.get(name, ())),
            name in exports,
            (
                *(["several imports"] if several.count(name) > 1 else []),
                *sorted(reader.dangers.get(name, ())),
                *sorted(reader.namespace_readers),
            ),
        )
        for line, name, of, nested in imports
        if name != "*" and of != "__future__"
    )
    stars = tuple(line for line, name, _, _ in imports if name == "*")
    return Bindings(names, stars, strings, exports, body)


def _imports_of(tree: ast.Module) -> Iterator[tuple[int, str, str, bool]]:
    """Yield line, bound name, module and whether it is nested, of each import at module level."""
    top = {id(node) for node in tree.body}
    in_classes = {
        id(inner)
        for node in statements(tree.body, functions=False)
        if isinstance(node, ast.ClassDef)
        for inner in statements(node.body)
    }
    for node in statements(tree.body, functions=False):
        if not isinstance(node, ast.Import | ast.ImportFrom) or id(node) in in_classes:
            continue
        for alias in node.names:
            whole = isinstance(node, ast.Import)
            name = alias.name.partition(".")[0] if whole else alias.name
            module = alias.name if isinstance(node, ast.Import) else node.module or ""
            yield node.lineno, alias.asname or name, module, id(node) not in top


def _called_on_import(body: Body) -> frozenset[str]:
    """Return the functions of the file that importing it runs, transitively."""
    found: set[str] = set()
    pending = [""]
    while pending:
        for call in body.calls.get(pending.pop(), ()):
            scopes = [] if call.main_only else body.runs(call.callee)
            pending.extend(scope for scope in scopes if scope not in found)
            found.update(scopes)
    return frozenset(found)


def _exports_of(tree: ast.Module) -> frozenset[str]:
    """Return the strings that `__all__` is made of, wherever it is assigned or extended."""
    found: set[str] = set()
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                pass
            case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value):
                pass
            case ast.Expr(value=ast.Call(func=function) as value) if (
                dotted(function) or ""
            ).startswith("__all__."):
                pass
            case _:
                continue
        constants = (each.value for each in ast.walk(value) if isinstance(each, ast.Constant))
        found.update(text for text in constants if isinstance(text, str))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Scope:
    """One scope around an expression."""

    kind: str
    """`class`, `function`, `lambda` or `comprehension`."""
    bound: frozenset[str]


@dataclass(slots=True)
class _Uses:
    """Walks a file and notes each use of a name of the module."""

    annotations_are_strings: bool
    called: frozenset[str]
    uses: list[tuple[str, Usage]] = field(default_factory=list)
    dangers: dict[str, set[str]] = field(default_factory=dict)
    namespace_readers: set[str] = field(default_factory=set)
    _scopes: list[_Scope] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _function: str = ""

    def read(self, tree: ast.Module) -> None:
        for statement in tree.body:
            self._statement(statement)

    def _statement(self, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._def(node)
            case ast.ClassDef():
                self._class(node)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._variable(annotation, value)
                self._expression(target, "expression")
            case ast.Global(names=names):
                self._endanger(names, "global")
            case ast.Delete(targets=targets):
                deleted = [target.id for target in targets if isinstance(target, ast.Name)]
                self._endanger((name for name in deleted if self._is_module_name(name)), "deleted")
            case ast.Import() | ast.ImportFrom():
                pass
            case _:
                self._children(node)

    def _children(self, node: ast.AST) -> None:
        where = "class body" if self._scopes and self._scopes[-1].kind == "class" else "expression"
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expression(child, where)
            else:
                self._statement(child)

    def _def(self, node: Function) -> None:
        arguments = node.args
        for decorator in node.decorator_list:
            self._expression(decorator, "decorator")
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self._expression(default, "default")
        read = not all(map(_is_plain, node.decorator_list))
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        named += [each for each in (arguments.vararg, arguments.kwarg) if each]
        for annotation in (*(each.annotation for each in named), node.returns):
            if annotation is not None:
                self._annotation(annotation, read=read)
        self._store(node.name)
        bound = frozenset({each.arg for each in named} | _bound_in(node.body))
        function, self._function = self._function, ".".join([*self._path, node.name])
        self._enter(node.name, _Scope("function", bound), node.body)
        self._function = function

    def _class(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self._expression(decorator, "decorator")
        for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
            self._expression(base, "base")
        self._store(node.name)
        frameworks = bool(node.bases) or not all(map(_is_plain, node.decorator_list))
        kind = _Scope("class", _bound_in(node.body) | ({"__bases__"} if frameworks else set()))
        self._enter(node.name, kind, node.body)

    def _enter(self, name: str, scope: _Scope, body: Iterable[ast.stmt]) -> None:
        self._path.append(name)
        self._scopes.append(scope)
        for statement in body:
            self._statement(statement)
        self._scopes.pop()
        self._path.pop()

    def _variable(self, annotation: ast.expr, value: ast.expr | None) -> None:
        """Read an annotated variable: a function never evaluates its locals' (PEP 526)."""
        innermost = self._scopes[-1] if self._scopes else None
        if innermost is not None and innermost.kind == "function":
            self._annotation(annotation, read=False, local=True)
        else:
            read = innermost is not None and "__bases__" in innermost.bound
            self._annotation(annotation, read=read)
        if value is not None:
            self._expression(value, "class body" if innermost else "expression")

    def _annotation(self, node: ast.expr, *, read: bool, local: bool = False) -> None:
        evaluated = read or not (self.annotations_are_strings or local)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                self._quoted(inner, read=read)
        self._expression(node, "evaluated annotation" if evaluated else "annotation")

    def _quoted(self, node: ast.Constant, *, read: bool) -> None:
        try:
            inner = ast.parse(str(node.value).strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return
        for each in ast.walk(inner):
            if isinstance(each, ast.expr):
                each.lineno = node.lineno
        self._expression(inner, "evaluated annotation" if read else "annotation")

    def _expression(self, node: ast.expr, how: str) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self._use(name, name, node.lineno, how)
            case ast.Name(id=name):
                self._store(name)
            case ast.Attribute() if (text := dotted(node)) is not None:
                self._use(text.partition(".")[0], text, node.lineno, how)
            case ast.Lambda(args=arguments, body=body):
                for default in (*arguments.defaults, *arguments.kw_defaults):
                    if default is not None:
                        self._expression(default, how)
                named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                named += [each for each in (arguments.vararg, arguments.kwarg) if each]
                self._scopes.append(_Scope("lambda", frozenset(each.arg for each in named)))
                self._expression(body, "lambda")
                self._scopes.pop()
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                targets = (n for g in node.generators for n in ast.walk(g.target))
                bound = frozenset(each.id for each in targets if isinstance(each, ast.Name))
                self._scopes.append(_Scope("comprehension", bound))
                self._parts(node, how)
                self._scopes.pop()
            case _:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    self.namespace_readers |= _NAMESPACE_READERS & {node.func.id}
                self._parts(node, how)

    def _parts(self, node: ast.AST, how: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expression(child, how)
            elif isinstance(child, ast.keyword | ast.comprehension):
                self._parts(child, how)

    def _use(self, name: str, text: str, line: int, how: str) -> None:
        if not self._is_module_name(name):
            return
        scope = self._function
        if scope:
            plain = how == "annotation"
            how = "annotation" if plain else "called" if scope in self.called else "body"
        self.uses.append((name, Usage(line, scope, how, text)))

    def _store(self, name: str) -> None:
        if not self._scopes:
            self._endanger([name], "rebound")

    def _endanger(self, names: Iterable[str], danger: str) -> None:
        for name in names:
            self.dangers.setdefault(name, set()).add(danger)

    def _is_module_name(self, name: str) -> bool:
        for depth, scope in enumerate(reversed(self._scopes)):
            if scope.kind == "class" and depth and not self._sees_class(depth):
                continue
            if name in scope.bound:
                return False
        return True

    def _sees_class(self, depth: int) -> bool:
        """Tell whether only comprehensions lie between the code and the class body around it."""
        return all(scope.kind == "comprehension" for scope in self._scopes[-depth:])


def _is_plain(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (dotted(called) or "").rpartition(".")[2] in PLAIN_DECORATORS


def _bound_in(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Return the names that a function's or class's block binds for itself."""
    bound: set[str] = set()
    elsewhere: set[str] = set()
    for node in _scope_nodes(body):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                bound.add(name)
            case ast.ClassDef(name=name):
                bound.add(name)
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case ast.MatchMapping(rest=str(name)):
                bound.add(name)
            case ast.Import(names=names):
                bound.update(each.asname or each.name.partition(".")[0] for each in names)
            case ast.ImportFrom(names=names):
                bound.update(each.asname or each.name for each in names)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                elsewhere.update(names)
    return frozenset(bound - elsewhere)


def _scope_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of one scope; of a scope inside it only the node that opens it."""
    pending = list(body)
    opens = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    loops = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (*opens, *loops)):
            pending.extend(ast.iter_child_nodes(node))
