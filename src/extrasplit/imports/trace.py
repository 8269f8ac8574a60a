"""Follows the imports of one entrypoint: which modules outside the project it uses, and how."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from extrasplit.imports.calls import Calls, Unit
from extrasplit.imports.level import Level, weakest
from extrasplit.imports.modules import Modules, Packages, link_file
from extrasplit.imports.rules.frameworks import eager_rule, streamlit_pages
from extrasplit.imports.scan import scan
from extrasplit.imports.scanned import Import, ScannedFile, Spawn, Undecided
from extrasplit.imports.standard import is_standard
from extrasplit.imports.traced import Site, Spawned, Trace, Use
from extrasplit.imports.units import Step, Surroundings
from extrasplit.imports.walk import Arrival, Walk
from extrasplit.places import Place
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.record import replace

_NAMED: Final = re.compile(r"\{(\.*[\w.]+)\}")
"""A module's file, in a word of a command: `{app.gui}`."""


def trace(
    entrypoint: Entrypoint,
    modules: Modules,
    *,
    target_environment: Mapping[str, str],
    calls: Calls,
) -> Trace:
    """Return what the entrypoint uses on a target, and the commands that its code spawns.

    `target_environment` holds the marker variables of PEP 508; `calls` is shared by all entrypoints
    that have the same modules.
    """
    surroundings = Surroundings(
        modules,
        target_environment,
        calls,
        main=entrypoint.file if entrypoint.runs_as_main else None,
        eager=eager_rule(entrypoint.launcher),
        lazy=entrypoint.lazy_imports,
    )
    starts = (*_starts(entrypoint, modules), *_command_steps(entrypoint, modules))
    python = target_environment.get("python_version", "")
    walk = Walk(surroundings)
    walk.run(starts)
    return Trace(
        entrypoint.name,
        (*_launcher(entrypoint), *_uses(entrypoint.name, walk.outside, python)),
        tuple(_spawned(walk)),
        {unit.path: arrival.level for unit, arrival in walk.arrived.items() if not unit.scope},
        tuple(_undecided(walk)),
    )


def files_named(entrypoint: Entrypoint) -> Iterator[str]:
    """Yield the files that its command, or its HEALTHCHECK, names beside what it starts."""
    yield from entrypoint.healthcheck_files
    yield from (text.removeprefix("./") for text in entrypoint.loads if text.startswith("./"))


def files_started(entrypoint: Entrypoint, packages: Packages) -> Iterator[str]:
    """Yield the project's files that starting it runs before anything is followed."""
    code = ScannedFile(tuple(_command_imports(entrypoint)))
    for link in link_file(entrypoint.file or entrypoint.found_in.path, code, packages).links:
        yield from link.files
    if entrypoint.file is None:
        return
    if entrypoint.module is not None:
        yield from packages.files_run(entrypoint.module)[0]
    yield entrypoint.file
    if entrypoint.kind == "streamlit":
        yield from streamlit_pages(entrypoint.file, packages.listing)


def _starts(entrypoint: Entrypoint, modules: Modules) -> Iterator[Step]:
    """Yield what starting it runs before anything is followed."""
    for path in entrypoint.healthcheck_files:
        if path in modules.scans:
            yield Step(Unit(path), Level.STARTUP, None)
    if entrypoint.file is None:
        return
    if entrypoint.module is not None:
        for path in modules.find(entrypoint.module):
            yield Step(Unit(path), Level.STARTUP, None)
    yield Step(Unit(entrypoint.file), Level.STARTUP, None)
    if entrypoint.kind == "streamlit":
        for page in streamlit_pages(entrypoint.file, modules.packages.listing):
            yield Step(Unit(page), Level.DEFERRED, Place(entrypoint.file, 0, page))
    if entrypoint.function:
        path, name, _ = modules.origin(entrypoint.file, entrypoint.function.partition("(")[0])
        if name:
            yield Step(Unit(path, name), Level.STARTUP, None)


def _command_steps(entrypoint: Entrypoint, modules: Modules) -> Iterator[Step]:
    """Yield the imports of the command itself: its HEALTHCHECK's code, and what it loads."""
    code = ScannedFile(tuple(_command_imports(entrypoint)))
    linked = modules.link(entrypoint.file or entrypoint.found_in.path, code)
    for link in linked.links:
        place = replace(entrypoint.found_in, module=link.module)
        for path in link.files:
            yield Step(Unit(path), link.imported.level, place)
    for imported in linked.externals:
        place = replace(entrypoint.found_in, module=imported.module)
        yield Step(imported, imported.level, place)


def _command_imports(entrypoint: Entrypoint) -> Iterator[Import]:
    for code in entrypoint.healthchecks:
        yield from scan(code.encode(), "healthcheck.py").imports
    for text in entrypoint.loads:
        module, _, name = text.replace(":", ".").rpartition(".")
        if not module or text.startswith("./"):
            module, name = text, ""
        yield Import(
            *(module, 0, name or None, None, Level.STARTUP, "", 0),
            via="dynamic",
            tentative=True,
        )


