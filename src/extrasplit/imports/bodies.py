"""Reads the bodies of the few files where it matters, each once, for all entrypoints.

Parsing is for those that call or define a function whose imports would matter, or test for a module
on behalf of another file; a look at the bytes spares the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from extrasplit.imports.sure import Body, FileBody, read_body, read_entries, read_guards

_DEFINED: Final = re.compile(rb"^[ \t]*(?:async +)?(?:def|class) +(\w+)", re.M)


class Bodies:
    """Remembers what was read, so that all entrypoints share it."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._known: dict[str, Body] = {}
        self._by_function: dict[str, FileBody] = {}
        self._guards: dict[str, frozenset[str]] = {}
        self._entries: dict[str, dict[str, frozenset[str]]] = {}
        self._defined: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> Body:
        """Return the body of a first-party file; an empty one where it cannot be parsed."""
        if path not in self._known:
            self._known[path] = read_body(self._read(path))
        return self._known[path]

    def by_function(self, path: str) -> FileBody:
        """Return the body of a first-party file, read function by function."""
        if path not in self._by_function:
            self._by_function[path] = FileBody(self._read(path))
        return self._by_function[path]

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

    def binds(self, path: str, name: str) -> bool:
        """Whether a line of the file assigns or defines `name`, as far as its words tell."""
        defined = name in self.defined(path)
        assigned = rb"(?m)^[ \t]*" + re.escape(name.encode()) + rb"[ \t]*[:=,]"
        return defined or re.search(assigned, self._read(path)) is not None

    def defined(self, path: str) -> frozenset[str]:
        """Return the functions and classes that the file defines, without parsing."""
        if path not in self._defined:
            names = _DEFINED.findall(self._read(path))
            self._defined[path] = frozenset(name.decode(errors="replace") for name in names)
        return self._defined[path]
