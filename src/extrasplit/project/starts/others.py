"""Reads justfile, Makefile and GitHub workflows for the servers and workers that they start.

What else recipes and jobs run is the maintainer's own work and no role of the app; `gathering`
leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from extrasplit.places import Place
from extrasplit.project.roles import Start
from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.shell import follow
from extrasplit.project.starts.yaml import Node, NotRead, read_yaml

_RECIPE: Final = re.compile(
    r"[\w.%/$(){}-][^:=\n]*:(?!=)"  # make: targets
    r"|@?[\w-]+(?:\s+[\w$+*-]+(?:=(?:'[^']*'|\"[^\"]*\"|\S+))?)*\s*:(?!=)"  # just: parameters
)


def reads(path: str) -> bool:
    """Whether a file is one of these."""
    return _is_recipes(path) or _is_workflow(path)


def find_starts(text: str, path: str, files: ProjectFiles) -> tuple[Start, ...]:
    """Return the commands of recipes or steps."""
    lines = _recipe_lines(text) if _is_recipes(path) else _workflow_lines(text)
    found: list[Start] = []
    for number, command in lines:
        start = Start(("sh", "-c", command), Place(path, number), "other", group=f"{path}:{number}")
        found += follow(start, files)
    return tuple(found)


def _is_recipes(path: str) -> bool:
    return path.rpartition("/")[2].lower() in ("makefile", "gnumakefile", "justfile", ".justfile")


def _is_workflow(path: str) -> bool:
    return path.startswith(".github/workflows/") and path.endswith((".yml", ".yaml"))


def _recipe_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of recipes, continued ones joined (make and just write them alike)."""
    inside = False
    pending, begun = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if pending:
            line = pending + line.strip()
            number = begun
            pending = ""
        elif _RECIPE.match(line):
            inside = True
            continue
        elif line[:1] not in ("\t", " ", ""):
            inside = False
        if not inside or not line.strip():
            continue
        if line.rstrip().endswith("\\"):
            pending, begun = line.rstrip()[:-1] + " ", number
            continue
        command = line.strip().lstrip("@-+")
        # make writes a shell's $ twice; {{x}} and $(X) are its own variables
        yield number, re.sub(r"\{\{.*?\}\}|\$\(\w+\)", "", command).replace("$$", "$")


def _workflow_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each `run` of a workflow's steps."""
    try:
        jobs = read_yaml(text).get("jobs")
    except NotRead:
        return  # no role of the app depends on it
    for job in (jobs or Node(None, 0)).items.values():
        for step in (job.get("steps") or Node(None, 0)).entries:
            run = step.get("run")
            if run and run.text:
                yield run.line, re.sub(r"\$\{\{.*?\}\}", "", run.text)
