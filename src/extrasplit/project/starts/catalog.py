"""Every place where a project says how it is started, in the order in which names count."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import NormalizedName

from extrasplit.project.layout import is_development
from extrasplit.project.roles import Start
from extrasplit.project.starts import compose, dockerfile, others, procfile, shell, supervisor
from extrasplit.project.starts.interface import ProjectFiles, Reader

READERS: tuple[Reader, ...] = (dockerfile, compose, procfile, supervisor, others)


def is_start_file(path: str) -> bool:
    """Whether a file's text is wanted by `read_starts`, its path relative to the root."""
    if is_development(path) and not path.startswith((".github/workflows/", ".docker/")):
        return False
    return any(reader.reads(path) for reader in READERS) or shell.reads(path)


def read_starts(
    texts: Mapping[str, str], listing: frozenset[str], name: NormalizedName
) -> tuple[Start, ...]:
    """Return every start of a project.

    `texts` holds the text of each file that `is_start_file` accepts; `name` is the project's.
    Shell scripts are read only where something runs them or copies them into an image.
    """
    files = ProjectFiles(name, listing, texts)
    return tuple(
        start
        for reader in READERS
        for path in sorted(texts)
        if reader.reads(path)
        for start in reader.find_starts(texts[path], path, files)
    )
