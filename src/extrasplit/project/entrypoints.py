"""Finds the roles in which the app is started, and names them (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.utils import NormalizedName

from extrasplit.findings import Finding
from extrasplit.places import Place
from extrasplit.project.commands import read_commands
from extrasplit.project.declared import Project, Settings
from extrasplit.project.gathering import Gatherer
from extrasplit.project.layout import Layout, folder_of
from extrasplit.project.merging import Role, union
from extrasplit.project.naming import Nameable, name_all
from extrasplit.project.roles import SERVERS, Entrypoint, EntrypointKind, Start
from extrasplit.record import replace

__all__ = [
    "Entrypoint",
    "EntrypointKind",
    "Start",
    "entrypoint_of_spawn",
    "find_entrypoints",
    "hand_over_healthchecks",
]


def find_entrypoints(
    project: Project,
    settings: Settings,
    layout: Layout,
    starts: Sequence[Start],
    listing: frozenset[str],
    tools: Mapping[str, NormalizedName] | None = None,
) -> tuple[tuple[Entrypoint, ...], tuple[Finding, ...]]:
    """Return the named entrypoints of a project, and what was seen and could not be one.

    `tools` maps console scripts of locked distributions to the distribution, where the wheels have
    been read; without it only well-known ones and those named like a requirement are understood.
    Raises ExtrasplitError where a configured entrypoint starts nothing.
    """
    gatherer = Gatherer(project, layout, listing, tools or {})
    for script in project.scripts:
        gatherer.add_script(script)
    for entry in settings.entrypoints.values():
        gatherer.add_configured(entry)
    gatherer.add_main_modules()
    for start in starts:
        gatherer.add_start(start)
    roles = gatherer.finished(frozenset(settings.entrypoints))
    package = layout.public_package
    if package and (settings.library or not roles):
        roles.append(Role(_library(project, layout, package), "library", 1, ""))
    names = name_all(
        [Nameable(role.stated, role.entrypoint.file, role.way) for role in roles],
        project.name,
    )
    entrypoints = tuple(
        replace(role.entrypoint, name=name) for role, name in zip(roles, names, strict=True)
    )
    if not entrypoints:
        gatherer.note(
            "no entrypoint was found",
            Place("pyproject.toml", 0),
            'add [tool.extrasplit.entrypoints.NAME] with run = "..."',
        )
    return entrypoints, tuple(gatherer.findings)


def entrypoint_of_spawn(
    argv: Sequence[str],
    found_in: Place,
    project: Project,
    layout: Layout,
    listing: frozenset[str],
    known: Sequence[Entrypoint] = (),
) -> Entrypoint | None:
    """Return the entrypoint that a command in the project's source starts.

    None where it starts nothing of the project's own (a tool of another distribution is a need of
    the one that calls it). `{file}` and `{folder}` stand for the file of `found_in` and its folder.
    One that is `known` already is returned as it is; a new one bears a name that no known one has.
    """
    folder = folder_of(found_in.path)
    words = tuple(w.replace("{folder}", folder).replace("{file}", found_in.path) for w in argv)
    gatherer = Gatherer(project, layout, listing, {})
    for script in project.scripts:
        gatherer.add_script(script)
    scripts = len(gatherer.roles)
    touched = gatherer.touched_by([Start(words, found_in, "source")])
    if touched is None or touched.entrypoint.file is None:
        return None
    for entrypoint in known:
        way = _way_of(entrypoint)
        if Role(entrypoint, None, 0, way).key == touched.key:
            return entrypoint
    if len(gatherer.roles) == scripts:
        return touched.entrypoint
    items = [Nameable(entrypoint.name, None, "") for entrypoint in known]
    file = touched.entrypoint.file
    name = name_all([*items, Nameable(None, file, touched.way)], project.name)[-1]
    return replace(touched.entrypoint, name=name)


def hand_over_healthchecks(
    entrypoints: Sequence[Entrypoint], spawned: Mapping[str, Sequence[str]]
) -> tuple[Entrypoint, ...]:
    """Give each HEALTHCHECK to the server that its entrypoint spawns, where it is none itself.

    `spawned` maps an entrypoint's name to the names of those that it starts as processes. The
    server is then judged by what the stage installs, as DESIGN section 3 wants it.
    """
    by_name = {entrypoint.name: entrypoint for entrypoint in entrypoints}
    for parent in entrypoints:
        if parent.kind in SERVERS or not (parent.healthchecks or parent.healthcheck_files):
            continue
        servers = [n for n in spawned.get(parent.name, ()) if by_name[n].kind in SERVERS]
        if not servers:
            continue
        server = by_name[servers[0]]
        by_name[server.name] = replace(
            server,
            healthchecks=union(server.healthchecks, parent.healthchecks),
            healthcheck_files=union(server.healthcheck_files, parent.healthcheck_files),
            stage=server.stage or parent.stage,
            extras_named=(
                parent.extras_named if server.extras_named is None else server.extras_named
            ),
            all_extras=server.all_extras or parent.all_extras,
        )
        by_name[parent.name] = replace(by_name[parent.name], healthchecks=(), healthcheck_files=())
    return tuple(by_name[entrypoint.name] for entrypoint in entrypoints)


def _library(project: Project, layout: Layout, package: str) -> Entrypoint:
    return Entrypoint(
        name="library",
        kind="library",
        starts=package,
        module=package,
        file=layout.file_of(package),
        function=None,
        runs_as_main=False,
        paths=(),
        installed=not project.virtual,
        launcher=None,
        argv=("python", "-c", f"import {package}"),
        found_in=Place("pyproject.toml", 0, package),
        origin="script",
    )


def _way_of(entrypoint: Entrypoint) -> str:
    if entrypoint.kind == "script":
        return ""
    commands = read_commands(entrypoint.argv)
    return commands[-1].way if commands else ""
