"""Says how each kind of entrypoint is started for proof: a probe, a command, a server."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from extrasplit.project.entrypoints import Entrypoint

SECONDS: Final = 90.0
"""How long anything may take; a configured `smoke` has the same."""
PORT: Final = "{port}"
"""Stands in a server's words for a free port of the loopback."""

_PORT_FLAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "streamlit": (
        "--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", PORT,
        "--browser.gatherUsageStats", "false",
    ),
    "uvicorn": ("--host", "127.0.0.1", "--port", PORT),
    "fastapi": ("--host", "127.0.0.1", "--port", PORT),
    "flask": ("--host", "127.0.0.1", "--port", PORT),
    "granian": ("--host", "127.0.0.1", "--port", PORT),
    "gunicorn": ("--bind", f"127.0.0.1:{PORT}"),
    "hypercorn": ("--bind", f"127.0.0.1:{PORT}"),
}  # fmt: skip
"""The words that make a launcher listen on the loopback, from each one's command line reference."""
_OVERRULED: Final = ("--host", "--port", "--bind", "-b", "-h", "-p", "--server.address",
                     "--server.port", "--server.headless", "--workers", "-w")  # fmt: skip
_HEALTH: Final[Mapping[str, str]] = {"streamlit": "/_stcore/health"}


@dataclass(frozen=True, slots=True)
class Smoke:
    """One start that must succeed."""

    kind: Literal["probe", "command", "server"]
    what: str
    """As people would say it: `import inventory.cli`, `inventory --help`."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """Of a probe: what `probe.py` reads."""
    argv: tuple[str, ...] = ()
    """Of a command or server: its first word is looked up in the environment."""
    path: str = "/"
    """Of a server: what is asked for."""
    seconds: float = SECONDS
    """How long it may take."""

    def without(self, modules: Sequence[str], distributions: Sequence[str]) -> Smoke:
        """Return the same start of a probe, with these made unimportable."""
        blocked = {"blocked": list(modules), "blocked_distributions": list(distributions)}
        return replace(self, request={**self.request, **blocked})

    def unwatched(self) -> Smoke:
        """Return the same start of a probe without its recorder, which costs time."""
        return replace(self, request={**self.request, "watch": False})


def smokes_for(
    entrypoint: Entrypoint, root: str, pages: Sequence[str] = (), *, seconds: float = SECONDS
) -> tuple[Smoke, ...]:
    """Return what proves that an entrypoint starts; the first is the one whose time is told.

    `root` is the project's folder in the environment (a copy, or `/app`), `pages` the files of a
    Streamlit app beside its script. A configured `smoke` command stands beside the import.
    """
    paths = [_join(root, path) for path in entrypoint.paths]
    common = {"paths": paths, "chdir": root}
    found = [*_starts(entrypoint, root, pages, common)]
    if entrypoint.smoke:
        words = tuple(shlex.split(entrypoint.smoke))
        found = [smoke for smoke in found if smoke.kind == "probe"]
        found.append(Smoke("command", entrypoint.smoke, argv=words))
    found += [
        Smoke("probe", "its HEALTHCHECK's imports", {**common, "mode": "code", "code": code})
        for code in entrypoint.healthchecks
    ]
    return tuple(replace(one, seconds=one.seconds * seconds / SECONDS) for one in found)


def lost_smoke(modules: Sequence[str]) -> Smoke:
    """Return the import of what a variant is said to lack: each must fail."""
    return Smoke("probe", "what it leaves out", {"mode": "lost", "modules": list(modules)})


def environment_smoke() -> Smoke:
    """Return the question which Python this is, and what is installed."""
    return Smoke("probe", "what is installed", {"mode": "environment", "watch": False})


def tests_smoke(root: str, seconds: float) -> Smoke:
    """Return the run of the project's own tests."""
    request = {"mode": "pytest", "arguments": ["-p", "no:cacheprovider"], "chdir": root}
    return Smoke("probe", "the project's tests", {**request, "paths": [root]}, seconds=seconds)


def _starts(
    entrypoint: Entrypoint, root: str, pages: Sequence[str], common: Mapping[str, Any]
) -> list[Smoke]:
    module, file = entrypoint.module, entrypoint.file
    imported = Smoke("probe", f"import {module}", {**common, "mode": "import", "module": module})
    match entrypoint.kind:
        case "script":
            return [imported, Smoke("command", f"{entrypoint.argv[0]} --help",
                                    argv=(entrypoint.argv[0], "--help"))]  # fmt: skip
        case "streamlit" if file:
            request = {**common, "mode": "pages", "seconds": SECONDS / 2}
            app = Smoke("probe", "the app", {**request, "pages": [_join(root, file)]})
            every = {**request, "pages": [_join(root, page) for page in pages]}
            patience = SECONDS * (1 + len(pages) / 5)
            tested = [Smoke("probe", "each page", every, seconds=patience)] if pages else []
            return [app, *tested, *_server(entrypoint, "streamlit")]
        case "asgi" | "wsgi" if module:
            server = _server(entrypoint, entrypoint.launcher or "")
            return [imported, *(server or _request(entrypoint, common))]
        case "module" if module and entrypoint.runs_as_main and not _by_path(entrypoint):
            request = {**common, "mode": "module", "module": module, "argv": [module, "--help"]}
            return [Smoke("probe", f"python -m {module} --help", request)]
        case "command" if file is None:
            program = entrypoint.argv[0]
            return [Smoke("command", f"{program} --help", argv=(program, "--help"))]
    if _by_path(entrypoint) and file:
        request = {**common, "mode": "path", "file": _join(root, file), "argv": [file]}
        return [Smoke("probe", f"the top level of {file}", request)]
    return [imported] if module else []


def _request(entrypoint: Entrypoint, common: Mapping[str, Any]) -> list[Smoke]:
    """Ask the application itself, where nothing says how its server is told to listen."""
    module, _, name = entrypoint.starts.partition(":")
    if not name:
        return []
    asked = {"mode": "request", "module": module, "object": name.rstrip("()")}
    asked |= {"protocol": entrypoint.kind}
    factory = name.endswith("()") or "--factory" in entrypoint.argv
    return [Smoke("probe", "GET /", {**common, **asked, "factory": factory})]


def _by_path(entrypoint: Entrypoint) -> bool:
    return entrypoint.starts == entrypoint.file


def _server(entrypoint: Entrypoint, launcher: str) -> list[Smoke]:
    flags = _PORT_FLAGS.get(launcher)
    if flags is None:
        return []
    words = _without_flags(entrypoint.argv)
    path = _HEALTH.get(launcher, "/")
    return [Smoke("server", f"{shlex.join(words)}, GET {path}", argv=(*words, *flags), path=path)]


def _without_flags(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the words without those that say where to listen and with how many workers."""
    kept: list[str] = []
    skip = False
    for word in argv:
        if skip:
            skip = False
        elif word in _OVERRULED:
            skip = True
        elif word.partition("=")[0] not in _OVERRULED:
            kept.append(word)
    return tuple(kept)


def _join(root: str, path: str) -> str:
    return root if path in (".", "") else f"{root}/{path}"
