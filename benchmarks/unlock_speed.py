"""Times the startup graph and the cut for generated applications of 400 and 5,000 modules.

    python benchmarks/unlock_speed.py [--runs N] [--report FILE]

Every module imports some of those behind it, as an application's do; one in fifty imports a heavy
distribution, in functions or where importing evaluates it. CPU seconds of this process, the
quickest of some runs, beside those of the trace.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.calls import Calls
from extrasplit.imports.deferral import Deferrals, Sources
from extrasplit.imports.modules import Root
from extrasplit.imports.startup import startup_graph
from extrasplit.imports.trace import trace
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.split.cut import Cutter
from support.starting import entrypoint_at
from support.tracing import LINUX, World, world

T = TypeVar("T")
HEAVY = 5


def tree_of(count: int) -> World:
    """Return an application whose modules import those behind them, in packages of ten."""
    chosen = random.Random(count)
    names = [f"app.p{number // 10}.m{number}" for number in range(count)]
    files = {"app/__init__.py": ""}
    for number, name in enumerate(names):
        files.setdefault(f"app/p{number // 10}/__init__.py", "")
        behind = names[number + 1 : number + 60]
        lines = [
            f"from {other} import f as f{at}"
            for at, other in enumerate(chosen.sample(behind, min(4, len(behind))))
        ]
        calls = ["    return (" + "".join(f"f{at}, " for at in range(len(lines))) + ")"]
        if number % 50 == 49:
            heavy = f"heavy{chosen.randrange(HEAVY)}"
            lines.append(f"import {heavy}")
            if chosen.random() < 0.3:
                lines.append(f"READY = {heavy}.ready()")
            else:
                calls.insert(0, f"    {heavy}.use()")
        body = "\n".join(f"def g{at}(x):\n    return [x, {at}]\n" for at in range(6))
        files[name.replace(".", "/") + ".py"] = "\n".join([*lines, body, "def f():", *calls, ""])
    return world(files)


def timed(ask: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    answer = ask()
    return answer, time.process_time() - started


def measure(count: int, runs: int) -> str:
    made = tree_of(count)
    modules = made.link(Root(""))
    entrypoint = entrypoint_at("app/p0/m0.py", "app.p0.m0")
    found = []
    for _ in range(runs):
        calls = Calls(modules, Bodies(made.files.__getitem__))
        ask = partial(trace, entrypoint, modules, target_environment=LINUX, calls=calls)
        _, traced = timed(ask)
        lines, spent = timed(partial(cut_all, made, calls, entrypoint))
        found.append((traced, spent))
    traced, spent = map(min, zip(*found, strict=True))
    return f"| {count} | {len(modules.linked)} | {traced:.2f} | {spent:.2f} | {lines} |"


def cut_all(made: World, calls: Calls, entrypoint: Entrypoint) -> int:
    """Cut each heavy distribution out of the start; return how many lines that takes."""
    graph = startup_graph(entrypoint, calls, [LINUX])
    assert graph is not None
    cutter = Cutter(graph, Deferrals(graph, Sources(made.files.__getitem__)))
    lines = 0
    for number in range(HEAVY):
        heavy = [
            line
            for line in graph.lines
            if any(one.module == f"heavy{number}" for one in line.outside)
        ]
        cut = cutter.cut(heavy)
        lines += len(cut.lines) if cut else 0
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="the quickest of so many counts")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    rows = [
        "| modules | files | trace, s | unlocks, s | lines cut |",
        "|---|---|---|---|---|",
        *(measure(count, arguments.runs) for count in (400, 5000)),
        "",
        "",
    ]
    print("\n".join(rows))
    if arguments.report:
        arguments.report.write_text("\n".join(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
