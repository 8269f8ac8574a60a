"""Reads what an existing Dockerfile says beyond Python, to carry it into the generated one.

Debian packages, environment, users and folders, copied data, ports and health checks are the
owner's knowledge. What installs Python packages is replaced; what can't be carried is told, with
its line. The syntax is that of Docker's Dockerfile reference.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final

from extrasplit.places import Place
from extrasplit.project.shell import split_commands
from extrasplit.project.starts.stages import Instruction, read_instructions
from extrasplit.rewrite.quoting import exec_form

WORKDIR: Final = "/app"
_PYTHON_TOOLS: Final = re.compile(
    r"(?:.*/)?(?:pip[\d.]*|uv|uvx|poetry|pdm|pipx|hatch|virtualenv|conda|mamba|pip-compile)"
)
_QUIET: Final = frozenset({"set", "export", "unset", "cd", "true", ":", "echo", "ldconfig"})
_USER_TOOLS: Final = frozenset({"useradd", "groupadd", "adduser", "addgroup", "usermod"})
_OWNERS: Final = frozenset({"chown", "chmod", "chgrp"})
_BUILD_ONLY: Final = frozenset(
    {
        "build-essential",
        "build-base",
        "musl-dev",
        "gcc",
        "g++",
        "make",
        "cmake",
        "ninja-build",
        "pkg-config",
        "pkgconf",
    }
    | {"*-dev"}
)
_PYTHON_FILES: Final = frozenset(
    {"pyproject.toml", "uv.lock", "uv.toml", "poetry.lock", "pdm.lock", "Pipfile*", "setup.py"}
    | {"setup.cfg", "requirements*.txt", "requirements", "constraints*.txt", "MANIFEST.in"}
    | {"README*", "LICENSE*", "LICENCE*", ".python-version", "*.whl"}
)
_PYTHON_ENV: Final = ("PIP_*", "UV_*", "POETRY_*", "PDM_*", "VIRTUAL_ENV", "PYTHON_VERSION")
_ENV_PAIR: Final = re.compile(
    r"""([A-Za-z_][\w.-]*)=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s\\"'])*)""", re.DOTALL
)
_APT_PACKAGE: Final = re.compile(r"[a-z0-9][a-z0-9.+-]+(?::[a-z0-9]+)?(?:[=/][\w.+:~-]+)?")
_CACHES: Final = re.compile(r"(?:/var/lib/apt|/var/cache|/root/\.cache|/tmp|~/|\$HOME)\S*")
_APT_VALUED: Final = frozenset(
    {"-t", "--target-release", "-o", "-c", "--default-release", "--virtual"}
)


@dataclass(frozen=True, slots=True)
class Copied:
    """One COPY of data or settings, as Docker words: wildcards and variables are the owner's."""

    sources: tuple[str, ...]
    destination: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """A HEALTHCHECK as written."""

    text: str
    line: int
    words: tuple[str, ...]
    """What it runs, the shell form split."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What one stage says beyond Python, its FROM chain included."""

    system: tuple[str, ...] = ()
    """Packages of the system: Debian's, or Alpine's."""
    arguments: tuple[str, ...] = ()
    """ARG values that the rest refers to."""
    environment: tuple[str, ...] = ()
    """`NAME=value` as written."""
    steps: tuple[str | Copied, ...] = ()
    """Shell commands that make users and folders, and copies, in written order."""
    user: str | None = None
    settings: tuple[str, ...] = ()
    """EXPOSE, VOLUME, STOPSIGNAL and LABEL as written."""
    health: Health | None = None
    start: tuple[str, ...] = ()
    """ENTRYPOINT and CMD as written."""
    copies_context: bool = False
    """`COPY . .`: all of the project's folder."""
    notes: tuple[Place, ...] = ()
    """What can't be carried: file, line, and the text that says what."""

    def without_start(self) -> Carried:
        """Return what counts for a role that the stage does not start itself."""
        exposed = tuple(text for text in self.settings if not text.startswith("EXPOSE"))
        return replace(self, settings=exposed, health=None, start=())


