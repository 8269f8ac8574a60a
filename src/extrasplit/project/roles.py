"""Roles in which an app is started: what a file says (`Start`), and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from extrasplit.normalized import NormalizedName
from extrasplit.places import Place
from extrasplit.record import Record, field

EntrypointKind = Literal[
    "script", "streamlit", "asgi", "wsgi", "worker", "module", "command", "library"
]
Origin = Literal["configured", "script", "docker", "compose", "procfile", "source", "other"]
SERVERS: Final = frozenset({"streamlit", "asgi", "wsgi"})
"""Kinds that a HEALTHCHECK asks."""


class Start(Record):
    """One command that starts something, as a file of the project says it."""

    argv: tuple[str, ...]
    """Words, with variables' defaults filled in."""
    found_in: Place
    origin: Origin
    name_hint: str | None = None
    """The Docker stage's or compose service's name."""
    extras: tuple[NormalizedName, ...] | None = None
    """What its stage or service installs: () for a plain install, None where no install is seen."""
    all_extras: bool = False
    """`--all-extras`: says nothing about what the role needs, only what its image holds today."""
    stage: str | None = None
    """The Docker stage: entrypoints, HEALTHCHECK and installs of one stage belong together."""
    healthcheck: bool = False
    python: str | None = None
    """The Python code of a `python -c` command, whose imports are startup uses."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables that its stage, service or script sets."""
    cwd: str = "."
    """Its working directory, relative to the project's root."""
    mounts: tuple[tuple[str, str], ...] = ()
    """(path in the image, path in the project) of what is copied or mounted."""
    group: str = ""
    """What it shares with the commands that run before it in the same container."""
    foreign: bool = False
    """Its image is not built here: only what it starts of the project counts."""
    undecided: str | None = None
    """Why nothing could be read here, where that is so; `argv` is then empty."""


class Entrypoint(Record):
    """A role the app is started in."""

    name: str
    kind: EntrypointKind
    starts: str
    """The object or file that it starts: `inventory.cli:main`, `src/app/dashboard.py`."""
    module: str | None
    """The module that is imported first; None for `command`."""
    file: str | None
    """That module's file, relative to the project's root; None where it isn't the project's."""
    function: str | None
    """What a script calls in it (`main`), whose unconditional body counts as startup."""
    runs_as_main: bool
    """`__name__ == "__main__"` holds in that file (python -m, python x.py, streamlit run)."""
    paths: tuple[str, ...]
    """Folders put on sys.path before the installed project: script directory, working directory."""
    installed: bool
    """Whether the project itself is installed (its wheel on sys.path)."""
    launcher: NormalizedName | None
    """The distribution whose command starts it (`streamlit`, `uvicorn`); a startup need."""
    argv: tuple[str, ...]
    """The command, for `verify` and CMD."""
    found_in: Place
    origin: Origin
    extras_named: tuple[NormalizedName, ...] | None = None
    """Extras that its Docker stage or compose service installs; None: no answer."""
    all_extras: bool = False
    smoke: str | None = None
    healthchecks: tuple[str, ...] = ()
    """Python code that its image's HEALTHCHECK runs."""
    stage: str | None = None
    lazy_imports: bool = False
    """Started with `-X lazy_imports=all` or PYTHON_LAZY_IMPORTS (PEP 810)."""
    loads: tuple[str, ...] = ()
    """Strings of its command that name modules or classes to load (`-k uvicorn.workers.X`)."""
    tools: tuple[NormalizedName, ...] = ()
    """Distributions whose programs its start runs before it or around it (`alembic upgrade head`,
    `ddtrace-run`): startup needs, for they run in the same image."""
    healthcheck_files: tuple[str, ...] = ()
    """Files of the project that its image's HEALTHCHECK runs, as it would be started itself."""
