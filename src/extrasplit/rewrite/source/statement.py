"""Takes names out of one import statement, and writes them as a statement of their own."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from extrasplit.imports.deferral import functions_named
from extrasplit.imports.names import statements
from extrasplit.rewrite.source.text import Edits, Source

LONGEST_LINE: Final = 100

_REST: Final = re.compile(r"[ \t\f]*(#[^\r\n]*)?(?:\r\n|\r|\n|$)")
_COMMA: Final = re.compile(r"(?:\s|\\)*,[ \t]*")
_ALONE: Final = re.compile(r"[ \t\f]*,?[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One import statement at the top level of a file."""

    source: Source
    node: ast.Import | ast.ImportFrom

    @property
    def names(self) -> tuple[str, ...]:
        """The local names that it binds, in order."""
        return tuple(bound_name(self.node, alias) for alias in self.node.names)

    @property
    def refusal(self) -> str | None:
        """Return why it can't be edited, None where it can."""
        before = self.source.text[
            self.source.line_start(self.node.lineno) : self.source.start(self.node)
        ]
        if before.strip() or not _REST.match(self.source.text, self.source.end(self.node)):
            return "its statement shares the line with another"
        return None

    @property
    def comment(self) -> str:
        """Return the comment behind a statement of one line, two spaces before it."""
        found = _REST.match(self.source.text, self.source.end(self.node))
        one_line = self.node.lineno == self.node.end_lineno
        return f"  {found[1]}" if found and found[1] and one_line else ""

    def span(self) -> tuple[int, int]:
        """Return the offsets of its whole lines."""
        last = self.node.end_lineno or self.node.lineno
        return self.source.line_start(self.node.lineno), self.source.line_end(last)

    def text(self, names: Collection[str], indent: str, newline: str) -> str:
        """Return a statement that binds these names of it, as it is written where it can be."""
        aliases = [a for a in self.node.names if bound_name(self.node, a) in names]
        whole = len(aliases) == len(self.node.names)
        if whole and self.node.lineno == self.node.end_lineno:
            written = self.source.text[self.source.start(self.node) : self.source.end(self.node)]
            return f"{indent}{written}{self.comment}{newline}"
        return write_import(self.node, aliases, indent, newline)

    def remove(self, names: Collection[str], edits: Edits) -> None:
        """Take names out; the statement as a whole where it then binds none."""
        gone = [name in names for name in self.names]
        if all(gone):
            edits.cut(*self.span())
            return
        for at, (alias, goes) in enumerate(zip(self.node.names, gone, strict=True)):
            if goes:
                self._remove(at, alias, gone, edits)

    def _remove(self, at: int, alias: ast.alias, gone: Sequence[bool], edits: Edits) -> None:
        source = self.source
        start, end = source.start(alias), source.end(alias)
        before = source.text[source.line_start(alias.lineno) : start]
        alone = _ALONE.match(source.text, end)
        continued = source.line(alias.lineno - 1).rstrip().endswith("\\")
        if not before.strip() and alone and self.node.lineno != alias.lineno and not continued:
            edits.cut(source.line_start(alias.lineno), alone.end())
            return
        following = self.node.names[at + 1 :]
        if following:
            until = source.start(following[0])
            comma = _COMMA.match(source.text, end)
            if "#" in source.text[end:until] and comma:
                until = comma.end()
            edits.cut(start, until)
            return
        kept = max(i for i, goes in enumerate(gone[:at]) if not goes)
        since = source.end(self.node.names[kept])
        if "#" in source.text[since:start]:
            since = start
        edits.cut(since, end)


def bound_name(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    """Return the local name that one alias binds."""
    if alias.asname:
        return alias.asname
    return alias.name if isinstance(node, ast.ImportFrom) else alias.name.partition(".")[0]


def write_import(
    node: ast.Import | ast.ImportFrom, aliases: Sequence[ast.alias], indent: str, newline: str
) -> str:
    """Return an import statement, on lines of its own where it would be a long one."""
    written = [f"{a.name} as {a.asname}" if a.asname else a.name for a in aliases]
    if isinstance(node, ast.Import):
        return "".join(f"{indent}import {each}{newline}" for each in written)
    head = f"{indent}from {'.' * node.level}{node.module or ''} import "
    line = f"{head}{', '.join(written)}"
    if len(line) <= LONGEST_LINE:
        return f"{line}{newline}"
    inside = "".join(f"{indent}    {each},{newline}" for each in written)
    return f"{head}({newline}{inside}{indent}){newline}"


def find_statement(source: Source, line: int, name: str) -> Statement | None:
    """Return the top-level import that begins on this line and binds the name."""
    for node in source.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and node.lineno == line:
            found = Statement(source, node)
            if name in found.names:
                return found
    return None


def find_in_function(source: Source, line: int, scope: str) -> Statement | None:
    """Return the import that begins on this line of a function, where it has lines of its own."""
    for function in functions_named(source.tree, scope):
        for node in statements(function.body):
            if isinstance(node, ast.Import | ast.ImportFrom) and node.lineno == line:
                found = Statement(source, node)
                return None if found.refusal else found
    return None
