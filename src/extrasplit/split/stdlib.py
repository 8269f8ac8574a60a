"""Tells which top-level modules belong to Python itself, on the target's version."""

from __future__ import annotations

import sys
from functools import cache
from typing import Final

Version = tuple[int, int]

ADDED: Final[dict[Version, frozenset[str]]] = {
    (3, 9): frozenset({"graphlib", "zoneinfo"}),
    (3, 11): frozenset({"tomllib"}),
    (3, 14): frozenset({"annotationlib", "compression"}),
    (3, 15): frozenset({"profiling"}),
}
"""By the version whose "What's New" lists them under "New Modules"."""

REMOVED: Final[dict[Version, frozenset[str]]] = {
    (3, 10): frozenset({"formatter", "parser", "symbol"}),
    (3, 11): frozenset({"binhex"}),
    (3, 12): frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd"}),
    (3, 13): frozenset(
        {"aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"}
        | {"msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau"}
        | {"telnetlib", "uu", "xdrlib"}
    ),
}
"""PEP 594 and the "Removed" sections; each name was there in every version before."""


@cache
def stdlib_modules(python: str) -> frozenset[str]:
    """Return the top-level names that `python` (`3.12`) ships, whatever Python runs us."""
    major, _, minor = python.partition(".")
    target = (int(major), int(minor.partition(".")[0] or 0))
    names = set(sys.stdlib_module_names)
    for version, added in ADDED.items():
        names = names | added if target >= version else names - added
    for version, removed in REMOVED.items():
        names = names - removed if target >= version else names | removed
    return frozenset(names)


def is_stdlib(module: str, python: str) -> bool:
    """Whether importing `module` asks nothing of any distribution."""
    return module.partition(".")[0] in stdlib_modules(python)
