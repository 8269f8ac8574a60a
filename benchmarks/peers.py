"""Asks other tools which modules from outside a project one of its entrypoints imports.

No peer has that question, so each is asked what comes nearest: checkers of declarations (deptry,
FawltyDeps) for every import that they see while nothing is declared, graphs (ruff, grimp,
importlab) for what lies behind the entrypoint's file. None of them has levels.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BARE = '[project]\nname = "bare"\nversion = "1"\ndependencies = []\n'
"""Nothing is declared: a checker then names whatever is imported."""

GRIMP = """
import json, sys
import grimp
packages, module = json.loads(sys.argv[1]), sys.argv[2]
graph = grimp.build_graph(*packages, include_external_packages=True, cache_dir=None)
upstream = graph.find_upstream_modules(module) if module in graph.modules else set()
print(json.dumps(sorted(name.partition(".")[0] for name in upstream)))
"""


@dataclass(frozen=True)
class Question:
    """One entrypoint of one project."""

    folder: Path
    """Its code lies in `src`, and nothing of a virtual environment below."""
    site: Path
    """The site-packages of its environment."""
    file: Path
    module: str
    packages: Sequence[str]
    """Its own top-level names."""


@dataclass(frozen=True)
class Reply:
    """What one tool said."""

    modules: frozenset[str]
    """Top-level names from outside the project, the standard library left out."""
    seconds: float
    error: str = ""


def ask(peers: Path, tool: str, question: Question) -> Reply:
    """Ask one tool that is installed in the environment `peers`."""
    started = time.perf_counter()
    try:
        found = TOOLS[tool](peers / "bin", question)
        error = ""
    except (subprocess.SubprocessError, ValueError) as problem:
        found, error = [], str(problem).splitlines()[-1]
    seconds = time.perf_counter() - started
    outside = {name.partition(".")[0] for name in found} - set(question.packages)
    return Reply(frozenset(outside - sys.stdlib_module_names), seconds, error)


def run(
    words: Sequence[object], folder: Path, *, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a tool for five minutes at most."""
    return subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _deptry(programs: Path, question: Question) -> Iterable[str]:
    (question.folder / "bare.toml").write_text(BARE)
    own = ",".join(question.packages)
    words = [programs / "deptry", "src", "--config", "bare.toml", "--no-ansi"]
    done = run([*words, "--known-first-party", own], question.folder)
    return re.findall(r"DEP00[13] '([\w.]+)'", done.stdout + done.stderr)


def _fawltydeps(programs: Path, question: Question) -> Iterable[str]:
    words = [programs / "fawltydeps", "--list-imports", "--json", "--code", "src"]
    done = run(words, question.folder)
    return [one["name"] for one in json.loads(done.stdout)["imports"]]


def _ruff(programs: Path, question: Question) -> Iterable[str]:
    words = [programs / "ruff", "analyze", "graph", "--quiet", "src"]
    python = question.site.parents[2]
    done = run([*words, "--python", python], question.folder)
    graph = json.loads(done.stdout)
    waiting, seen = [str(question.file.relative_to(question.folder))], set[str]()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += graph.get(path, ())
    folders = (Path(os.path.normpath(question.folder / path)) for path in seen)
    return _names(question.site, folders)


def _grimp(programs: Path, question: Question) -> Iterable[str]:
    words = [programs / "python", "-c", GRIMP, json.dumps(question.packages), question.module]
    done = run(words, question.folder, env={"PYTHONPATH": str(question.folder / "src")})
    if done.returncode:
        raise ValueError(done.stderr)
    return json.loads(done.stdout)


def _importlab(programs: Path, question: Question) -> Iterable[str]:
    words = [programs / "importlab", "--unresolved", "-P", question.folder / "src", question.file]
    done = run(words, question.folder)
    if done.returncode:
        raise ValueError(done.stderr)
    return re.findall(r"^  (\w+)", done.stdout, re.M)


def _names(site: Path, paths: Iterable[Path]) -> list[str]:
    below = [path.relative_to(site) for path in paths if path.is_relative_to(site)]
    return [path.parts[0].removesuffix(".py") for path in below]


TOOLS: Mapping[str, Callable[[Path, Question], Iterable[str]]] = {
    "deptry": _deptry,
    "fawltydeps": _fawltydeps,
    "ruff graph": _ruff,
    "grimp": _grimp,
    "importlab": _importlab,
}
