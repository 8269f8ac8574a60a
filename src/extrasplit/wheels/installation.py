"""Lays out what uv writes when it installs a wheel: every file, with its size.

The rules are those of the binary distribution format ("Installing a wheel") and of the
specification of recorded projects; the text of generated scripts is uv's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from extrasplit.record import Record
from extrasplit.wheels.directory import BrokenArchiveError, Member

PYTHON: Final = "/app/.venv/bin/python"
"""The interpreter that scripts name: where the generated Dockerfile puts it."""
SCRIPT_GROUPS: Final = ("console_scripts", "gui_scripts")
MAX_SCRIPT_BYTES: Final = 128 * 1024
"""A larger file of `*.data/scripts` is a program: its first line is not asked for."""
ENVIRONMENT: Final = "../../../"
"""From site-packages to the environment's root, as RECORD writes it."""

_SCRIPT: Final = """\
#!{python}
# -*- coding: utf-8 -*-
import sys
from {module} import {name}
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit({call}())
"""
_TARGET: Final = re.compile(r"\s*([\w.]+)\s*:\s*([\w.]+)\s*(\[.*\])?\s*")
_HASHED_BYTES: Final = len(",sha256=,") + 43
"""Of a line of RECORD, beside path and size: SHA-256 as unpadded base64."""


class Installation(Record):
    """The files of one installed wheel."""

    sizes: Mapping[str, int]
    """Path, relative to site-packages as RECORD writes it (`../../../bin/x`), to bytes."""
    origins: Mapping[str, Member]
    """Path to the member that it comes from; generated files have none."""
    shebangs: int
    """Scripts whose first line names `PYTHON`."""

    @property
    def total_bytes(self) -> int:
        """All files together; folders count nothing."""
        return sum(self.sizes.values())

    @property
    def scripts(self) -> tuple[str, ...]:
        """The names in the environment's `bin`."""
        prefix = f"{ENVIRONMENT}bin/"
        return tuple(sorted(p.removeprefix(prefix) for p in self.sizes if p.startswith(prefix)))


def find_dist_info(members: Iterable[Member]) -> str:
    """Return the name of the `.dist-info` folder; BrokenArchiveError where there isn't just one."""
    found = {
        folder
        for member in members
        if ".dist-info/" in member.name
        and (folder := member.name.partition("/")[0]).endswith(".dist-info")
    }
    if len(found) != 1:
        raise BrokenArchiveError(f"it holds {len(found)} .dist-info folders, so it is no wheel")
    return found.pop()


def lay_out(
    members: Sequence[Member], scripts: Mapping[str, str], texts: Mapping[str, bytes]
) -> Installation:
    """Return what installing writes.

    `scripts` maps each console and gui script to its `module:object`; `texts` holds at least the
    files of `*.data/scripts` that may be Python scripts.
    """
    info = find_dist_info(members)
    origins = {_place(one.name, info): one for one in members if not one.is_directory}
    shebangs = {
        path: _shebang_change(texts.get(one.name, b""))
        for path, one in origins.items()
        if one.name in texts and is_data_script(one.name)
    }
    sizes = {path: one.size_bytes + (shebangs.get(path) or 0) for path, one in origins.items()}
    generated = {
        f"{ENVIRONMENT}bin/{name}": text
        for name, target in scripts.items()
        if (text := script_bytes(target)) is not None
    }
    sizes |= generated
    sizes |= {f"{info}/INSTALLER": len("uv"), f"{info}/REQUESTED": 0}
    sizes[f"{info}/RECORD"] = _record_bytes(members, sizes, f"{info}/RECORD")
    rewritten = sum(change is not None for change in shebangs.values())
    return Installation(sizes, origins, rewritten + len(generated))


def noted_bytes(filename: str, notes: Mapping[str, int]) -> int:
    """Return what files of `notes` in `.dist-info`, and their lines of RECORD, add to a wheel."""
    stem = "-".join(filename.split("-")[:2])
    return sum(size + _line_bytes(f"{stem}.dist-info/{name}", size) for name, size in notes.items())


def is_data_script(name: str) -> bool:
    """Tell whether a member goes to the environment's `bin` as it is."""
    folder, _, inner = name.partition("/")
    return folder.endswith(".data") and inner.startswith("scripts/")


def script_bytes(target: str) -> int | None:
    """Return the size of the script that uv generates; None for what is no `module:object`."""
    found = _TARGET.fullmatch(target)
    if found is None:
        return None
    name = found[2].partition(".")[0]
    text = _SCRIPT.format(python=PYTHON, module=found[1], name=name, call=found[2])
    return len(text.encode())


def _shebang_change(content: bytes) -> int | None:
    """Return by how much the first line grows; None where it isn't `#!python`."""
    if not content.startswith(b"#!python"):
        return None
    first = content.partition(b"\n")[0]
    return len(f"#!{PYTHON}") - len(first)


def _place(name: str, info: str) -> str:
    """Return where a member goes, relative to site-packages."""
    if ".data/" not in name:
        return name
    stem = info.removesuffix(".dist-info")
    folder, _, inner = name.partition("/")
    if folder != f"{stem}.data":
        return name
    scheme, _, rest = inner.partition("/")
    match scheme:
        case "purelib" | "platlib":
            return rest
        case "scripts":
            return f"{ENVIRONMENT}bin/{rest}"
        case "data":
            return f"{ENVIRONMENT}{rest}"
        case "headers":
            distribution = stem.partition("-")[0]
            return f"{ENVIRONMENT}include/site/python3.11/{distribution}/{rest}"
        case _:
            return name


def _record_bytes(members: Iterable[Member], sizes: Mapping[str, int], record: str) -> int:
    """Return the size of the RECORD that lists all of `sizes`.

    uv passes on what is irregular in the wheel's own (hashes that are missing or of another
    length), but not CRLF line ends, nor that a last one is missing.
    """
    shipped = {one.name: one.size_bytes for one in members if not one.is_directory}
    regular = _listing_bytes(shipped, record)
    gone = {name: size for name, size in shipped.items() if sizes.get(name) != size}
    come = {path: size for path, size in sizes.items() if shipped.get(path) != size}
    listed = regular - _listing_bytes(gone, record) + _listing_bytes(come, record)
    if record not in shipped:
        return listed
    irregular = shipped[record] - regular
    return listed if irregular in (-1, len(shipped), len(shipped) - 2) else listed + irregular


def _listing_bytes(sizes: Mapping[str, int], record: str) -> int:
    """Return the bytes of RECORD's lines for `sizes` and for itself (without hash and size)."""
    listed = sum(_line_bytes(path, size) for path, size in sizes.items() if path != record)
    return listed + _utf8_bytes(record) + len(",,\n")


def _line_bytes(path: str, size: int) -> int:
    quotes = 2 + path.count('"') if "," in path or '"' in path else 0
    return _utf8_bytes(path) + quotes + _HASHED_BYTES + len(str(size)) + 1


def _utf8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def script_targets(groups: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return each console and gui script with its `module:object`."""
    return {
        name: target for group in SCRIPT_GROUPS for name, target in groups.get(group, {}).items()
    }


def data_scripts(members: Iterable[Member]) -> Iterator[Member]:
    """Yield the members whose first line may have to be known."""
    for member in members:
        if is_data_script(member.name) and 0 < member.size_bytes <= MAX_SCRIPT_BYTES:
            yield member
