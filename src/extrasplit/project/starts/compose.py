"""Reads compose files: services, their commands, and the Docker stages that they run.

The keys are those of the Compose specification.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from extrasplit.places import Place
from extrasplit.project.layout import folder_of, join
from extrasplit.project.roles import Start
from extrasplit.project.shell import expand_variables, split_words
from extrasplit.project.starts import dockerfile
from extrasplit.project.starts.dockerfile import DEVELOPMENT_STAGES
from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.stages import Invocation, Stage, read_stages
from extrasplit.project.starts.yaml import Node, NotRead, read_yaml
from extrasplit.record import Record, replace

_NAME: Final = re.compile(r"(?:docker-)?compose(?:[.\-_][\w.-]+)?\.ya?ml")


class Build(Record):
    """`build` of one service."""

    dockerfile: str
    """Relative to the project's root."""
    context: str
    target: str | None
    arguments: tuple[tuple[str, str], ...]


def reads(path: str) -> bool:
    """Whether a file is a compose file: `compose.yaml`, `docker-compose.prod.yml`."""
    return bool(_NAME.fullmatch(path.rpartition("/")[2].lower()))


def find_starts(text: str, path: str, files: ProjectFiles) -> tuple[Start, ...]:
    """Return what the services start; one undecided start says that the file can't be read."""
    try:
        root = read_yaml(text)
    except NotRead as error:
        why = f"{path} could not be read: {error}; its services are not looked at"
        return (Start((), Place(path, error.line), "compose", undecided=why),)
    services = root.get("services")
    if services is None:
        return ()
    reader = _Reader(path, files, services.items)
    found: list[Start] = []
    for name, service in services.items.items():
        if name.lower() not in DEVELOPMENT_STAGES:
            found += reader.starts_of(name, service)
    return tuple(found)


