"""Makes entrypoints by hand: a console script, a Streamlit app, an ASGI server."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from extrasplit.places import Place
from extrasplit.project.roles import Entrypoint, EntrypointKind


def role(
    name: str,
    *argv: str,
    kind: EntrypointKind = "script",
    file: str | None = None,
    stage: str | None = None,
    healthchecks: tuple[str, ...] = (),
    line: int = 1,
) -> Entrypoint:
    """Make a role; one with a `stage` was found in that Dockerfile."""
    return Entrypoint(
        name=name,
        kind=kind,
        starts=file or name,
        module=None,
        file=file,
        function=None,
        runs_as_main=kind != "script",
        paths=(),
        installed=True,
        launcher=canonicalize_name("streamlit") if kind == "streamlit" else None,
        argv=argv or (name,),
        found_in=Place(stage.partition("#")[0] if stage else "pyproject.toml", line),
        origin="docker" if stage else "script",
        healthchecks=healthchecks,
        stage=stage,
    )


def streamlit(
    name: str = "web",
    file: str = "src/app/web.py",
    stage: str | None = None,
    **more: tuple[str, ...],
) -> Entrypoint:
    """Make a Streamlit app that is started by its path."""
    return role(name, "streamlit", "run", file, kind="streamlit", file=file, stage=stage, **more)
