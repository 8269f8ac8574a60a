"""Renders the Dockerfile: dependency stages that continue each other, a small final stage for each.

uv is mounted from its image and leaves nothing behind; so are its cache, the lock and the source.
A changed source file rebuilds a final stage and no layer of dependencies. The form of each
instruction is that of Docker's Dockerfile reference and uv's guide to Docker
(https://docs.astral.sh/uv/guides/integration/docker/); no syntax directive is needed.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from packaging.utils import NormalizedName

from extrasplit.errors import ExtrasplitError
from extrasplit.rewrite.carry import WORKDIR, Carried, Copied
from extrasplit.rewrite.quoting import (
    copy_form,
    docker_word,
    exec_form,
    image_name,
    refuse_control,
    shell_word,
)
from extrasplit.rewrite.stages import Stage
from extrasplit.rewrite.system import build_packages

ENVIRONMENT: Final = "/opt/venv"
USER: Final = "app"
USER_ID: Final = 10001
_SOURCE: Final = "/src"
_TRUST: Final = (
    "if [ -s /run/secrets/ca ]; "
    "then export SSL_CERT_FILE=/run/secrets/ca PIP_CERT=/run/secrets/ca; fi;"
)

_HEADERS: Final = (
    "    python3 -c 'import os, sysconfig; "
    'os.stat(sysconfig.get_path("include") + "/Python.h")\' \\\n'
    "        || echo python3-dev >>/tmp/packages; \\\n"
)
"""The official images bring Python's headers; Debian's own Python has them in another package."""


@dataclass(frozen=True, slots=True)
class Build:
    """What all images of a project have in common."""

    title: str
    """The project's name as written."""
    base_image: str
    uv_image: str
    libc: Literal["glibc", "musl"] = "glibc"
    virtual: bool = False
    """uv installs only its dependencies; the source is copied."""
    folder: str = "."
    """The project's folder, relative to the build context: the workspace's root."""
    package: NormalizedName | None = None
    """The project's name where it is a workspace's member."""
    members: tuple[str, ...] = ()
    """Folders of the workspace's members, whose pyproject.toml a sync reads."""
    local_sources: bool = False
    """The lock holds packages of the source tree beside the project (path dependencies)."""
    dynamic_version: bool = False
    """A build backend asks version control, which the context does not hold."""


@dataclass(frozen=True, slots=True)
class Image:
    """What one variant's final stage holds."""

    stage: Stage
    carried: Carried
    start: tuple[str, ...] = ()
    """ENTRYPOINT and CMD, as instructions."""
    health: str | None = None
    """HEALTHCHECK, as an instruction."""
    sources: tuple[str, ...] = ()
    """Files and folders of the project that are copied to the same place below `/app`."""


def render_dockerfile(build: Build, images: Sequence[Image]) -> str:
    """Return the Dockerfile's text, without header.

    Raises ExtrasplitError where a name or path can't be written safely.
    """
    blocks = [list(_preamble(build)), ["FROM ${UV_IMAGE} AS uv"], list(_base(build))]
    for image in images:
        if image.stage.compiled:
            blocks.append(list(_builder(build, image.stage)))
        blocks.append(list(_dependencies(build, image.stage)))
    blocks += [list(_final(build, image)) for image in images]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def command_of(argv: Sequence[str]) -> str:
    """Return CMD in its exec form."""
    return f"CMD {exec_form(argv)}"


def _preamble(build: Build) -> Iterator[str]:
    yield f"ARG PYTHON_IMAGE={image_name(build.base_image)}"
    yield f"ARG UV_IMAGE={image_name(build.uv_image)}"


def _base(build: Build) -> Iterator[str]:
    yield "FROM ${PYTHON_IMAGE} AS base"
    yield "# 1 compiles bytecode: a quicker start, a larger image"
    yield "ARG UV_COMPILE_BYTECODE=0"
    yield "ARG UV_LINK_MODE=copy"
    yield "ARG UV_PYTHON_DOWNLOADS=never"
    yield f"ARG UV_PROJECT_ENVIRONMENT={ENVIRONMENT}"
    yield f"WORKDIR {WORKDIR}"


