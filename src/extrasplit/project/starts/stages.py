"""Reads a Dockerfile's stages: what each copies, sets, installs and starts.

The syntax is that of Docker's Dockerfile reference; nothing is built.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from extrasplit.places import Place
from extrasplit.project.layout import folder_of, join
from extrasplit.project.roles import Start
from extrasplit.project.shell import expand_variables, split_commands
from extrasplit.project.starts.installs import NOTHING, Installed, after_command, merged
from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.shell import folder_at, follow
from extrasplit.record import Record, field, replace

_INSTRUCTION: Final = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_HEREDOC: Final = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_FLAG: Final = re.compile(r"\s*--([\w-]+)(?:=(\S*))?\s+")
_PAIR: Final = re.compile(r"(\w[\w.-]*)=((?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^\s\\])*)", re.DOTALL)


class Instruction(Record):
    """One instruction, continuation lines joined."""

    keyword: str
    """Upper case."""
    value: str
    """Without its flags."""
    line: int
    flags: Mapping[str, str] = field(default_factory=dict)
    heredocs: tuple[str, ...] = ()


class Invocation(Record):
    """A CMD, ENTRYPOINT or HEALTHCHECK."""

    words: tuple[str, ...]
    """The exec form, or what runs the shell form."""
    line: int
    is_shell: bool = False


class Stage(Record):
    """One stage after all its instructions, its FROM chain included."""

    name: str | None
    index: int
    base: str
    """The stage or image that FROM names, variables filled in."""
    base_image: str
    """The image at the end of the FROM chain."""
    line: int
    env: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment and build arguments."""
    workdir: str = "/"
    mounts: tuple[tuple[str, str], ...] = ()
    """(path in the image, path in the project)."""
    installed: Installed = NOTHING
    entrypoint: Invocation | None = None
    command: Invocation | None = None
    healthcheck: Invocation | None = None
    own_start: bool = False
    """Whether CMD or ENTRYPOINT stands in this very stage."""

    @property
    def label(self) -> str:
        """The name by which `--target` and compose mean this stage."""
        return self.name or str(self.index)


def read_instructions(text: str) -> tuple[Instruction, ...]:
    """Return the instructions of a Dockerfile, comments left out, here-documents attached."""
    escape = re.match(r"\s*#\s*escape\s*=\s*(`)", text)
    continuation = "`" if escape else "\\"
    lines = text.lstrip("\ufeff").splitlines()
    found: list[Instruction] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            at += 1
            continue
        start = at
        parts: list[str] = []
        while at < len(lines):
            line = lines[at]
            at += 1
            if parts and (line.lstrip().startswith("#") or not line.strip()):
                continue
            stripped = line.rstrip()
            if not stripped.endswith(continuation):
                parts.append(line)
                break
            parts.append(stripped[:-1])
        found_one = _INSTRUCTION.fullmatch("\n".join(parts).rstrip())
        if not found_one:
            continue
        keyword, value = found_one[1].upper(), found_one[2]
        bodies: list[str] = []
        if keyword in ("RUN", "COPY", "ADD"):
            for heredoc in _HEREDOC.finditer(value):
                body, at = _take_heredoc(lines, at, heredoc[2])
                bodies.append(body)
        value, flags = _take_flags(value)
        found.append(Instruction(keyword, value, start + 1, flags, tuple(bodies)))
    return tuple(found)


def _take_heredoc(lines: Sequence[str], at: int, delimiter: str) -> tuple[str, int]:
    body = []
    while at < len(lines) and lines[at].strip() != delimiter:
        body.append(lines[at])
        at += 1
    return "\n".join(body), at + 1


def _take_flags(value: str) -> tuple[str, dict[str, str]]:
    flags: dict[str, str] = {}
    while found := _FLAG.match(value):
        flags[found[1]] = found[2] or ""
        value = value[found.end() :]
    return value, flags


def read_stages(
    text: str,
    path: str,
    files: ProjectFiles,
    *,
    arguments: Mapping[str, str] | None = None,
    context: str | None = None,
) -> tuple[Stage, ...]:
    """Return the stages of a Dockerfile in order.

    `arguments` are build arguments that overrule ARG's defaults; `context` is the build context's
    folder, found from what is copied where it isn't known.
    """
    instructions = read_instructions(text)
    if context is None:
        context = _guess_context(instructions, path, files.listing)
    builder = _Builder(files, context, dict(arguments or {}))
    for instruction in instructions:
        builder.apply(instruction)
    return tuple(builder.stages)


