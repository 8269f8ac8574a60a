"""Says where in a file an import may go: into a function, or into a branch of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extrasplit.imports.names import Function
from extrasplit.rewrite.source.text import Source


@dataclass(frozen=True, slots=True)
class Gap:
    """A place between two lines."""

    offset: int
    indent: str
    newline: str
    before: str = ""
    """What must come first: the line above has no end."""


class NoPlaceError(Exception):
    """There is no place for a line; the text says why."""


def gap_in(source: Source, body: Sequence[ast.stmt], *, docstring: bool) -> Gap:
    """Return the place at the beginning of a block, behind its docstring.

    Raises NoPlaceError where the block has no lines of its own.
    """
    first = body[0]
    number = _first_line(first)
    head = source.text[source.line_start(number) : source.offset(number, first.col_offset)]
    if head.strip():
        raise NoPlaceError("its body stands on the line of its header")
    if docstring and _is_docstring(first):
        last = first.end_lineno or first.lineno
        if len(body) > 1 and body[1].lineno == last:
            raise NoPlaceError("its docstring shares the line with another statement")
        return gap_below(source, last, source.indent(number))
    above = number - 1
    while above > 1 and _is_passed_over(source.line(above)):
        above -= 1
    return gap_below(source, above, source.indent(number))


def gap_above(source: Source, node: ast.stmt) -> Gap:
    """Return the place above a statement; raises NoPlaceError where it shares its line."""
    number = _first_line(node)
    head = source.text[source.line_start(number) : source.offset(number, node.col_offset)]
    if head.strip():
        raise NoPlaceError("it shares its line with another statement")
    return Gap(source.line_start(number), source.indent(number), source.newline(number))


def gap_below(source: Source, number: int, indent: str) -> Gap:
    """Return the place below a line."""
    newline = source.newline(number)
    ended = source.line(number).endswith(("\n", "\r"))
    return Gap(source.line_end(number), indent, newline, "" if ended else newline)


def branches(function: Function, name: str) -> Iterator[Sequence[ast.stmt] | ast.stmt]:
    """Yield where a function that runs at startup can import what only branches of it use.

    A block takes the import at its beginning, a statement just above it.
    """
    yield from _in_block(function.body, name)


def _in_block(body: Sequence[ast.stmt], name: str) -> Iterator[Sequence[ast.stmt] | ast.stmt]:
    for statement in body:
        if not _uses(statement, name):
            continue
        match statement:
            case ast.If(test=test) if not _uses(test, name):
                yield from _in_branches(statement, name)
            case ast.Match(subject=subject, cases=cases) if not _uses(subject, name):
                for case in cases:
                    if any(_uses(each, name) for each in case.body):
                        yield case.body
            case ast.For(iter=head, body=inner) | ast.While(test=head, body=inner) if not _uses(
                head, name
            ):
                yield from _in_block([*inner, *statement.orelse], name)
            case ast.With(items=items, body=inner) if not any(_uses(i, name) for i in items):
                yield from _in_block(inner, name)
            case ast.Try(body=inner, orelse=other, finalbody=final):
                yield from _in_block([*inner, *other, *final], name)
                for handler in statement.handlers:
                    if any(_uses(each, name) for each in handler.body):
                        yield handler.body
            case _:
                yield statement


def _in_branches(node: ast.If, name: str) -> Iterator[Sequence[ast.stmt] | ast.stmt]:
    if any(_uses(each, name) for each in node.body):
        yield node.body
    other = node.orelse
    if not any(_uses(each, name) for each in other):
        return
    if len(other) == 1 and isinstance(other[0], ast.If) and other[0].col_offset == node.col_offset:
        if _uses(other[0].test, name):
            raise NoPlaceError("the test of an `elif` uses it")
        yield from _in_branches(other[0], name)
    else:
        yield other


def _uses(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


def _first_line(node: ast.stmt) -> int:
    if isinstance(node, Function | ast.ClassDef):
        return min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return node.lineno


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_passed_over(line: str) -> bool:
    text = line.strip()
    return not text or text.startswith("#")
