"""Reduces a file to the statements that can hold an import, so that little of it is parsed.

An accelerator, no second definition: what is left is read by the same walk. A statement at the
margin begins where a line does that has neither indent nor comment nor closing bracket, outside of
triple-quoted strings; it goes unless the word `import` stands in it, or it is an `if` that may
leave the module. What goes leaves its line ends, so that all lines keep their numbers. Where the
cut was wrong (a bracket across the margin) a bracket is left open, and what is left doesn't parse.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Final, TypeVar

from extrasplit.imports.parsing import Parsed, parse
from extrasplit.record import Record

Read = TypeVar("Read")

_DOUBLE: Final = b'"""'
_SINGLE: Final = b"'''"
_BACKSLASH: Final = ord("\\")
_QUOTE: Final = b'"'
_BLANKS: Final = bytes(ord("\n") if byte == ord("\n") else ord(" ") for byte in range(256))
_AT: Final = ord("@")
_DEFINES: Final = (b"def ", b"class ", b"async ", b"def\t", b"class\t", b"async\t")
_HASH: Final = ord("#")
_STRING: Final = rb"'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\""
_ONE_STRING: Final = re.compile(_STRING, re.DOTALL)
_CODE: Final = re.compile(rb"(?:[^'\"#]|" + _STRING + rb")*+", re.DOTALL)
_REST: Final = {
    _DOUBLE: re.compile(rb'(?:[^"\\]|\\.|"(?!""))*+"""', re.DOTALL),
    _SINGLE: re.compile(rb"(?:[^'\\]|\\.|'(?!''))*+'''", re.DOTALL),
}

_OPENS: Final = b"@adc"
_LEAVES_MODULE: Final = re.compile(rb"\b(?:raise|exit|quit|_exit|abort)\b")
_LEAVES: Final = re.compile(rb"\b(?:raise|exit|quit|_exit|abort|return|continue|break)\b")
_COOKIE: Final = re.compile(rb"(?:[ \t\f]*#.*\n)?[ \t\f]*#.*?coding[:=]")
_MOST_ROUNDS: Final = 5
"""After which a file is read as a whole: what is asked of it leads ever further."""


class Left(Record):
    """What is left of a source: its statements that hold one of some places."""

    text: bytes
    kept: list[tuple[int, int]]
    """From where to where each of them stands in the source."""

    def holds(self, place: int) -> bool:
        """Whether what stands at a place of the source is left."""
        index = bisect_right(self.kept, (place, sys.maxsize)) - 1
        return index >= 0 and place < self.kept[index][1]


class Skeleton(Record):
    """A source with its line ends made one, and which of its bytes are code."""

    data: bytes
    code: bytes
    """The same length; long strings are blank."""

    def places(self, words: Iterable[bytes]) -> set[int]:
        """Return where one of the words stands outside of long strings."""
        return {place for word in words for place in places_of(word, self.code)}

    def keep(self, places: Iterable[int]) -> Left:
        """Return the statements that hold one of the places, on their lines, and what guards them.

        Of a function or class only its head and those of its statements are kept.
        """
        kept: list[tuple[int, int]] = []
        cookie = _COOKIE.match(self.code)
        if cookie is not None:
            kept.append((0, self.code.find(b"\n", cookie.end()) + 1 or len(self.code)))
        _keep(self.code, (0, len(self.code)), b"", sorted(places), kept)
        return Left(_only(self.data, kept), kept)


def skeleton_of(data: bytes) -> Skeleton | None:
    """Return the skeleton of a source; None where it isn't sure what is a string."""
    data = unify_line_ends(data)
    code = blank_long_strings(data)
    return None if code is None else Skeleton(data, code)


def reduce_source(data: bytes, words: Iterable[bytes] = (b"import",)) -> bytes | None:
    """Return the statements that hold one of the words; None where that isn't sure."""
    skeleton = skeleton_of(data)
    return None if skeleton is None else skeleton.keep(skeleton.places(words)).text


def read_left(
    skeleton: Skeleton,
    places: Iterable[int],
    read: Callable[[Parsed], tuple[Read, Iterable[int]]],
) -> Read | None:
    """Return what is read of the statements at some places; None where the whole must be read.

    `read` tells with its answer which other places of the source might change it: it is asked
    again, with what stands there, until none does.
    """
    wanted = set(places)
    for _ in range(_MOST_ROUNDS):
        left = skeleton.keep(wanted)
        parsed = parse(left.text)
        if not isinstance(parsed, Parsed):
            return None
        answer, more = read(parsed)
        new = {place for place in more if not left.holds(place)} - wanted
        if not new:
            return answer
        wanted |= new
    return None


