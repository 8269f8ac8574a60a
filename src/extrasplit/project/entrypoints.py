"""Finds the roles in which the app is started, and names them (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeVar

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.findings import Finding, Severity
from extrasplit.places import Place
from extrasplit.project.commands import Command, read_commands
from extrasplit.project.launchers import DEVELOPMENT_TOOLS
from extrasplit.project.layout import Layout, folder_of, is_development
from extrasplit.project.locating import Surrounding, find_file, locate
from extrasplit.project.naming import Nameable, meaningful_stage, name_all
from extrasplit.project.pyproject import Project, Script
from extrasplit.project.settings import Settings
from extrasplit.project.shell import split_commands

EntrypointKind = Literal[
    "script", "streamlit", "asgi", "wsgi", "worker", "module", "command", "library"
]
_T = TypeVar("_T")
SERVERS: Final = frozenset({"streamlit", "asgi", "wsgi"})
"""Kinds that a HEALTHCHECK asks."""


@dataclass(frozen=True, slots=True)
class Start:
    """One command that starts something, as a file of the project says it."""

    argv: tuple[str, ...]
    """Words, with variables' defaults filled in."""
    found_in: Place
    origin: Literal["configured", "script", "docker", "compose", "procfile", "source", "other"]
    name_hint: str | None = None
    """The Docker stage's or compose service's name."""
    extras: tuple[NormalizedName, ...] | None = None
    """What its stage or service installs: () for a plain install, None where no install is seen."""
    all_extras: bool = False
    """`--all-extras`: says nothing about what the role needs, only what its image holds today."""
    stage: str | None = None
    """The Docker stage: entrypoints, HEALTHCHECK and installs of one stage belong together."""
    healthcheck: bool = False
    python: str | None = None
    """The Python code of a `python -c` command, whose imports are startup uses."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables that its stage, service or script sets."""
    cwd: str = "."
    """Its working directory, relative to the project's root."""
    mounts: tuple[tuple[str, str], ...] = ()
    """(path in the image, path in the project) of what is copied or mounted."""
    group: str = ""
    """What it shares with the commands that run before it in the same container."""
    undecided: str | None = None
    """Why nothing could be read here, where that is so; `argv` is then empty."""


@dataclass(frozen=True, slots=True)
class Entrypoint:
    """A role the app is started in."""

    name: str
    kind: EntrypointKind
    starts: str
    """The object or file that it starts: `inventory.cli:main`, `src/app/dashboard.py`."""
    module: str | None
    """The module that is imported first; None for `command`."""
    file: str | None
    """That module's file, relative to the project's root; None where it isn't the project's."""
    function: str | None
    """What a script calls in it (`main`), whose unconditional body counts as startup."""
    runs_as_main: bool
    """`__name__ == "__main__"` holds in that file (python -m, python x.py, streamlit run)."""
    paths: tuple[str, ...]
    """Folders put on sys.path before the installed project: script directory, working directory."""
    installed: bool
    """Whether the project itself is installed (its wheel on sys.path)."""
    launcher: NormalizedName | None
    """The distribution whose command starts it (`streamlit`, `uvicorn`); a startup need."""
    argv: tuple[str, ...]
    """The command, for `verify` and CMD."""
    found_in: Place
    origin: Literal["configured", "script", "docker", "compose", "procfile", "source", "other"]
    extras_named: tuple[NormalizedName, ...] | None = None
    """Extras that its Docker stage or compose service installs; None: no answer."""
    all_extras: bool = False
    smoke: str | None = None
    healthchecks: tuple[str, ...] = ()
    """Python code that its image's HEALTHCHECK runs."""
    stage: str | None = None
    lazy_imports: bool = False
    """Started with `-X lazy_imports=all` or PYTHON_LAZY_IMPORTS (PEP 810)."""
    loads: tuple[str, ...] = ()
    """Strings of its command that name modules or classes to load (`-k uvicorn.workers.X`)."""
    tools: tuple[NormalizedName, ...] = ()
    """Distributions whose programs its start runs before it or around it (`alembic upgrade head`,
    `ddtrace-run`): startup needs, for they run in the same image."""
    healthcheck_files: tuple[str, ...] = ()
    """Files of the project that its image's HEALTHCHECK runs, as it would be started itself."""


