"""Says where in a TOML text each key and each array item stands (tomllib does not)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from extrasplit.record import Record, field

KeyPath = tuple[str | int, ...]
"""Keys and array positions from the top: `("project", "dependencies", 0)`."""

_STRING: Final = (
    r'"""(?:\\.|(?!""").)*"{3,5}'
    r"|'''(?:(?!''').)*'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_SKIP: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK: Final = re.compile(r"[ \t]*")
_KEY: Final = re.compile(rf"(?:{_STRING}|[A-Za-z0-9_-]+)", re.DOTALL)
_SCALAR: Final = re.compile(rf"(?:{_STRING}|[^,\]\}}#\n]+)", re.DOTALL)


class Span(Record):
    """Where a value and the key that names it stand, as offsets into the text."""

    key_start: int
    """Of the whole key as written (`project.dependencies`); an array item's own start."""
    name_start: int
    """Of the key's last part."""
    start: int
    end: int
    inline: bool
    """Whether it stands between the braces of an inline table (or the brackets of an array)."""


class Spans(Record):
    """Every value, and every table header with the end of what stands under it."""

    values: Mapping[KeyPath, Span] = field(default_factory=dict)
    headers: Mapping[KeyPath, tuple[int, int]] = field(default_factory=dict)
    """From the header's `[` to the end of its last value (its own `]` where it holds none)."""


def find_spans(text: str) -> Spans:
    """Return the offsets of every value and table header of a valid TOML text."""
    walk = _Walk(text)
    walk.document()
    return Spans(walk.spans, walk.headers)


def find_lines(text: str) -> Mapping[KeyPath, int]:
    """Return the line, counted from 1, of every key and array item of a valid TOML text.

    The grammar is that of TOML 1.0; a text that tomllib refuses gives an answer that means nothing.
    """
    walk = _Walk(text)
    walk.document()
    return walk.lines


class _Walk:
    """One pass over a text that tomllib has accepted, so nothing is checked twice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.name_start = 0
        self.lines: dict[KeyPath, int] = {}
        self.tables: dict[KeyPath, int] = {}
        self.spans: dict[KeyPath, Span] = {}
        self.headers: dict[KeyPath, tuple[int, int]] = {}

    def advance(self, end: int) -> str:
        taken = self.text[self.at : end]
        self.line += taken.count("\n")
        self.at = end
        return taken

    def match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        return self.advance(found.end()) if found else ""

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, word: str) -> bool:
        if self.text.startswith(word, self.at):
            self.at += len(word)
            return True
        return False

    def document(self) -> None:
        table: KeyPath = ()
        self.match(_SKIP)
        while self.at < len(self.text):
            before = self.at
            if self.take("[["):
                table = self.array_table(self.key())
                self.take("]]")
                self.headers[table] = (before, self.at)
            elif self.take("["):
                table = self.resolve(self.key())
                self.lines.setdefault(table, self.line)
                self.take("]")
                self.headers[table] = (before, self.at)
            else:
                self.pair(table)
                if table in self.headers:
                    self.headers[table] = (self.headers[table][0], self.at)
            self.match(_SKIP)
            if self.at == before:  # not TOML after all: give up, never loop
                return

    def key(self) -> tuple[str, ...]:
        parts = []
        while True:
            self.match(_BLANK)
            self.name_start = self.at
            parts.append(_unquote(self.match(_KEY)))
            self.match(_BLANK)
            if not self.take("."):
                return tuple(parts)

    def resolve(self, key: tuple[str, ...]) -> KeyPath:
        """Return the path of a header whose parents may be arrays of tables: the last is meant."""
        path: KeyPath = ()
        for part in key:
            path = (*path, part)
            if path in self.tables:
                path = (*path, self.tables[path])
        return path

    def array_table(self, key: tuple[str, ...]) -> KeyPath:
        path = (*self.resolve(key[:-1]), key[-1])
        self.tables[path] = self.tables.get(path, -1) + 1
        path = (*path, self.tables[path])
        self.lines[path] = self.line
        return path

    def pair(self, table: KeyPath, *, inline: bool = False) -> None:
        line, key_start = self.line, self.at
        path = table
        for part in self.key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        name_start = self.name_start
        self.take("=")
        self.match(_BLANK)
        start = self.at
        self.value(path)
        self.spans[path] = Span(key_start, name_start, start, self.at, inline)

    def value(self, path: KeyPath) -> None:
        if self.take("["):
            self.array(path)
        elif self.take("{"):
            self.inline_table(path)
        else:
            self.match(_SCALAR)

    def array(self, path: KeyPath) -> None:
        index = 0
        self.match(_SKIP)
        while self.peek() not in ("]", ""):
            self.lines[(*path, index)] = self.line
            start = self.at
            self.value((*path, index))
            self.spans[*path, index] = Span(start, start, start, self.at, True)
            self.match(_SKIP)
            self.take(",")
            self.match(_SKIP)
            index += 1
        self.take("]")

    def inline_table(self, path: KeyPath) -> None:
        self.match(_SKIP)
        while self.peek() not in ("}", ""):
            before = self.at
            self.pair(path, inline=True)
            self.match(_SKIP)
            self.take(",")
            self.match(_SKIP)
            if self.at == before:
                return
        self.take("}")


def _unquote(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    if key.startswith('"'):
        import tomllib  # an escape in a quoted key is rare: let TOML itself read it

        return str(next(iter(tomllib.loads(f"{key} = 0"))))
    return key
