"""A labelled corpus of small cases, one for each way in which a static trace goes wrong.

    python benchmarks/corpus.py [--peers DIR] [--report reports/corpus.md] [NAME...]

A case (`corpus/NAME.txt`) is a sentence, labels, and the files of one package whose console script
is `app.cli:main`. Labels name modules from outside: `startup`, `deferred`, `guarded` and `typing`
as DESIGN.md has them; `elsewhere` is another entrypoint's, `never` nobody's. Every case is run for
real as well, with a stub for each of these modules: what a start imports must be its `startup` and
perhaps its `guarded` modules, else the label is wrong. `python` is the first version that can run
it. Files below `site/` belong into the environment; `pyproject.toml` is what the project's has
beside its script.

The question to every tool is one: what must be there when the script starts? Tools without levels
answer with all that they see.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import peers

from extrasplit.edges.memory import Memory
from extrasplit.imports.level import Level
from extrasplit.pipeline import Analysis, Options

CASES = Path(__file__).parent / "corpus"
LEVELS = ("startup", "deferred", "guarded", "typing", "elsewhere", "never")
STUB = """\
class Handler(__import__('logging').NullHandler): ...
x = part = None
def attach(*args, **options): return None, None, []
"""
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "app"
version = "1"
requires-python = ">=3.11"

[project.scripts]
app = "app.cli:main"
"""
START = """
import json, sys
from app.cli import main
main()
print(json.dumps(sorted(sys.modules)))
"""


@dataclass(frozen=True)
class Case:
    """One failure mode."""

    name: str
    sentence: str
    labels: dict[str, frozenset[str]]
    files: dict[str, str]
    python: tuple[int, ...] = ()
    """The first version that can run it."""

    @property
    def modules(self) -> frozenset[str]:
        """All top-level names from outside."""
        return frozenset().union(*self.labels.values())


def read_case(path: Path) -> Case:
    """Read one case; raises ValueError for a label that does not exist."""
    head, *parts = path.read_text("utf-8").split("--- ")
    sentence, *lines = head.strip().splitlines()
    labels = {level: frozenset[str]() for level in LEVELS}
    python: tuple[int, ...] = ()
    for line in lines:
        level, _, names = line.partition(":")
        if level == "python":
            python = tuple(map(int, names.split(".")))
            continue
        if level not in labels:
            raise ValueError(f"{path}: there is no label {level}")
        labels[level] = frozenset(name.partition(".")[0] for name in names.split())
    files = dict(part.split("\n", 1) for part in parts)
    return Case(path.stem, sentence, labels, files, python)


def make_project(case: Case, folder: Path) -> peers.Question:
    """Write the project, and an environment with a stub for each module from outside."""
    folder.mkdir()
    environment = folder.parent / "environment"
    site = environment / "lib" / "python3.11" / "site-packages"
    for module in sorted(case.modules):
        package = site / module
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(STUB)
        (package / "part.py").write_text("")
    more = case.files.get("pyproject.toml", "")
    (folder / "pyproject.toml").write_text(f"{PROJECT}\n{more}")
    for name, text in ({"app/__init__.py": ""} | case.files).items():
        in_site = name.startswith("site/")
        path = site / name.removeprefix("site/") if in_site else folder / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        encoding = "latin-1" if "latin-1" in text else "utf-8"
        path.write_text(text, encoding=encoding)
    (environment / "pyvenv.cfg").write_text(f"home = {Path(sys.base_prefix) / 'bin'}\n")
    file = folder / "src" / "app" / "cli.py"
    return peers.Question(folder, site, file, "app.cli", ["app"])