def _builder(build: Build, stage: Stage) -> Iterator[str]:
    yield f"# no wheel for the target: {', '.join(stage.compiled)}"
    yield f"FROM {_parent_of(stage)} AS {stage.builder}"
    yield from _install(build, build_packages(stage.compiled, build.libc), or_else=_HEADERS)
    yield "ARG UV_CACHE_DIR=/wheels"
    yield _sync(build, stage, ("--no-install-project",), cache=None, source=False)


def _dependencies(build: Build, stage: Stage) -> Iterator[str]:
    extras = _comment(", ".join(stage.variant.extras)) or "no extras"
    yield f"# dependencies of {_comment(stage.variant.name)}: {extras}"
    yield f"FROM {_parent_of(stage)} AS {stage.dependencies}"
    yield from _install(build, stage.system)
    if stage.compiled:
        cache = f"type=bind,from={stage.builder},source=/wheels,target=/root/.cache/uv,rw"
    else:
        cache = "type=cache,target=/root/.cache/uv"
    yield _sync(build, stage, ("--no-install-project",), cache=cache, source=False)


def _final(build: Build, image: Image) -> Iterator[str]:
    stage, carried = image.stage, image.carried
    names = ", ".join(_comment(name) for name in stage.variant.entrypoints)
    yield f"# {names or _comment(stage.variant.name)}"
    yield f"FROM {stage.dependencies} AS {stage.name}"
    yield from _install(build, stage.own_system)
    yield from (f"ARG {text}" for text in carried.arguments)
    yield " \\\n    ".join((f'ENV PATH="{ENVIRONMENT}/bin:$PATH"', *carried.environment))
    user, steps = _user(build, carried)
    yield from _steps(build, steps)
    if not build.virtual:
        yield from _install_project(build, stage)
    for source in image.sources:
        inside = source if build.folder == "." else f"{build.folder}/{source}"
        yield f"COPY {copy_form((inside, f'{WORKDIR}/{source}'))}"
    title = f"{build.title} {stage.variant.name}"
    yield f"LABEL org.opencontainers.image.title={docker_word(title, 'the variant')}"
    yield from carried.settings
    yield f"USER {user}"
    if image.health:
        yield image.health
    yield from image.start


def _install_project(build: Build, stage: Stage) -> Iterator[str]:
    yield "ARG SOURCE_DATE_EPOCH"
    variables = ""
    if build.dynamic_version:
        yield "ARG VERSION=0"
        variables = (
            'SETUPTOOLS_SCM_PRETEND_VERSION="${VERSION}" PDM_BUILD_SCM_VERSION="${VERSION}" '
        )
    cache = "type=cache,target=/root/.cache/uv"
    yield _sync(build, stage, (), cache=cache, source=True, variables=variables)


def _user(build: Build, carried: Carried) -> tuple[str, list[str | Copied]]:
    """Return the user by number, as Kubernetes' runAsNonRoot asks, and the steps that make it."""
    steps = list(carried.steps)
    name, colon, group = (carried.user or USER).partition(":")
    if name.isdigit():
        return f"{name}{colon}{group}", steps
    for at, step in enumerate(steps):
        words = shlex.split(step) if isinstance(step, str) else []
        if words and words[0] in ("useradd", "adduser") and name in words[1:]:
            number = _option(words, "-u", "--uid")
            if number is None:
                number = str(USER_ID)
                option = "-u" if build.libc == "musl" else "--uid"  # busybox knows no long ones
                steps[at] = shlex.join((words[0], option, number, *words[1:]))
            return f"{number}{colon}{group}", steps
    steps.insert(0, _make_user(build, name))
    return f"{USER_ID}{colon}{group}", steps


def _option(words: Sequence[str], *names: str) -> str | None:
    for at, word in enumerate(words[:-1]):
        if word in names:
            return words[at + 1]
    return next((w.partition("=")[2] for w in words if w.startswith("--uid=")), None)


