"""Says where in a file's bytes stands what a fact asks for: only there is it parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from extrasplit.imports.assigned import uses
from extrasplit.imports.rules.rule import Fact, matches
from extrasplit.imports.skeleton import places_of


def places_sought(
    facts: Iterable[Fact], data: bytes, origins: Mapping[str, str]
) -> dict[Fact, set[int]]:
    """Return the facts that a file may answer, each with where it may do so.

    `origins` are the dotted origins of the names that the file binds; line ends are `\\n`.
    """
    bound: dict[str, list[str]] = {}
    for name, origin in origins.items():
        bound.setdefault(origin, []).append(name)
    found = {fact: set(_places(fact, data, bound)) for fact in facts}
    return {fact: places for fact, places in found.items() if places}


def _places(fact: Fact, data: bytes, bound: Mapping[str, list[str]]) -> Iterator[int]:
    if fact.reads_any_string:
        yield from (each.start() for each in _urls(*fact.schemes).finditer(data))
    by_keyword = fact.required and fact.argument is None and fact.keyword is not None
    if by_keyword and str(fact.keyword).encode() not in data:
        return
    for pattern in fact.calls:
        yield from _calls(pattern, data, bound)
    for method in fact.methods:
        yield from places_of(b"." + method.encode(), data)
    yield from uses(fact.settings, data)
    for key in fact.entries:
        for quote in (b'"', b"'"):
            yield from places_of(quote + key.encode() + quote, data)


def _calls(pattern: str, data: bytes, bound: Mapping[str, list[str]]) -> Iterator[int]:
    """Yield where something may be called whose origin the pattern names, or gets another name."""
    for origin in _starting(pattern, bound):
        yield from uses(bound[origin], data)
    for module, rest in _parts(pattern):
        for name in bound.get(module, ()):
            yield from places_of((name + rest).encode(), data)
            named = b"= " + name.encode()
            for place in places_of(named, data):
                if data[place + len(named) : place + len(named) + 1] in b"\n ;#":
                    yield place


def _starting(pattern: str, bound: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the origins that match a pattern whole."""
    if "*" not in pattern:
        if pattern in bound:
            yield pattern
        return
    head = pattern.partition("*")[0]
    yield from (each for each in bound if each.startswith(head) and matches(each, (pattern,)))


@cache
def _parts(pattern: str) -> tuple[tuple[str, str], ...]:
    """Return each way to divide a pattern into a module and what is written after its name."""
    head = pattern.partition("*")[0]
    cuts = [place for place, letter in enumerate(head) if letter == "."]
    return tuple((head[:cut], head[cut:]) for cut in cuts)


@cache
def _urls(*schemes: str) -> re.Pattern[bytes]:
    # behind what is rare and literal, which is found many times as quick as a choice of words
    behind = b"|".join(rb"(?<=\b(?i:%b)://)" % re.escape(each.encode()) for each in sorted(schemes))
    return re.compile(rb"://(?:%b)" % behind)