def really_imported(case: Case, question: peers.Question) -> frozenset[str]:
    """Start the script, and return which modules from outside it imported."""
    path = f"{question.folder / 'src'}{os.pathsep}{question.site}"
    done = subprocess.run(
        [sys.executable, "-c", START],
        cwd=question.folder.parent,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return case.modules & set(json.loads(done.stdout.splitlines()[-1]))


def traced(case: Case, question: peers.Question, memory: Memory) -> dict[str, Level]:
    """Return the strongest level that extrasplit gives to each module from outside."""
    options = Options(python="3.11", frozen=True)
    analysis = Analysis(question.folder, options, memory=memory)
    analysis.__dict__["_tools"] = {}  # nothing is locked: no distribution has console scripts
    levels: dict[str, Level] = {}
    for use in analysis.traced.traces["app"].uses:
        names = registered(question.site, use.group) if use.group else [use.module]
        for top in case.modules.intersection(name.partition(".")[0] for name in names):
            levels[top] = min(use.level, levels.get(top, use.level))
    return levels


def registered(site: Path, group: str) -> list[str]:
    """Return the modules that the distributions of an environment register in a group."""
    found = metadata.distributions(path=[str(site)])
    points = (point for one in found for point in one.entry_points if point.group == group)
    return [point.module for point in points]


def verdict(case: Case, said: frozenset[str]) -> str:
    """Return `right`, or what is wrong with an answer to what must be there at the start."""
    must = case.labels["startup"]
    words = []
    if must - said:
        words.append(f"misses {', '.join(sorted(must - said))}")
    if said - must:
        words.append(f"too much: {', '.join(sorted(said - must))}")
    return "; ".join(words) or "right"


def study(case: Case, tools: Path | None, memory: Memory) -> tuple[dict[str, str], list[str]]:
    """Return the verdict on each tool's answer, and what is wrong with the case or our levels."""
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        folder = Path(scratch) / "project"
        question = make_project(case, folder)
        must, may = case.labels["startup"], case.labels["guarded"]
        if sys.version_info >= case.python:
            real = really_imported(case, question)
            if not must <= real <= must | may:
                faults.append(f"{case.name}: labelled {sorted(must)}, really {sorted(real)}")
        levels = traced(case, question, memory)
        at_start = frozenset(name for name, level in levels.items() if level is Level.STARTUP)
        verdicts = {"extrasplit": verdict(case, at_start)}
        for level in (Level.DEFERRED, Level.GUARDED):
            said = {name for name, found in levels.items() if found is level}
            if said != case.labels[level.word]:
                faults.append(f"{case.name}: extrasplit says {level.word} of {sorted(said)}")
        for tool in peers.TOOLS if tools is not None else ():
            reply = peers.ask(tools, tool, question)
            answer = verdict(case, reply.modules & case.modules)
            verdicts[tool] = f"fails ({reply.error})" if reply.error else answer
    return verdicts, faults


def render(rows: Sequence[tuple[Case, dict[str, str]]], faults: Sequence[str]) -> str:
    """Return the table in Markdown."""
    tools = list(rows[0][1])
    right = {tool: sum(verdicts[tool] == "right" for _, verdicts in rows) for tool in tools}
    lines = [
        f"# A corpus of small cases, {time.strftime('%Y-%m-%d')}",
        "",
        "What must be there when the script starts? Each case was run for real, too.",
        "",
        "| case | what it shows | " + " | ".join(tools) + " |",
        "|---|---|" + "---|" * len(tools),
        *(
            f"| {case.name} | {case.sentence} | {' | '.join(verdicts[tool] for tool in tools)} |"
            for case, verdicts in rows
        ),
        f"| right | of {len(rows)} | {' | '.join(str(right[tool]) for tool in tools)} |",
        *(["", "Labels that do not hold:", "", *(f"- {fault}" for fault in faults)] * bool(faults)),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Study the cases and print the table; 1 where extrasplit or a label is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--peers", type=Path, metavar="DIR")
    parser.add_argument("--report", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    paths = [CASES / f"{name}.txt" for name in arguments.names] or sorted(CASES.glob("*.txt"))
    rows, faults = [], []
    with tempfile.TemporaryDirectory() as scratch, Memory(Path(scratch)) as memory:
        for path in paths:
            case = read_case(path)
            verdicts, wrong = study(case, arguments.peers, memory)
            rows.append((case, verdicts))
            faults += wrong
    table = render(rows, faults)
    print(table)
    if arguments.report:
        arguments.report.write_text(table)
    return int(bool(faults) or any(verdicts["extrasplit"] != "right" for _, verdicts in rows))


if __name__ == "__main__":
    sys.exit(main())
