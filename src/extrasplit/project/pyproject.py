"""Reads pyproject.toml: the project, its requirements and its extras (PEP 621, PEP 508)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as ParsedRequirement
from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.project.backends import read_source_roots
from extrasplit.project.declared import BASE, Conflict, Extra, Project, Requirement, Script
from extrasplit.project.lines import KeyPath, find_lines
from extrasplit.project.workspace import read_members


def read_tables(text: bytes, path: Path | str) -> dict[str, Any]:
    """Return the tables of a pyproject.toml.

    A byte order mark is passed over, as uv does. Raises ExtrasplitError with the line where the
    text is no UTF-8 or no TOML.
    """
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise ExtrasplitError(
            f"{path}:{line}: not UTF-8, so it is no TOML", hint="save the file as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ExtrasplitError(
            f"{path}: broken TOML: {error}", hint="mend the line that is named"
        ) from error
    except RecursionError:
        raise ExtrasplitError(
            f"{path} nests its values deeper than can be read", hint="write them flat"
        ) from None


def _lines_of(text: bytes) -> Mapping[KeyPath, int]:
    try:
        return find_lines(text.decode("utf-8-sig"))
    except RecursionError:  # tomllib just managed: errors then name no line
        return {}


def missing_pyproject(root: Path) -> ExtrasplitError:
    """Return what to raise where a folder has no pyproject.toml."""
    return ExtrasplitError(
        f"{root} holds no pyproject.toml",
        hint="name the folder of a project, as in `extrasplit suggest path/to/project`",
    )


def read_project(
    text: bytes,
    root: Path,
    lock_root: Path | None = None,
    *,
    listing: frozenset[str] = frozenset(),
) -> Project:
    """Return the project that a pyproject.toml describes (PEP 621).

    `listing` (paths relative to `root`) turns the globs of a uv workspace into folders; without it
    they stay globs. Raises ExtrasplitError where there is no usable `[project]`.
    """
    path = root / "pyproject.toml"
    tables = read_tables(text, path)
    members = read_members(tables, listing)
    table = _project_table(tables, path, members)
    reader = _Reader(path, _lines_of(text), table)
    name = canonicalize_name(reader.name)
    extras = reader.extras(name)
    build = _mapping(tables.get("build-system"))
    tool = _mapping(tables.get("tool"))
    uv = _mapping(tool.get("uv"))
    packaged = uv.get("package")
    roots, packages = read_source_roots(tables)
    return Project(
        root=root,
        lock_root=lock_root or root,
        name=name,
        written_name=reader.name,
        version=_text(table.get("version")),
        requires_python=_text(table.get("requires-python")),
        base=reader.base(),
        extras=extras,
        dynamic=frozenset(reader.strings(("dynamic",))),
        scripts=(*reader.scripts("scripts"), *reader.scripts("gui-scripts", gui=True)),
        plugins=reader.plugins(),
        build_backend=_build_backend(build),
        virtual=packaged is False or (packaged is not True and not build),
        source_roots=roots,
        packages=packages,
        conflicts=_read_conflicts(uv.get("conflicts"), name),
        source_extras=_read_source_extras(_mapping(uv.get("sources"))),
        groups=_read_groups(_mapping(tables.get("dependency-groups")), uv, path),
        members=members,
        readme=_read_readme(table.get("readme")),
        fastapi_entrypoint=_text(_mapping(tool.get("fastapi")).get("entrypoint")),
    )


def read_requirement(text: str, home: str, index: int, line: int) -> Requirement:
    """Return one PEP 508 line as a value; raises `InvalidRequirement` where it is none."""
    parsed = ParsedRequirement(text)
    return Requirement(
        text=text,
        name=canonicalize_name(parsed.name),
        extras=frozenset(canonicalize_name(extra) for extra in parsed.extras),
        marker=str(parsed.marker) if parsed.marker else None,
        home=home,
        index=index,
        line=line,
    )


class _Reader:
    """Reads the `[project]` table; every error names the file, the line and the key."""

    def __init__(self, path: Path, lines: Mapping[KeyPath, int], table: Mapping[str, Any]) -> None:
        self.path = path
        self.lines = lines
        self.table = table
        name = table.get("name")
        if not isinstance(name, str) or not name:
            raise ExtrasplitError(
                f"{path}: [project] has no name", hint='add `name = "..."` to [project]'
            )
        self.name = name

    def error(self, key: tuple[str | int, ...], problem: str, hint: str) -> ExtrasplitError:
        line = self.lines.get(("project", *key), 0)
        place = f"{self.path}:{line}" if line else str(self.path)
        written = "project." + ".".join(str(part) for part in key if isinstance(part, str))
        return ExtrasplitError(f"{place}: {written} {problem}", hint=hint)

    def strings(self, key: tuple[str, ...]) -> list[str]:
        value: Any = self.table
        for part in key:
            value = value.get(part, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, "is no list of strings", "PEP 621 wants an array of strings")
        return value

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.table.get(key, {})
        if not isinstance(value, dict):
            raise self.error((key,), "is no table", f"write it as [project.{key}]")
        return value

    def requirements(self, key: tuple[str, ...], home: str) -> list[Requirement]:
        found = []
        for index, text in enumerate(self.strings(key)):
            line = self.lines.get(("project", *key, index), 0)
            try:
                found.append(read_requirement(text, home, index, line))
            except InvalidRequirement as error:
                reason = str(error).splitlines()[0]
                raise self.error(
                    (*key, index),
                    f"holds {text!r}, which is no requirement: {reason}",
                    "see PEP 508",
                ) from error
        return found

    def base(self) -> tuple[Requirement, ...]:
        return tuple(self.requirements(("dependencies",), BASE))

    def extras(self, project: NormalizedName) -> dict[NormalizedName, Extra]:
        found: dict[NormalizedName, Extra] = {}
        for written in self.mapping("optional-dependencies"):
            key = ("optional-dependencies", written)
            name = canonicalize_name(written)
            if name in found:
                raise self.error(
                    key,
                    f"is the extra {found[name].written!r} a second time",
                    "PEP 685 compares normalized names: give one another name",
                )
            lines = self.requirements(key, name)
            own = [line for line in lines if line.name == project]
            found[name] = Extra(
                name=name,
                written=written,
                requirements=tuple(line for line in lines if line.name != project),
                includes=tuple(dict.fromkeys(e for line in own for e in sorted(line.extras))),
            )
        return found

    def scripts(self, key: str, *, gui: bool = False) -> tuple[Script, ...]:
        found = []
        for name, target in self.mapping(key).items():
            if not isinstance(target, str):
                raise self.error((key, name), "is no string", 'write "package.module:function"')
            line = self.lines.get(("project", key, name), 0)
            found.append(Script(name, target, gui, line))
        return tuple(found)

    def plugins(self) -> tuple[tuple[str, str], ...]:
        """Return group and object reference of each entry point, the scripts left out."""
        return tuple(
            (group, target)
            for group, table in self.mapping("entry-points").items()
            for target in _mapping(table).values()
            if isinstance(target, str)
        )


def _project_table(
    tables: Mapping[str, Any], path: Path, members: tuple[str, ...]
) -> Mapping[str, Any]:
    table = tables.get("project")
    if isinstance(table, dict):
        return table
    tool = _mapping(tables.get("tool"))
    if members:
        raise ExtrasplitError(
            f"{path} is the root of a uv workspace and no project itself",
            hint=f"name one member with --package; the members lie in {', '.join(members)}",
        )
    if "poetry" in tool:
        raise ExtrasplitError(
            f"{path} has [tool.poetry] but no [project]",
            hint="convert [tool.poetry.dependencies] to project.dependencies and "
            "[tool.poetry.extras] to project.optional-dependencies (PEP 621), then run `uv lock`",
        )
    raise ExtrasplitError(
        f"{path} has no [project] table",
        hint="add [project] with name, version and dependencies (PEP 621), or run `uv init`",
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _build_backend(build: Mapping[str, Any]) -> str | None:
    if not build:
        return None
    backend = build.get("build-backend")
    # PEP 517: a build system without a backend is setuptools'
    return backend if isinstance(backend, str) else "setuptools.build_meta:__legacy__"


def _read_readme(value: object) -> str | None:
    return _text(value.get("file") if isinstance(value, dict) else value)


def _read_conflicts(value: object, project: NormalizedName) -> tuple[Conflict, ...]:
    """Read `[tool.uv] conflicts`; an item of another workspace member isn't ours."""
    found = []
    for items in value if isinstance(value, list) else ():
        ours = [
            item
            for item in (items if isinstance(items, list) else ())
            if isinstance(item, dict)
            and canonicalize_name(str(item.get("package", project))) == project
        ]
        extras = frozenset(canonicalize_name(str(i["extra"])) for i in ours if "extra" in i)
        groups = frozenset(canonicalize_name(str(i["group"])) for i in ours if "group" in i)
        if len(extras) + len(groups) > 1:
            found.append(Conflict(extras, groups))
    return tuple(found)


