"""Reads a command: which program starts which object or file, and what lands on sys.path.

It looks at words alone; which file of the project is meant is found in `entrypoints`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.project.launchers import (
    BUILT_IN,
    DEVELOPMENT_TOOLS,
    LAUNCHERS,
    LOGGING_SUFFIXES,
    MODULE_PROGRAMS,
    RUNNERS,
    Launcher,
)
from extrasplit.project.shell import split_commands
from extrasplit.project.wrappers import Unwrapped, program_of, unwrap
from extrasplit.record import Record, field, replace

CommandKind = Literal["streamlit", "asgi", "wsgi", "worker", "module", "command"]

_PYTHON: Final = re.compile(r"(?:python|pypy)(?:\d+(?:\.\d+)*)?t?|py|\{python\}")
_OBJECT: Final = re.compile(r"[^\W\d]\w*(?:\.\w+)*:[^\W\d][\w.]*(?:\(.*\))?", re.DOTALL)
_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_LETTERS: Final = re.compile(r"-(?P<flags>[^cmWX]*)(?:(?P<letter>[cmWX])(?P<value>.*))?", re.DOTALL)


class Command(Record):
    """One command, as its words say it."""

    kind: CommandKind
    program: str
    """The program that in the end runs: `uvicorn`, `python`, `manage.py` stays `python`."""
    argv: tuple[str, ...]
    """Without wrappers."""
    launcher: NormalizedName | None = None
    module: str | None = None
    """What is imported, dotted (`app.main`); None where a file is named or nothing is."""
    attribute: str | None = None
    """What is taken from it (`app`), as written behind the colon."""
    path: str | None = None
    """The file that is started, as written."""
    function: str | None = None
    """What the launcher calls when it starts: an app factory."""
    way: str = ""
    """What tells two starts of one file apart: `worker`, manage.py's `migrate`."""
    runs_as_main: bool = False
    script_folder: bool = False
    """The file's folder is put on sys.path."""
    working_folder: bool = False
    """The working directory is put on sys.path."""
    folders: tuple[str, ...] = ()
    """Folders that options put on sys.path, as written, against the working directory."""
    directory: str | None = None
    """What the command changes into before it starts, as written."""
    loads: tuple[str, ...] = ()
    wrapped_by: tuple[NormalizedName, ...] = ()
    extras: tuple[NormalizedName, ...] | None = None
    """Extras that `uv run` names."""
    all_extras: bool = False
    lazy_imports: bool = False
    code: str | None = None
    """The text of `python -c`."""
    candidates: tuple[str, ...] = ()
    """Files that the launcher looks for where none is named."""
    env: Mapping[str, str] = field(default_factory=dict)


