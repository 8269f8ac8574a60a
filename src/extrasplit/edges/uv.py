"""Finds and runs uv; it is a subprocess, never a library."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from extrasplit.edges.process import Finished, run
from extrasplit.errors import ExternalError


def find_uv(environment: Mapping[str, str] = os.environ) -> Path:
    """Return uv's executable: `$UV`, then PATH, then the `uv` package of this environment.

    Raises ExternalError with the one line that installs it.
    """
    named = environment.get("UV")
    if named:
        if Path(named).is_file():
            return Path(named)
        raise ExternalError(f"$UV names {named}, which is not a file", hint="unset it or mend it")
    beside = Path(sys.executable).parent / ("uv.exe" if os.name == "nt" else "uv")
    found = shutil.which("uv", path=environment.get("PATH"))
    if found:
        return Path(found)
    if beside.is_file():
        return beside
    raise ExternalError("uv was not found", hint="pip install 'extrasplit[uv]', or set $UV")


@dataclass(frozen=True, slots=True)
class Uv:
    """One uv, at work in other people's projects."""

    executable: Path

    def lock(self, folder: Path, *, seconds: float = 900.0) -> None:
        """Make or refresh `folder`/uv.lock; raises ExternalError with what uv said."""
        self._demand(("lock", "--project", str(folder)), cwd=folder, seconds=seconds)

    def locks_unchanged(self, folder: Path) -> bool:
        """Whether `uv lock --check` finds lock and project in agreement."""
        return self.call(("lock", "--check", "--project", str(folder)), cwd=folder).succeeded

    def call(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        seconds: float = 900.0,
    ) -> Finished:
        """Run uv and return what became of it; VIRTUAL_ENV of the caller is kept out."""
        environment = dict(os.environ) | dict(env or {})
        environment.pop("VIRTUAL_ENV", None)
        return run(
            (str(self.executable), "--color", "never", "--no-progress", *arguments),
            cwd=cwd,
            env=environment,
            seconds=seconds,
        )

    def _demand(self, arguments: Sequence[str], *, cwd: Path, seconds: float) -> Finished:
        finished = self.call(arguments, cwd=cwd, seconds=seconds)
        if finished.exit_code is None:
            raise ExternalError(
                f"uv {arguments[0]} did not end within {seconds:.0f} s in {cwd}",
                hint=f"run `uv {arguments[0]}` there yourself",
            )
        if not finished.succeeded:
            raise ExternalError(
                f"uv {arguments[0]} failed in {cwd}: {_cause(finished)}",
                hint=f"run `uv {arguments[0]}` there to see all of it",
            )
        return finished


def _cause(finished: Finished) -> str:
    """uv's own words in one line: the lines after `error:` or the tree's last cause."""
    lines = [line.strip() for line in finished.stderr.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("error:", "Caused by:", "╰─▶", "cause:"))]
    words = "; ".join(telling[:3]) if telling else finished.last_line
    return words.replace("error: ", "").replace("Caused by: ", "").replace("╰─▶ ", "")
