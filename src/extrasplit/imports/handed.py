"""Follows names of modules that are handed from function to function until one imports them.

`walk_modules("app.commands")` imports what it is handed, `is_installed("rich")` tests for it, and
whatever runs only after the latter said yes is guarded. Only where a function imports or tests its
own parameter (`scanned.Handed`) are its callers read, and theirs in turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from extrasplit.imports.calls import Calls, Unit
from extrasplit.imports.guards import NOT
from extrasplit.imports.level import Level, weakest
from extrasplit.imports.modules import Link
from extrasplit.imports.scanned import Handed, Import
from extrasplit.imports.sites import Argument, Site
from extrasplit.record import replace

_MODULE: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_FARTHEST: Final = 4
"""Calls between the function that imports and the one that names the module."""
_REEXPORTS: Final = 2
"""Packages through which a name is followed to those who call it."""
_MOST_CALLERS: Final = 20
"""Callers of a function beyond which nobody proves that all of them ask first."""
_MOST_ASKING: Final = 20
"""Files that may ask for a module, and functions that import it, likewise."""


def follow_handed(calls: Calls) -> Calls:
    """Return the same questions over files in which what a callee imports is written out."""
    following = _Following(calls)
    following.run()
    if not following.found:
        return calls
    told = calls.modules.with_imports(following.found)
    behind = _Behind(calls, following)
    return Calls(told, calls.bodies, decided=following.decided, behind=dict(behind.find()))


class _Following:
    """What was handed to whom so far."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.found: dict[str, list[Import]] = {}
        """By file, the imports that its calls amount to."""
        self.decided: set[Unit] = set()
        """Functions of which every caller names what they import."""
        self.answers: dict[Unit, set[str]] = {}
        """Functions that say of these top-level modules whether they are there."""
        self._undecided: set[Unit] = set()
        self._links: dict[tuple[str, str | None], list[tuple[str, Link]]] = {}

    def run(self) -> None:
        scans = self.calls.modules.scans
        waiting = [
            (path, handed, 0)
            for path in sorted(self.calls.modules.linked)
            for handed in scans[path].handed
        ]
        seen: set[tuple[str, Handed]] = set()
        while waiting:
            path, handed, depth = waiting.pop()
            if (path, handed) in seen or depth > _FARTHEST:
                continue
            seen.add((path, handed))
            unit = Unit(path, handed.scope)
            if handed.tests:
                self.answers.setdefault(unit, set())
            for caller, site in self.sites(unit):
                more = self._hand(unit, handed, caller, site)
                if more is not None:
                    waiting.append((caller, more, depth + 1))
        self.decided -= self._undecided

    def _hand(self, unit: Unit, handed: Handed, caller: str, site: Site) -> Handed | None:
        """Note what one call hands over; return the caller where it only hands it on."""
        argument = _argument(handed, site)
        texts = _names_in(handed, argument) if argument is not None else ()
        if texts:
            self.decided.add(unit)
            for text in texts:
                self._write(handed, caller, site, text)
            return None
        if argument is not None and argument.name in site.parameters and site.called:
            self.decided.add(unit)
            tests = handed.tests or site.level is Level.GUARDED
            return replace(
                handed,
                scope=site.scope,
                parameters=site.parameters,
                name=argument.name or "",
                tests=tests,
            )
        if Unit(caller, site.scope) != unit:  # a recursion names nothing
            self._undecided.add(unit)
        return None

    def _write(self, handed: Handed, caller: str, site: Site, text: str) -> None:
        level = weakest(site.level, Level.GUARDED) if handed.tests else site.level
        dots = len(text) - len(text.lstrip("."))
        made = Import(
            *(text[dots:], dots, "*" if handed.walks else None, None, level, site.scope, site.line),
            via="dynamic",
            condition=site.condition,
            main_only=site.main_only,
            asks=site.asks,
            fallback=site.fallback,
        )
        if level is Level.TYPING:
            return
        self.found.setdefault(caller, []).append(made)
        if handed.walks:
            self.found[caller].append(replace(made, name=None))
        if handed.tests:
            self.answers.setdefault(Unit(caller, site.scope), set()).add(text.partition(".")[0])

    def sites(self, unit: Unit) -> Iterator[tuple[str, Site]]:
        """Yield where a function is called or mentioned, with the file that does so."""
        target = unit.scope.removesuffix(".__init__")
        last = target.rpartition(".")[2]
        for path in sorted(self.callers(unit.path, target.partition(".")[0])):
            for site in self.calls.bodies.sites(path, last):
                if site.own:
                    meant = path == unit.path and site.callee == target
                else:
                    meant = self.calls.locate(path, site.callee) == (unit.path, target)
                if meant:
                    yield path, site

    def callers(self, path: str, name: str, depth: int = 0) -> set[str]:
        """Return a file and those that may know a name of it, a package that re-exports it too."""
        if not self._links:
            self._index_links()
        found = {path}
        for importer, link in self._links.get((path, None), ()):
            found.add(importer)
            if link.imported.name == "*" and depth < _REEXPORTS:
                found |= self.callers(importer, name, depth + 1)
        for importer, link in self._links.get((path, name), ()):
            found.add(importer)
            if depth < _REEXPORTS:
                found |= self.callers(importer, link.imported.bound or name, depth + 1)
        return found

    def _index_links(self) -> None:
        """Sort links by the file and the name that they import; None is the whole module."""
        for importer, file in self.calls.modules.linked.items():
            for link in file.links:
                name = link.imported.name
                whole = name in (None, "*") or link.is_submodule
                for target in link.files if name is None else link.files[-1:]:
                    key = (target, None if whole else name)
                    self._links.setdefault(key, []).append((importer, link))