def _read_source_extras(sources: Mapping[str, Any]) -> frozenset[NormalizedName]:
    entries = [
        entry
        for value in sources.values()
        for entry in (value if isinstance(value, list) else [value])
        if isinstance(entry, dict)
    ]
    return frozenset(canonicalize_name(str(e["extra"])) for e in entries if "extra" in e)


def _read_groups(
    table: Mapping[str, Any], uv: Mapping[str, Any], path: Path
) -> dict[NormalizedName, tuple[str, ...]]:
    """Read `[dependency-groups]` (PEP 735), includes resolved, and uv's old dev-dependencies."""
    normalized = {canonicalize_name(name): items for name, items in table.items()}

    def expand(name: NormalizedName, seen: tuple[NormalizedName, ...]) -> tuple[str, ...]:
        if name in seen:
            raise ExtrasplitError(
                f"{path}: dependency group {name!r} includes itself",
                hint="PEP 735 allows no cycle: drop one include-group",
            )
        lines: list[str] = []
        items = normalized.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, str):
                lines.append(item)
            elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
                lines += expand(canonicalize_name(item["include-group"]), (*seen, name))
        return tuple(dict.fromkeys(lines))

    groups = {name: expand(name, ()) for name in normalized}
    old = tuple(line for line in uv.get("dev-dependencies", ()) if isinstance(line, str))
    if old:
        dev = canonicalize_name("dev")
        groups[dev] = tuple(dict.fromkeys((*groups.get(dev, ()), *old)))
    return groups
