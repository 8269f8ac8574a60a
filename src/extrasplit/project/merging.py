"""Entrypoints before they are named: built from commands and scripts, merged where they are one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from packaging.utils import NormalizedName

from extrasplit.places import Place
from extrasplit.project.commands import Command
from extrasplit.project.declared import Project, Script
from extrasplit.project.layout import Layout
from extrasplit.project.naming import meaningful_stage
from extrasplit.project.roles import Entrypoint, Start
from extrasplit.record import Record, replace

_T = TypeVar("_T")


class Role(Record):
    """An entrypoint that has no final name yet."""

    entrypoint: Entrypoint
    stated: str | None
    """The name it is given, where one is."""
    rank: int
    """How much the stated name counts: the lower, the more."""
    way: str
    groups: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str | None, ...]:
        """What is the same for two commands that start the same file in the same way."""
        started = self.entrypoint
        return (
            started.kind,
            started.file or started.starts,
            started.starts if started.file else None,
            self.way,
            started.launcher,
        )


RANKS: Final = {"configured": 0, "script": 1, "compose": 2, "procfile": 3, "docker": 4}
UNRANKED: Final = 9


def script_role(script: Script, place: Place, layout: Layout, project: Project) -> Role | None:
    """Return the role of one console script; None where its module isn't the project's."""
    module, _, function = script.target.partition(":")
    module = module.strip()
    file = layout.file_of(module)
    if file is None:
        return None
    entrypoint = Entrypoint(
        name=script.name,
        kind="script",
        starts=script.target.strip(),
        module=module,
        file=file,
        function=function.partition("[")[0].strip() or None,
        runs_as_main=False,
        paths=(),
        installed=not project.virtual,
        launcher=None,
        argv=(script.name,),
        found_in=place,
        origin="script",
    )
    return Role(entrypoint, script.name, RANKS["script"], "")


def tool_role(start: Start, command: Command, tool: NormalizedName, *, installed: bool) -> Role:
    """Return the role of another distribution's program that is alone in its container."""
    entrypoint = Entrypoint(
        name="",
        kind="command",
        starts=command.program,
        module=None,
        file=None,
        function=None,
        runs_as_main=False,
        paths=(start.cwd,) if command.working_folder else (),
        installed=installed,
        launcher=tool,
        argv=command.argv,
        found_in=start.found_in,
        origin=start.origin,
        loads=command.loads,
    )
    stated = stated_name(start) or command.program
    return in_stage(Role(entrypoint, None, UNRANKED, command.way), start, command, stated)


def stated_name(start: Start) -> str | None:
    """Return the name that a service, process type or meaningful Docker stage gives."""
    return meaningful_stage(start.name_hint) if start.origin == "docker" else start.name_hint


def in_stage(role: Role, start: Start, command: Command, stated: str | None) -> Role:
    """Add what the stage, service or `uv run` says to a role."""
    extras = start.extras
    if command.extras is not None:
        extras = union(extras or (), command.extras)
    entrypoint = replace(
        role.entrypoint,
        extras_named=extras,
        all_extras=start.all_extras or command.all_extras,
        stage=start.stage,
        tools=union(role.entrypoint.tools, command.wrapped_by),
    )
    rank = RANKS.get(start.origin, UNRANKED) if stated else role.rank
    groups = role.groups | ({start.group} if start.group else set())
    return Role(entrypoint, stated or role.stated, rank, role.way, groups)


def merge(known: Role, other: Role) -> Role:
    """Return one role of two that start the same: the first found, with what the other adds."""
    first, second = known.entrypoint, other.entrypoint
    named, stated, rank = first.extras_named, known.stated, known.rank
    if other.stated and other.rank < known.rank:
        stated, rank = other.stated, other.rank
        # a compose service says more surely than its Dockerfile alone what its image holds
        named = second.extras_named if second.extras_named is not None else named
    entrypoint = replace(
        first,
        extras_named=second.extras_named if named is None else named,
        all_extras=first.all_extras or second.all_extras,
        stage=first.stage or second.stage,
        smoke=first.smoke or second.smoke,
        tools=union(first.tools, second.tools),
        loads=union(first.loads, second.loads),
        paths=union(first.paths, second.paths),
        lazy_imports=first.lazy_imports and second.lazy_imports,
    )
    return Role(entrypoint, stated, rank, known.way, known.groups | other.groups)


def union(first: Sequence[_T], second: Sequence[_T]) -> tuple[_T, ...]:
    """Return both, each item once, in the order in which they are met."""
    return tuple(dict.fromkeys((*first, *second)))