def read_command(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Command | None:
    """Return the last command that starts something of Python, None where nothing does."""
    commands = read_commands(argv, env)
    return commands[-1] if commands else None


def read_commands(argv: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[Command, ...]:
    """Return every command that one command line starts: a `sh -c` text may hold several."""
    outer = unwrap(argv, env)
    if outer.shell_text is None:
        command = _read(outer)
        return (command,) if command else ()
    found: list[Command] = []
    for inner in split_commands(outer.shell_text, outer.env):
        found += read_commands(inner.words, inner.env)
    return tuple(
        replace(
            command,
            wrapped_by=(*outer.wrapped_by, *command.wrapped_by),
            extras=command.extras if outer.extras is None else outer.extras,
            all_extras=command.all_extras or outer.all_extras,
        )
        for command in found
    )


def _read(found: Unwrapped) -> Command | None:
    if not found.words or not found.words[0]:
        return None
    program = program_of(found.words[0])
    if _PYTHON.fullmatch(program):
        command = _read_python(found.words[1:])
    elif program in RUNNERS:
        command = _read_runner(found.words[1:])
    elif program in LAUNCHERS:
        command = _read_launcher(program, found.words[1:], found.env)
    elif program.endswith(".py"):
        command = _started_file(found.words)
    elif program in DEVELOPMENT_TOOLS:
        command = None
    else:
        command = Command("command", program, found.words)
    if command is None:
        return None
    return replace(
        command,
        argv=found.words,
        wrapped_by=(*found.wrapped_by, *command.wrapped_by),
        extras=found.extras,
        all_extras=found.all_extras,
        directory=found.directory if command.directory is None else command.directory,
        lazy_imports=command.lazy_imports or found.env.get("PYTHON_LAZY_IMPORTS") == "all",
        env=found.env,
    )


def _read_python(words: Sequence[str]) -> Command | None:
    """Read the interpreter's own command line (Python's document on command line options)."""
    found = _read_interpreter_options(words)
    match found.letter:
        case "c":
            started: Command | None = Command("command", "python", (), code=found.value)
        case "m":
            started = _started_module(found.value, found.rest)
        case _:
            started = _started_file(found.rest) if found.rest and found.rest[0] else None
    if started is None:
        return None
    return replace(
        started,
        lazy_imports=found.lazy,
        script_folder=started.script_folder and not found.isolated,
        working_folder=(started.working_folder or found.letter == "c") and not found.isolated,
    )


class _Interpreter(Record):
    letter: str
    """`c` or `m`; empty where a file follows."""
    value: str
    rest: tuple[str, ...]
    lazy: bool
    isolated: bool
    """-I or -P: neither the script's folder nor the working directory is put on sys.path."""


def _read_interpreter_options(words: Sequence[str]) -> _Interpreter:
    lazy = isolated = False
    at = 0
    while at < len(words) and words[at].startswith("-"):
        word = words[at]
        at += 1
        if word in ("-", "--"):
            break
        found = None if word.startswith("--") else _LETTERS.match(word)
        if not found:
            continue
        isolated = isolated or not {"I", "P"}.isdisjoint(found["flags"])
        if not found["letter"]:
            continue
        value = found["value"]
        if not value and at < len(words):
            value = words[at]
            at += 1
        if found["letter"] in "cm":
            return _Interpreter(found["letter"], value, tuple(words[at:]), lazy, isolated)
        lazy = lazy or value == "lazy_imports=all"
    return _Interpreter("", "", tuple(words[at:]), lazy, isolated)


def _started_file(words: Sequence[str]) -> Command:
    path = words[0]
    way = _first_positional(words[1:]) if program_of(path) == "manage.py" else ""
    return Command(
        "module", "python", (), path=path, way=way, runs_as_main=True, script_folder=True
    )


def _started_module(module: str, rest: Sequence[str]) -> Command | None:
    if not module or module in DEVELOPMENT_TOOLS:
        return None
    if module.partition(".")[0] in RUNNERS:
        return _read_runner(rest)
    if module in MODULE_PROGRAMS:
        program = MODULE_PROGRAMS[module]
        command = _read_launcher(program, rest, {})
        return replace(command, working_folder=True) if command else None
    return Command("module", "python", (), module=module, runs_as_main=True, working_folder=True)


def _read_runner(words: Sequence[str]) -> Command | None:
    """Read what stands after `coverage run`, `debugpy --listen ...`, `watchfiles "..."`."""
    for at, word in enumerate(words):
        if word == "-m" and at + 1 < len(words):
            return _started_module(words[at + 1], words[at + 2 :])
        if word.endswith(".py"):
            return _started_file(words[at:])
        if " " in word:
            return read_command(split_commands(word)[0].words) if split_commands(word) else None
    return None


class _Words(Record):
    """A launcher's words, sorted."""

    options: Mapping[str, tuple[str, ...]]
    positionals: tuple[str, ...]

    def values(self, names: Sequence[str] | frozenset[str]) -> tuple[str, ...]:
        return tuple(v for name in self.options if name in names for v in self.options[name] if v)

    def has(self, names: frozenset[str]) -> bool:
        return not names.isdisjoint(self.options)


def _read_launcher(program: str, words: Sequence[str], env: Mapping[str, str]) -> Command | None:
    launcher = LAUNCHERS[program]
    sorted_words = _sort_words(launcher, words)
    positionals = sorted_words.positionals
    way = ""
    if launcher.verbs:
        if not positionals or positionals[0] not in launcher.verbs:
            return None
        way, positionals = positionals[0], positionals[1:]
    command = Command(
        launcher.kind,
        program,
        (),
        launcher=canonicalize_name(launcher.distribution),
        runs_as_main=launcher.runs_as_main,
        script_folder=launcher.script_folder,
        working_folder=launcher.working_folder,
        folders=tuple(p for v in sorted_words.values(launcher.folders) for p in v.split(",")),
        loads=_loads(sorted_words.values(launcher.loads)),
        candidates=launcher.default_targets,
    )
    target = next(iter(sorted_words.values(launcher.target_options)), None)
    if target is None and launcher.target_variable:
        target = env.get(launcher.target_variable)
    command, target = _by_shape(command, launcher, target, positionals, way)
    command = with_target(command, target)
    if sorted_words.has(launcher.factory_flags) and command.attribute:
        command = replace(command, function=command.attribute)
    return _adjusted(command, sorted_words)


def _by_shape(
    command: Command,
    launcher: Launcher,
    target: str | None,
    positionals: tuple[str, ...],
    way: str,
) -> tuple[Command, str | None]:
    """Find the target among the positionals, and what the way of starting is."""
    match launcher.shape:
        case "object":
            objects = [word for word in positionals if _OBJECT.fullmatch(word)]
            return command, target or next(iter((*objects, *positionals)), None)
        case "script":
            files = [word for word in positionals if word.endswith((".py", ".ipynb"))]
            return command, target or next(iter((*files, *positionals)), None)
        case "modules":
            rest = tuple(word for word in positionals[1:] if _DOTTED.fullmatch(word))
            loads = (*command.loads, *rest)
            return replace(command, loads=loads, way=way), target or next(iter(positionals), None)
        case "option":
            way = way or next(iter(positionals), "")
            loads = (*command.loads, *(("flower",) if way == "flower" else ()))
            return replace(command, way=way, loads=loads), target
        case _:
            return command, None


def with_target(command: Command, target: str | None) -> Command:
    """Return the command with what it starts: `module:attribute`, a dotted module or a file."""
    if not target:
        return command
    if re.search(r"\.(?:py|pyw|ipynb)(?::|$)", target) or "/" in target:
        path, _, attribute = target.partition(":")
        return replace(command, path=path, attribute=attribute or None)
    module, _, attribute = target.partition(":")
    if not _DOTTED.fullmatch(module):
        return command
    function = attribute.partition("(")[0] if attribute.endswith(")") else None
    attribute = attribute.partition("(")[0]
    # fastapi_cli.discover: an import string is looked up from the working directory
    working = command.working_folder or command.program == "fastapi"
    return replace(
        command,
        module=module,
        attribute=attribute or None,
        function=function,
        working_folder=working,
    )


def _adjusted(command: Command, words: _Words) -> Command:
    """Apply the few options that change what a program is."""
    if command.program == "gunicorn":
        workers = words.values(("-k", "--worker-class"))
        if any("uvicorn" in worker or "asgi" in worker for worker in workers):
            command = replace(command, kind="asgi")
        return replace(command, directory=next(iter(words.values(("--chdir",))), None), folders=())
    if command.program == "granian" and "wsgi" in words.values(("--interface",)):
        return replace(command, kind="wsgi")
    if command.program == "fastapi":
        name = next(iter(words.values(("--app",))), None)
        return replace(command, attribute=command.attribute or name, way="")
    if command.program == "django-admin" and command.module:
        # what it starts is Django; the settings are what it loads
        return replace(command, module=None, loads=(command.module,), kind="command")
    return command


def _sort_words(launcher: Launcher, words: Sequence[str]) -> _Words:
    """Sort options from positionals: an option takes the next word unless it is a known flag.

    What looks like a target is never taken for the value of an option that names none.
    """
    options: dict[str, tuple[str, ...]] = {}
    positionals: list[str] = []
    naming = {*launcher.target_options, *launcher.loads, *launcher.folders}
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            if launcher.shape == "script" and positionals:
                break
            continue
        if not word.startswith("-") or len(word) < 2:
            positionals.append(word)
            continue
        name, equals, value = word.partition("=")
        if not equals and not name.startswith("--") and name[:2] in naming and len(name) > 2:
            name, value = name[:2], name[2:]
        elif not equals and name not in launcher.flags - naming and at < len(words):
            following = words[at]
            takes = not following.startswith("-") or name in naming
            if takes and (name in naming or not _is_target(launcher, following, positionals)):
                value = following
                at += 1
        options[name] = (*options.get(name, ()), value)
    return _Words(options, tuple(positionals))


def _is_target(launcher: Launcher, word: str, positionals: Sequence[str]) -> bool:
    if launcher.verbs and not positionals:
        return word in launcher.verbs
    match launcher.shape:
        case "object" | "modules":
            return bool(_OBJECT.fullmatch(word))
        case "script":
            return word.endswith((".py", ".ipynb"))
        case _:
            return False


def _loads(values: Sequence[str]) -> tuple[str, ...]:
    loads = []
    for value in values:
        module = BUILT_IN.get(value, value)
        if module.endswith(LOGGING_SUFFIXES):
            loads.append(f"./{posixpath.normpath(module)}")
        elif module and re.fullmatch(r"[^\W\d]\w*(?:[.:]\w+)*", module):
            loads.append(module)
    return tuple(loads)


def _first_positional(words: Sequence[str]) -> str:
    return next((word for word in words if word and not word.startswith("-")), "")
