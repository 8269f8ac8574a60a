"""Says where a source may give a name its value: in what is left of it, or in what was cut away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from extrasplit.imports.skeleton import places_of

_WORD: Final = re.compile(rb"\w")
_STARTS: Final = re.compile(rb"[\n;:][ \t]*\Z|\A[ \t]*\Z")
_MARGIN: Final = re.compile(rb"(?:\A|\n|;[ \t]*)\Z")
_LOOPS_OR_AS: Final = re.compile(rb"\bfor\b[^\n]*\Z|\bas[ \t]+\Z")
_ALIAS: Final = re.compile(
    rb"[ \t]*=[ \t]*(?!(?:None|True|False)\b)[A-Za-z_][\w.]*[ \t]*(?:[\n;#]|\Z)"
)
_IS_SET: Final = re.compile(rb"[ \t]*(?::[^\n=]*)?=(?!=)")
_IS_BOUND: Final = re.compile(rb"[\])]*[ \t]*(?:[,:][^\n=]*)?[-+*/|&%@]?=(?!=)")


def aliases(names: Iterable[str], data: bytes) -> Iterator[int]:
    """Yield where a statement makes one of the names another name of something."""
    for begin, end in _words(names, data):
        if _ALIAS.match(data, end) and _STARTS.search(data, _line(data, begin), begin):
            yield begin


def sets_at_margin(names: Iterable[str], data: bytes) -> Iterator[int]:
    """Yield where a statement of the module's own block assigns to one of the names."""
    for begin, end in _words(names, data):
        if _IS_SET.match(data, end) and _MARGIN.search(data, _line(data, begin), begin):
            yield begin


def binds(names: Iterable[str], data: bytes) -> Iterator[int]:
    """Yield where one of the names may be bound: by an assignment, a loop, or an `as`."""
    for begin, end in _words(names, data):
        if _IS_BOUND.match(data, end) or _LOOPS_OR_AS.search(data, _line(data, begin), begin):
            yield begin


def uses(names: Iterable[str], data: bytes) -> Iterator[int]:
    """Yield where one of the names stands, as a word of its own."""
    return (begin for begin, _ in _words(names, data))


def _words(names: Iterable[str], data: bytes) -> Iterator[tuple[int, int]]:
    for name in names:
        word = name.encode()
        for place in places_of(word, data) if word else ():
            end = place + len(word)
            if not _WORD.match(data, end) and not (place and _WORD.match(data, place - 1)):
                yield place, end


def _line(data: bytes, place: int) -> int:
    """Return where the end of the line before a place stands, or where the source begins."""
    return max(data.rfind(b"\n", 0, place), 0)
