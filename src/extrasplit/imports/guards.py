"""When a statement runs: what the tests, tries and `with` items around it say."""

from __future__ import annotations

import ast
import builtins
import itertools
import sys
from collections.abc import Iterable, Mapping
from typing import Final

from extrasplit.imports.level import Level
from extrasplit.imports.markers import all_of, any_of, marker_of
from extrasplit.imports.names import Function, dotted, origins_of, resolve, statements
from extrasplit.imports.requested import holds_unset
from extrasplit.record import Record, field, replace

FALSE_AT_RUN_TIME: Final = frozenset({"TYPE_CHECKING", "MYPY_CHECK_RUNNING", "MYPY"})
"""Names that only a type checker takes for true (typing documentation; PEP 484, old mypy)."""

AVAILABILITY_TESTS: Final = frozenset(
    {"importlib.util.find_spec", "importlib.find_loader", "pkgutil.find_loader"}
)
"""Functions whose answer says whether a module is installed."""

CATCHES_ABSENCE: Final = frozenset(
    {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
)
"""Exceptions whose handler catches the failure of an import."""

NOT: Final = "!"
"""Before what is asked around a statement that runs where the answer is no."""

_NO_GUARDS: Final = frozenset(dir(builtins)) | sys.stdlib_module_names
"""Where a name comes from that is no guard of the project."""
_EXIT_CALLS: Final = frozenset({"sys.exit", "exit", "quit", "os._exit", "os.abort"})


class Context(Record):
    """Under which conditions a statement runs, once its scope does."""

    level: Level = Level.STARTUP
    caught: bool = False
    """In a `try` that catches ImportError: it ends where a function begins."""
    never: bool = False
    condition: str | None = None
    main_only: bool = False
    asks: tuple[str, ...] = ()
    fallback: bool = False
    answered: bool = False
    on_request: bool = False
    """Only where somebody has set an environment variable."""
    instead: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What the handler that catches imports in place of each name (`alternatives`)."""

    def and_also(self, other: Context) -> Context:
        """Return the context in which both hold."""
        if other == NOTHING:
            return self
        return Context(
            level=max(self.level, other.level),
            caught=self.caught or other.caught,
            never=self.never or other.never,
            condition=all_of([self.condition, other.condition]),
            main_only=self.main_only or other.main_only,
            asks=tuple(dict.fromkeys(self.asks + other.asks)),
            fallback=self.fallback or other.fallback,
            answered=self.answered or other.answered,
            on_request=self.on_request or other.on_request,
            instead=() if self.caught and other.caught else self.instead or other.instead,
        )

    def or_else(self, other: Context) -> Context:
        """Return what is sure where one of the two holds, not known which."""
        if self.never or other.never:
            return other if self.never else self
        return Context(
            level=min(self.level, other.level),
            condition=any_of([self.condition, other.condition]),
            main_only=self.main_only and other.main_only,
            asks=tuple(name for name in self.asks if name in other.asks),
            fallback=self.fallback and other.fallback,
            on_request=self.on_request and other.on_request,
        )

    def inside_function(self, asks: tuple[str, ...] = ()) -> Context:
        """Return the context of a function's body: a `try` around its `def` protects no call."""
        inner = replace(self, caught=False, answered=False, instead=())
        return inner.and_also(Context(asks=asks)) if asks else inner

    def alternatives(self, bound: str | None) -> tuple[str, ...]:
        """Return the modules one of which must be there, should what binds this name not be."""
        if self.level >= Level.GUARDED or self.fallback:
            return ()
        return next((modules for name, modules in self.instead if name == bound), ())

    @property
    def import_level(self) -> Level:
        """The level of an import that stands here.

        A handler that ends the process guards what was asked for: everybody else starts without.
        """
        guarded = self.caught or (self.answered and self.on_request)
        return max(self.level, Level.GUARDED) if guarded else self.level


NOTHING: Final = Context()
_GUARDED: Final = Context(level=Level.GUARDED)
_GUARDED_FALLBACK: Final = Context(level=Level.GUARDED, fallback=True)
_NEVER: Final = Context(never=True)
_ON_REQUEST: Final = Context(on_request=True)


class Names(Record):
    """What the names in a file's tests stand for."""

    origins: Mapping[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    """Names that a guard binds or sets: they tell later whether its module is there."""
    tests: Mapping[str, ast.expr] = field(default_factory=dict)
    """Module-level names that are assigned once, to a test (`WINDOWS = sys.platform == ...`)."""


def names_of(tree: ast.Module, outer: Mapping[str, str] | None = None) -> Names:
    """Return what the tests of a file can ask; `outer` are the origins known around it."""
    every = list(statements(tree.body))
    origins = {**(outer or {}), **origins_of(every, outer)}
    may_test = any(o.startswith(("importlib", "pkgutil")) for o in origins.values())
    flags: set[str] = set()
    for node in every:
        if isinstance(node, ast.Try | ast.TryStar) and _guards_an_import(node, origins):
            flags |= _flags_of(node)
        elif isinstance(node, ast.With) and suppresses_absence(node, origins):
            flags |= _bound_by_imports(node.body)
        elif may_test and isinstance(node, ast.Assign) and mentions_availability(node, origins):
            flags |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    assigned: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name), *_], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                assigned.setdefault(name, []).append(value)
    tests = {
        name: values[0]
        for name, values in assigned.items()
        if len(values) == 1
        and isinstance(values[0], ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Call)
    }
    return Names(origins, frozenset(flags), tests)