def _argument(handed: Handed, site: Site) -> Argument | None:
    """Return what a call passes for the parameter."""
    keywords = dict(site.keywords)
    if handed.name in keywords:
        return keywords[handed.name]
    if handed.name not in handed.parameters:
        return None
    bound = bool(handed.parameters) and handed.parameters[0] in ("self", "cls")
    position = handed.parameters.index(handed.name) - bound
    return site.positional[position] if 0 <= position < len(site.positional) else None


def _names_in(handed: Handed, argument: Argument) -> tuple[str, ...]:
    if handed.whole:
        return (argument.origin,) if argument.origin else ()
    texts = argument.elements if handed.each else argument.texts
    return texts if all(_MODULE.fullmatch(text) for text in texts) else ()


class _Behind:
    """Finds functions that are only called where a test for their imports has said yes."""

    def __init__(self, calls: Calls, following: _Following) -> None:
        self._calls = calls
        self._following = following
        self._known: dict[tuple[Unit, str], str | None] = {}

    def find(self) -> Iterator[tuple[tuple[Unit, str], str]]:
        """Yield function and top-level module, with the test that answers for it."""
        tops = self._tops()
        functions: dict[str, set[Unit]] = {}
        for path, file in self._calls.modules.linked.items() if tops else ():
            for each in file.externals:
                top = each.module.partition(".")[0]
                if each.scope and top in tops and each.level < Level.GUARDED:
                    functions.setdefault(top, set()).add(Unit(path, each.scope))
        for top, units in sorted(functions.items()):
            if len(units) > _MOST_ASKING:
                continue
            for unit in sorted(units, key=lambda unit: (unit.path, unit.scope)):
                guard = self._guard(unit, top, 0)
                if guard is not None:
                    yield (unit, top), guard

    def _tops(self) -> set[str]:
        """Return the modules that few files ask for: where many do, reading them costs too much."""
        asking: dict[str, set[str]] = {}
        for unit, answers in self._following.answers.items():
            callers = self._following.callers(unit.path, unit.scope.partition(".")[0])
            for top in answers:
                asking.setdefault(top, set()).update(callers)
        return {top for top, files in asking.items() if len(files) <= _MOST_ASKING}

    def _guard(self, unit: Unit, top: str, depth: int) -> str | None:
        """Return the test that all calls of a function stand behind; None where one doesn't."""
        key = (unit, top)
        if key not in self._known:
            self._known[key] = None  # a recursion proves nothing
            self._known[key] = self._common(unit, top, depth)
        return self._known[key]

    def _common(self, unit: Unit, top: str, depth: int) -> str | None:
        # a method's callers can't be told by reading, but for who makes an instance
        if depth > _FARTHEST or "." in unit.scope.removesuffix(".__init__"):
            return None
        guard = None
        for count, (path, site) in enumerate(self._following.sites(unit)):
            guard = self._guard_at(path, site, top, depth)
            if guard is None or count > _MOST_CALLERS:
                return None
        return guard

    def _guard_at(self, path: str, site: Site, top: str, depth: int) -> str | None:
        if not site.called:
            return None
        here = Unit(path, site.scope)
        for ask in site.asks:
            text = ask.removeprefix(NOT)
            found = self._calls.locate(path, text)
            answers = self._following.answers.get(Unit(*found), set()) if found else set()
            if top in answers:
                return text.lstrip(".")
            named = self._following.answers.get(here, set())
            if found and Unit(*found) in self._following.answers and top in named:
                return text.lstrip(".")  # `if is_installed("rich"):`, with the name right there
        return self._guard(here, top, depth + 1) if site.scope else None