def unify_line_ends(data: bytes) -> bytes:
    """Return the source with the line ends that Python reads as one made so."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _keep(
    code: bytes,
    block: tuple[int, int],
    indent: bytes,
    places: list[int],
    kept: list[tuple[int, int]],
) -> None:
    """Note the parts of a block that matter: statements with a word, tests that may leave."""
    begin, end = block
    last = places[bisect_left(places, end) - 1] if places else -1
    if last < begin:
        return
    starts = _statements_of(code, block, indent)
    leaves = _LEAVES if indent else _LEAVES_MODULE
    for start, stop in pairwise([*starts, end]):
        if start > last:
            break
        if _next(places, start) < stop:
            _keep_statement(code, (start, stop), indent, places, kept)
        elif code.startswith(b"if", start) and leaves.search(code, start, stop):
            kept.append((start, stop))


def _keep_statement(
    code: bytes,
    statement: tuple[int, int],
    indent: bytes,
    places: list[int],
    kept: list[tuple[int, int]],
) -> None:
    """Note a statement with a word: of a function or class only its head and what matters."""
    start, stop = statement
    head = _head(indent).match(code, start, stop) if code[start] in _OPENS else None
    if head is None or len(head[1]) <= len(indent):
        kept.append(statement)
        return
    before = len(kept)
    kept.append((start, head.start(1)))
    _keep(code, (head.end(), stop), head[1], places, kept)
    if len(kept) == before + 1:
        kept.pop()
        if _next(places, start) < head.start(1):
            kept.append(statement)


def _next(places: list[int], start: int) -> int:
    """Return the first place that isn't before `start`, or one that is after all."""
    index = bisect_left(places, start)
    return places[index] if index < len(places) else sys.maxsize


def blank_long_strings(data: bytes) -> bytes | None:
    """Return the source with triple-quoted strings blank, but for a quote and the line ends."""
    pieces: list[bytes] = []
    done = position = 0
    double, single = data.find(_DOUBLE), data.find(_SINGLE)
    while double >= 0 or single >= 0:
        quote = _SINGLE if double < 0 or 0 <= single < double else _DOUBLE
        begin = single if quote is _SINGLE else double
        opens = _opening_at(data, done, begin)
        if opens is None:
            return None
        if opens == begin:
            end = data.find(quote, begin + 3) + 3
            if end > 2 and data[end - 4] == _BACKSLASH:
                rest = _REST[quote].match(data, begin + 3)
                end = rest.end() if rest else 2
            if end == 2:
                return None
            # one quote stays, so that what begins with a string still begins there
            pieces += [data[done:begin], _QUOTE, data[begin + 1 : end].translate(_BLANKS)]
            done = position = end
        else:
            # it stands in a comment or in a short string, which ends there
            position = opens
        if 0 <= double < position:
            double = data.find(_DOUBLE, position)
        if 0 <= single < position:
            single = data.find(_SINGLE, position)
    pieces.append(data[done:])
    return b"".join(pieces)


def _opening_at(data: bytes, done: int, begin: int) -> int | None:
    """Return `begin` where three quotes open a string, else the end of what they stand in."""
    line = data.rfind(b"\n", done, begin) + 1
    while line > done + 1 and data[line - 2 : line] == b"\\\n":
        line = data.rfind(b"\n", done, line - 1) + 1
    position = max(line, done)
    while (code := _CODE.match(data, position, begin)) is not None:
        position = code.end()
        if position == begin:
            return begin
        if data[position] != _HASH:
            string = _ONE_STRING.match(data, position)
            return string.end() if string and string.end() > begin else None
        position = data.find(b"\n", position)
        if not 0 <= position < begin:
            return position if position >= 0 else len(data)
    return None


def places_of(text: bytes, code: bytes) -> Iterator[int]:
    """Yield where a text stands (three times as quick as a regex for it)."""
    place = code.find(text)
    while place >= 0:
        yield place
        place = code.find(text, place + 1)


def _statements_of(code: bytes, block: tuple[int, int], indent: bytes) -> list[int]:
    """Return where each statement of a block starts; a decorator starts its function."""
    begin, end = block
    starts = [begin]
    decorated = code[begin : begin + 1] == b"@"
    for found in _margin(indent).finditer(code, begin, end):
        start = found.end()
        if not decorated:
            starts.append(start)
        decorated = code[start] == _AT or (decorated and not code.startswith(_DEFINES, start))
    return starts


@cache
def _margin(indent: bytes) -> re.Pattern[bytes]:
    """Return what stands before each statement that begins after `indent`."""
    return re.compile(
        rb"\n(?<!\\\n)" + indent + rb"(?=[^\s#)\]}])(?!(?:else|elif|except|finally)\b)"
    )


@cache
def _head(indent: bytes) -> re.Pattern[bytes]:
    """Return the head of a function or class, with its decorators and the indent of its block."""
    arguments = rb"[^\n]*(?:\(\n(?:[^\n]*\n)*?" + indent + rb"\)[^\n]*)?"
    return re.compile(
        rb"(?:@[^\n]*\n[ \t]*)*(?:async +)?(?:def|class) "
        + arguments
        + rb":[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]+)(?=[^\s#])"
    )


def _only(data: bytes, kept: list[tuple[int, int]]) -> bytes:
    pieces: list[bytes] = []
    done = 0
    for begin, end in kept:
        line = data.rfind(b"\n", done, begin) + 1
        if line > done:
            pieces.append(b"\n" * data.count(b"\n", done, line))
        pieces.append(data[max(line, done) : end])
        done = end
    return b"".join(pieces)
