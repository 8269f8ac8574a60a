"""A source file as text that can be edited at offsets and written back byte for byte.

Lines end where Python says so (`\\n`, `\\r\\n`, `\\r`; a form feed ends none), columns count UTF-8
bytes as `ast` does, and encoding and byte order mark are those of the file (PEP 263).
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from extrasplit.imports.parsing import SyntaxFault, parse

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_BOM: Final = b"\xef\xbb\xbf"


class UnreadableError(Exception):
    """The file can't be edited; its text says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text, its lines and its tree."""

    text: str
    tree: ast.Module
    encoding: str
    marked: bool
    """It begins with a byte order mark."""
    starts: tuple[int, ...]
    """The offset at which each line begins."""

    def line(self, number: int) -> str:
        """Return a line with its end; counted from 1, empty beyond the last."""
        if number > len(self.starts):
            return ""
        return self.text[self.starts[number - 1] : self.line_end(number)]

    def line_start(self, number: int) -> int:
        """Return the offset at which a line begins; the text's length beyond the last."""
        return self.starts[number - 1] if number <= len(self.starts) else len(self.text)

    def line_end(self, number: int) -> int:
        """Return the offset behind a line's end."""
        return self.line_start(number + 1)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place that `ast` names."""
        text = self.line(line)
        if text.isascii():
            return self.line_start(line) + column
        return self.line_start(line) + len(text.encode()[:column].decode())

    def start(self, node: ast.stmt | ast.expr | ast.alias) -> int:
        """Return the offset at which a node begins."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.stmt | ast.expr | ast.alias) -> int:
        """Return the offset behind a node."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def indent(self, number: int) -> str:
        """Return the white space that a line begins with."""
        text = self.line(number)
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    def newline(self, number: int) -> str:
        """Return how a line ends; where it doesn't, how the file's first does."""
        for text in (self.line(number), self.line(1)):
            for end in ("\r\n", "\n", "\r"):
                if text.endswith(end):
                    return end
        return "\n"

    def number_at(self, offset: int) -> int:
        """Return the line in which an offset lies."""
        return bisect_right(self.starts, offset)

    def encode(self, text: str) -> bytes:
        """Return another text in this file's encoding; raises UnreadableError where it can't be."""
        try:
            data = text.encode(self.encoding)
        except UnicodeEncodeError:
            raise UnreadableError(f"{self.encoding} has no sign for what is written") from None
        return _BOM + data if self.marked else data


def read_source(data: bytes) -> Source:
    """Return a file's text; raises UnreadableError where Python could not parse it."""
    parsed = parse(data)
    if isinstance(parsed, SyntaxFault):
        raise UnreadableError(f"it cannot be parsed: {parsed.message}")
    marked = data.startswith(_BOM)
    encoding = "utf-8" if marked else tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    try:
        text = data.removeprefix(_BOM).decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise UnreadableError(f"it is not in {encoding}") from None
    if text.encode(encoding) != data.removeprefix(_BOM):
        raise UnreadableError(f"its {encoding} cannot be written back as it is")
    starts = tuple(found.start() for found in _LINE.finditer(text))
    return Source(text, parsed.tree, encoding, marked, starts)


@dataclass(slots=True)
class Edits:
    """Changes at offsets, made all at once."""

    cuts: list[tuple[int, int]] = field(default_factory=list)
    inserts: list[tuple[int, int, str]] = field(default_factory=list)

    def cut(self, start: int, end: int) -> None:
        """Take out a stretch; stretches may overlap."""
        self.cuts.append((start, end))

    def insert(self, at: int, text: str, *, rank: int = 0) -> None:
        """Put text at an offset; at the same one the lower rank, then the earlier, comes first."""
        self.inserts.append((at, rank, text))

    def apply(self, text: str) -> str:
        """Return the text with all changes."""
        kept: list[tuple[int, int, str]] = sorted(self.inserts, key=lambda one: one[:2])
        pieces: list[str] = []
        position = 0
        for start, end in [*_merged(self.cuts), (len(text), len(text))]:
            while kept and kept[0][0] <= end:
                at, _, new = kept.pop(0)
                at = min(max(at, position), start) if at < start else start
                pieces += [text[position:at], new]
                position = at
            pieces.append(text[position:start])
            position = end
        return "".join(pieces)


def _merged(cuts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(cuts):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