def _launcher(entrypoint: Entrypoint) -> Iterator[Use]:
    launcher = () if entrypoint.launcher is None else (entrypoint.launcher,)
    for distribution in dict.fromkeys((*launcher, *entrypoint.tools)):
        chain = (replace(entrypoint.found_in, module=distribution),)
        yield Use(
            entrypoint.name,
            "",
            None,
            Level.STARTUP,
            "launcher",
            chain,
            distribution=distribution,
        )


def _uses(entrypoint: str, found: list[tuple[Import, Arrival]], python: str) -> Iterator[Use]:
    """Yield one use for each thing asked for, by its strongest and then shortest evidence."""
    best: dict[tuple[str, str | None, str | None, str | None], Use] = {}
    sites: dict[tuple[str, str | None, str | None, str | None], dict[Place, Level]] = {}
    for imported, arrival in found:
        if imported.module and is_standard(imported.module, python):
            continue
        key = (imported.module, imported.name, imported.distribution, imported.group)
        use = Use(
            entrypoint,
            imported.module,
            imported.name,
            arrival.level,
            imported.via,
            arrival.chain(),
            distribution=imported.distribution,
            guarded_by=arrival.guarded_by if arrival.level is Level.GUARDED else None,
            tentative=imported.tentative,
            group=imported.group,
            or_else=imported.or_else,
        )
        seen = sites.setdefault(key, {})
        place = use.chain[-1]
        seen[place] = min(arrival.level, seen.get(place, arrival.level))
        known = best.get(key)
        if known is None or _evidence(use) < _evidence(known):
            best[key] = use
    for key in sorted(best, key=lambda key: (best[key].level, *(part or "" for part in key))):
        places = tuple(Site(place, level) for place, level in sorted(sites[key].items()))
        yield replace(best[key], sites=places)


def _evidence(use: Use) -> tuple[Level, bool, int]:
    return use.level, use.tentative, len(use.chain)


def _spawned(walk: Walk) -> Iterator[Spawned]:
    """Yield each command that reached code starts, once, by its strongest evidence."""
    best: dict[tuple[str, ...], Spawned] = {}
    modules = walk.surroundings.modules
    for unit, arrival in walk.arrived.items():
        if arrival.level is Level.TYPING or unit.path not in modules.scans:
            continue
        for spawn in modules.scans[unit.path].spawns:
            if spawn.scope != unit.scope or (
                spawn.main_only and unit.path != walk.surroundings.main
            ):
                continue
            argv = _filled(spawn, unit.path, walk.surroundings.calls)
            level = weakest(arrival.level, spawn.level)
            place = Place(unit.path, spawn.line, " ".join(word or "?" for word in argv))
            found = Spawned(argv, level, (*arrival.chain(), place), spawn.in_process)
            known = best.get(argv)
            if known is None or (level, len(found.chain)) < (known.level, len(known.chain)):
                best[argv] = found
    yield from sorted(best.values(), key=lambda found: (found.level, found.chain[-1]))


def _filled(spawn: Spawn, path: str, calls: Calls) -> tuple[str, ...]:
    return tuple(_in_place(word, path, calls) if "{" in word else word for word in spawn.argv)


def _in_place(word: str, path: str, calls: Calls) -> str:
    """Return a word with the paths that it speaks of, empty where a module isn't the project's."""
    if "{file}" in word or "{folder}" in word:
        folder = posixpath.dirname(path) or "."
        return posixpath.normpath(word.replace("{file}", path).replace("{folder}", folder))
    named = _NAMED.fullmatch(word)
    if named is None:
        return word
    found = calls.locate(path, named[1])
    return found[0] if found is not None and not found[1] else ""


def _undecided(walk: Walk) -> Iterator[tuple[Undecided, Place]]:
    modules = walk.surroundings.modules
    for unit, arrival in walk.arrived.items():
        if arrival.level is Level.TYPING or unit.path not in modules.scans:
            continue
        answered = {
            link.imported.line
            for link in modules.linked[unit.path].links
            if link.imported.name == "*" and link.imported.via == "dynamic" and link.files
        }
        if unit in walk.surroundings.calls.decided:
            continue
        for computed in modules.scans[unit.path].undecided:
            if computed.scope == unit.scope and computed.line not in answered:
                yield computed, Place(unit.path, computed.line, computed.text)


def tool_use(entrypoint: str, spawned: Spawned) -> Use | None:
    """Return the use of another distribution's command, None where its name is not known.

    `alembic upgrade head` asks for the distribution that ships the script, `python -m alembic` for
    the one that ships the module.
    """
    command, *rest = spawned.argv or ("",)
    command = posixpath.basename(command)
    use = Use(entrypoint, "", None, spawned.level, "spawn", spawned.chain, tentative=True)
    if command.startswith("python") and rest[:1] == ["-m"] and rest[1:2] not in ([], [""]):
        return replace(use, module=rest[1])
    if not command or command.startswith(("python", "-")):
        return None
    return replace(use, command=command)
