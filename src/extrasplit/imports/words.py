"""Tells from words alone which functions may run when a module does: quick, and never too few.

Nothing is parsed. Functions and classes are told by their indentation, calls by the brackets behind
a name; tests are not weighed. What is left after this is small enough to be read properly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from extrasplit.imports.modules import Link, Modules

_HEAD: Final = re.compile(rb"^([ \t]*)(?:async +)?(def|class) +(\w+)", re.M)
_BODY: Final = re.compile(rb":[ \t]*(?:#[^\n]*)?\r?\n")
_CALLED: Final = re.compile(rb"([A-Za-z_][\w.]*)\s*\(|@([\w.]+)|[(,]\s*([A-Za-z_][\w.]*)\s*[,)]")
_MAKERS: Final = ("__init__", "__new__", "__post_init__")

Name = tuple[str, str]
"""A file, and the qualified name of a function or class in it; empty for its top level."""


@dataclass(frozen=True, slots=True)
class _Words:
    """One file, cut into its functions."""

    texts: dict[str, list[bytes]]
    """By qualified name the text of each body; by the empty one what is outside of functions."""
    classes: frozenset[str]


@dataclass(slots=True)
class Words:
    """Remembers how files were cut, so that all entrypoints share it."""

    read: Callable[[str], bytes]
    _known: dict[str, _Words] = field(default_factory=dict)
    _bound: dict[str, dict[str, list[Link]]] = field(default_factory=dict)
    _made: dict[str, tuple[Name, ...]] = field(default_factory=dict)
    _called: dict[Name, frozenset[str]] = field(default_factory=dict)

    def may_run(self, starts: Iterable[Name], modules: Modules) -> set[Name]:
        """Return all that running these may run, through whatever they may call."""
        found = set(starts)
        waiting = list(found)
        while waiting:
            for name in self._next(waiting.pop(), modules):
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        return found

    def of(self, path: str) -> _Words:
        """Return one file's words."""
        if path not in self._known:
            self._known[path] = _cut(self.read(path))
        return self._known[path]

    def called(self, name: Name) -> frozenset[str]:
        """Return every dotted text that a body may call."""
        if name not in self._called:
            words = (
                text
                for body in self.of(name[0]).texts.get(name[1], ())
                for groups in _CALLED.findall(body)
                for text in groups
                if text
            )
            self._called[name] = frozenset(word.decode(errors="replace") for word in words)
        return self._called[name]

    def _next(self, name: Name, modules: Modules) -> Iterator[Name]:
        path, scope = name
        for link in modules.linked[path].links:
            if link.imported.scope == scope:
                yield from ((file, "") for file in link.files if file in modules.linked)
        made: list[Name] = []
        methods: set[str] = set()
        for text in self.called(name):
            first, _, rest = text.partition(".")
            if first in ("self", "cls") and "." in scope:
                yield path, f"{scope.rpartition('.')[0]}.{rest.partition('.')[0]}"
                continue
            if rest:
                methods.add(text.rpartition(".")[2])
            for target in self._targets(path, scope, first, rest, modules):
                yield target
                if target[1] in self.of(target[0]).classes:
                    made.append(target)
        yield from self._methods(made, _MAKERS)
        if scope:  # instances that the top level made
            if path not in self._made:
                self._made[path] = tuple(dict.fromkeys(self._made_at_top(path, modules)))
            made += self._made[path]
        yield from self._methods(made, methods)

    def _methods(self, classes: Iterable[Name], methods: Collection[str]) -> Iterator[Name]:
        for path, owner in dict.fromkeys(classes):
            texts = self.of(path).texts
            for method in methods:
                if f"{owner}.{method}" in texts:
                    yield path, f"{owner}.{method}"

    def _made_at_top(self, path: str, modules: Modules) -> Iterator[Name]:
        for text in self.called((path, "")):
            first, _, rest = text.partition(".")
            for target in self._targets(path, "", first, rest, modules):
                if target[1] in self.of(target[0]).classes:
                    yield target

    def _targets(
        self, path: str, scope: str, first: str, rest: str, modules: Modules
    ) -> Iterator[Name]:
        texts = self.of(path).texts
        outer = scope
        while outer:
            if f"{outer}.{first}" in texts:
                yield path, f"{outer}.{first}"
            outer = outer.rpartition(".")[0]
        if first in texts:
            yield path, f"{first}.{rest}" if rest and f"{first}.{rest}" in texts else first
        for link in self._binding(path, first, modules):
            imported = link.imported
            if imported.name == "*":
                file, name, _ = modules.origin(link.files[-1], first)
                yield from self._defined(file, name, rest)
            else:
                if imported.name is None or link.is_submodule:
                    file, name, _ = modules.origin(link.files[-1], rest.rpartition(".")[2])
                    yield from self._defined(file, name, "")
                    yield from self._defined(link.files[-1], rest.partition(".")[0], rest)
                else:
                    file, name, _ = modules.origin(link.files[-1], imported.name)
                    yield from self._defined(file, name, rest)

    def _binding(self, path: str, first: str, modules: Modules) -> list[Link]:
        """Return the imports that bind a name in a file, star imports included."""
        if path not in self._bound:
            bound = self._bound[path] = {}
            for link in modules.linked[path].links:
                if link.files and link.files[-1] in modules.linked:
                    star = link.imported.name == "*"
                    bound.setdefault("*" if star else link.imported.bound or "", []).append(link)
        return [*self._bound[path].get(first, ()), *self._bound[path].get("*", ())]

    def _defined(self, file: str, name: str, rest: str) -> Iterator[Name]:
        texts = self.of(file).texts
        if name and name in texts:
            yield file, name
            if rest and f"{name}.{rest}" in texts:
                yield file, f"{name}.{rest}"


def _cut(data: bytes) -> _Words:
    texts: dict[str, list[bytes]] = {"": []}
    classes: set[str] = set()
    outside = 0
    stack: list[tuple[int, str]] = []
    for head in _HEAD.finditer(data):
        indent = len(head[1].expandtabs())
        while stack and stack[-1][0] >= indent:
            stack.pop()
        name = head[3].decode(errors="replace")
        qualified = f"{stack[-1][1]}.{name}" if stack else name
        stack.append((indent, qualified))
        if head[2] == b"class":
            classes.add(qualified)
            texts.setdefault(qualified, [])
            continue
        body = _BODY.search(data, head.end())
        begin = body.end() if body else head.end()
        end = _end_of(data, begin, len(head[1]))
        texts.setdefault(qualified, []).append(data[begin:end])
        if begin > outside:
            texts[""].append(data[outside:begin])
        outside = max(outside, end)
    texts[""].append(data[outside:])
    return _Words(texts, frozenset(classes))


def _end_of(data: bytes, begin: int, indent: int) -> int:
    less = _LESS.setdefault(indent, re.compile(rb"^[ \t]{0,%d}[^\s#)\]}]" % indent, re.M))
    found = less.search(data, begin)
    return found.start() if found else len(data)


_LESS: Final[dict[int, re.Pattern[bytes]]] = {}
