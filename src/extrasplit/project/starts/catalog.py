"""Every place where a project says how it is started, in the order in which names count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from packaging.utils import NormalizedName

from extrasplit.project.roles import Start
from extrasplit.project.starts import compose, dockerfile, others, procfile, shell, supervisor
from extrasplit.project.starts.interface import ProjectFiles, Reader

READERS: tuple[Reader, ...] = (dockerfile, compose, procfile, supervisor, others)


NOT_LOOKED_AT: Final = frozenset(
    {"test", "tests", "testing", "doc", "docs", "documentation", "example", "examples", "samples"}
    | {"benchmark", "benchmarks", "fixtures", "e2e", "vendor", "node_modules", "site-packages"}
)
"""Folders, at any depth, whose starts are no roles of the app."""
_HIDDEN: Final = (".github/workflows/", ".docker/")
"""Hidden folders that are looked into."""


def is_start_file(path: str) -> bool:
    """Whether a file's text is wanted by `read_starts`, its path relative to the root."""
    folders = path.lower().split("/")[:-1]
    if NOT_LOOKED_AT.intersection(folders):
        return False
    if any(folder.startswith(".") for folder in folders) and not path.startswith(_HIDDEN):
        return False
    return any(reader.reads(path) for reader in READERS) or shell.reads(path)


def other_projects(listing: Iterable[str]) -> tuple[str, ...]:
    """Return the folders, each with a slash, that hold a pyproject.toml of their own."""
    name = "/pyproject.toml"
    return tuple(sorted(path[: 1 - len(name)] for path in listing if path.endswith(name)))


def read_starts(
    texts: Mapping[str, str], listing: frozenset[str], name: NormalizedName
) -> tuple[Start, ...]:
    """Return every start of a project.

    `texts` holds the text of each file that `is_start_file` accepts; `name` is the project's.
    Shell scripts are read only where something runs them or copies them into an image. What lies
    below another pyproject.toml is another project's, such as a workspace member's.
    """
    others = other_projects(listing)
    own = {path: text for path, text in texts.items() if not path.startswith(others)}
    files = ProjectFiles(name, listing, own)
    return tuple(
        start
        for reader in READERS
        for path in sorted(own)
        if reader.reads(path)
        for start in reader.find_starts(own[path], path, files)
    )
