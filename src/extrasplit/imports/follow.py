"""Traces every entrypoint and, in turn, the project's own commands that their code starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.calls import Calls
from extrasplit.imports.handed import follow_handed
from extrasplit.imports.modules import Modules, Root, Scans, link, roots_for
from extrasplit.imports.plugins import with_own_plugins
from extrasplit.imports.trace import tool_use, trace
from extrasplit.imports.traced import Trace, Traced, Use
from extrasplit.project.declared import Project
from extrasplit.project.entrypoints import (
    Entrypoint,
    entrypoint_of_spawn,
    hand_over_healthchecks,
)
from extrasplit.project.layout import Layout, is_development
from extrasplit.record import replace


def trace_all(
    entrypoints: Sequence[Entrypoint],
    *,
    project: Project,
    layout: Layout,
    listing: frozenset[str],
    environments: Sequence[Mapping[str, str]],
    scans: Scans,
    bodies: Bodies,
) -> tuple[Traced, Mapping[str, Calls]]:
    """Trace until no command of the project's own is new.

    By entrypoint stands beside it who imports and who surely calls whom on its own sys.path.

    `environments` are the marker variables of the targets: a use counts with its strongest level
    on any of them. `bodies` tells what surely runs in a file, and remembers it.
    """
    linked: dict[tuple[Root, ...], Calls] = {}
    known = list(entrypoints)
    traces: dict[str, Trace] = {}
    calls: dict[str, Calls] = {}
    spawned: dict[str, list[str]] = {}
    waiting = list(known)
    named = {path for entrypoint in known for path in _named_by_command(entrypoint)}
    beside = sorted(named & listing)
    while waiting:
        entrypoint = waiting.pop(0)
        roots = roots_for(entrypoint, layout)
        if roots not in linked:
            files = files_on(roots, layout, listing, entrypoint.file)
            files += [path for path in beside if path not in files]
            modules = link(scans(files), roots, listing, scans)
            modules = with_own_plugins(modules, project.plugins)
            linked[roots] = follow_handed(Calls(modules, bodies))
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


def _named_by_command(entrypoint: Entrypoint) -> Iterator[str]:
    """Yield the files that its command, or its HEALTHCHECK, names beside what it starts."""
    yield from entrypoint.healthcheck_files
    yield from (text.removeprefix("./") for text in entrypoint.loads if text.startswith("./"))


def files_on(
    roots: Iterable[Root], layout: Layout, listing: frozenset[str], started: str | None
) -> list[str]:
    """Return the source files that may be imported from these roots.

    Tests, docs and tools at a root that is on sys.path are importable, but no part of the app;
    they are left out unless the entrypoint itself lies among them, or (`link`) others import them.
    """
    files = set(layout.modules.values())
    if started:
        files.add(started)
    for root in roots:
        if root.names is not None:
            continue
        prefix = f"{root.folder}/" if root.folder else ""
        own = started is not None and is_development(started)
        files |= {
            path
            for path in listing
            if path.endswith(".py")
            and path.startswith(prefix)
            and (own or not is_development(path[len(prefix) :]))
        }
    return sorted(files)


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