def _guess_context(instructions: Sequence[Instruction], path: str, listing: frozenset[str]) -> str:
    """Return the folder below which most of what is copied exists; the root where in doubt."""
    sources = [
        source
        for instruction in instructions
        if instruction.keyword in ("COPY", "ADD") and "from" not in instruction.flags
        for source in _copy_words(instruction.value)[:-1]
        if not any(sign in source for sign in "*?[$") and "://" not in source
    ]
    candidates = ["."]
    folder = folder_of(path)
    while folder != ".":
        candidates.append(folder)
        folder = folder_of(folder)
    return max(candidates, key=lambda c: sum(_exists(join(c, s), listing) for s in sources))


def _exists(path: str | None, listing: frozenset[str]) -> bool:
    if path in (None, "", "."):
        return False
    return path in listing or any(entry.startswith(f"{path}/") for entry in listing)


def _copy_words(value: str) -> list[str]:
    words = _json_words(value)
    return list(words) if words is not None else _HEREDOC.sub("", value).split()


def _json_words(value: str) -> tuple[str, ...] | None:
    """Return the words of the exec form, None for the shell form."""
    if not value.lstrip().startswith("["):
        return None
    try:
        words = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return tuple(words) if all(isinstance(word, str) for word in words) else None


def read_invocation(value: str, line: int, env: Mapping[str, str]) -> Invocation | None:
    """Return a CMD's or ENTRYPOINT's value; the shell form knows the environment's variables."""
    words = _json_words(value)
    if words is not None:
        return Invocation(words, line) if words else None
    if not value.strip():
        return None
    return Invocation(("/bin/sh", "-c", value.replace("\n", " ")), line, is_shell=True)


