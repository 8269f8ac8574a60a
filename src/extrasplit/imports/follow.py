"""Traces every entrypoint and, in turn, the project's own commands that their code starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.calls import Calls
from extrasplit.imports.handed import follow_handed
from extrasplit.imports.modules import (
    LinkedFile,
    Modules,
    Packages,
    Root,
    Scans,
    link,
    roots_for,
)
from extrasplit.imports.plugins import with_own_plugins
from extrasplit.imports.trace import files_named, files_started, tool_use, trace
from extrasplit.imports.traced import Trace, Traced, Use
from extrasplit.project.declared import Project
from extrasplit.project.entrypoints import (
    Entrypoint,
    entrypoint_of_spawn,
    hand_over_healthchecks,
)
from extrasplit.project.layout import Layout
from extrasplit.record import replace


class Links(Protocol):
    """Remembers what was linked over the same listing."""

    def before(self, roots: Sequence[Root]) -> Mapping[str, LinkedFile]:
        """Return the files that were linked over these roots and have not changed."""

    def keep(self, modules: Modules) -> None:
        """Keep what was linked now."""


def trace_all(
    entrypoints: Sequence[Entrypoint],
    *,
    project: Project,
    layout: Layout,
    listing: frozenset[str],
    environments: Sequence[Mapping[str, str]],
    scans: Scans,
    bodies: Bodies,
    links: Links | None = None,
) -> tuple[Traced, Mapping[str, Calls]]:
    """Trace until no command of the project's own is new.

    By entrypoint stands beside it who imports and who surely calls whom on its own sys.path.

    `environments` are the marker variables of the targets: a use counts with its strongest level
    on any of them. `bodies` tells what surely runs in a file, and remembers it; `links` remembers
    what was linked.
    """
    linked: dict[tuple[Root, ...], Calls] = {}
    known = list(entrypoints)
    traces: dict[str, Trace] = {}
    calls: dict[str, Calls] = {}
    spawned: dict[str, list[str]] = {}
    waiting = list(known)
    named = {path for entrypoint in known for path in files_named(entrypoint)} & listing
    while waiting:
        entrypoint = waiting.pop(0)
        roots = roots_for(entrypoint, layout)
        packages = linked[roots].modules.packages if roots in linked else Packages(listing, roots)
        alike = [each for each in known if roots_for(each, layout) == roots]
        files = named.union(*(files_started(each, packages) for each in alike))
        if roots not in linked or not files <= linked[roots].modules.linked.keys():
            kept = links.before(roots) if links else {}
            plain, linked[roots] = _link_all(files, packages, project, scans, bodies, kept)
            if links:
                links.keep(plain)
        calls[entrypoint.name] = linked[roots]
        found = _trace_on_all(entrypoint, linked[roots], environments)
        tools: list[Use] = []
        for one in found.spawned:
            started = entrypoint_of_spawn(one.argv, one.chain[-1], project, layout, listing, known)
            if started is None:
                use = tool_use(entrypoint.name, one)
                tools += [use] if use else []
                continue
            spawned.setdefault(entrypoint.name, []).append(started.name)
            if all(started.name != other.name for other in known):
                known.append(started)
                waiting.append(started)
        traces[entrypoint.name] = replace(found, uses=(*found.uses, *tools))
    settled = hand_over_healthchecks(known, spawned)
    for before, after in zip(known, settled, strict=True):
        if before != after:
            traces[after.name] = _trace_on_all(after, calls[after.name], environments)
    importers = _importers(found.modules for found in linked.values())
    return Traced(settled, traces, importers), calls


def _importers(every: Iterable[Modules]) -> dict[str, frozenset[str]]:
    importers: dict[str, frozenset[str]] = {}
    for modules in every:
        for module, names in modules.importers().items():
            importers[module] = importers.get(module, frozenset()) | names
    return importers


def _link_all(
    files: Iterable[str],
    packages: Packages,
    project: Project,
    scans: Scans,
    bodies: Bodies,
    before: Mapping[str, LinkedFile],
) -> tuple[Modules, Calls]:
    """Link what these files may reach: by imports, own entry points, and names handed on.

    The modules are as their imports say, without the latter two.
    """
    known = set(files)
    while True:
        modules = link(scans(sorted(known)), packages, scans, before)
        before = modules.linked
        told = follow_handed(Calls(with_own_plugins(modules, project.plugins), bodies))
        more = told.modules.unread()
        if not more:
            return modules, told
        known |= more


def _trace_on_all(
    entrypoint: Entrypoint,
    calls: Calls,
    environments: Sequence[Mapping[str, str]],
) -> Trace:
    traces = [
        trace(entrypoint, calls.modules, target_environment=environment, calls=calls)
        for environment in environments
    ]
    first = traces[0]
    if len(traces) == 1:
        return first
    strongest: dict[tuple[str, str | None, str | None, str | None], Use] = {}
    for one in traces:
        for use in one.uses:
            key = (use.module, use.name, use.distribution, use.command)
            if key not in strongest or use.level < strongest[key].level:
                strongest[key] = use
    reached = {path: level for one in reversed(traces) for path, level in one.reached.items()}
    return replace(first, uses=tuple(strongest.values()), reached=reached)
