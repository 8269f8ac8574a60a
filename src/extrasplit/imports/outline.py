"""Cuts a source into its outline and the bodies of its functions, so that few of them are parsed.

In the outline `...` stands for the body of each function that no other function holds, and `pass`
for the whole of one whose head calls nothing; all lines keep their numbers. Where the cut went
wrong (a bracket or a string across it) something doesn't parse, and the file is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from extrasplit.imports.skeleton import blank_long_strings, unify_line_ends
from extrasplit.record import Record

_HEAD: Final = re.compile(rb"^([ \t]*)(?:async +)?(def|class) +(\w+)", re.M)
_STRING: Final = re.compile(rb"'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\"")
_COMMENT: Final = re.compile(rb"#[^\n]*")
_ENCODED: Final = re.compile(rb"(?:[^\n]*\n)?[ \t\f]*#.*?coding[:=][ \t]*(?!utf-?8)", re.I)
_LONGEST_HEAD: Final = 200
"""Lines after which a head without an end is taken for none."""


class FunctionText(Record):
    """The body of one function, as it stands in the file."""

    text: bytes
    line: int
    """On which it begins, counted from 1."""


class Outline(Record):
    """One file without what its functions do."""

    text: bytes
    bodies: Mapping[str, FunctionText]
    """By qualified name; of several the first that is more than `...`."""
    plain: frozenset[str]
    """Functions for which `pass` stands."""


def outline_of(data: bytes) -> Outline | None:
    """Return the outline of a source; None where it isn't sure where each function ends."""
    data = unify_line_ends(data)
    code = None if _ENCODED.match(data) else blank_long_strings(data)
    if code is None:
        return None
    bodies: dict[str, FunctionText] = {}
    plain: set[str] = set()
    pieces: list[bytes] = []
    done, line = 0, 1
    classes: list[tuple[int, str]] = []
    head = _HEAD.search(code)
    while head is not None:
        indent = head[1]
        while classes and classes[-1][0] <= head.start():
            classes.pop()
        name = head[3].decode(errors="replace")
        qualified = f"{classes[-1][1]}.{name}" if classes else name
        found = _end_of_head(code, head.end())
        if found is None:
            return None
        begin, has_block = found
        end = _end_of_block(code, begin, len(indent)) if has_block else begin
        if head[2] == b"class":
            classes.append((end, qualified))
        elif has_block:
            text = data[begin:end]
            line += data.count(b"\n", done, begin)
            known = bodies.get(qualified)
            if known is None or known.text.strip() == b"...":
                bodies[qualified] = FunctionText(text, line)
            lines = text.count(b"\n")
            if _calls_nothing(code, head.start(), begin):
                plain.add(qualified)
                height = code.count(b"\n", head.start(), begin) + lines
                pieces += [data[done : head.start()], indent, b"pass", b"\n" * height]
            else:
                pieces += [data[done:begin], indent, b" ...", b"\n" * lines]
            line += lines
            done = begin = end
        head = _HEAD.search(code, begin)
    pieces.append(data[done:])
    return Outline(b"".join(pieces), bodies, frozenset(plain))


def _calls_nothing(code: bytes, head: int, begin: int) -> bool:
    """Whether a function is defined without a call: no decorator, no default or type with one."""
    if code.count(b"(", head, begin) != 1:
        return False
    before = head
    while before > 0:
        after, before = before, code.rfind(b"\n", 0, before - 1) + 1
        text = code[before:after].strip()
        if text and not text.startswith(b"#"):
            return not text.startswith((b"@", b")", b"]", b"}")) and not text.endswith(b"\\")
    return True


def _end_of_head(code: bytes, position: int) -> tuple[int, bool] | None:
    """Return where the line after a function's head begins, and whether a block does so there."""
    depth = 0
    for _ in range(_LONGEST_HEAD):
        end = code.find(b"\n", position)
        if end < 0:
            return len(code), False
        text = code[position:end]
        if b'"' in text or b"'" in text:
            text = _STRING.sub(b"''", text)
        if b"#" in text:
            text = _COMMENT.sub(b"", text)
        for opening, closing in ((b"(", b")"), (b"[", b"]"), (b"{", b"}")):
            depth += text.count(opening) - text.count(closing)
        position = end + 1
        text = text.rstrip()
        if depth <= 0 and not text.endswith(b"\\"):
            return position, text.endswith(b":")
    return None


def _end_of_block(code: bytes, begin: int, indent: int) -> int:
    found = _margin(indent).search(code, begin)
    return found.start() if found else len(code)


@cache
def _margin(indent: int) -> re.Pattern[bytes]:
    """Return what begins the statement after a block: no more indent than its head has."""
    return re.compile(rb"^[ \t]{0,%d}[^\s#)\]}]" % indent, re.M)
