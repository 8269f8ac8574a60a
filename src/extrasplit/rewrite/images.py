"""Says what each variant's image holds beside its dependencies: command, health check, files."""

from __future__ import annotations

import ast
import posixpath
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final, Literal

from packaging.utils import NormalizedName

from extrasplit.places import Place
from extrasplit.project.declared import Project
from extrasplit.project.roles import Entrypoint
from extrasplit.rewrite.carry import Carried, Health, merge
from extrasplit.rewrite.dockerfile import Image, command_of
from extrasplit.rewrite.quoting import exec_form
from extrasplit.rewrite.stages import Stage, chain
from extrasplit.rewrite.system import runtime_packages
from extrasplit.split.plan import Variant

_NOT_AT_RUN_TIME: Final = (
    ".*", "__*", "*.md", "*.rst", "*.lock", "*.egg-info", "pyproject.toml", "uv.toml", "ruff.toml",
    "LICENSE*", "LICENCE*", "COPYING*", "AUTHORS*", "CHANGELOG*", "CONTRIBUTING*", "README*",
    "Dockerfile*", "*.dockerfile", "docker-bake*", "docker-compose*",
    "compose*.y*ml", "Procfile", "Makefile", "justfile", "Justfile", "Taskfile*", "noxfile.py",
    "tox.ini", "pytest.ini", "mypy.ini", "setup.py", "setup.cfg", "MANIFEST.in", "requirements*",
    "constraints*", "conftest.py", "test", "tests", "docs", "doc", "build", "dist", "venv", "env",
    "node_modules", "htmlcov", "codecov.yml", "mkdocs.yml", "renovate.json",
)  # fmt: skip
_RUN_TIME: Final = frozenset({".streamlit", ".chainlit"})
_SERVER_PORTS: Final = {"streamlit": "8501", "asgi": "8000", "wsgi": "8000"}
_INTERVAL: Final = "--interval=30s --timeout=5s --start-period=30s"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around the plan: the project's folder, and what the variants' wheels hold."""

    entries: frozenset[str] = frozenset()
    """Names directly in the project's folder."""
    carried: Mapping[str, Carried] | None = None
    """What each stage of the owner's Dockerfiles carries."""
    general: Carried = Carried()  # noqa: RUF009 - frozen
    """What every role of the app gets: the owner's one image, where there is only one."""
    modules: Mapping[str, frozenset[str]] | None = None
    """Variant to the modules that its distributions ship."""
    compiled: Mapping[str, Sequence[NormalizedName]] | None = None
    """Variant to the distributions that no wheel serves."""
    ignored: tuple[str, ...] = ()
    """Patterns of the owner's .dockerignore."""
    libc: Literal["glibc", "musl"] = "glibc"


def assemble(
    project: Project,
    variants: Sequence[Variant],
    entrypoints: Sequence[Entrypoint],
    around: Surroundings,
) -> tuple[tuple[Image, ...], tuple[Place, ...]]:
    """Return an image for each variant, parents first, and what could not be carried."""
    by_name = {entrypoint.name: entrypoint for entrypoint in entrypoints}
    roles = {v.name: [by_name[n] for n in v.entrypoints if n in by_name] for v in variants}
    carried = {name: _carried_by(members, around) for name, members in roles.items()}
    system = {
        variant.name: frozenset(
            (*carried[variant.name].system, *_loaded_libraries(variant, around))
        )
        for variant in variants
    }
    notes: dict[Place, None] = {}
    images = []
    for stage in chain(variants, system=system, compiled=around.compiled):
        members = roles[stage.variant.name]
        image, untold = _image(project, stage, members, carried[stage.variant.name], around)
        notes |= dict.fromkeys((*image.carried.notes, *untold))
        images.append(image)
    return tuple(images), tuple(notes)


def _carried_by(members: Iterable[Entrypoint], around: Surroundings) -> Carried:
    known = around.carried or {}
    return merge(dict.fromkeys(known.get(e.stage or "", around.general) for e in members))


def _loaded_libraries(variant: Variant, around: Surroundings) -> tuple[str, ...]:
    if around.libc == "musl":  # the table's names are Debian's
        return ()
    names = {key.name for key in variant.packages}
    return runtime_packages(names, (around.compiled or {}).get(variant.name, ()))


def _image(
    project: Project,
    stage: Stage,
    members: Sequence[Entrypoint],
    carried: Carried,
    around: Surroundings,
) -> tuple[Image, list[Place]]:
    notes: list[Place] = []
    start = _start(members, carried, notes)
    health = None
    settings = carried.settings
    if members:
        modules = (around.modules or {}).get(stage.variant.name, frozenset())
        health = _health(members[0], carried, modules, notes)
        port = _port(members[0])
        if port and not any(text.startswith("EXPOSE") for text in settings):
            settings = (*settings, f"EXPOSE {port}")
    image = Image(
        stage=stage,
        carried=replace(carried, health=None, settings=settings),
        start=start,
        health=health,
        sources=_sources(project, members, carried, around),
    )
    return image, notes


