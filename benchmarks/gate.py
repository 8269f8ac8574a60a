"""How long the hook takes, beside an empty interpreter start and deptry on the same tree.

    python benchmarks/gate.py [--files 3000 20000] [--runs 7] [--extrasplit PATH] [--deptry PATH]
                              [--project FOLDER] [--report FILE]

Every tree is generated: modules of about 100 lines that import the standard library, each other
and distributions from a loopback index, all reachable from one console script. Seconds are medians
of whole processes, in one run; beside the wall clock stands the processor's time, which other work
on the machine disturbs less. What changes is a file that the console script reaches. With
`--project FOLDER` a project is measured as it lies there, on a copy.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from extrasplit.edges.cache import READ_OF_PROJECTS
from support.index import LocalIndex
from support.uv import run_uv

DISTRIBUTIONS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")
STANDARD = ("os", "sys", "json", "re", "logging", "pathlib", "typing", "collections", "datetime")
FANOUT = 8


@dataclass(frozen=True)
class Row:
    tree: str
    what: str
    wall: float
    processor: float


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, nargs="*", default=[3000])
    parser.add_argument("--runs", type=int, default=7)
    beside = Path(sys.executable).parent / "extrasplit"
    parser.add_argument("--extrasplit", type=Path, default=beside, help="an installed extrasplit")
    parser.add_argument("--deptry", type=Path, help="an installed deptry to compare with")
    parser.add_argument("--project", type=Path, help="a project with a lock, measured on a copy")
    parser.add_argument("--report", type=Path, help="write the dated table to this file")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch, LocalIndex(Path(scratch) / "index") as index:
        for name in DISTRIBUTIONS:
            index.wheel(name)
        if options.project:
            tree = Path(scratch) / options.project.name
            shutil.copytree(options.project, tree, ignore=shutil.ignore_patterns(".venv"))
            rows += measure(tree, options.project.name, tree / "src", options)
        for count in options.files:
            tree = generate(Path(scratch) / f"tree{count}", count, index)
            rows += measure(tree, f"{count:,} files", tree / "src", options)
    table = render(rows, options.runs)
    print(table)
    if options.report:
        options.report.write_text(table + "\n", encoding="utf-8")
    return 0


def generate(tree: Path, count: int, index: LocalIndex) -> Path:
    """Write a package of `count` modules; each imports the next ones of a tree."""
    package = tree / "src" / "big"
    for number in range(count):
        folder = package / f"part{number // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        (folder / f"m{number}.py").write_text(module(number, count), encoding="utf-8")
    (package / "__init__.py").touch()
    (package / "cli.py").write_text("from big.part0 import m0\n\n\ndef main():\n    return m0\n")
    (tree / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        '[project]\nname = "big"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f'dependencies = {list(DISTRIBUTIONS)}\n\n[project.scripts]\nbig = "big.cli:main"\n\n'
        f'[[tool.uv.index]]\nurl = "{index.url}"\ndefault = true\n'
    )
    run_uv("lock", cwd=tree)
    return tree


def module(number: int, count: int) -> str:
    imports = [f"import {name}" for name in STANDARD[number % 5 : number % 5 + 4]]
    imports.append(f"import {DISTRIBUTIONS[number % len(DISTRIBUTIONS)]}")
    children = range(number * FANOUT + 1, min(number * FANOUT + 1 + FANOUT, count))
    imports += [f"from big.part{child // 50} import m{child}" for child in children]
    functions = [
        f'def work{n}(value, scale={n}):\n    """Return value, scaled."""\n'
        f"    total = 0\n    for step in range(scale):\n        total += value * step\n"
        f'    if total > {n}:\n        return "{number}", total\n    return None, total\n'
        for n in range(9)
    ]
    return "\n".join(imports) + "\n\n\n" + "\n\n".join(functions)


def measure(tree: Path, name: str, source: Path, options: argparse.Namespace) -> list[Row]:
    cache = tree.parent / f"cache-{tree.name}"
    env = os.environ | {"EXTRASPLIT_CACHE_DIR": str(cache)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    check = [str(options.extrasplit.absolute()), "check", "--quiet", str(tree)]
    python = str(options.extrasplit.absolute().parent / "python")
    edited = next(path for path in sorted(source.rglob("*.py")) if path.stat().st_size > 500)
    original = edited.read_text("utf-8")
    serial = iter(range(1_000_000))

    def forget() -> None:
        for kind in READ_OF_PROJECTS:
            shutil.rmtree(cache / kind, ignore_errors=True)

    def comment() -> None:
        edited.write_text(f"{original}# {next(serial)}\n", "utf-8")

    def another_import() -> None:
        """Add an import and move all others: each chain through this file is another one."""
        number = next(serial)
        added = f"import {STANDARD[number % len(STANDARD)]}\n" + "\n" * (number + 1)
        edited.write_text(added + original, "utf-8")

    def run(what: str, argv: list[str], before: Callable[[], None] = lambda: None) -> Row:
        seconds = []
        for _ in range(options.runs + 1):  # the first warms up
            before()
            seconds.append(seconds_of(argv, env, tree))
        wall, processor = zip(*seconds[1:], strict=True)
        return Row(name, what, statistics.median(wall), statistics.median(processor))

    seconds_of([*check, "--online"], env, tree)
    rows = [
        run("empty interpreter start", [python, "-c", "pass"]),
        run("check, nothing changed", check),
        run("check, one comment changed", check, comment),
        run("check, one import changed", check, another_import),
        run("check, nothing remembered but facts", check, forget),
    ]
    if options.deptry:
        rows.append(run("deptry", [str(options.deptry.absolute()), str(tree)]))
    return rows


def seconds_of(argv: list[str], env: dict[str, str], cwd: Path) -> tuple[float, float]:
    """Return wall and processor seconds of one process and its children."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        argv, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def render(rows: list[Row], runs: int) -> str:
    today = datetime.datetime.now(datetime.UTC).date()
    load = os.getloadavg()[0]
    lines = [
        "# How long the hook takes",
        "",
        (
            f"{today}, {os.cpu_count()} cores (load {load:.1f}), "
            f"CPython {platform.python_version()}, medians of {runs} runs of whole processes: "
            "`python benchmarks/gate.py`."
        ),
        "",
        "| tree | what | wall, s | processor, s | x empty start | x deptry |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        others = {other.what: other.processor for other in rows if other.tree == row.tree}
        start, deptry = others["empty interpreter start"], others.get("deptry")
        beside = f"{row.processor / deptry:.2f}" if deptry else ""
        lines.append(
            f"| {row.tree} | {row.what} | {row.wall:.3f} | {row.processor:.3f} "
            f"| {row.processor / max(start, 0.001):.1f} | {beside} |"
        )
    lines += ["", "Ratios are of the processor's time; the wall clock is that of a shared machine."]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
