"""Gathers the roles of a project from settings, scripts, packages and start files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.findings import Finding, Severity
from extrasplit.places import Place
from extrasplit.project.commands import Command, read_commands, with_target
from extrasplit.project.declared import ConfiguredEntrypoint, Project, Script
from extrasplit.project.launchers import DEVELOPMENT_TOOLS
from extrasplit.project.layout import Layout, is_development
from extrasplit.project.locating import Surrounding, find_file, locate
from extrasplit.project.merging import (
    UNRANKED,
    Role,
    in_stage,
    merge,
    script_role,
    stated_name,
    tool_role,
    union,
)
from extrasplit.project.naming import Nameable, name_all
from extrasplit.project.roles import SERVERS, Entrypoint, Start
from extrasplit.project.shell import split_commands
from extrasplit.record import replace

_NO_ROLES: Final = frozenset({"tests", "test", "scripts", "_vendor", "vendor"})
"""Folders whose `__main__.py` is no role of the app unless something starts it."""


class Gatherer:
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
        self.roles: list[Role] = []
        self.findings: list[Finding] = []
        self.scripts: dict[str, Role] = {}
        self.healthchecks: list[tuple[Start, str | None, str | None]] = []
        self.group_tools: dict[str, list[tuple[Start, Command, NormalizedName]]] = {}
        self.last_touched: Role | None = None

    def note(self, message: str, place: Place, fix: str | None = None) -> None:
        """Say once what was seen and is no entrypoint."""
        finding = Finding("undecided", Severity.NOTE, message, fix=fix, chain=(place,))
        if finding not in self.findings:
            self.findings.append(finding)

    def add(self, role: Role) -> None:
        """Add a role, or merge it with the one that starts the same."""
        for index, known in enumerate(self.roles):
            if known.key == role.key:
                self.roles[index] = self.last_touched = merge(known, role)
                return
        self.roles.append(role)
        self.last_touched = role

    def add_configured(self, entry: ConfiguredEntrypoint) -> None:
        """Add `[tool.extrasplit.entrypoints.NAME]`; it must start something of the project."""
        key = f"tool.extrasplit.entrypoints.{entry.name}"
        place = Place("pyproject.toml", 0, key)
        role = self.touched_by(
            Start(command.words, place, "configured", name_hint=entry.name, env=command.env)
            for command in split_commands(entry.run)
        )
        if role is None:
            raise ExtrasplitError(
                f"{key}.run is {entry.run!r}, which starts nothing of this project",
                hint='name a file or module of it, as in "streamlit run src/app/dashboard.py" '
                'or "python -m app"',
            )
        if entry.smoke:
            smoked = replace(role.entrypoint, smoke=entry.smoke)
            self.roles[self.roles.index(role)] = replace(role, entrypoint=smoked)

    def touched_by(self, starts: Iterable[Start]) -> Role | None:
        """Add starts and return the role that they came to, None where they start nothing."""
        self.last_touched = None
        for start in starts:
            self.add_start(start)
        self._settle_tools()
        return self.last_touched

    def add_script(self, script: Script) -> None:
        """Add one line of `[project.scripts]`: the installed wheel's own start."""
        place = Place("pyproject.toml", script.line, script.name)
        role = script_role(script, place, self.layout, self.project)
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
            if not package or _NO_ROLES.intersection(package.split(".")):
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
            if command.program == "fastapi" and not (command.path or command.module):
                command = with_target(command, self.project.fastapi_entrypoint)
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
            stated = start.name_hint if start.origin == "configured" else None
            self.add(in_stage(script, start, command, stated))
            return
        located = locate(command, self._around(start))
        if located is None:
            self._add_tool(command, start)
            return
        recipe = start.origin == "other" and start.group
        if recipe and (command.kind == "module" or is_development(located.file)):
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
        role = Role(entrypoint, None, UNRANKED, command.way)
        self.add(in_stage(role, start, command, stated_name(start)))

    def _add_tool(self, command: Command, start: Start) -> None:
        """Remember a tool of another distribution, or say that what is started isn't here."""
        if start.foreign:
            return
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
                entrypoint = replace(role.entrypoint, tools=union(role.entrypoint.tools, names))
                self.roles[index] = replace(role, entrypoint=entrypoint)
            if not together:
                for start, command, tool in tools:
                    self.add(tool_role(start, command, tool, installed=not self.project.virtual))
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
                healthchecks=union(role.entrypoint.healthchecks, (code,) if code else ()),
                healthcheck_files=union(role.entrypoint.healthcheck_files, (file,) if file else ()),
            )
            self.roles[(servers or together)[0]] = replace(role, entrypoint=entrypoint)

    def finished(self, configured: frozenset[str]) -> list[Role]:
        """Return the roles, those that a configured one overrides left out."""
        self._settle_tools()
        self._settle_healthchecks()
        names = name_all(
            [Nameable(r.stated, r.entrypoint.file, r.way) for r in self.roles],
            self.project.name,
        )
        plain = [(role.stated or name) for role, name in zip(self.roles, names, strict=True)]
        return [
            role
            for role, name in zip(self.roles, plain, strict=True)
            if role.rank == 0 or name not in configured
        ]
