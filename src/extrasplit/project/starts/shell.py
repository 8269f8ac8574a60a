"""Follows a command into the shell text and the scripts that it runs (entrypoint.sh, s6 `run`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from extrasplit.places import Place
from extrasplit.project.layout import join
from extrasplit.project.roles import Start
from extrasplit.project.shell import ShellCommand, split_commands
from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.wrappers import SHELLS, program_of, unwrap
from extrasplit.record import replace

_DEPTH: Final = 6
_SCRIPT_NAME: Final = re.compile(
    r"(?:docker-?)?(?:entry_?-?point|start|run|launch|boot|serve|server|worker|web|beat|init|cmd|"
    r"flower|finish|gunicorn|celery|prestart|migrate)[\w.-]*"
)
_SCRIPT_FOLDERS: Final = re.compile(
    r"(?:^|/)(?:docker|compose|bin|scripts?|deploy(?:ment)?|\.?docker|rootfs|s6[\w-]*|services\.d|"
    r"etc|container|ops|build)(?:/|$)"
)


def reads(path: str) -> bool:
    """Whether a file may be a shell script: by suffix, or without one by name and folder."""
    folder, _, name = path.rpartition("/")
    if name.endswith((".sh", ".bash", ".ash", ".zsh")):
        return True
    if "." in name:
        return False
    return bool(_SCRIPT_NAME.fullmatch(name)) or bool(_SCRIPT_FOLDERS.search(folder))


def follow(start: Start, files: ProjectFiles, *, depth: int = 0) -> tuple[Start, ...]:
    """Return the starts that a command comes to: itself, or those of the script that it runs."""
    if start.undecided:
        return (start,)
    outer = unwrap(start.argv, start.env)
    if outer.shell_text is not None:
        inner = replace(start, argv=(), env=outer.env)
        return _follow_commands(
            split_commands(outer.shell_text, outer.env), inner, files, depth, line=start.found_in
        )
    script = _script_of(outer.words, start, files)
    if script is None:
        return (start,)
    path, arguments = script
    if depth >= _DEPTH:
        return ()
    inner = replace(start, argv=(), env=outer.env)
    return follow_text(files.texts[path], inner, files, path, arguments, depth=depth + 1)


def follow_text(
    text: str,
    start: Start,
    files: ProjectFiles,
    path: str | None = None,
    arguments: Sequence[str] | None = None,
    *,
    depth: int = 0,
) -> tuple[Start, ...]:
    """Return the starts of a script's text, which runs in the place of `start`."""
    commands = split_commands(text, start.env, arguments=arguments)
    place = Place(path or start.found_in.path, 0)
    return _follow_commands(commands, start, files, depth, script=place)


def _follow_commands(
    commands: Sequence[ShellCommand],
    start: Start,
    files: ProjectFiles,
    depth: int,
    *,
    script: Place | None = None,
    line: Place | None = None,
) -> tuple[Start, ...]:
    found: list[Start] = []
    cwd = start.cwd
    for command in commands:
        place = line or Place((script or start.found_in).path, command.line)
        if command.words[0] in ("cd", "pushd") and len(command.words) > 1:
            cwd = _changed(cwd, command.words[1], start)
            continue
        words = command.words
        if words[0] in (".", "source"):
            words = ("sh", *words[1:])
        code = command.heredoc if words[-1] == "-" or len(words) == 1 else None
        if code is not None and program_of(words[0]).startswith("python"):
            continue  # a small program of its own, as in a wait for the database
        step = replace(start, argv=words, found_in=place, env=command.env, cwd=cwd)
        found += follow(step, files, depth=depth + 1)
    return tuple(found)


def _changed(cwd: str, target: str, start: Start) -> str:
    if target.startswith("/"):
        return folder_at(target, start.mounts) or "."
    return join(cwd, target) or cwd


def _script_of(
    words: Sequence[str], start: Start, files: ProjectFiles
) -> tuple[str, tuple[str, ...]] | None:
    """Return the project's script that a command runs, and the words that it hands over."""
    if not words:
        return None
    if program_of(words[0]) in SHELLS:
        rest = list(words[1:])
        while rest and rest[0].startswith("-"):
            rest.pop(0)
        words = tuple(rest)
    if not words or not words[0]:
        return None
    for path in _places(words[0], start):
        if path in files.texts and reads(path):
            return path, tuple(words[1:])
    return None


def _places(word: str, start: Start) -> list[str]:
    """Return where in the project a script may lie: by copies, working directory, or its name."""
    found = []
    if word.startswith("/"):
        found.append(file_at(word, start.mounts))
    else:
        found += [join(start.cwd, word), join(".", word)]
        if "/" not in word:  # found on PATH: copied to /usr/local/bin
            found += [
                source for target, source in start.mounts if target.rpartition("/")[2] == word
            ]
    return [path for path in found if path]


def file_at(path: str, mounts: Sequence[tuple[str, str]]) -> str | None:
    """Return the project's path for a path in an image; the last copy over it counts."""
    for target, source in reversed(mounts):
        if path == target:
            return source
        if path.startswith(target.rstrip("/") + "/"):
            return join(source, path[len(target) :])
    return None


def folder_at(path: str, mounts: Sequence[tuple[str, str]]) -> str | None:
    """Return the project's folder that an image's folder stands for.

    `COPY app /code/app` makes `/code` stand for the root: what lies below tells the folder above.
    """
    exact = [source for target, source in mounts if target.rstrip("/") == path.rstrip("/")]
    if exact:
        return exact[-1]
    for target, source in reversed(mounts):
        inner = target.removeprefix(path.rstrip("/") + "/")
        if inner != target and (source == inner or source.endswith(f"/{inner}")):
            return source[: -len(inner)].rstrip("/") or "."
    return file_at(path, mounts)