def _start(members: Sequence[Entrypoint], carried: Carried, notes: list[Place]) -> tuple[str, ...]:
    """Return the owner's ENTRYPOINT and CMD where they start this role, else the role's words."""
    starting = next((e for e in members if e.argv), None)
    if starting is None:
        return ()
    words = _known_words(starting.argv)
    said = " ".join(carried.start)
    if carried.start and all(word in said for word in words):
        return carried.start
    if starting.origin == "docker":
        place = starting.found_in
        notes += [
            Place(place.path, place.line, text)
            for text in carried.start
            if text.startswith("ENTRYPOINT")
        ]
    return (command_of(words),)


def _known_words(argv: Sequence[str]) -> list[str]:
    """Leave out what only a running program would know (empty), with the option that takes it."""
    words: list[str] = []
    for word in argv:
        if word:
            words.append(word)
        elif words and words[-1].startswith("-"):
            words.pop()
    return words


def _health(
    entrypoint: Entrypoint, carried: Carried, modules: frozenset[str], notes: list[Place]
) -> str | None:
    """Return the owner's HEALTHCHECK where the image holds what it needs, else one of ours."""
    if carried.health and _holds(carried.health, entrypoint, carried, modules):
        return carried.health.text
    ours = _own_health(entrypoint)
    if carried.health and not ours:
        path = entrypoint.found_in.path
        notes.append(Place(path, carried.health.line, "HEALTHCHECK needs what the image lacks"))
    return ours


def _holds(
    health: Health, entrypoint: Entrypoint, carried: Carried, modules: frozenset[str]
) -> bool:
    program = posixpath.basename(health.words[0]) if health.words else ""
    if re.fullmatch(r"python[\d.]*", program):
        codes = entrypoint.healthchecks or tuple(
            word
            for before, word in zip(health.words, health.words[1:], strict=False)
            if before == "-c"
        )
        return bool(codes) and all(name in modules for code in codes for name in _imports(code))
    return program in carried.system


def _imports(code: str) -> set[str]:
    """Return the top-level modules beside the standard library that a piece of code imports."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return {code}  # no module is named like that: it is held by nothing
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names


def _own_health(entrypoint: Entrypoint) -> str | None:
    """Return a check by the standard library alone; None for a role that serves nothing."""
    port, path = _port(entrypoint), "/"
    if port is None:
        return None
    if entrypoint.kind == "streamlit":
        prefix = (_option(entrypoint.argv, "--server.baseUrlPath") or "").strip("/")
        path = posixpath.join("/", prefix, "_stcore/health")
    code = (
        "import http.client as h; "
        f"c = h.HTTPConnection('127.0.0.1', {port}, timeout=4); c.request('GET', {path!r}); "
        "raise SystemExit(c.getresponse().status >= 500)"
    )
    return f"HEALTHCHECK {_INTERVAL} \\\n    CMD {exec_form(('python', '-c', code))}"


def _port(entrypoint: Entrypoint) -> str | None:
    """Return the port that a server listens on; None where it is none, or only a shell knows it."""
    if entrypoint.kind not in _SERVER_PORTS:
        return None
    option = "--server.port" if entrypoint.kind == "streamlit" else "--port"
    named = _option(entrypoint.argv, option) or _bound_port(entrypoint.argv)
    port = named or _SERVER_PORTS[entrypoint.kind]
    return port if port.isdigit() else None


def _option(argv: Sequence[str], name: str) -> str | None:
    for at, word in enumerate(argv):
        if word == name and at + 1 < len(argv):
            return argv[at + 1]
        if word.startswith(f"{name}="):
            return word[len(name) + 1 :]
    return None


def _bound_port(argv: Sequence[str]) -> str | None:
    bind = _option(argv, "--bind") or _option(argv, "-b")
    found = re.search(r":(\d+)$", bind or "")
    return found[1] if found else None


def _sources(
    project: Project, members: Sequence[Entrypoint], carried: Carried, around: Surroundings
) -> tuple[str, ...]:
    """Return what is copied to the same place below the working folder.

    A role that is started by its path finds all of the project's files there, as it does today;
    any other only needs the wheel, and the data that the owner copied with everything else.
    """
    by_path = project.virtual or any(_starts_by_path(e) for e in members)
    if not by_path and not carried.copies_context:
        return ()
    entries = sorted(name for name in around.entries if _is_run_time(name, around.ignored))
    if by_path:
        return tuple(entries)
    installed = {root.partition("/")[0] for root in project.source_roots}
    installed |= {*project.packages, str(project.name).replace("-", "_")}
    return tuple(name for name in entries if name not in installed and not name.endswith(".py"))


def _starts_by_path(entrypoint: Entrypoint) -> bool:
    file = entrypoint.file
    return file is not None and any(
        posixpath.normpath(word) == file or file.endswith(f"/{posixpath.normpath(word)}")
        for word in entrypoint.argv
        if word.endswith(".py")
    )


def _is_run_time(name: str, ignored: Iterable[str]) -> bool:
    if name in _RUN_TIME:
        return True
    if any(fnmatchcase(name, pattern) for pattern in _NOT_AT_RUN_TIME):
        return False
    return not any(fnmatchcase(name, pattern) for pattern in ignored)
