"""Reads what is known on disk without an index: the project's `.venv`, and source folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.record import replace
from extrasplit.wheels.contents import WheelFacts, describe, wanted_members
from extrasplit.wheels.directory import STORED, BrokenArchiveError, Member
from extrasplit.wheels.metadata import read_record
from extrasplit.wheels.modules import find_modules

VENV_REASON: Final = "read from the project's .venv"
MAX_RECORD_BYTES: Final = 64 * 1024 * 1024
_WRITTEN: Final = ("INSTALLER", "REQUESTED", "RECORD")
"""Files of `.dist-info` that an installer writes: `describe` counts them itself."""
_ASIDE: Final = frozenset(
    {"build", "dist", "docs", "examples", "node_modules", "scripts", "test", "tests", "setup"}
)
"""Folders and modules beside a package that its wheel does not hold."""


def read_installed(root: Path, name: NormalizedName, version: str) -> WheelFacts | None:
    """Return the facts of this version as `root`/.venv has it, None where it doesn't.

    They are not exact: it may have been installed for another platform than the target.
    """
    info = _find_dist_info(root, name, version)
    return None if info is None else _describe(info)


def find_installed(
    root: Path, name: NormalizedName, version: str
) -> tuple[Path, tuple[str, ...]] | None:
    """Return where `root`/.venv has this version: site-packages, and the paths in it."""
    info = _find_dist_info(root, name, version)
    record = None if info is None else _read_record(info)
    if info is None or record is None:
        return None
    lines = read_record(record.decode("utf-8", "replace"))
    paths = (line.path for line in lines if ".." not in line.path.split("/"))
    return info.parent, tuple(path for path in paths if (info.parent / path).is_file())


def read_source_tree(folder: Path, reason: str) -> WheelFacts:
    """Return what installing a source folder would roughly bring: its packages, in `src` or not."""
    root = folder / "src" if (folder / "src").is_dir() else folder
    sizes = dict(_files(root))
    names = find_modules(path for path in sizes if path.endswith(".py"))
    ours = {name.partition(".")[0] for name in names.modules}
    members = [
        _member(path, size)
        for path, size in sizes.items()
        if path.partition("/")[0].removesuffix(".py") in ours
    ]
    info = f"{folder.name}-0.dist-info"
    facts = describe(folder.name, 0, [*members, _member(f"{info}/METADATA", 0)], {})
    return replace(facts, exact=False, reason=reason)


def _find_dist_info(root: Path, name: NormalizedName, version: str) -> Path | None:
    for info in _dist_infos(root / ".venv"):
        found_name, _, found_version = info.name.removesuffix(".dist-info").partition("-")
        if canonicalize_name(found_name) == name and found_version == version:
            return info
    return None


def _dist_infos(environment: Path) -> Iterator[Path]:
    for folder in (
        *environment.glob("lib/python*/site-packages"),
        environment / "Lib/site-packages",
    ):
        yield from sorted(folder.glob("*.dist-info"))


def _read_record(info: Path) -> bytes | None:
    try:
        with (info / "RECORD").open("rb") as file:
            return file.read(MAX_RECORD_BYTES)
    except OSError:
        return None


def _describe(info: Path) -> WheelFacts | None:
    record = _read_record(info)
    if record is None:
        return None
    written = {f"{info.name}/{file}" for file in _WRITTEN}
    sizes = {
        line.path: line.size_bytes or 0
        for line in read_record(record.decode("utf-8", "replace"))
        if not line.path.endswith(".pyc")
    }
    inside = (path for path in sizes if path not in written and ".." not in path.split("/"))
    members = [_member(path, sizes[path]) for path in inside]
    try:
        texts = {one.name: _read(info.parent / one.name) for one in wanted_members(members)}
        facts = describe(info.name.removesuffix(".dist-info"), 0, members, texts)
    except BrokenArchiveError:
        return None
    installed = sum(sizes.values()) + len(record)
    return replace(facts, installed_bytes=installed, exact=False, reason=VENV_REASON)


def _files(root: Path) -> Iterator[tuple[str, int]]:
    """Yield what a wheel may be made of, hidden folders and what lies aside left out."""
    for where, folders, files in os.walk(root):
        folder, top = Path(where), Path(where) == root
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name != "__pycache__"
            and not (top and (name in _ASIDE or name.endswith(".egg-info")))
        ]
        for name in files:
            if not (top and name.removesuffix(".py") in _ASIDE):
                path = folder / name
                yield path.relative_to(root).as_posix(), path.lstat().st_size


def _member(path: str, size: int) -> Member:
    return Member(path, size, size, STORED, 0, 0, 0)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