class _Builder:
    """Applies instruction after instruction to the stage that is open."""

    def __init__(self, files: ProjectFiles, context: str, arguments: Mapping[str, str]) -> None:
        self.files = files
        self.context = context
        self.arguments = arguments
        self.globals: dict[str, str] = {}
        self.stages: list[Stage] = []

    def apply(self, instruction: Instruction) -> None:
        if instruction.keyword == "FROM":
            self.begin(instruction)
            return
        if not self.stages:
            if instruction.keyword == "ARG":
                self.globals.update(self.read_arguments(instruction.value, self.globals))
            return
        method = getattr(self, f"apply_{instruction.keyword.lower()}", None)
        if method is not None:
            self.stages[-1] = method(self.stages[-1], instruction)

    def begin(self, instruction: Instruction) -> None:
        words = instruction.value.split()
        image = self.fill(words[0], self.globals) if words else ""
        named = len(words) > 2 and words[1].upper() == "AS"
        name = words[2] if named else None
        index = len(self.stages)
        parent = self.stage(image)
        if parent is None:
            self.stages.append(Stage(name, index, image, image, instruction.line))
            return
        # build arguments end with their stage, the environment goes on
        self.stages.append(
            replace(
                parent,
                name=name,
                index=index,
                base=image,
                line=instruction.line,
                variables=dict(parent.env),
                own_start=False,
            )
        )

    def stage(self, name: str) -> Stage | None:
        for stage in reversed(self.stages):
            if name.lower() in ((stage.name or "").lower(), str(stage.index)) and name:
                return stage
        return None

    def fill(self, text: str, variables: Mapping[str, str]) -> str:
        filled = expand_variables(text, variables)
        return text if filled is None else filled

    def read_arguments(self, value: str, variables: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for word in _split_pairs(value):
            name, equals, default = word.partition("=")
            if name in self.arguments:
                found[name] = self.arguments[name]
            elif equals:
                found[name] = self.fill(_unquoted(default), {**variables, **found})
            elif name in self.globals:
                found[name] = self.globals[name]
        return found

    def apply_arg(self, stage: Stage, instruction: Instruction) -> Stage:
        found = self.read_arguments(instruction.value, stage.variables)
        # an environment variable always overrules the build argument of its name
        return replace(stage, variables={**stage.variables, **found, **stage.env})

    def apply_env(self, stage: Stage, instruction: Instruction) -> Stage:
        pairs = _PAIR.findall(instruction.value)
        if not pairs:
            name, _, value = instruction.value.strip().partition(" ")
            pairs = [(name, value.strip())]
        found = {name: self.fill(_unquoted(value), stage.variables) for name, value in pairs}
        return replace(stage, env={**stage.env, **found}, variables={**stage.variables, **found})

    def apply_workdir(self, stage: Stage, instruction: Instruction) -> Stage:
        path = self.fill(_unquoted(instruction.value.strip()), stage.variables)
        return replace(stage, workdir=posixpath.normpath(posixpath.join(stage.workdir, path)))

    def apply_copy(self, stage: Stage, instruction: Instruction) -> Stage:
        words = [self.fill(word, stage.variables) for word in _copy_words(instruction.value)]
        if len(words) < 2:
            return stage
        *sources, target = words
        several = len(sources) > 1 or target.endswith(("/", "/.")) or target in (".", "./")
        target = posixpath.normpath(posixpath.join(stage.workdir, target))
        origin = self.fill(instruction.flags.get("from", ""), stage.variables)
        if origin:
            return self.copied_from(stage, self.stage(origin), sources, target, several)
        mounts = list(stage.mounts)
        for source in sources:
            mounts += self.copied(source, target, several)
        return replace(stage, mounts=tuple(mounts))

    apply_add = apply_copy

    def copied(self, source: str, target: str, several: bool) -> list[tuple[str, str]]:
        found = []
        for path in self.expand(source):
            is_file = path in self.files.listing
            inside = posixpath.join(target, posixpath.basename(path))
            found.append((inside if is_file and several else target, path))
        return found

    def expand(self, source: str) -> list[str]:
        path = join(self.context, source.lstrip("/"))
        if path is None or "://" in source:
            return []
        if not any(sign in path for sign in "*?["):
            # a workspace member's Dockerfile is built from the workspace's root
            inner = path.partition("/")[2]
            listing = self.files.listing
            return [path if _exists(path, listing) or not _exists(inner, listing) else inner]
        depth = path.count("/")
        heads = {"/".join(entry.split("/")[: depth + 1]) for entry in self.files.listing}
        return sorted(head for head in heads if fnmatchcase(head, path))

    def copied_from(
        self, stage: Stage, origin: Stage | None, sources: list[str], target: str, several: bool
    ) -> Stage:
        """Follow `COPY --from`: an environment brings what was installed, a folder its source."""
        if origin is None:
            return stage
        mounts = list(stage.mounts)
        for source in sources:
            source = posixpath.normpath(posixpath.join("/", source))
            for inside, path in origin.mounts:
                if inside == source or inside.startswith(source.rstrip("/") + "/"):
                    mounts.append((target + inside[len(source.rstrip("/")) :], path))
                elif source.startswith(inside.rstrip("/") + "/"):
                    below = join(path, source[len(inside) :])
                    if below and _exists(below, self.files.listing):
                        mounts += self.copied(below, target, several)
        return replace(
            stage,
            mounts=tuple(mounts),
            installed=merged(stage.installed, origin.installed),
        )

    def apply_run(self, stage: Stage, instruction: Instruction) -> Stage:
        words = _json_words(instruction.value)
        installed = stage.installed
        if words is not None:
            return replace(stage, installed=after_command(installed, words, self.files.name))
        # continuation lines were joined by line breaks: to the shell they are one line
        texts = instruction.heredocs or (instruction.value.replace("\n", "\\\n"),)
        for text in texts:
            for command in split_commands(text, stage.variables):
                installed = self.after(stage, installed, command.words)
        return replace(stage, installed=installed)

    def after(self, stage: Stage, installed: Installed, words: Sequence[str]) -> Installed:
        """Apply one command of a build step; a script of the project is read for its installs."""
        place = Start(
            tuple(words),
            Place("", 0),
            "docker",
            cwd=folder_at(stage.workdir, stage.mounts) or ".",
            mounts=stage.mounts,
            env=stage.variables,
        )
        for step in follow(place, self.files):
            installed = after_command(installed, step.argv, self.files.name)
        return installed

    def apply_entrypoint(self, stage: Stage, instruction: Instruction) -> Stage:
        found = read_invocation(instruction.value, instruction.line, stage.env)
        command = stage.command if stage.own_start else None  # ENTRYPOINT drops an inherited CMD
        return replace(stage, entrypoint=found, command=command, own_start=True)

    def apply_cmd(self, stage: Stage, instruction: Instruction) -> Stage:
        found = read_invocation(instruction.value, instruction.line, stage.env)
        return replace(stage, command=found, own_start=True)

    def apply_healthcheck(self, stage: Stage, instruction: Instruction) -> Stage:
        keyword, _, value = instruction.value.partition(" ")
        if keyword.upper() != "CMD":
            return replace(stage, healthcheck=None)
        found = read_invocation(value.strip(), instruction.line, stage.env)
        return replace(stage, healthcheck=found)


def _split_pairs(value: str) -> list[str]:
    """Split `A=1 B="x y" C` at blanks outside quotes."""
    return re.findall(r"[\w.-]+(?:=(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^\s\\])*)?", value)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.replace("\\ ", " ")
