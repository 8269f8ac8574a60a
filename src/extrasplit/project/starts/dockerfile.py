"""What the images of a Dockerfile start: CMD and ENTRYPOINT, supervisors' services, HEALTHCHECK."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Final

from extrasplit.places import Place
from extrasplit.project.roles import Start
from extrasplit.project.starts import supervisor
from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.shell import folder_at, follow, follow_text
from extrasplit.project.starts.stages import (
    Instruction,
    Invocation,
    Stage,
    read_instructions,
    read_stages,
)
from extrasplit.record import replace

__all__ = [
    "DEVELOPMENT_STAGES",
    "Instruction",
    "Invocation",
    "Stage",
    "find_starts",
    "read_instructions",
    "read_stages",
    "reads",
    "started_stages",
    "starts_of",
]

_SERVICE_RUN: Final = re.compile(
    r"/(?:services\.d|s6-rc\.d|service|cont-init\.d|my_init\.d|sv)/(?:[^/]+/run|[^/]+)$"
)
DEVELOPMENT_STAGES: Final = frozenset(
    {"dev", "develop", "development", "devcontainer", "test", "tests", "testing", "lint", "ci"}
    | {"docs", "debug", "check", "checks"}
)
"""Stages whose start is no role of the app."""


def reads(path: str) -> bool:
    """Whether a file is a Dockerfile: `Dockerfile`, `docker/Dockerfile.api`, `api.Dockerfile`."""
    name = path.rpartition("/")[2].lower()
    if name.endswith((".dockerignore", ".md", ".py", ".j2", ".jinja", ".tmpl")):
        return False
    return (
        name in ("dockerfile", "containerfile")
        or name.startswith(("dockerfile.", "dockerfile-", "containerfile."))
        or name.endswith((".dockerfile", ".containerfile"))
    )


def find_starts(text: str, path: str, files: ProjectFiles) -> tuple[Start, ...]:
    """Return what the stages of a Dockerfile start, scripts that they run followed."""
    found: list[Start] = []
    for stage in started_stages(read_stages(text, path, files)):
        found += starts_of(stage, path, files)
    return tuple(found)


def started_stages(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Return the stages that are images of their own.

    That is the last one, and each with a CMD or ENTRYPOINT that no later stage merely continues;
    stages for development and tests only where nothing else starts.
    """
    continued = {s.base for s in stages if not s.own_start} | {
        str(s.index) for s in stages if any(t.base == s.name and not t.own_start for t in stages)
    }
    started = [
        stage
        for stage in stages
        if (stage.own_start and stage.name not in continued) or stage is stages[-1]
    ]
    roles = [s for s in started if (s.name or "").lower() not in DEVELOPMENT_STAGES]
    return tuple(roles or started)


def starts_of(
    stage: Stage,
    path: str,
    files: ProjectFiles,
    *,
    entrypoint: Invocation | None = None,
    command: Invocation | None = None,
) -> tuple[Start, ...]:
    """Return what a stage starts, its HEALTHCHECK and copied services included.

    `entrypoint` and `command` overrule the stage's own, as compose does.
    """
    group = f"{path}#{stage.label}"
    base = Start(
        argv=(),
        found_in=Place(path, stage.line),
        origin="docker",
        name_hint=stage.name,
        extras=stage.installed.extras,
        all_extras=stage.installed.all_extras,
        stage=group,
        env=dict(stage.env),
        cwd=folder_at(stage.workdir, stage.mounts) or ".",
        mounts=stage.mounts,
        group=group,
    )
    found: list[Start] = []
    start = _combined(base, stage, entrypoint, command)
    if start:
        found += follow(start, files)
    if stage.base:
        found += _copied_services(base, files)
    if stage.healthcheck:
        check = replace(
            base,
            argv=stage.healthcheck.words,
            found_in=Place(path, stage.healthcheck.line),
            healthcheck=True,
        )
        found += follow(check, files)
    return tuple(found)


def _combined(
    base: Start, stage: Stage, entrypoint: Invocation | None, command: Invocation | None
) -> Start | None:
    """Combine ENTRYPOINT and CMD as the reference's table says."""
    if entrypoint is None:
        entrypoint, own = stage.entrypoint, stage.command
    else:
        own = None  # an overruled ENTRYPOINT drops the image's CMD
    command = command or own
    invocation = entrypoint or command
    if invocation is None:
        return None
    words = invocation.words
    if entrypoint and command and not entrypoint.is_shell:
        words = (*entrypoint.words, *command.words)
    line = command.line if command and not (entrypoint and entrypoint.is_shell) else invocation.line
    return replace(base, argv=words, found_in=Place(base.found_in.path, line))


def _copied_services(base: Start, files: ProjectFiles) -> list[Start]:
    """Read what an image's supervisor finds in its folders: run scripts (s6, runit), programs."""
    found: list[Start] = []
    for source in sorted(files.texts):
        for target, mounted in base.mounts:
            inside = _path_in_image(source, mounted, target)
            if inside and supervisor.reads(inside) and supervisor.reads(source):
                found += supervisor.programs_of(files.texts[source], source, files, base)
                break
            if inside and _SERVICE_RUN.search(inside):
                service = posixpath.basename(posixpath.dirname(inside))
                named = replace(base, name_hint=service, found_in=Place(source, 1))
                found += follow_text(files.texts[source], named, files, source)
                break
    return found


def _path_in_image(source: str, mounted: str, target: str) -> str | None:
    if source == mounted:
        return target
    prefix = "" if mounted == "." else f"{mounted}/"
    return f"{target.rstrip('/')}/{source[len(prefix) :]}" if source.startswith(prefix) else None
