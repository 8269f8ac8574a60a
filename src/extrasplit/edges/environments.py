"""Installs variants, each into its own environment, and measures what was written."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.edges.probing import ANSWER, PROBE, REQUEST, exchange, outcome_of
from extrasplit.edges.starting import free_port, run_to_end, serve_until_answer
from extrasplit.edges.uv import Uv
from extrasplit.errors import ExternalError
from extrasplit.verify.smoke import PORT, Smoke
from extrasplit.verify.verdict import Outcome


@dataclass(frozen=True)
class Environment:
    """One variant, installed."""

    folder: Path
    project: Path
    """The copy of the project that was installed, where its entrypoints run."""
    own: NormalizedName
    """The project's own distribution, which figures leave out."""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.scripts / ("python.exe" if os.name == "nt" else "python")

    @property
    def scripts(self) -> Path:
        """The folder of its console scripts."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def variables(self) -> dict[str, str]:
        """Return the variables with which its programs run."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
        path = f"{self.scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        home = str(self.folder / "home")
        Path(home).mkdir(exist_ok=True)
        return kept | {"PATH": path, "HOME": home, "VIRTUAL_ENV": str(self.folder)}

    @cached_property
    def owners(self) -> Mapping[str, NormalizedName]:
        """Every installed file to its distribution, as the RECORDs say (recording spec)."""
        return dict(self._records())

    def _records(self) -> Iterator[tuple[str, NormalizedName]]:
        """Yield each path, with forward slashes; each distribution's folder is named after it."""
        pattern = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
        for info in self.folder.glob(f"{pattern}/*.dist-info"):
            name = canonicalize_name(info.name.removesuffix(".dist-info").rpartition("-")[0])
            with (info / "RECORD").open(newline="", encoding="utf-8") as record:
                for row in csv.reader(record):
                    yield os.path.normpath(info.parent / row[0]).replace(os.sep, "/"), name

    def run(self, smoke: Smoke) -> Outcome:
        """Run one start in it."""
        words = list(smoke.argv)
        how: dict[str, Any] = {"cwd": self.project, "env": self.variables()}
        how["seconds"] = smoke.seconds
        if smoke.kind == "probe":
            with exchange(self.folder, smoke) as folders:
                probe, request = folders.asked / PROBE, folders.asked / REQUEST
                words = [str(self.python), str(probe), str(request), str(folders.answered / ANSWER)]
                ended = run_to_end(words, **how)
                answer = folders.answer()
            return outcome_of(ended, with_slashes(answer) if answer else None)
        own = self.scripts / words[0]
        words[0] = str(own) if own.exists() else words[0]
        if smoke.kind == "command":
            return outcome_of(run_to_end(words, **how))
        port = str(free_port())
        words = [word.replace(PORT, port) for word in words]
        url = f"http://127.0.0.1:{port}{smoke.path}"
        return outcome_of(serve_until_answer(words, url, **how))

    def installed_bytes(self) -> int:
        """Return what all distributions but the project's own wrote to disk."""
        return sum(
            os.lstat(path).st_size
            for path, name in self.owners.items()
            if name != self.own and os.path.lexists(path)
        )


def with_slashes(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a probe's answer with the paths of Windows written as everywhere else."""
    if os.sep == "/":
        return answer
    asked = [[module, path.replace(os.sep, "/"), line] for module, path, line in answer["asked"]]
    origins = {module: path.replace(os.sep, "/") for module, path in answer["origins"].items()}
    return answer | {"asked": asked, "origins": origins}


def install(
    uv: Uv,
    project: Path,
    folder: Path,
    *,
    own: NormalizedName,
    extras: Sequence[str],
    python: str,
    groups: Sequence[str] = (),
) -> Environment:
    """Run `uv sync` for one variant from a copy of the project.

    Raises ExternalError with what uv said. `python` is a version or an interpreter.
    """
    words = ["sync", "--frozen", "--no-default-groups", "--no-editable", "--python", python]
    words += ["--no-python-downloads"]
    for extra in extras:
        words += ["--extra", extra]
    for group in groups:
        words += ["--group", group]
    finished = uv.call(words, cwd=project, env={"UV_PROJECT_ENVIRONMENT": str(folder)})
    if not finished.succeeded:
        what = f" with {', '.join(extras)}" if extras else ""
        raise ExternalError(
            f"uv sync{what} failed: {finished.last_line}",
            hint="run `uv sync --frozen` in the project to see all of it",
        )
    return Environment(folder, project, own)


def find_python(uv: Uv, wanted: str, requires: str | None, folder: Path) -> tuple[str, str]:
    """Return the interpreter to verify with and its minor version.

    The wanted version where it is there, else another patch release of it, else any that the
    project allows. Raises ExternalError where there is none.
    """
    minor = ".".join(wanted.split(".")[:2])
    for request in dict.fromkeys((wanted, minor, requires or ">=3.9")):
        found = uv.call(("python", "find", "--no-python-downloads", request), cwd=folder)
        interpreter = found.stdout.strip()
        if found.succeeded and interpreter:
            version = uv.call(
                (
                    "run",
                    "--no-project",
                    "--python",
                    interpreter,
                    "python",
                    "-c",
                    "import sys; print('%d.%d' % sys.version_info[:2])",
                ),
                cwd=folder,
            )
            if version.succeeded:
                return interpreter, version.stdout.strip()
    raise ExternalError(
        f"no Python that the project allows ({requires}) is installed",
        hint=f"uv python install {wanted}",
    )