@dataclass(frozen=True, slots=True)
class _Role:
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


_RANKS: Final = {"configured": 0, "script": 1, "compose": 2, "procfile": 3, "docker": 4}
_UNRANKED: Final = 9


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
    finder = _Finder(project, layout, listing, tools or {})
    for name, entry in settings.entrypoints.items():
        finder.add_configured(name, entry.run, entry.smoke)
    for script in project.scripts:
        finder.add_script(script)
    finder.add_main_modules()
    for start in starts:
        finder.add_start(start)
    roles = finder.finished(frozenset(settings.entrypoints))
    package = layout.public_package
    if package and (settings.library or not roles):
        roles.append(_Role(_library(project, layout, package), "library", 1, ""))
    names = name_all(
        [Nameable(role.stated, _named_file(role.entrypoint), role.way) for role in roles],
        project.name,
    )
    entrypoints = tuple(
        replace(role.entrypoint, name=name) for role, name in zip(roles, names, strict=True)
    )
    if not entrypoints:
        finder.note(
            "no entrypoint was found",
            Place("pyproject.toml", 0),
            'add [tool.extrasplit.entrypoints.NAME] with run = "..."',
        )
    return entrypoints, tuple(finder.findings)


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
    finder = _Finder(project, layout, listing, {})
    for script in project.scripts:
        finder.add_script(script)
    scripts = len(finder.roles)
    finder.add_start(Start(words, found_in, "source"))
    touched = finder.last_touched
    if touched is None or touched.entrypoint.file is None:
        return None
    for entrypoint in known:
        way = _way_of(entrypoint)
        if _Role(entrypoint, None, 0, way).key == touched.key:
            return entrypoint
    if len(finder.roles) == scripts:
        return touched.entrypoint
    items = [Nameable(entrypoint.name, None, "") for entrypoint in known]
    file = _named_file(touched.entrypoint)
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
            healthchecks=_union(server.healthchecks, parent.healthchecks),
            healthcheck_files=_union(server.healthcheck_files, parent.healthcheck_files),
            stage=server.stage or parent.stage,
            extras_named=(
                parent.extras_named if server.extras_named is None else server.extras_named
            ),
            all_extras=server.all_extras or parent.all_extras,
        )
        by_name[parent.name] = replace(by_name[parent.name], healthchecks=(), healthcheck_files=())
    return tuple(by_name[entrypoint.name] for entrypoint in entrypoints)


