"""Says what a module offers by which others can guard an import, or decide it for the target."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from functools import partial
from typing import Final, TypeVar

from extrasplit.imports.guards import AVAILABILITY_TESTS, NOT, Context, names_of, when
from extrasplit.imports.level import Level
from extrasplit.imports.names import Function, dotted, resolve
from extrasplit.imports.parsing import Parsed, SyntaxFault, parse
from extrasplit.imports.skeleton import reduce_source

Told = TypeVar("Told", bound=Collection[str])

_OF_ABSENCE: Final = (
    *(b"ImportError", b"ModuleNotFoundError", b"PackageNotFoundError"),
    *(b"find_spec", b"find_loader", b"sys.modules"),
)
"""Without one of these words no statement outside of a `try` around imports tests for a module."""

_CATCH: Final = (b"except", b"suppress")
"""Without one of these, or one of those, nothing in a file handles the failure of an import."""

_OF_PLATFORM: Final = (b"platform", b"version_info", b"implementation", b"os.name")
"""Without one of these no test of Python or platform stands in a file."""


def read_guards(data: bytes) -> frozenset[str]:
    """Return the names by which others can guard an import (`guard_names`).

    Only statements are parsed that import, speak of absence, or name a guard that was found.
    """
    asking = any(word in data for word in _OF_ABSENCE)
    if not asking and not any(word in data for word in _CATCH):
        return frozenset()
    names = partial(guard_names, asking=asking)
    return _read_names(data, {*_OF_ABSENCE, b"import"}, names) or frozenset()


def read_flags(data: bytes) -> dict[str, tuple[str, str]]:
    """Return the names by which others can ask for Python and platform, with their markers."""
    words = {word for word in _OF_PLATFORM if word in data}
    if not words:
        return {}
    found = _read_names(data, {*words, b"import"}, platform_flags) or {}
    if all(b"def " + name.encode() not in data for name in found):
        return found
    parsed = parse(data)  # of a function each statement counts
    return platform_flags(parsed.tree) if isinstance(parsed, Parsed) else {}


def _read_names(data: bytes, words: set[bytes], read: Callable[[ast.Module], Told]) -> Told | None:
    """Return what is read of the statements with these words, and with the names that it finds."""
    while True:
        reduced = reduce_source(data, words)
        parsed = parse(data if reduced is None else reduced)
        if isinstance(parsed, SyntaxFault):
            parsed = parse(data)
            return None if isinstance(parsed, SyntaxFault) else read(parsed.tree)
        found = read(parsed.tree)
        more = {name.encode() for name in found} - words
        if not more or reduced is None:
            return found
        words |= more


def guard_names(tree: ast.Module, *, asking: bool = True) -> frozenset[str]:
    """Return the functions, classes and flags of a module by which others can guard an import.

    A function or class that asks for a module's specification, handles ImportError, or calls one
    that does; a name that a guard sets. The trace holds `Import.asks` against them. Without
    `asking` no function of the file does.
    """
    names = names_of(tree)
    mentioned: dict[str, set[str]] = {}
    for node in tree.body if asking else ():
        if isinstance(node, Function | ast.ClassDef):
            texts = (dotted(e) for e in ast.walk(node) if isinstance(e, ast.Name | ast.Attribute))
            mentioned[node.name] = {resolve(text, names.origins) for text in texts if text}
    absences = {"ImportError", "ModuleNotFoundError", "importlib.metadata.PackageNotFoundError"}
    found = {name for name, texts in mentioned.items() if texts & (AVAILABILITY_TESTS | absences)}
    while more := {n for n, texts in mentioned.items() if n not in found and texts & found}:
        found |= more
    tested = {
        name
        for name, test in names.tests.items()
        if (context := when(test, names, holds=True)).level == Level.GUARDED
        or found.intersection(ask.removeprefix(NOT) for ask in context.asks)
    }
    return frozenset(found | tested | names.flags)


def platform_flags(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Return the names of a module that tell nothing but Python and platform, as others ask them.

    A variable that is set once, to such a test or by one, or a function that returns one: each
    with the marker under which it is true, and the one under which it is not.
    """
    names = names_of(tree)
    tests = {**names.tests, **dict(filter(None, map(_told_by, tree.body)))}
    found: dict[str, tuple[str, str]] = {}
    for name, test in tests.items():
        true, false = (when(test, names, holds=holds) for holds in (True, False))
        if true.condition and false.condition and Context(condition=true.condition) == true:
            found[name] = (true.condition, false.condition)
    return found


def _told_by(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """Return the name that a statement makes tell a test, and the test."""
    match node:
        case ast.FunctionDef(name=name, body=[*before, ast.Return(value=ast.expr() as test)]):
            return (name, test) if all(isinstance(each, ast.Expr) for each in before) else None
        case ast.If(test=test, body=[ast.Assign() as yes], orelse=[ast.Assign() as no]):
            set_name = _set_to(yes, True)
            return (set_name, test) if set_name and set_name == _set_to(no, False) else None
    return None


def _set_to(node: ast.Assign, value: bool) -> str | None:
    constant = isinstance(node.value, ast.Constant) and node.value.value is value
    return dotted(node.targets[0]) if constant else None
