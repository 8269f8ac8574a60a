"""Walks the statements of one source file: what each of them imports and spawns, and when.

The walk over statements is the definition of all levels. Expressions are read only on the lines
that hold one of the names that `dynamic` and `spawns` look for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from extrasplit.imports import assigned, dynamic, guards, spawns
from extrasplit.imports.alternatives import alternatives_of
from extrasplit.imports.guards import NOTHING, Context, Names
from extrasplit.imports.interest import (
    lines_with,
    texts_of_interest,
    touches,
)
from extrasplit.imports.level import Level
from extrasplit.imports.names import Function, dotted
from extrasplit.imports.parsing import Parsed
from extrasplit.imports.scanned import Handed, Import, Spawn, Undecided
from extrasplit.imports.strings import Constants, constants_of, elements_of, fold_string
from extrasplit.record import replace


class Branch:
    """A place in the nesting; what it says of its statements is asked only where one imports."""

    __slots__ = ("_context", "_narrow", "_outer")

    def __init__(
        self,
        outer: Branch | None = None,
        narrow: Callable[[Context], Context] | None = None,
    ) -> None:
        self._outer = outer
        self._narrow = narrow
        self._context = None if outer else NOTHING

    def context(self) -> Context:
        """Return what this place and all around it say (a loop: a chain of elif is long)."""
        unknown: list[Branch] = []
        branch: Branch | None = self
        while branch is not None and branch._context is None:
            unknown.append(branch)
            branch = branch._outer
        context = (branch._context if branch else None) or NOTHING
        for each in reversed(unknown):
            if each._narrow is not None:
                context = each._narrow(context)
            each._context = context
        return context


class _Recorded(dict[str, Any]):
    """A table that notes which names were asked for."""

    def __init__(self, known: Mapping[str, Any], asked: set[str]) -> None:
        super().__init__(known)
        self._asked = asked

    def get(self, name: str, default: Any = None) -> Any:
        self._asked.add(name)
        return super().get(name, default)


_Part = tuple[ast.AST, Branch, str, Constants]
_INSTEAD = partial(Context.and_also, other=Context(caught=True, fallback=True))
_ANSWERED = partial(Context.and_also, other=Context(answered=True))


class Reader:
    """Walks the statements of one file and collects what they import and spawn."""

    def __init__(self, parsed: Parsed, *, is_init: bool) -> None:
        self._tree = parsed.tree
        self._lazy_lines = parsed.lazy_lines
        self._is_init = is_init
        self._path: list[str] = []
        self._functions: list[Function] = []
        self._constants_of: dict[ast.AST, Constants] = {}
        self._lines: list[int] = []
        self.asked: set[str] = set()
        """Names whose origin was asked for: an alias in what isn't parsed could change it."""
        self.tested: set[str] = set()
        """Names whose value at module level was asked for: an assignment there could."""
        self._lazy_modules = self._listed_as_lazy()
        self.imports: list[Import] = []
        self.spawns: list[Spawn] = []
        self.undecided: list[Undecided] = []
        self.handed: list[Handed] = []
        self.loading: set[str] = set()
        """Functions with a loop that calls `.load()` on what it visits."""

    def read_calls_of(self, data: bytes) -> frozenset[bytes]:
        """Read the calls as well, on the lines that hold the texts which are returned."""
        texts = texts_of_interest(data, self._names.origins)
        self._lines = lines_with(data, texts)
        return texts

    @property
    def looked_up(self) -> set[str]:
        """The names whose constant values were asked for."""
        return self._constants().asked if self._constants_of else set()

    def unsure(self, data: bytes) -> Iterator[int]:
        """Yield the places of a source that might change what was read of a part of it."""
        yield from assigned.aliases(self.asked, data)
        yield from assigned.sets_at_margin(self.tested, data)
        yield from assigned.binds(self.looked_up, data)

    @cached_property
    def _names(self) -> Names:
        names = guards.names_of(self._tree)
        return replace(
            names,
            origins=_Recorded(names.origins, self.asked),
            tests=_Recorded(names.tests, self.tested),
        )

    def _constants(self) -> Constants:
        """Return the constants as the innermost function sees them."""
        known = self._constants_of
        if self._tree not in known:
            known[self._tree] = constants_of(self._tree)
        constants = known[self._tree]
        for function in self._functions:
            if function not in known:
                known[function] = constants.inside(function)
            constants = known[function]
        return constants

    def block(self, body: Sequence[ast.stmt], branch: Branch, scope: str) -> None:
        """Read statements that run one after the other."""
        for statement in body:
            kind = type(statement)
            if kind is ast.Import or kind is ast.ImportFrom:
                self._import(statement, branch, scope)  # type: ignore[arg-type]
            elif (read := _READERS.get(kind)) is not None:
                branch = read(self, statement, branch, scope) or branch
            elif self._lines:
                self._calls(statement, branch, scope)

    def _import(self, node: ast.Import | ast.ImportFrom, branch: Branch, scope: str) -> None:
        context = branch.context()
        if context.never:
            return
        lazy = not scope and (node.lineno in self._lazy_lines or getattr(node, "is_lazy", False))
        for alias in node.names:
            if isinstance(node, ast.Import):
                module, dots, name = alias.name, 0, None
                bound: str | None = alias.asname or module.partition(".")[0]
            else:
                module, dots, name = node.module or "", node.level, alias.name
                bound = None if name == "*" else alias.asname or name
            deferred = lazy or (not scope and self._is_listed_as_lazy(module, dots, name))
            level = Level.DEFERRED if deferred else Level.STARTUP
            self._add((module, dots, name, bound), level, scope, node.lineno, context)

    def _add(
        self,
        target: tuple[str, int, str | None, str | None],
        level: Level,
        scope: str,
        line: int,
        context: Context,
        via: str = "import",
        group: str | None = None,
    ) -> None:
        if context is NOTHING:
            self.imports.append(Import(*target, level, scope, line, via, group=group))
            return
        self.imports.append(
            Import(
                *target,
                max(level, context.import_level),
                scope,
                line,
                via,
                condition=context.condition,
                main_only=context.main_only,
                asks=guards.origins_asked(context, self._names) if context.asks else (),
                fallback=context.fallback,
                answered=context.answered,
                group=group,
                or_else=context.alternatives(target[3]) if context.instead else (),
            )
        )

    def _listed_as_lazy(self) -> frozenset[str]:
        """Return what the module-level `__lazy_modules__` lists (PEP 810)."""
        for node in self._tree.body:
            if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__lazy_modules__":
                names = (each.id for each in ast.walk(node.value) if isinstance(each, ast.Name))
                self.tested.update(names)
                elements = elements_of(node.value, self._constants()) or ()
                folded = (fold_string(element, self._constants()) for element in elements)
                return frozenset(text for text in folded if text)
        return frozenset()

    def _is_listed_as_lazy(self, module: str, dots: int, name: str | None) -> bool:
        """Tell whether `__lazy_modules__` (PEP 810) names it; there it stands with its package."""
        if not self._lazy_modules or name == "*":
            return False
        texts = {module, f"{module}.{name}"} if name else {module}
        if not dots:
            return not texts.isdisjoint(self._lazy_modules)
        return any(listed.endswith(f".{text}") for text in texts for listed in self._lazy_modules)

    def _when(self, test: ast.expr, holds: bool, context: Context) -> Context:
        return context.and_also(guards.when(test, self._names, holds=holds))

    def _if(self, node: ast.If, branch: Branch, scope: str) -> Branch:
        """Read a chain of tests; what follows it knows that no branch which leaves was taken."""
        after = rest = branch
        while True:
            self._calls(node.test, rest, scope)
            holds = partial(self._when, node.test, True)
            fails = partial(self._when, node.test, False)
            self.block(node.body, Branch(rest, holds), scope)
            rest = Branch(rest, fails)
            if guards.leaves(node.body):
                after = Branch(after, fails)
            if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
                break
            node = node.orelse[0]
        self.block(node.orelse, rest, scope)
        return Branch(after, holds) if guards.leaves(node.orelse) else after

    def _while(self, node: ast.While, branch: Branch, scope: str) -> None:
        self._calls(node.test, branch, scope)
        self.block(node.body, Branch(branch, partial(self._when, node.test, True)), scope)
        self.block(node.orelse, branch, scope)

    def _for(self, node: ast.For | ast.AsyncFor, branch: Branch, scope: str) -> None:
        self._calls(node.iter, branch, scope)
        self.block(node.body, branch, scope)
        self.block(node.orelse, branch, scope)

    def _try(self, node: ast.Try | ast.TryStar, branch: Branch, scope: str) -> None:
        body = beside = handled = branch
        if any(guards.catches_absence(handler) for handler in node.handlers):
            if not scope and guards.raises_again(node.handlers):
                body = Branch(branch, _ANSWERED)
            else:
                instead = tuple(alternatives_of(node.handlers).items())
                caught = Context(caught=True, instead=instead)
                body = beside = Branch(branch, partial(Context.and_also, other=caught))
                handled = Branch(branch, _INSTEAD)
        self.block(node.body, body, scope)
        for handler in node.handlers:
            catches = guards.catches_absence(handler)
            self.block(handler.body, handled if catches else branch, scope)
        # `else` runs only where what the body imports is there
        self.block(node.orelse, beside, scope)
        self.block(node.finalbody, branch, scope)

    def _with(self, node: ast.With | ast.AsyncWith, branch: Branch, scope: str) -> None:
        for item in node.items:
            self._calls(item.context_expr, branch, scope)
        self.block(node.body, Branch(branch, partial(self._within, node)), scope)

    def _within(self, node: ast.With | ast.AsyncWith, context: Context) -> Context:
        return context.and_also(guards.within(node, self._names))

    def _match(self, node: ast.Match, branch: Branch, scope: str) -> None:
        self._calls(node.subject, branch, scope)
        for case in node.cases:
            if case.guard is not None:
                self._calls(case.guard, branch, scope)
            self.block(case.body, branch, scope)

    def _class(self, node: ast.ClassDef, branch: Branch, scope: str) -> None:
        for expression in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self._calls(expression, branch, scope)
        self._path.append(node.name)
        self.block(node.body, branch, scope)
        self._path.pop()

    def _function(self, node: Function, branch: Branch, scope: str) -> None:
        arguments = node.args
        for expression in (*node.decorator_list, *arguments.defaults, *arguments.kw_defaults):
            if expression is not None:
                self._calls(expression, branch, scope)
        self._path.append(node.name)
        self._functions.append(node)
        inner = Branch(branch, partial(_inside_function, node))
        self.block(node.body, inner, ".".join(self._path))
        self._functions.pop()
        self._path.pop()

    def _calls(self, root: ast.expr | ast.stmt, branch: Branch, scope: str) -> None:
        """Read every call in an expression, or in a statement that holds no other."""
        if not touches(self._lines, root.lineno, root.end_lineno or root.lineno):
            return
        if isinstance(root, ast.Assign) and dotted(root.targets[0]) == "sys.argv":
            self._spawn(root, self._argv_of(root.value), branch, scope, in_process=True)
        pending: list[_Part] = [(root, branch, scope, self._constants())]
        while pending:
            node, branch, scope, constants = pending.pop()
            if isinstance(node, ast.Call):
                self._call(node, branch, scope, constants)
            elif isinstance(node, ast.Subscript):
                for found in dynamic.groups_of(node, self._names.origins, constants):
                    self._found(node, found, branch, scope)
            pending.extend(reversed(list(self._parts(node, branch, scope, constants))))

    def _parts(
        self, node: ast.AST, branch: Branch, scope: str, constants: Constants
    ) -> Iterator[_Part]:
        """Yield the parts of an expression, each with what is known where it is evaluated."""
        match node:
            case ast.Lambda(body=body):
                inner = Branch(branch, Context.inside_function)
                scope = f"{scope}.<lambda>" if scope else "<lambda>"
                yield body, inner, scope, constants.inside(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield test, branch, scope, constants
                for part, holds in ((body, True), (orelse, False)):
                    yield part, Branch(branch, partial(self._when, test, holds)), scope, constants
            case ast.BoolOp(op=op, values=values):
                for value in values:
                    yield value, branch, scope, constants
                    holds = isinstance(op, ast.And)
                    branch = Branch(branch, partial(self._when, value, holds))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                constants = constants.looping(node.generators)
                for child in ast.iter_child_nodes(node):
                    yield child, branch, scope, constants
            case _:
                for child in ast.iter_child_nodes(node):
                    yield child, branch, scope, constants

    def _argv_of(self, node: ast.expr) -> tuple[str, ...]:
        return spawns.argv_of(node, self._names.origins, self._constants())

    def _call(self, node: ast.Call, branch: Branch, scope: str, constants: Constants) -> None:
        origins = self._names.origins
        for found in dynamic.imports_of(node, origins, constants, is_init=self._is_init):
            self._found(node, found, branch, scope)
        match node.func:
            case ast.Attribute(value=ast.Name(id=name), attr="load"):
                if any(binding.element for binding in constants.of(name)):
                    self.loading.add(scope)
        for argv in spawns.commands_of(node, origins, constants):
            self._spawn(node, argv, branch, scope)

    def _found(self, node: ast.expr, found: dynamic.Found, branch: Branch, scope: str) -> None:
        context = branch.context()
        if context.never:
            return
        if found.handed is not None:
            self._hand(found.handed, context, scope)
        if found.undecided:
            level = context.import_level
            text = ast.unparse(node)[:120]
            self.undecided.append(Undecided(text, node.lineno, found.prefix, scope, level))
            return
        if not (found.module or found.dots or found.group):
            return
        target = (found.module, found.dots, found.name, None)
        via = "entry-point" if found.group is not None else "dynamic"
        self._add(target, found.level, scope, node.lineno, context, via, found.group)

    def _hand(self, handed: dynamic.HandedName, context: Context, scope: str) -> None:
        """Note that the innermost function imports what its callers name."""
        arguments = self._functions[-1].args if self._functions else None
        if arguments is None or scope.endswith("<lambda>"):
            return
        parameters = tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args))
        if handed.name in (*parameters, *(each.arg for each in arguments.kwonlyargs)):
            tests = handed.tests or context.import_level is Level.GUARDED
            self.handed.append(
                Handed(
                    *(scope, parameters, handed.name, tests),
                    walks=handed.walks,
                    each=handed.each,
                    whole=handed.whole,
                )
            )

    def _spawn(
        self,
        node: ast.expr | ast.stmt,
        argv: tuple[str, ...],
        branch: Branch,
        scope: str,
        *,
        in_process: bool = False,
    ) -> None:
        context = branch.context()
        if context.never or not any(argv):
            return
        level, main_only = context.import_level, context.main_only
        self.spawns.append(Spawn(argv, level, scope, node.lineno, main_only, in_process))


_READERS: dict[type[ast.stmt], Callable[[Any, Any, Branch, str], Branch | None]] = {
    ast.If: Reader._if,
    ast.While: Reader._while,
    ast.For: Reader._for,
    ast.AsyncFor: Reader._for,
    ast.Try: Reader._try,
    ast.TryStar: Reader._try,
    ast.With: Reader._with,
    ast.AsyncWith: Reader._with,
    ast.Match: Reader._match,
    ast.ClassDef: Reader._class,
    ast.FunctionDef: Reader._function,
    ast.AsyncFunctionDef: Reader._function,
}


def _inside_function(node: Function, context: Context) -> Context:
    return context.inside_function(guards.asked_by_decorators(node))