class _Finder:
    """Gathers roles; two commands that start the same file in the same way become one."""

    def __init__(
        self,
        project: Project,
        layout: Layout,
        listing: frozenset[str],
        tools: Mapping[str, NormalizedName],
    ) -> None:
        self.project = project
        self.layout = layout
        self.listing = listing
        self.tools = tools
        self.roles: list[_Role] = []
        self.findings: list[Finding] = []
        self.scripts: dict[str, _Role] = {}
        self.healthchecks: list[tuple[Start, str | None, str | None]] = []
        self.group_tools: dict[str, list[tuple[Start, Command, NormalizedName]]] = {}
        self.last_touched: _Role | None = None

    def note(self, message: str, place: Place, fix: str | None = None) -> None:
        finding = Finding("undecided", Severity.NOTE, message, fix=fix, chain=(place,))
        if finding not in self.findings:
            self.findings.append(finding)

    def add(self, role: _Role) -> None:
        """Add a role, or merge it with the one that starts the same."""
        for index, known in enumerate(self.roles):
            if known.key == role.key:
                self.roles[index] = self.last_touched = _merge(known, role)
                return
        self.roles.append(role)
        self.last_touched = role

    def add_configured(self, name: str, run: str, smoke: str | None) -> None:
        place = Place("pyproject.toml", 0, f"tool.extrasplit.entrypoints.{name}")
        before = len(self.roles)
        for command in split_commands(run):
            self.add_start(
                Start(command.words, place, "configured", name_hint=name, env=command.env)
            )
        self._settle_tools()
        if len(self.roles) == before:
            raise ExtrasplitError(
                f"tool.extrasplit.entrypoints.{name}.run is {run!r}, which starts nothing of "
                "this project",
                hint='name a file or module of it, as in "streamlit run src/app/dashboard.py" '
                'or "python -m app"',
            )
        if smoke:
            role = self.roles[-1]
            self.roles[-1] = replace(role, entrypoint=replace(role.entrypoint, smoke=smoke))

    def add_script(self, script: Script) -> None:
        """Add one line of `[project.scripts]`: the installed wheel's own start."""
        place = Place("pyproject.toml", script.line, script.name)
        role = _script_role(script, place, self.layout, self.project)
        if role is None or self.project.virtual:
            why = (
                "uv installs no scripts of a virtual project (add [build-system])"
                if self.project.virtual
                else f"{script.target.partition(':')[0]} is no module of this project"
            )
            self.note(f"the script {script.name!r} is no entrypoint: {why}", place)
            return
        self.add(role)
        self.scripts[script.name] = role

    def add_main_modules(self) -> None:
        """Add every package with a `__main__.py` (`python -m package`)."""
        for module, path in sorted(self.layout.modules.items()):
            if module.rpartition(".")[2] != "__main__" or is_development(path):
                continue
            package = module.rpartition(".")[0]
            if not package or {"tests", "test"}.intersection(package.split(".")):
                continue
            argv = ("python", "-m", package)
            for command in read_commands(argv):
                self._add_command(command, Start(argv, Place(path, 1, module), "other"))

    def add_start(self, start: Start) -> None:
        """Add what one command of the project's files starts."""
        if start.undecided:
            self.note(start.undecided, start.found_in)
            return
        for command in read_commands(start.argv, start.env):
            if start.healthcheck:
                self._add_healthcheck(start, command)
            else:
                self._add_command(command, start)

    def _around(self, start: Start) -> Surrounding:
        return Surrounding(self.listing, self.layout, start.cwd, start.mounts)

    def _add_healthcheck(self, start: Start, command: Command) -> None:
        if command.code is not None:
            self.healthchecks.append((start, command.code, None))
        elif command.path is not None:
            file = find_file(command.path, self._around(start))
            self.healthchecks.append((start, None, file))

    def _add_command(self, command: Command, start: Start) -> None:
        if command.program in self.scripts:
            script = self.scripts[command.program]
            self.add(_in_stage(script, start, command, stated=None))
            return
        located = locate(command, self._around(start))
        if located is None:
            self._add_tool(command, start)
            return
        if is_development(located.file) and start.origin not in ("configured", "source"):
            return
        if start.origin == "other" and command.kind == "module" and start.group:
            return  # a Makefile's or workflow's own little scripts are no role of the app
        object_ = f"{located.module}:{located.attribute}" if located.attribute else located.module
        entrypoint = Entrypoint(
            name="",
            kind=command.kind,
            starts=located.file if command.path or command.runs_as_main else object_,
            module=located.module,
            file=located.file,
            function=command.function,
            runs_as_main=command.runs_as_main,
            paths=located.paths,
            installed=not self.project.virtual,
            launcher=command.launcher,
            argv=start.argv if start.origin == "configured" else command.argv,
            found_in=start.found_in,
            origin=start.origin,
            loads=command.loads,
            lazy_imports=command.lazy_imports,
        )
        stated = start.name_hint
        if start.origin == "docker":
            stated = meaningful_stage(stated)
        self.add(_in_stage(_Role(entrypoint, None, _UNRANKED, command.way), start, command, stated))

    def _add_tool(self, command: Command, start: Start) -> None:
        """Remember a tool of another distribution, or say that what is started isn't here."""
        named = command.module or command.path
        if named and command.kind != "command" and start.origin not in ("source", "other"):
            if not (command.program == "python" and command.path is None):
                self.note(
                    f"{named} is started here, and is no file of this project", start.found_in
                )
            return
        tool = command.launcher or self.tools.get(command.program)
        if tool is None and not named:
            name = canonicalize_name(command.program)
            if any(requirement.name == name for requirement in self.project.requirements):
                tool = name
        if tool is None or command.program in DEVELOPMENT_TOOLS or start.origin == "other":
            return
        group = start.group or f"{start.found_in.path}:{start.found_in.line}"
        self.group_tools.setdefault(group, []).append((start, command, tool))

    def _settle_tools(self) -> None:
        """Book tools on what is started after them; alone in its container one is a role itself."""
        for group, tools in self.group_tools.items():
            names = tuple(tool for _, _, tool in tools)
            together = [i for i, role in enumerate(self.roles) if group in role.groups]
            for index in together:
                role = self.roles[index]
                entrypoint = replace(role.entrypoint, tools=_union(role.entrypoint.tools, names))
                self.roles[index] = replace(role, entrypoint=entrypoint)
            if not together:
                for start, command, tool in tools:
                    self.add(_tool_role(start, command, tool, installed=not self.project.virtual))
        self.group_tools = {}

    def _settle_healthchecks(self) -> None:
        for start, code, file in self.healthchecks:
            together = [i for i, role in enumerate(self.roles) if start.group in role.groups]
            servers = [i for i in together if self.roles[i].entrypoint.kind in SERVERS]
            if not together:
                continue
            role = self.roles[(servers or together)[0]]
            entrypoint = replace(
                role.entrypoint,
                healthchecks=_union(role.entrypoint.healthchecks, (code,) if code else ()),
                healthcheck_files=_union(
                    role.entrypoint.healthcheck_files, (file,) if file else ()
                ),
            )
            self.roles[(servers or together)[0]] = replace(role, entrypoint=entrypoint)

    def finished(self, configured: frozenset[str]) -> list[_Role]:
        """Return the roles, those that a configured one overrides left out."""
        self._settle_tools()
        self._settle_healthchecks()
        names = name_all(
            [Nameable(r.stated, _named_file(r.entrypoint), r.way) for r in self.roles],
            self.project.name,
        )
        plain = [(role.stated or name) for role, name in zip(self.roles, names, strict=True)]
        return [
            role
            for role, name in zip(self.roles, plain, strict=True)
            if role.rank == 0 or name not in configured
        ]