def _steps(build: Build, steps: Sequence[str | Copied]) -> Iterator[str]:
    """Make users and folders and copy data, in the order of the owner's Dockerfile."""
    for is_copy, group in groupby(steps, key=lambda step: isinstance(step, Copied)):
        if is_copy:
            yield from (_copy(build, step) for step in group if isinstance(step, Copied))
        else:
            yield "RUN " + " \\\n    && ".join(step for step in group if isinstance(step, str))


def _make_user(build: Build, user: str) -> str:
    if build.libc == "musl":
        return f"adduser -D -u {USER_ID} {user}"
    return f"useradd --no-log-init --create-home --uid {USER_ID} {user}"


def _copy(build: Build, step: Copied) -> str:
    """Return the owner's COPY: wildcards and variables in its words are meant."""
    prefix = "" if build.folder == "." else f"{build.folder}/"
    words = [*(f"{prefix}{source.removeprefix('./')}" for source in step.sources), step.destination]
    return " ".join(("COPY", *step.flags, json.dumps(words, ensure_ascii=False)))


def _parent_of(stage: Stage) -> str:
    return f"deps-{stage.parent}" if stage.parent else "base"


def _install(build: Build, packages: Sequence[str], *, or_else: str = "") -> Iterator[str]:
    """Install the system's packages, their names handed over as one list.

    No versions: Debian's mirrors drop them with each point release, so a pinned one soon fails.
    """
    if not packages:
        return
    names = " ".join(shell_word(name, "the package") for name in packages)
    if build.libc == "musl":
        yield (
            f"RUN printf '%s\\n' {names} >/tmp/packages \\\n"
            "    && xargs apk add --no-cache </tmp/packages \\\n"
            "    && rm /tmp/packages"
        )
        return
    yield (
        "RUN set -eu; \\\n"
        "    apt-get update; \\\n"
        f"    printf '%s\\n' {names} >/tmp/packages; \\\n"
        f"{or_else}"
        "    xargs -a /tmp/packages apt-get install -y --no-install-recommends; \\\n"
        "    apt-get clean; \\\n"
        "    rm -rf /var/lib/apt/lists/* /tmp/packages"
    )


def _sync(
    build: Build,
    stage: Stage,
    options: Sequence[str],
    *,
    cache: str | None,
    source: bool,
    variables: str = "",
) -> str:
    """Return the RUN that makes the environment hold the variant's extras and nothing else.

    `source` mounts the whole tree, writable for build backends that litter it; otherwise only lock
    and metadata are mounted, so that nothing else makes the layer anew.
    """
    mounts = ["type=bind,from=uv,source=/uv,target=/bin/uv"]
    mounts += [cache] if cache else []
    mounts += ["type=secret,id=ca"]
    if source:
        mounts += [f"type=bind,target={_SOURCE},rw"]
    else:
        mounts += [f"type=bind,source={path},target={_SOURCE}/{path}" for path in _metadata(build)]
    words = ["uv", "sync", "--project", _project(build), "--frozen", "--no-dev"]
    words += ["--no-default-groups", "--no-editable"]
    words += options
    if options and build.package:
        words.append("--no-install-workspace")
    if options and build.local_sources:
        words.append("--no-install-local")
    if build.package:
        words += ["--package", build.package]
    for extra in stage.variant.extras:
        words += ["--extra", extra]
    command = " ".join(shell_word(word, "the extra") for word in words)
    lines = [*(f"--mount={mount}" for mount in mounts), _TRUST, f"{variables}{command}"]
    return "RUN " + " \\\n    ".join(lines)


def _metadata(build: Build) -> list[str]:
    folders = dict.fromkeys((".", build.folder, *build.members))
    files = [("" if folder == "." else f"{folder}/") + "pyproject.toml" for folder in folders]
    for path in files:
        if not path.isprintable() or any(sign in path for sign in ' ,"\\$'):
            refuse_control(path, "the path")
            raise ExtrasplitError(
                f"the path {path!r} cannot be named in a build mount", hint="rename the folder"
            )
    return ["uv.lock", *files]


def _project(build: Build) -> str:
    return _SOURCE if build.folder == "." else f"{_SOURCE}/{build.folder}"


def _comment(text: str) -> str:
    return refuse_control(text, "the name")