def when(test: ast.expr, names: Names, *, holds: bool, depth: int = 0) -> Context:
    """Return what is known of a statement that runs only where `test` holds (or doesn't).

    A test whether a module is there guards both ways: what runs without it is the fallback.
    """
    if depth > 50:
        return NOTHING
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return when(operand, names, holds=not holds, depth=depth + 1)
        case ast.BoolOp(op=op, values=values):
            parts = [when(value, names, holds=holds, depth=depth + 1) for value in values]
            together = isinstance(op, ast.And) is holds
            result = parts[0]
            for part in parts[1:]:
                result = result.and_also(part) if together else result.or_else(part)
            return result
        case ast.NamedExpr(value=value) | ast.Call(func=ast.Name(id="bool"), args=[value]):
            return when(value, names, holds=holds, depth=depth + 1)
        case ast.Constant(value=value):
            return NOTHING if bool(value) is holds else _NEVER
        case ast.Name() | ast.Attribute():
            return _when_name(dotted(test), names, holds, depth)
        case ast.Compare():
            return _when_compared(test, names, holds, depth)
    marker = marker_of(test, names.origins, holds=holds)
    if marker is not None:
        return Context(condition=marker)
    if mentions_availability(test, names.origins):
        return _GUARDED if holds else _GUARDED_FALLBACK
    unset = holds_unset(test, names.origins)
    if unset is not None:
        return NOTHING if unset is holds else _ON_REQUEST
    return _asking(dotted(test.func), holds=holds) if isinstance(test, ast.Call) else NOTHING


def _when_name(name: str | None, names: Names, holds: bool, depth: int) -> Context:
    if name is None:
        return NOTHING
    origin = resolve(name, names.origins)
    if origin.rpartition(".")[2] in FALSE_AT_RUN_TIME:
        return Context(level=Level.TYPING) if holds else NOTHING
    if name in names.flags:
        return _GUARDED if holds else _GUARDED_FALLBACK
    test = names.tests.get(name)
    if test is not None and name not in names.origins:
        return when(test, names, holds=holds, depth=depth + 10)
    if origin in ("six.PY2", "six.PY3"):
        return Context(condition=all_of([_six(origin, holds)]))
    return _asking(name, holds=holds) if name.partition(".")[0] in names.origins else NOTHING


def _six(origin: str, holds: bool) -> str:
    return 'python_version >= "3"' if (origin == "six.PY3") is holds else 'python_version < "3"'


def _when_compared(test: ast.Compare, names: Names, holds: bool, depth: int) -> Context:
    marker = marker_of(test, names.origins, holds=holds)
    if marker is not None:
        return Context(condition=marker)
    unset = holds_unset(test, names.origins)
    if unset is not None:
        return NOTHING if unset is holds else _ON_REQUEST
    if len(test.ops) != 1:
        return NOTHING
    left, op, right = test.left, test.ops[0], test.comparators[0]
    if isinstance(left, ast.Constant) and left.value == "__main__":
        left, right = right, left
    if isinstance(right, ast.Constant):
        if right.value == "__main__" and dotted(left) == "__name__":
            return Context(main_only=isinstance(op, ast.Eq) is holds)
        if right.value in (None, False, True) and isinstance(op, ast.Is | ast.IsNot | ast.Eq):
            affirms = isinstance(op, ast.IsNot) is not (right.value is True)
            return when(left, names, holds=affirms is holds, depth=depth + 1)
    known = isinstance(right, ast.Attribute) and dotted(right) == "sys.modules"
    if known or mentions_availability(test, names.origins):
        affirms = isinstance(op, ast.In | ast.IsNot | ast.NotEq)
        return _GUARDED if affirms is holds else _GUARDED_FALLBACK
    return NOTHING


