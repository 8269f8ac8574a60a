"""Defers import lines: the story, name by name.

Only the lines of the statement, of the functions that receive the import, and of the module's
`__getattr__` change. What can't be done well is refused and said; the result is parsed again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from extrasplit.imports.deferral import functions_named
from extrasplit.imports.names import Function
from extrasplit.imports.parsing import SyntaxFault, parse
from extrasplit.rewrite.source.guard import Answer, write_guard
from extrasplit.rewrite.source.late import LateAnswer, LateImport
from extrasplit.rewrite.source.module import check_servant, keep_for_types, serve_lazily
from extrasplit.rewrite.source.places import Gap, NoPlaceError, branches, gap_above, gap_in
from extrasplit.rewrite.source.statement import Statement, find_in_function, find_statement
from extrasplit.rewrite.source.text import Edits, Source, UnreadableError, read_source


@dataclass(frozen=True, slots=True)
class Deferred:
    """A file's new bytes."""

    data: bytes
    refused: tuple[tuple[LateImport, str], ...] = ()
    """What stays as it is, and why."""


@dataclass(slots=True)
class _Planned:
    """What the accepted imports come to, before any byte is changed."""

    leaving: dict[int, tuple[Statement, list[LateImport]]] = field(default_factory=dict)
    gaps: dict[Gap, list[tuple[Statement, LateImport, Function]]] = field(default_factory=dict)
    answered: list[tuple[Statement, LateAnswer]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not self.leaving and not self.answered


def defer(
    data: bytes,
    imports: Sequence[LateImport],
    answers: Sequence[LateAnswer] = (),
    *,
    lazy_syntax: bool = False,
) -> Deferred:
    """Return a file's bytes with these imports deferred, and answers around others.

    With `lazy_syntax` (PEP 810: every Python that the project allows has it) a `lazy import` takes
    the place of what would move, but where an answer is wanted. An import that isn't there, or is
    deferred already, is left alone, so a second call changes nothing.
    """
    try:
        source = read_source(data)
    except UnreadableError as error:
        return Deferred(data, tuple((one, str(error)) for one in imports))
    planned, refused = _Planned(), []
    for one in imports:
        statement = find_statement(source, one.line, one.name)
        if statement is None:
            continue
        try:
            _plan(source, statement, one, planned, lazy_syntax=lazy_syntax)
        except NoPlaceError as error:
            refused.append((one, str(error)))
    for answer in answers:
        found = find_in_function(source, answer.line, answer.scope)
        if found is not None:
            planned.answered.append((found, answer))
    if planned.is_empty:
        return Deferred(data, tuple(refused))
    try:
        return Deferred(_written(source, planned, lazy_syntax=lazy_syntax), tuple(refused))
    except UnreadableError as error:
        return Deferred(data, tuple((one, str(error)) for one in imports))


def _plan(
    source: Source, statement: Statement, one: LateImport, planned: _Planned, *, lazy_syntax: bool
) -> None:
    """Add one import to the plan; raises NoPlaceError, with nothing added, where it can't be."""
    if statement.refusal:
        raise NoPlaceError(statement.refusal)
    gaps: dict[Gap, Function] = {}
    if not _is_lazy_syntax(one, lazy_syntax=lazy_syntax):
        for scope in one.into:
            for function in functions_named(source.tree, scope):
                for gap in _gaps(source, function, scope, one):
                    gaps.setdefault(gap, function)
        if one.change == "function" and not gaps:
            raise NoPlaceError("no function uses it")
        if one.change == "lazy":
            check_servant(source)
    planned.leaving.setdefault(one.line, (statement, []))[1].append(one)
    for gap, function in gaps.items():
        planned.gaps.setdefault(gap, []).append((statement, one, function))


def _gaps(source: Source, function: Function, scope: str, one: LateImport) -> Iterable[Gap]:
    if not any(isinstance(n, ast.Name) and n.id == one.name for n in ast.walk(function)):
        return
    if scope not in one.called:
        yield gap_in(source, function.body, docstring=True)
        return
    for place in branches(function, one.name):
        if isinstance(place, ast.stmt):
            yield gap_above(source, place)
        else:
            yield gap_in(source, place, docstring=False)


def _is_lazy_syntax(one: LateImport, *, lazy_syntax: bool) -> bool:
    return lazy_syntax and one.change != "typing" and one.answer is None


def _written(source: Source, planned: _Planned, *, lazy_syntax: bool) -> bytes:
    edits = Edits()
    kept_for_types: list[tuple[Statement, list[str]]] = []
    served: list[tuple[Statement, LateImport]] = []
    for statement, imports in planned.leaving.values():
        lazy = [one for one in imports if _is_lazy_syntax(one, lazy_syntax=lazy_syntax)]
        others = [one for one in imports if one not in lazy]
        if lazy and len(lazy) == len(statement.names):
            edits.insert(source.start(statement.node), "lazy ")
            continue
        statement.remove([one.name for one in imports], edits)
        _, below = statement.span()
        newline = source.newline(statement.node.lineno)
        if lazy:
            text = statement.text([one.name for one in lazy], "", newline)
            edits.insert(below, f"lazy {text}")
        typed = [o.name for o in others if o.change in ("lazy", "typing") or o.annotated]
        if typed:
            kept_for_types.append((statement, typed))
        served += [(statement, one) for one in others if one.change == "lazy"]
    keep_for_types(source, kept_for_types, edits)
    serve_lazily(source, served, edits)
    for gap, entries in planned.gaps.items():
        edits.insert(gap.offset, gap.before + _imports_at(source, gap, entries))
    for statements, one in _runs(source, planned.answered):
        _answer(source, statements, one, edits)
    text = edits.apply(source.text)
    data = source.encode(text)
    if isinstance(parse(data), SyntaxFault):
        raise UnreadableError("the edited file would not parse")
    return data


def _runs(
    source: Source, answered: Iterable[tuple[Statement, LateAnswer]]
) -> list[tuple[list[Statement], LateAnswer]]:
    """Put statements together that stand one below the other and want the same answer."""
    runs: list[tuple[list[Statement], LateAnswer]] = []
    for statement, one in sorted(answered, key=lambda each: each[1].line):
        if runs:
            last, before = runs[-1]
            between = source.text[last[-1].span()[1] : statement.span()[0]]
            beside = last[-1].node.col_offset == statement.node.col_offset
            same = (one.scope, one.answer) == (before.scope, before.answer)
            if same and beside and not between.strip():
                last.append(statement)
                continue
        runs.append(([statement], one))
    return runs


def _answer(source: Source, statements: Sequence[Statement], one: LateAnswer, edits: Edits) -> None:
    start, end = statements[0].span()[0], statements[-1].span()[1]
    functions = functions_named(source.tree, one.scope)
    newline = source.newline(statements[0].node.lineno)
    text = source.text[start:end]
    ended = text if text.endswith(("\n", "\r")) else text + newline
    edits.cut(start, end)
    function = functions[0] if functions else None
    edits.insert(start, write_guard(ended, one.answer, source.tree, function, newline))


def _imports_at(
    source: Source, gap: Gap, entries: Sequence[tuple[Statement, LateImport, Function]]
) -> str:
    """Return the import statements for one place, the same answers together."""
    groups: dict[Answer | None, dict[int, tuple[Statement, list[str]]]] = {}
    for statement, one, _ in entries:
        lines = groups.setdefault(one.answer, {})
        lines.setdefault(one.line, (statement, []))[1].append(one.name)
    texts = []
    for answer, lines in groups.items():
        text = "".join(
            statement.text(names, gap.indent, gap.newline)
            for _, (statement, names) in sorted(lines.items())
        )
        if answer is not None:
            text = write_guard(text, answer, source.tree, entries[0][2], gap.newline)
        texts.append(text)
    return "".join(texts)
