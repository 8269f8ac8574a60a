"""Finds the folders of a project: of the member that is meant, and of the lock that is its."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extrasplit.edges.files import list_files
from extrasplit.errors import ExtrasplitError


def find_member(folder: Path, package: str | None) -> Path:
    """Return the folder of the project that is meant, absolute.

    Raises ExtrasplitError where there is no folder, or no member of that name.
    """
    root = folder.absolute()
    if root.is_file() and root.name == "pyproject.toml":
        root = root.parent
    if not root.is_dir():
        raise ExtrasplitError(f"{folder} is no folder", hint="name the folder of a project")
    if package is None:
        return root
    from packaging.utils import canonicalize_name

    names = {}
    for member in (root, *_members(root)):
        name = _tables(member).get("project", {}).get("name")
        if isinstance(name, str):
            names[canonicalize_name(name)] = member
    wanted = names.get(canonicalize_name(package))
    if wanted is None:
        raise ExtrasplitError(
            f"{root / 'pyproject.toml'} has no workspace member {package}",
            hint=f"its members are {', '.join(sorted(names)) or 'none'}",
        )
    return wanted


def find_lock_root(root: Path) -> Path:
    """Return the folder whose uv.lock holds this project.

    uv looks for the nearest parent whose `[tool.uv.workspace]` names the project as a member
    (uv's document on workspaces); else the project is its own.
    """
    if "workspace" in _uv_table(root):
        return root
    for parent in root.parents:
        if (parent / "pyproject.toml").is_file() and "workspace" in _uv_table(parent):
            return parent if root in _members(parent) else root
    return root


def _members(root: Path) -> Iterator[Path]:
    from extrasplit.project.workspace import read_members

    tables = _tables(root)
    if "workspace" in _uv_table(root):
        for folder in read_members(tables, list_files(root).paths):
            yield root / folder


def _uv_table(root: Path) -> dict[str, Any]:
    tool = _tables(root).get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    return uv if isinstance(uv, dict) else {}


def _tables(root: Path) -> dict[str, Any]:
    from extrasplit.project.pyproject import missing_pyproject, read_tables

    path = root / "pyproject.toml"
    try:
        return read_tables(path.read_bytes(), path)
    except OSError:
        raise missing_pyproject(root) from None
