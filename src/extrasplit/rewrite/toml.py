"""Edits a TOML text at the offsets of its values: every other byte stays.

tomlkit's door: it quotes the strings and keys that are new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import tomlkit

from extrasplit.project.lines import KeyPath, Span, Spans, find_spans


@dataclass(frozen=True, slots=True)
class Table:
    """A table to be written: its path, and each key's value as TOML text."""

    path: KeyPath
    pairs: Mapping[str, str]

    def inline(self) -> str:
        """Return it as an inline table."""
        return (
            f"{{ {', '.join(f'{write_key(name)} = {text}' for name, text in self.pairs.items())} }}"
        )


def newline_of(text: str) -> str:
    """Return how the text breaks its lines."""
    return "\r\n" if "\r\n" in text else "\n"


def write_key(part: str | int) -> str:
    """Return one part of a key, quoted where TOML wants it."""
    return tomlkit.key(str(part)).as_string()


def write_string(text: str, quote: str = '"') -> str:
    """Return a TOML string, in this kind of quotes where the text allows it without escapes."""
    literal = text.isprintable() and "'" not in text
    if literal and (quote == "'" or '"' in text or "\\" in text):
        return f"'{text}'"
    return tomlkit.string(text).as_string()


def replace_values(text: str, values: Mapping[KeyPath, str]) -> str:
    """Return the text with other values under these keys."""
    spans = find_spans(text).values
    for path in sorted(values, key=lambda path: spans[path].start, reverse=True):
        text = text[: spans[path].start] + values[path] + text[spans[path].end :]
    return text


def insert_key(text: str, path: KeyPath, value: str, *, after: KeyPath | None = None) -> str:
    """Return the text with a new key: behind `after`, else last in its table.

    The table is made where there is none. The new line copies how its neighbour is written: the
    indentation, and the dotted part of its key.
    """
    spans = find_spans(text)
    table = path[:-1]
    neighbour = after if after in spans.values else _last_in(spans, table)
    if neighbour is not None:
        return _insert_beside(text, spans.values[neighbour], path[-1], value)
    if table in spans.headers:
        return _insert_line(text, spans.headers[table][1], f"{write_key(path[-1])} = {value}")
    if table in spans.values:
        return _insert_into_braces(text, spans.values[table], path[-1], value)
    return insert_table(text, Table(table, {str(path[-1]): value}))


def insert_table(text: str, table: Table) -> str:
    """Return the text with a new table, in the form in which its neighbours are written."""
    spans = find_spans(text)
    for length in range(len(table.path) - 1, 0, -1):
        ancestor = spans.values.get(table.path[:length])
        if ancestor is not None:  # an inline table: nothing below it may have a header
            value = table.inline()
            for part in reversed(table.path[length + 1 :]):
                value = f"{{ {write_key(part)} = {value} }}"
            return _insert_into_braces(text, ancestor, table.path[length], value)
    neighbour = _last_in(spans, table.path[:-1])
    if neighbour is not None and _takes_inline(text, spans, neighbour):
        return _insert_beside(text, spans.values[neighbour], table.path[-1], table.inline())
    newline = newline_of(text)
    lines = [f"[{'.'.join(write_key(part) for part in table.path)}]"]
    lines += [f"{write_key(name)} = {value}" for name, value in table.pairs.items()]
    at = _end_of_section(text, spans, table.path)
    blank = newline if text[:at].strip() else ""
    return _insert_line(text, at, blank + newline.join(lines))


def _last_in(spans: Spans, table: KeyPath) -> KeyPath | None:
    """Return the key that is written last directly in a table."""
    found = [
        (span.start, path)
        for path, span in spans.values.items()
        if path[:-1] == table and isinstance(path[-1], str)
    ]
    return max(found)[1] if found else None


def _takes_inline(text: str, spans: Spans, neighbour: KeyPath) -> bool:
    """Whether a table's parent is written by dotted keys, or holds nothing but inline tables."""
    span = spans.values[neighbour]
    if span.name_start > span.key_start:
        return True
    beside = [s for path, s in spans.values.items() if path[:-1] == neighbour[:-1]]
    return all(text.startswith("{", s.start) for s in beside)


def _end_of_section(text: str, spans: Spans, path: KeyPath) -> int:
    """Return where a new table goes: behind its parent, else its kin, else at the end."""
    if path[0] == "project" and ("project",) in spans.headers:
        return spans.headers["project",][1]
    for length in range(len(path) - 1, 0 if path[0] == "project" else 1, -1):
        kin = [
            end for header, (_, end) in spans.headers.items() if header[:length] == path[:length]
        ]
        if kin:
            return max(kin)
    return len(text.rstrip())


def _insert_into_braces(text: str, span: Span, name: str | int, value: str) -> str:
    """Write a key last in an inline table."""
    closing = text.rindex("}", span.start, span.end)
    inner = text[span.start + 1 : closing].rstrip()
    at = span.start + 1 + len(inner)
    separator = ", " if inner.strip() else " "
    blank = "" if text[at:closing] else " "
    return f"{text[:at]}{separator}{write_key(name)} = {value}{blank}{text[at:]}"


def _insert_beside(text: str, span: Span, name: str | int, value: str) -> str:
    pair = f"{text[span.key_start : span.name_start]}{write_key(name)} = {value}"
    if span.inline:
        end = span.start + len(text[span.start : span.end].rstrip())
        return f"{text[:end]}, {pair}{text[end:]}"
    indent = text[text.rfind("\n", 0, span.key_start) + 1 : span.key_start]
    return _insert_line(text, span.end, f"{indent}{pair}")


def _insert_line(text: str, at: int, line: str) -> str:
    """Write a line behind the one on which `at` stands."""
    found = text.find("\n", at)
    end = len(text) if found < 0 else found
    if found > 0 and text[found - 1] == "\r":
        end -= 1
    broken = newline_of(text) if text[:end].strip() else ""
    return f"{text[:end]}{broken}{line}{text[end:]}"
