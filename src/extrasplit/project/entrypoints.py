"""Finds the roles in which the app is started, and names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from packaging.utils import NormalizedName

from extrasplit.places import Place

EntrypointKind = Literal[
    "script", "streamlit", "asgi", "wsgi", "worker", "module", "command", "library"
]


@dataclass(frozen=True, slots=True)
class Start:
    """One command that starts something, as a file of the project says it."""

    argv: tuple[str, ...]
    """Words, with variables' defaults filled in."""
    found_in: Place
    origin: Literal["configured", "script", "docker", "compose", "procfile", "source", "other"]
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


@dataclass(frozen=True, slots=True)
class Entrypoint:
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
    origin: Literal["configured", "script", "docker", "compose", "procfile", "source", "other"]
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
