"""Reads the bodies of the few files where it matters, each once, for all entrypoints.

Parsing is for those that call or define a function whose imports would matter, or test for a module
on behalf of another file; a look at the bytes spares the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final

from extrasplit.imports.called import Called, Defined, called_at_top, defined_in
from extrasplit.imports.flags import read_flags, read_guards
from extrasplit.imports.served import Served, ServedNames
from extrasplit.imports.sites import Site, read_sites
from extrasplit.imports.sure import (
    Call,
    FileBody,
    read_entries,
    scopes_run,
)
from extrasplit.record import Draft, field

_DEFINED: Final = re.compile(rb"^[ \t]*(?:async +)?(?:def|class) +(\w+)", re.M)


class Answers(Draft):
    """What was asked of one file's body so far; it depends on nothing but the file's bytes."""

    calls: dict[str, tuple[Call, ...]] = field(default_factory=dict)
    """By scope."""
    lines: dict[str, frozenset[int]] = field(default_factory=dict)
    """By scope."""
    runs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By name that is called."""
    guards: frozenset[str] | None = None
    """None: nobody asked yet."""
    flags: dict[str, tuple[str, str]] | None = None
    """By name, the markers under which it is true and false; None: nobody asked yet."""
    sites: dict[str, tuple[Site, ...]] = field(default_factory=dict)
    """By name that is called or mentioned."""
    beside: dict[str, frozenset[str]] = field(default_factory=dict)
    """By string in an entry of a dictionary."""
    served: dict[str, Served] = field(default_factory=dict)
    """By name that is asked of its `__getattr__`."""
    binds: dict[str, bool] = field(default_factory=dict)
    """By name."""
    defined: frozenset[str] | None = None
    """None: nobody asked yet."""
    called: tuple[Called | None] | None = None
    """In a tuple what the top level may call, None where that isn't sure; None: nobody asked."""
    may_run: dict[str, bool] = field(default_factory=dict)
    """By name that may be called."""


class LazyBody:
    """The body of one file, which is read only for a question that is new."""

    def __init__(self, answers: Answers, read: Callable[[], bytes]) -> None:
        self._answers = answers
        self._read = read
        self._body: FileBody | None = None

    def calls(self, scope: str) -> Sequence[Call]:
        """Return what surely is called when a scope runs."""
        if scope not in self._answers.calls:
            self._answers.calls[scope] = tuple(self._opened().calls(scope))
        return self._answers.calls[scope]

    def lines(self, scope: str) -> Collection[int]:
        """Return the lines at which a statement begins that surely runs when its scope does."""
        if scope not in self._answers.lines:
            self._answers.lines[scope] = frozenset(self._opened().lines(scope))
        return self._answers.lines[scope]

    def runs(self, name: str) -> tuple[str, ...]:
        """Return the scopes that calling `name` runs."""
        if name not in self._answers.runs:
            opened = self._opened()
            opened.calls(name.rpartition(".")[0])  # what a function defines shows when it is read
            self._answers.runs[name] = opened.runs(name)
        return self._answers.runs[name]

    def _opened(self) -> FileBody:
        if self._body is None:
            self._body = FileBody(self._read())
        return self._body


class Bodies:
    """Remembers what was read, so that all entrypoints share it.

    `answers` are those of an earlier run, by path, of files whose content is the same.
    """

    def __init__(
        self, read: Callable[[str], bytes], answers: Mapping[str, Answers] | None = None
    ) -> None:
        self._read = read
        self.answers = dict(answers or {})
        self._by_function: dict[str, LazyBody] = {}
        self._entries: dict[str, dict[str, frozenset[str]]] = {}
        self._served: dict[str, ServedNames] = {}
        self._defined: dict[str, Defined | None] = {}

    def by_function(self, path: str) -> LazyBody:
        """Return the body of a first-party file, read function by function."""
        if path not in self._by_function:
            answers = self._answers(path)
            self._by_function[path] = LazyBody(answers, partial(self._read, path))
        return self._by_function[path]

    def guards(self, path: str) -> frozenset[str]:
        """Return the names of a file by which others can guard an import."""
        answers = self._answers(path)
        if answers.guards is None:
            answers.guards = read_guards(self._read(path))
        return answers.guards

    def flags(self, path: str) -> Mapping[str, tuple[str, str]]:
        """Return the names of a file that tell Python and platform (`flags.platform_flags`)."""
        answers = self._answers(path)
        if answers.flags is None:
            answers.flags = read_flags(self._read(path))
        return answers.flags

    def sites(self, path: str, name: str) -> tuple[Site, ...]:
        """Return where a file calls or mentions what is named so."""
        answers = self._answers(path)
        if name not in answers.sites:
            answers.sites[name] = read_sites(self._read(path), name)
        return answers.sites[name]

    def beside(self, path: str, text: str) -> frozenset[str]:
        """Return the strings in the entry of a dictionary that holds `text`: `{"Name": ".mod"}`."""
        answers = self._answers(path)
        if text not in answers.beside:
            if path not in self._entries:
                self._entries[path] = read_entries(self._read(path))
            answers.beside[text] = self._entries[path].get(text, frozenset())
        return answers.beside[text]

    def served(self, path: str, name: str) -> Served:
        """Return the lines of a file's `__getattr__` that run when this name is asked for."""
        answers = self._answers(path)
        if name not in answers.served:
            if path not in self._served:
                self._served[path] = ServedNames(self._read(path))
            answers.served[name] = self._served[path].lines(name)
        return answers.served[name]

    def binds(self, path: str, name: str) -> bool:
        """Whether a line of the file assigns or defines `name`, as far as its words tell."""
        answers = self._answers(path)
        if name not in answers.binds:
            assigned = rb"(?m)^[ \t]*" + re.escape(name.encode()) + rb"[ \t]*[:=,]"
            found = name in self.defined(path) or re.search(assigned, self._read(path))
            answers.binds[name] = bool(found)
        return answers.binds[name]

    def defined(self, path: str) -> frozenset[str]:
        """Return the functions and classes that the file defines, without parsing."""
        answers = self._answers(path)
        if answers.defined is None:
            names = _DEFINED.findall(self._read(path))
            answers.defined = frozenset(name.decode(errors="replace") for name in names)
        return answers.defined

    def called(self, path: str) -> Called | None:
        """Return what the top level of a file may call; None where only parsing tells."""
        answers = self._answers(path)
        if answers.called is None:
            answers.called = (called_at_top(self._read(path)),)
        return answers.called[0]

    def may_run(self, path: str, name: str) -> bool:
        """Whether calling what a file defines by this name may run a function of the file."""
        answers = self._answers(path)
        if name not in answers.may_run:
            if path not in self._defined:
                self._defined[path] = defined_in(self._read(path))
            defined = self._defined[path]
            answers.may_run[name] = defined is None or bool(
                scopes_run(name, defined.functions, defined.classes)
            )
        return answers.may_run[name]

    def _answers(self, path: str) -> Answers:
        return self.answers.setdefault(path, Answers())


def ask_again(answers: Answers, data: bytes) -> Answers:
    """Return what a file says now to all that it was asked before."""
    bodies = Bodies(lambda path: data)
    body = bodies.by_function("")
    for scope in answers.calls:
        body.calls(scope)
    for scope in answers.lines:
        body.lines(scope)
    for name in answers.runs:
        body.runs(name)
    for question in ("sites", "beside", "served", "binds", "may_run"):
        for name in getattr(answers, question):
            getattr(bodies, question)("", name)
    for question in ("defined", "called", "guards", "flags"):
        if getattr(answers, question) is not None:
            getattr(bodies, question)("")
    return bodies.answers[""]