def _script_role(script: Script, place: Place, layout: Layout, project: Project) -> _Role | None:
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
    return _Role(entrypoint, script.name, _RANKS["script"], "")


def _tool_role(start: Start, command: Command, tool: NormalizedName, *, installed: bool) -> _Role:
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
    stated = meaningful_stage(start.name_hint) or command.program
    return _in_stage(_Role(entrypoint, None, _UNRANKED, command.way), start, command, stated)


def _in_stage(role: _Role, start: Start, command: Command, stated: str | None) -> _Role:
    """Add what the stage, service or `uv run` says to a role."""
    extras = start.extras
    if command.extras is not None:
        extras = _union(extras or (), command.extras)
    entrypoint = replace(
        role.entrypoint,
        extras_named=extras,
        all_extras=start.all_extras or command.all_extras,
        stage=start.stage,
        tools=_union(role.entrypoint.tools, command.wrapped_by),
    )
    rank = _RANKS.get(start.origin, _UNRANKED) if stated else role.rank
    groups = role.groups | ({start.group} if start.group else set())
    return _Role(entrypoint, stated or role.stated, rank, role.way, groups)


def _merge(known: _Role, other: _Role) -> _Role:
    """Return one role of two that start the same: the first found, with what the other adds."""
    first, second = known.entrypoint, other.entrypoint
    named, stated, rank = first.extras_named, known.stated, known.rank
    if other.stated and other.rank < known.rank:
        stated, rank = other.stated, other.rank
    entrypoint = replace(
        first,
        extras_named=second.extras_named if named is None else named,
        all_extras=first.all_extras or second.all_extras,
        stage=first.stage or second.stage,
        smoke=first.smoke or second.smoke,
        tools=_union(first.tools, second.tools),
        loads=_union(first.loads, second.loads),
        paths=_union(first.paths, second.paths),
        lazy_imports=first.lazy_imports and second.lazy_imports,
    )
    return _Role(entrypoint, stated, rank, known.way, known.groups | other.groups)


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


def _named_file(entrypoint: Entrypoint) -> str | None:
    return entrypoint.file


def _way_of(entrypoint: Entrypoint) -> str:
    if entrypoint.kind == "script":
        return ""
    commands = read_commands(entrypoint.argv)
    return commands[-1].way if commands else ""


def _union(first: Sequence[_T], second: Sequence[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys((*first, *second)))
