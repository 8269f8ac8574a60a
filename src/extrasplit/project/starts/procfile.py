"""Reads a Procfile: one process type and its command a line."""

from __future__ import annotations

import re
from typing import Final

from extrasplit.places import Place
from extrasplit.project.roles import Start
from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.shell import follow

_LINE: Final = re.compile(r"([A-Za-z0-9_-]+):\s*(.+)")


def reads(path: str) -> bool:
    """Whether a file is a Procfile; one for development is not."""
    name = path.rpartition("/")[2].lower()
    return name == "procfile" or (name.startswith("procfile.") and "dev" not in name)


def find_starts(text: str, path: str, files: ProjectFiles) -> tuple[Start, ...]:
    """Return the process types; each is a shell text of its own."""
    found: list[Start] = []
    for number, line in enumerate(text.splitlines(), start=1):
        entry = _LINE.fullmatch(line.strip())
        if entry is None or line.lstrip().startswith("#"):
            continue
        name, command = entry[1], entry[2]
        start = Start(
            ("sh", "-c", command),
            Place(path, number, name),
            "procfile",
            name_hint=name,
            group=f"{path}#{name}",
        )
        found += follow(start, files)
    return tuple(found)