class _Reader:
    """Reads the services of one file."""

    def __init__(self, path: str, files: ProjectFiles, services: Mapping[str, Node]) -> None:
        self.path = path
        self.files = files
        self.services = services
        self.folder = folder_of(path)

    def starts_of(self, name: str, service: Node) -> tuple[Start, ...]:
        service = self.extended(service)
        build = self.build_of(service)
        stage = self.stage_of(build) if build else None
        if stage is None and build is None and not self.names_command(service):
            return ()
        env = self.environment(service)
        stage = stage or Stage(None, 0, "", "", service.line)
        working = _text(service.get("working_dir"))
        stage = replace(
            stage,
            env={**stage.env, **env},
            workdir=working or stage.workdir,
            mounts=(*stage.mounts, *self.volumes(service)),
            healthcheck=self.healthcheck(service, stage),
        )
        dockerfile_path = build.dockerfile if build else self.path
        found = dockerfile.starts_of(
            stage,
            dockerfile_path,
            self.files,
            entrypoint=self.invocation(service.get("entrypoint"), env),
            command=self.invocation(service.get("command"), env),
        )
        group = f"{self.path}#{name}"
        shown = service.get("command") or service.get("entrypoint") or service
        place = Place(self.path, shown.line, name)
        return tuple(
            replace(
                start,
                origin="compose",
                name_hint=name,
                group=group,
                found_in=place if start.found_in.path == dockerfile_path else start.found_in,
                extras=start.extras if build else None,
                stage=start.stage if build else None,
                foreign=build is None,
            )
            for start in found
        )

    def names_command(self, service: Node) -> bool:
        return service.get("command") is not None or service.get("entrypoint") is not None

    def extended(self, service: Node) -> Node:
        """Put what `extends` names, in this file, under the service."""
        base = service.get("extends", "service") or service.get("extends")
        name = _text(base)
        if name is None or service.get("extends", "file") or name not in self.services:
            return service
        below = self.services[name]
        if below.get("extends"):
            return service
        return Node({**below.items, **service.items}, service.line)

    def build_of(self, service: Node) -> Build | None:
        build = service.get("build")
        if build is None:
            return self.build_by_image(service)
        context = _text(build) or _text(build.get("context")) or "."
        folder = join(self.folder, self.fill(context)) or "."
        named = self.fill(_text(build.get("dockerfile")) or "Dockerfile")
        path = join(folder, named)
        if path not in self.files.texts:
            path = next(
                (p for p in (join(".", named), join(self.folder, named)) if p in self.files.texts),
                path,
            )
        target = _text(build.get("target"))
        arguments = _pairs(build.get("args"))
        return Build(
            path or named,
            folder,
            self.fill(target) if target else None,
            tuple((key, self.fill(value)) for key, value in arguments.items()),
        )

    def build_by_image(self, service: Node) -> Build | None:
        """A service may run the image that another service of the file builds."""
        image = _text(service.get("image"))
        for other in self.services.values():
            if image and other.get("build") and _text(other.get("image")) == image:
                return self.build_of(other)
        return None

    def stage_of(self, build: Build) -> Stage | None:
        text = self.files.texts.get(build.dockerfile)
        if text is None:
            return None
        stages = read_stages(
            text,
            build.dockerfile,
            self.files,
            arguments=dict(build.arguments),
            context=build.context,
        )
        for stage in stages:
            if build.target and build.target in (stage.name, str(stage.index)):
                return stage
        return stages[-1] if stages else None

    def environment(self, service: Node) -> dict[str, str]:
        return {key: self.fill(value) for key, value in _pairs(service.get("environment")).items()}

    def volumes(self, service: Node) -> tuple[tuple[str, str], ...]:
        """Return bind mounts of the project's folders: `.:/app`."""
        found = []
        for entry in (service.get("volumes") or Node(None, 0)).entries:
            source = _text(entry.get("source")) or ""
            target = _text(entry.get("target")) or ""
            if entry.text:
                source, _, target = self.fill(entry.text).partition(":")
            if source.startswith((".", "/")) and target:
                inside = join(self.folder, source) if source.startswith(".") else None
                if inside is not None:
                    found.append((target.partition(":")[0], inside))
        return tuple(found)

    def invocation(self, node: Node | None, env: Mapping[str, str]) -> Invocation | None:
        """Return a command: a list, or a text that compose splits as a shell would."""
        if node is None or node.value is None:
            return None
        if node.entries:
            words = tuple(self.fill(_text(entry) or "") for entry in node.entries)
        else:
            words = split_words(self.fill(node.text or "").strip(), env)
        return Invocation(words, node.line) if words else None

    def healthcheck(self, service: Node, stage: Stage) -> Invocation | None:
        test = service.get("healthcheck", "test")
        if test is None:
            # the image's own asks the server that the image starts, and no other command
            return None if self.names_command(service) else stage.healthcheck
        if test.text is not None:
            return Invocation(("/bin/sh", "-c", test.text), test.line, is_shell=True)
        words = tuple(_text(entry) or "" for entry in test.entries)
        match words[:1]:
            case ("CMD-SHELL",):
                return Invocation(("/bin/sh", "-c", *words[1:]), test.line, is_shell=True)
            case ("CMD",):
                return Invocation(words[1:], test.line)
            case _:
                return None

    def fill(self, text: str) -> str:
        """Fill compose's own `${X:-y}`; `$$` is a dollar for the container's shell."""
        filled = []
        for part in text.split("$$"):
            value = expand_variables(part, {})
            filled.append(part if value is None else value)
        return "$".join(filled)


def _text(node: Node | None) -> str | None:
    return node.text if node else None


def _pairs(node: Node | None) -> dict[str, str]:
    """Read `KEY: value` or `- KEY=value`."""
    if node is None:
        return {}
    found = {key: _text(value) or "" for key, value in node.items.items()}
    for entry in node.entries:
        key, _, value = (entry.text or "").partition("=")
        found[key] = value
    return found
