"""Reads the bodies of the few files where it matters, each once, for all entrypoints.

Parsing is for those that define what another file's top level calls or tests; what a file's own top
level may call is told by a look at its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from extrasplit.imports.sure import Body, read_body, read_entries, read_guards

_STATEMENT: Final = re.compile(rb"^(?=[^\s#)\]}])", re.M)
_CALLED: Final = re.compile(rb"\b([A-Za-z_][\w.]*)\s*\(")
_DECORATOR: Final = re.compile(rb"^\s*@([\w.]+)", re.M)
_DEFINED: Final = re.compile(rb"^[ \t]*(?:async +)?(?:def|class) +(\w+)", re.M)
_INDENT: Final = 4
_NO_CALL: Final = (b"import ", b"from ", b'"', b"'")
_FUNCTION: Final = (b"def ", b"async def ")


class Bodies:
    """Remembers what was read, so that all entrypoints share it."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._known: dict[str, Body] = {}
        self._called: dict[str, frozenset[str]] = {}
        self._guards: dict[str, frozenset[str]] = {}
        self._entries: dict[str, dict[str, frozenset[str]]] = {}
        self._defined: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> Body:
        """Return the body of a first-party file; an empty one where it cannot be parsed."""
        if path not in self._known:
            self._known[path] = read_body(self._read(path))
        return self._known[path]

    def guards(self, path: str) -> frozenset[str]:
        """Return the names of a file by which others can guard an import."""
        if path not in self._guards:
            self._guards[path] = read_guards(self._read(path))
        return self._guards[path]

    def beside(self, path: str, text: str) -> frozenset[str]:
        """Return the strings in the entry of a dictionary that holds `text`: `{"Name": ".mod"}`."""
        if path not in self._entries:
            self._entries[path] = read_entries(self._read(path))
        return self._entries[path].get(text, frozenset())

    def called_at_top(self, path: str) -> frozenset[str]:
        """Return the dotted texts that the file's top level may call, without parsing it."""
        if path not in self._called:
            self._called[path] = called_at_top(self._read(path))
        return self._called[path]

    def binds(self, path: str, name: str) -> bool:
        """Whether a line of the file assigns or defines `name`, as far as its words tell."""
        defined = name in self.defined_at_top(path)
        assigned = rb"(?m)^[ \t]*" + re.escape(name.encode()) + rb"[ \t]*[:=,]"
        return defined or re.search(assigned, self._read(path)) is not None

    def defined_at_top(self, path: str) -> frozenset[str]:
        """Return the functions and classes that the file defines, without parsing."""
        if path not in self._defined:
            names = _DEFINED.findall(self._read(path))
            self._defined[path] = frozenset(name.decode(errors="replace") for name in names)
        return self._defined[path]


def called_at_top(data: bytes) -> frozenset[str]:
    """Return every dotted text before a bracket, or after `@`, outside of functions' bodies.

    It may name too many (strings, branches that are never taken), never too few.
    """
    found: set[bytes] = set()
    for statement in _STATEMENT.split(data):
        if statement.startswith(_NO_CALL):
            continue
        if statement.startswith(_FUNCTION):
            statement = statement.partition(b":\n")[0].partition(b"(")[2]
        elif statement.startswith(b"class "):
            statement = _class_level(statement)
        found.update(_CALLED.findall(statement))
        found.update(_DECORATOR.findall(statement))
    return frozenset(text.decode(errors="replace") for text in found)


def _class_level(statement: bytes) -> bytes:
    header, *body = statement.partition(b"(")[2].splitlines(keepends=True) or [b""]
    inside = False
    level = [header]
    for line in body:
        if line.strip() and len(line) - len(line.lstrip()) <= _INDENT:
            inside = line.lstrip().startswith(_FUNCTION)
        if not inside:
            level.append(line)
    return b"".join(level)