def _asking(name: str | None, *, holds: bool = True) -> Context:
    """Return a context that leaves it to the trace what `name` of the project tells."""
    if name is None or name.startswith(("self.", "cls.")):
        return NOTHING
    return Context(asks=(name if holds else NOT + name,))


def asked_by_decorators(function: Function) -> tuple[str, ...]:
    """Return what a function's decorators ask before they let its body run."""
    called = (each.func if isinstance(each, ast.Call) else each for each in function.decorator_list)
    return tuple(ask for each in called for ask in _asking(dotted(each)).asks)


def within(node: ast.With | ast.AsyncWith, names: Names) -> Context:
    """Return what is known of the body of a `with`."""
    if suppresses_absence(node, names.origins):
        return Context(caught=True)
    calls = (item.context_expr for item in node.items)
    asks = (_asking(dotted(call.func)).asks for call in calls if isinstance(call, ast.Call))
    return Context(asks=tuple(itertools.chain.from_iterable(asks)))


def origins_asked(context: Context, names: Names) -> tuple[str, ...]:
    """Return what is asked around a statement, each by its dotted origin."""
    found: dict[str, None] = {}
    for text in context.asks:
        origin = resolve(text.removeprefix(NOT), names.origins)
        if origin.partition(".")[0] not in _NO_GUARDS:
            found[NOT + origin if text.startswith(NOT) else origin] = None
    return tuple(found)


def mentions_availability(node: ast.AST, origins: Mapping[str, str]) -> bool:
    """Tell whether an expression asks, anywhere in it, if a module is installed."""
    return any(
        isinstance(inner, ast.Call)
        and (name := dotted(inner.func)) is not None
        and resolve(name, origins) in AVAILABILITY_TESTS
        for inner in ast.walk(node)
    )


def catches_absence(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler catches ImportError, by its name or by one that is wider."""
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any((dotted(each) or "").rpartition(".")[2] in CATCHES_ABSENCE for each in caught)


def suppresses_absence(node: ast.With | ast.AsyncWith, origins: Mapping[str, str]) -> bool:
    """Tell whether one of its items is `contextlib.suppress(ImportError)`, or wider."""
    for item in node.items:
        call = item.context_expr
        if (
            isinstance(call, ast.Call)
            and resolve(dotted(call.func) or "", origins) in ("contextlib.suppress", "suppress")
            and any((dotted(e) or "").rpartition(".")[2] in CATCHES_ABSENCE for e in call.args)
        ):
            return True
    return False


def leaves(block: list[ast.stmt]) -> bool:
    """Tell whether a block surely ends by leaving the block around it (return, raise, exit)."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break):
        return True
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return dotted(last.value.func) in _EXIT_CALLS
    return isinstance(last, ast.If) and leaves(last.body) and leaves(last.orelse)


def raises_again(handlers: Iterable[ast.ExceptHandler]) -> bool:
    """Tell whether absence, though caught, still stops whoever imports the module."""
    first = next((each for each in handlers if catches_absence(each)), None)
    if first is None:
        return False
    return leaves(first.body) and not isinstance(first.body[-1], ast.Continue | ast.Break)


def _guards_an_import(node: ast.Try | ast.TryStar, origins: Mapping[str, str]) -> bool:
    return any(catches_absence(handler) for handler in node.handlers) and any(
        isinstance(inner, ast.Import | ast.ImportFrom)
        or (isinstance(inner, ast.Expr | ast.Assign) and _imports_by_name(inner.value, origins))
        for inner in statements(node.body, functions=False)
    )


def _imports_by_name(node: ast.expr, origins: Mapping[str, str]) -> bool:
    return any(
        isinstance(call, ast.Call)
        and resolve(dotted(call.func) or "", origins) in ("importlib.import_module", "__import__")
        for call in ast.walk(node)
    )


def _flags_of(node: ast.Try | ast.TryStar) -> set[str]:
    """Return the names that a guard binds in its body, or sets to a constant anywhere."""
    return _bound_by_imports(node.body) | {
        target.id
        for inner in statements([node], functions=False)
        if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Constant)
        for target in inner.targets
        if isinstance(target, ast.Name)
    }


def _bound_by_imports(body: Iterable[ast.AST]) -> set[str]:
    return {
        alias.asname or alias.name.partition(".")[0]
        for inner in statements(body, functions=False)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        for alias in inner.names
    }