def read_carried(
    text: str, path: str, source_roots: Sequence[str] = ("src",)
) -> Mapping[str, Carried]:
    """Return what each stage of a Dockerfile carries, by `path#name` (`path#0` where unnamed)."""
    stages: dict[str, list[Instruction]] = {}
    by_name: dict[str, str] = {}
    instructions: list[Instruction] = []
    for instruction in read_instructions(text):
        if instruction.keyword == "FROM":
            words = instruction.value.split()
            parent = by_name.get(words[0].lower(), "") if words else ""
            name = words[2] if len(words) > 2 and words[1].upper() == "AS" else str(len(stages))
            instructions = list(stages.get(parent, ()))
            instructions = [i for i in instructions if i.keyword not in ("ARG",)]
            key = f"{path}#{name}"
            by_name |= {name.lower(): key, str(len(stages)): key}
            stages[key] = instructions
        elif stages:
            instructions.append(instruction)
    return {key: _carry(path, found, source_roots) for key, found in stages.items()}


def merge(parts: Iterable[Carried]) -> Carried:
    """Return all that several stages carry; the first that starts something decides how."""
    found = list(parts)
    if not found:
        return Carried()
    first = found[0]
    return Carried(
        system=_once(name for part in found for name in part.system),
        arguments=_once(text for part in found for text in part.arguments),
        environment=_once(text for part in found for text in part.environment),
        steps=tuple(dict.fromkeys(step for part in found for step in part.steps)),
        user=next((part.user for part in found if part.user), None),
        settings=_once(text for part in found for text in part.settings),
        health=next((part.health for part in found if part.health), None),
        start=first.start,
        copies_context=any(part.copies_context for part in found),
        notes=tuple(dict.fromkeys(note for part in found for note in part.notes)),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


@dataclass(slots=True)
class _Reader:
    """Reads the instructions of one stage in turn."""

    path: str
    source_roots: tuple[str, ...]
    workdir: str = "/"
    system: dict[str, int] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    steps: list[str | Copied] = field(default_factory=list)
    made: set[str] = field(default_factory=lambda: {WORKDIR})
    user: str | None = None
    settings: list[str] = field(default_factory=list)
    health: Health | None = None
    entrypoint: str | None = None
    command: str | None = None
    copies_context: bool = False
    notes: list[Place] = field(default_factory=list)

    def note(self, line: int, text: str) -> None:
        flat = " ".join(text.split())
        self.notes.append(Place(self.path, line, flat if len(flat) <= 120 else f"{flat[:117]}..."))

    def read(self, instruction: Instruction) -> None:
        method = getattr(self, f"read_{instruction.keyword.lower()}", None)
        if method is None:
            self.note(instruction.line, f"{instruction.keyword} {instruction.value}")
        else:
            method(instruction)

    def read_run(self, instruction: Instruction) -> None:
        # the reader has joined the lines; the shell must see them as one again
        for text in instruction.heredocs or (instruction.value.replace("\n", "\\\n"),):
            for command in split_commands(text, first_line=instruction.line):
                self.run(command.words, command.line)

    def run(self, words: Sequence[str], line: int) -> None:
        words = [word for word in words if word != "sudo"]
        if not words:
            return
        name = posixpath.basename(words[0])
        if name in ("apt-get", "apt"):
            self.apt(words[1:], line)
        elif name == "apk":
            self.apt(["install" if word == "add" else word for word in words[1:]], line)
        elif name in _USER_TOOLS or (name == "mkdir" or words[:2] == ["install", "-d"]):
            self.setup(name, words, line)
        elif name in _OWNERS:
            paths = [word for word in words[1:] if "/" in word or word == "."]
            if paths and all(self.is_made(path) for path in paths):
                self.setup(name, words, line)
            else:
                self.note(line, shlex.join(words))
        elif not self.is_replaced(name, words):
            self.note(line, shlex.join(words))

    def is_replaced(self, name: str, words: Sequence[str]) -> bool:
        """Whether a command only installs Python packages, cleans up or says something."""
        if name in _QUIET or _PYTHON_TOOLS.fullmatch(name):
            return True
        if re.fullmatch(r"python[\d.]*", name):
            return words[1:3] in (["-m", "pip"], ["-m", "venv"], ["-m", "compileall"])
        if name == "rm":
            paths = [word for word in words[1:] if not word.startswith("-")]
            return all(_CACHES.fullmatch(path) for path in paths)
        return False

    def setup(self, name: str, words: Sequence[str], line: int) -> None:
        if not all(words):  # a variable that only the shell knows
            self.note(line, shlex.join(words))
            return
        if name in ("mkdir", "install"):
            self.made |= {posixpath.join(WORKDIR, self.moved(w)) for w in words if "/" in w}
        if name == "useradd" and not {"-l", "--no-log-init"} & set(words):
            words = [words[0], "--no-log-init", *words[1:]]
        self.steps.append(shlex.join(self.moved(word) for word in words))

    def is_made(self, path: str) -> bool:
        inside = posixpath.normpath(posixpath.join(WORKDIR, self.moved(path)))
        return any(inside == made or inside.startswith(f"{made}/") for made in self.made)

    def moved(self, path: str) -> str:
        """Return a path of the owner's working folder as one of ours."""
        if self.workdir != "/" and (path == self.workdir or path.startswith(f"{self.workdir}/")):
            return WORKDIR + path[len(self.workdir) :]
        return path

    def moved_text(self, text: str) -> str:
        """Return a text in which paths below the owner's working folder lie below ours."""
        if self.workdir in ("/", WORKDIR):
            return text
        return re.sub(rf"(?<![\w/.-]){re.escape(self.workdir)}(?=[/\"':\s]|$)", WORKDIR, text)

    def apt(self, words: Sequence[str], line: int) -> None:
        verb = next((word for word in words if not word.startswith("-")), "")
        names, skip = [], False
        for word in words[words.index(verb) + 1 :] if verb else ():
            if skip or word.startswith("-"):
                skip = word in _APT_VALUED
            elif _APT_PACKAGE.fullmatch(word):
                names.append(word)
            else:
                self.note(line, f"apt-get {verb} {word}")
        if verb == "install":
            self.system |= dict.fromkeys(names, line)
        elif verb in ("purge", "remove", "del"):
            for name in names:
                self.system.pop(name, None)
        elif verb not in ("update", "clean", "autoremove", "autoclean", "upgrade", "dist-upgrade"):
            self.note(line, f"apt-get {' '.join(words)}")

    def read_copy(self, instruction: Instruction) -> None:
        words = _words(instruction.value)
        said = f"{instruction.keyword} {instruction.value}"
        if instruction.heredocs or len(words) < 2:
            self.note(instruction.line, said)
            return
        if "from" in instruction.flags:
            if not any(re.search(r"venv|site-packages|/uvx?\b|wheels?", word) for word in words):
                self.note(
                    instruction.line, f"COPY --from={instruction.flags['from']} {' '.join(words)}"
                )
            return
        *sources, destination = words
        data = [source for source in sources if self.is_data(source)]
        if any(source.rstrip("/") in (".", "./.") for source in sources):
            self.copies_context = True
        if any("://" in source for source in data):
            self.note(instruction.line, said)
            return
        if data:
            flags = tuple(
                f"--{name}={value}"
                for name, value in instruction.flags.items()
                if name in ("chown", "chmod")
            )
            several = len(data) > 1 or len(sources) > 1
            destination = self.moved(destination)
            if several and not destination.endswith("/"):
                destination += "/"
            self.made.add(posixpath.normpath(posixpath.join(WORKDIR, destination)))
            self.steps.append(Copied(tuple(data), destination, flags))

    read_add = read_copy

    def is_data(self, source: str) -> bool:
        clean = posixpath.normpath(source.lstrip("/"))
        if clean == "." or any(fnmatchcase(clean, pattern) for pattern in _PYTHON_FILES):
            return False
        tops = {posixpath.normpath(root) for root in self.source_roots} - {"."}
        return clean not in tops and not clean.endswith(".py")

    def read_env(self, instruction: Instruction) -> None:
        pairs = _ENV_PAIR.findall(instruction.value)
        if not pairs:
            name, _, value = instruction.value.strip().partition(" ")
            pairs = [(name, json.dumps(value.strip()))]
        for name, value in pairs:
            if any(fnmatchcase(name, pattern) for pattern in _PYTHON_ENV):
                continue
            if name == "PATH":
                if not re.search(r"venv|poetry|\.local|cargo", value):
                    self.note(instruction.line, f"ENV PATH={value}")
                continue
            self.environment[name] = self.moved_text(value.replace("\n", "\\n"))

    def read_arg(self, instruction: Instruction) -> None:
        name = instruction.value.partition("=")[0].strip()
        self.arguments[name] = " ".join(instruction.value.split())

    def read_workdir(self, instruction: Instruction) -> None:
        path = instruction.value.strip().strip("\"'")
        self.workdir = posixpath.normpath(posixpath.join(self.workdir, path))

    def read_user(self, instruction: Instruction) -> None:
        user = instruction.value.strip()
        if user.partition(":")[0] in ("root", "0"):
            self.user = None
        elif re.fullmatch(r"[\w.-]+(:[\w.-]+)?", user):
            self.user = user
        else:
            self.note(instruction.line, f"USER {user}")

    def read_expose(self, instruction: Instruction) -> None:
        said = f"{instruction.keyword} {_folded(instruction.value)}"
        self.settings.append(self.moved_text(said))

    read_volume = read_stopsignal = read_label = read_expose

    def read_healthcheck(self, instruction: Instruction) -> None:
        keyword, _, value = instruction.value.partition(" ")
        if keyword.upper() != "CMD":
            self.health = None
            return
        flags = "".join(f"--{name}={given} " for name, given in instruction.flags.items())
        words = _words(value) if value.lstrip().startswith("[") else _shell_words(value)
        self.health = Health(
            text=self.moved_text(f"HEALTHCHECK {flags}CMD {_exec_form(value)}"),
            line=instruction.line,
            words=tuple(words),
        )

    def read_entrypoint(self, instruction: Instruction) -> None:
        self.entrypoint = self.moved_text(f"ENTRYPOINT {_exec_form(instruction.value)}")
        self.command = None

    def read_cmd(self, instruction: Instruction) -> None:
        self.command = self.moved_text(f"CMD {_exec_form(instruction.value)}")

    def read_maintainer(self, instruction: Instruction) -> None:
        """Pass over what Docker itself has deprecated."""


def _carry(path: str, instructions: Sequence[Instruction], roots: Sequence[str]) -> Carried:
    reader = _Reader(path, tuple(roots))
    for instruction in instructions:
        reader.read(instruction)
    for name, line in list(reader.system.items()):
        if any(fnmatchcase(name, pattern) for pattern in _BUILD_ONLY):
            del reader.system[name]
            reader.note(line, f"{name}: only compiling needs it, and wheels do not")
    carried = Carried(
        system=tuple(reader.system),
        environment=tuple(f"{name}={value}" for name, value in reader.environment.items()),
        steps=tuple(reader.steps),
        user=reader.user,
        settings=tuple(dict.fromkeys(reader.settings)),
        health=reader.health,
        start=tuple(text for text in (reader.entrypoint, reader.command) if text),
        copies_context=reader.copies_context,
        notes=tuple(reader.notes),
    )
    return replace(carried, arguments=_arguments_of(carried, reader.arguments))


def _arguments_of(carried: Carried, arguments: Mapping[str, str]) -> tuple[str, ...]:
    """Return the build arguments that something carried refers to."""
    texts = " ".join((*carried.environment, *carried.settings, *carried.start, str(carried.steps)))
    return tuple(
        text
        for name, text in arguments.items()
        if re.search(rf"\$(?:{re.escape(name)}\b|\{{{re.escape(name)}[}}:])", texts)
    )


def _words(value: str) -> list[str]:
    if value.lstrip().startswith("["):
        try:
            words = json.loads(value)
        except ValueError:
            return []
        return [word for word in words if isinstance(word, str)]
    return value.split()


def _shell_words(value: str) -> tuple[str, ...]:
    commands = split_commands(value)
    return commands[0].words if commands else ()


def _exec_form(value: str) -> str:
    """Return a command in the exec form: the shell form is the same as `/bin/sh -c`."""
    if value.lstrip().startswith("["):
        return " ".join(value.split("\n")).strip()
    flat = " ".join(line.strip() for line in value.splitlines())
    plain = not re.search(r"[$`|&;<>()*?~#\n]", re.sub(r"'[^']*'|\"[^\"$`\\]*\"", "", flat))
    words = _shell_words(flat) if plain else ("/bin/sh", "-c", flat)
    return exec_form(words)


def _folded(value: str) -> str:
    """Return an instruction's value with its line breaks as Docker continues lines."""
    return re.sub(r"[ \t]*\n[ \t]*", " \\\\\n    ", value.strip())
