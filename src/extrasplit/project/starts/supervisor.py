"""Reads supervisord.conf: one program, one role (supervisor's document on its configuration)."""

from __future__ import annotations

import configparser
import re

from extrasplit.places import Place
from extrasplit.project.roles import Start
from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.shell import folder_at, follow
from extrasplit.record import replace


def reads(path: str) -> bool:
    """Whether a file is supervisor's, by its name or its folder's."""
    name = path.rpartition("/")[2].lower()
    return name.endswith((".conf", ".ini")) and "supervisor" in path.lower()


def find_starts(text: str, path: str, files: ProjectFiles) -> tuple[Start, ...]:
    """Return what the programs start, where no image is known that runs them."""
    return programs_of(text, path, files, Start((), Place(path, 0), "docker"))


def programs_of(text: str, path: str, files: ProjectFiles, base: Start) -> tuple[Start, ...]:
    """Return what the programs start; all else that is known of them stands in `base`."""
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";", " #"))
    try:
        parser.read_string(text)
    except configparser.Error as error:
        why = f"{path} could not be read: {str(error).splitlines()[0]}"
        return (replace(base, found_in=Place(path, 0), undecided=why),)
    found: list[Start] = []
    lines = text.splitlines()
    for section in parser.sections():
        kind, _, name = section.partition(":")
        command = parser.get(section, "command", fallback="")
        if kind != "program" or not command:
            continue
        number = next((i for i, line in enumerate(lines, 1) if line.startswith(f"[{section}]")), 0)
        folder = parser.get(section, "directory", fallback="")
        start = replace(
            base,
            argv=("sh", "-c", re.sub(r"%\(\w+\)s", "", command)),
            found_in=Place(path, number, name),
            name_hint=name,
            group=f"{base.group or path}#{name}",
            cwd=(folder_at(folder, base.mounts) or base.cwd) if folder else base.cwd,
        )
        found += follow(start, files)
    return tuple(found)
