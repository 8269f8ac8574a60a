"""Reads the texts of a wheel's `.dist-info`: METADATA, entry_points.txt, RECORD, `.pth` files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.record import Record, field

_EXTRA: Final = re.compile(
    r"""\bextra\s*==\s*(['"])(?P<right>[^'"]+)\1|(['"])(?P<left>[^'"]+)\3\s*==\s*extra\b"""
)
_NAME: Final = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


class Metadata(Record):
    """What METADATA (or an sdist's PKG-INFO) says beyond what the lock says."""

    optional_requirements: Mapping[NormalizedName, tuple[NormalizedName, ...]] = field(
        default_factory=dict
    )
    """Extra to the distributions that are required for it, the project itself left out."""
    import_names: frozenset[str] = frozenset()
    """`Import-Name` of PEP 794; private ones as well."""
    import_namespaces: frozenset[str] = frozenset()
    """`Import-Namespace` of PEP 794."""


class Recorded(Record):
    """One line of a RECORD: a path relative to site-packages and its size, where it is told."""

    path: str
    size_bytes: int | None


def read_metadata(content: bytes) -> Metadata:
    """Read the header of METADATA (core metadata specification); what can't be read is absent."""
    own = canonicalize_name("")
    optional: dict[NormalizedName, dict[NormalizedName, None]] = {}
    names: dict[str, set[str]] = {"import-name": set(), "import-namespace": set()}
    for key, value in _headers(content):
        if key == "name":
            own = canonicalize_name(value)
        elif key == "requires-dist":
            for extra, name in _optional(value):
                optional.setdefault(extra, {})[name] = None
        elif key in names:
            # `Import-Name: ` alone says that there is none; `; private` marks an internal one.
            stated = value.partition(";")[0].strip()
            names[key] |= {stated} if stated else set()
    return Metadata(
        {
            extra: tuple(name for name in wanted if name != own)
            for extra, wanted in optional.items()
        },
        frozenset(names["import-name"]),
        frozenset(names["import-namespace"]),
    )


def read_entry_points(content: bytes) -> dict[str, dict[str, str]]:
    """Return group to name to `module:object` (entry points specification); {} for garbage."""
    import configparser

    parser = configparser.ConfigParser(
        delimiters=("=",), comment_prefixes=("#", ";"), strict=False, interpolation=None
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(content.decode("utf-8", "replace"))
    except configparser.Error:
        return {}
    return {
        group: {name: value for name, value in parser.items(group) if value}
        for group in parser.sections()
    }


def read_record(text: str) -> tuple[Recorded, ...]:
    """Return the lines of a RECORD (PEP 376, PEP 627); malformed ones are passed over."""
    import csv

    return tuple(
        Recorded(row[0], int(row[2]) if row[2].isdecimal() else None)
        for row in csv.reader(text.splitlines())
        if len(row) == 3 and row[0]
    )


def read_path_file(content: bytes) -> tuple[str, ...]:
    """Return the folders that a `.pth` file puts on `sys.path`, relative to site-packages."""
    folders = []
    for line in content.decode("utf-8", "replace").splitlines():
        folder = line.strip().replace("\\", "/").strip("/")
        if folder and not folder.startswith(("#", "import ", "import\t")) and ".." not in folder:
            folders.append(folder.removeprefix("./"))
    return tuple(folders)


def _headers(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the header fields, continuation lines joined; the description is not read."""
    key, value = "", ""
    for line in content.decode("utf-8", "replace").splitlines():
        if not line.strip():
            break
        if line[0] in " \t":
            value += " " + line.strip()
            continue
        if key:
            yield key, value
        key, _, value = line.partition(":")
        key, value = key.strip().lower(), value.strip()
    if key:
        yield key, value


def _optional(requirement: str) -> Iterator[tuple[NormalizedName, NormalizedName]]:
    """Yield (extra, distribution) for each extra that the requirement's marker names."""
    text, _, marker = requirement.partition(";")
    name = _NAME.match(text)
    if name is None:
        return
    for found in _EXTRA.finditer(marker):
        extra = found["right"] or found["left"]
        yield canonicalize_name(extra), canonicalize_name(name[1])
