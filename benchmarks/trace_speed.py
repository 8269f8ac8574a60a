"""How quick the trace is beside deptry, grimp and ruff on the same trees, in one run.

    python benchmarks/trace_speed.py --peers DIR [--cache DIR] [--lines 300000 1000000] [--runs 3]

A tree is made of the largest pure-Python distributions of a closure: their wheels from PyPI, the
packages unpacked into `src` of one project whose entrypoint imports them all. Its code reaches
some half of the files, and no more are read; so the entrypoint of a second project of the same
files names each in a function: there all is read, as the others read all. Every figure is the
median over the runs of whole processes; those of all tools take turns, so that what else the
machine does disturbs each alike. Beside wall time stands processor time (user and system, children
included), which disturbs less. `--peers` names a virtual environment that holds the others.
"""

from __future__ import annotations

import argparse
import json
import keyword
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WHEELS: Mapping[str, str] = {
    "networkx": "3.5",
    "sphinx": "8.2.3",
    "bokeh": "3.8.0",
    "twisted": "25.5.0",
    "dask": "2025.10.0",
    "distributed": "2025.10.0",
    "django": "5.2.7",
    "sympy": "1.14.0",
}
"""Added in this order until a tree has its lines; frameworks that rules speak of come late."""

BREAKS_DEPTRY = (b'import_module(".', b"import_module('.")
"""Files that say so are left out of the trees: deptry 0.25 stops at relative dynamic imports."""

CHANGED = "src/networkx/utils/decorators.py"
"""A file that many others import."""

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "large"
version = "1"
requires-python = ">=3.11"
dependencies = []

[project.scripts]
large = "large_entry:main"
"""

TRACE = """
import sys
from pathlib import Path
from extrasplit.edges.memory import Memory
from extrasplit.pipeline import Analysis, Options
with Memory(Path(sys.argv[2])) as memory:
    analysis = Analysis(Path(sys.argv[1]), Options(python="3.11", frozen=True), memory=memory)
    analysis.__dict__["_tools"] = {}
    traced = analysis.traced
    print(len(traced.traces["large"].reached), len(traced.traces["large"].uses))
"""
"""Discovery, scan, linking and trace; what a lock would add is another benchmark's."""

GRIMP = """
import json, sys
import grimp
graph = grimp.build_graph(*json.loads(sys.argv[1]), include_external_packages=True,
                          cache_dir=sys.argv[2] or None)
print(len(graph.modules), len(graph.find_upstream_modules("large_entry")))
"""


@dataclass(frozen=True)
class Tree:
    """One project to trace."""

    folder: Path
    files: int
    lines: int
    packages: tuple[str, ...]


@dataclass(frozen=True)
class Spent:
    """Seconds of one process and its children."""

    wall: float
    processor: float


def download(name: str, version: str, cache: Path) -> Path:
    """Return a wheel from PyPI, pure where there is one, downloaded once."""
    folder = cache / "wheels" / name
    if not any(folder.glob("*.whl")):
        words = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*words, "-d", str(folder), f"{name}=={version}"], check=True)
    return next(folder.glob("*.whl"))


def grow(lines: int, cache: Path, *, every: bool = False) -> Tree:
    """Return a tree of at least so many lines; with `every` its entrypoint names each module."""
    folder = cache / (f"every-{lines}" if every else f"tree-{lines}")
    source = folder / "src"
    if not (folder / "pyproject.toml").exists():
        shutil.rmtree(folder, ignore_errors=True)
        total = 0
        for name, version in WHEELS.items():
            if total >= lines:
                break
            total += unpack(download(name, version, cache), source)
        tops = sorted(_top_names(source))
        entry = "".join(f"import {top}\n" for top in tops)
        (source / "large_entry").mkdir()
        text = f"{entry}\n\ndef main() -> None: ...\n"
        if every:
            text += f"\n\ndef every() -> None:\n{_imports_of_all(source)}\n"
        (source / "large_entry" / "__init__.py").write_text(text)
        (folder / "pyproject.toml").write_text(PROJECT)
    files = list(source.rglob("*.py"))
    count = sum(path.read_bytes().count(b"\n") for path in files)
    return Tree(folder, len(files), count, tuple(sorted(_top_names(source))))


def _imports_of_all(source: Path) -> str:
    """Return a function's body that imports every module, so that no file is out of reach."""
    paths = sorted(path.relative_to(source).with_suffix("") for path in source.rglob("*.py"))
    names = [path.parts[:-1] if path.name == "__init__" else path.parts for path in paths]
    plain = (parts for parts in names if all(part.isidentifier() for part in parts))
    words = [f"    import {'.'.join(parts)}" for parts in plain if not _is_reserved(parts)]
    return "\n".join(words)


def _is_reserved(parts: Sequence[str]) -> bool:
    return any(keyword.iskeyword(part) for part in parts)


def unpack(wheel: Path, source: Path) -> int:
    """Unpack the Python files of a wheel; return their lines."""
    total = 0
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".py") and ".data/" not in name and name.count("/"):
                data = archive.read(name)
                if any(text in data for text in BREAKS_DEPTRY):
                    continue
                target = source / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                total += data.count(b"\n")
    return total


def _top_names(source: Path) -> set[str]:
    return {
        path.name for path in source.iterdir() if (path / "__init__.py").exists() and path.is_dir()
    }


def run(words: Sequence[object], folder: Path, **variables: str) -> Spent:
    """Run one process to its end; raises where it answers with more than findings."""
    before = os.times()
    started = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - started
    after = os.times()
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise RuntimeError(f"{words[0]}: {done.stderr[-2000:]}")
    spent = after.children_user - before.children_user
    return Spent(wall, spent + after.children_system - before.children_system)


def change(tree: Tree, text: str) -> None:
    """Append a line to a file that many others import."""
    with (tree.folder / CHANGED).open("a") as file:
        file.write(text)


def measure(
    tree: Tree, every: Tree, peers: Path, scratch: Path, runs: int
) -> dict[str, list[Spent]]:
    """Return what each tool spent, run by run."""
    spent: dict[str, list[Spent]] = {}
    names = json.dumps(tree.packages)
    source = tree.folder / "src"

    def note(what: str, work: Callable[[], Spent]) -> None:
        spent.setdefault(what, []).append(work())

    def ours(cache: Path) -> Spent:
        return run([sys.executable, "-c", TRACE, tree.folder, cache], tree.folder)

    def ours_on(tree: Tree, turn: int) -> Spent:
        return run([sys.executable, "-c", TRACE, tree.folder, scratch / f"all-{turn}"], tree.folder)

    def deptry() -> Spent:
        known = ",".join(tree.packages)
        words = [peers / "bin" / "deptry", "src", "--known-first-party", known, "--no-ansi"]
        return run(words, tree.folder)

    def grimp(cache: str) -> Spent:
        python = peers / "bin" / "python"
        return run([python, "-c", GRIMP, names, cache], tree.folder, PYTHONPATH=str(source))

    def ruff() -> Spent:
        return run([peers / "bin" / "ruff", "analyze", "graph", "--quiet", "src"], tree.folder)

    original = (tree.folder / CHANGED).read_bytes()
    for turn in range(runs):
        cache, others = scratch / f"ours-{turn}", str(scratch / f"grimp-{turn}")
        note("extrasplit, cold", lambda cache=cache: ours(cache))
        note("extrasplit, cold, all is reached", lambda turn=turn: ours_on(every, turn))
        note("deptry", deptry)
        note("grimp, cold", lambda others=others: grimp(others))
        note("ruff graph", ruff)
        note("extrasplit, nothing changed", lambda cache=cache: ours(cache))
        change(tree, f"# {turn}\n")
        note("extrasplit, one file changed, same imports", lambda cache=cache: ours(cache))
        note("grimp, one file changed", lambda others=others: grimp(others))
        change(tree, f"import json as json_{turn}\n")
        note("extrasplit, one file and its imports changed", lambda cache=cache: ours(cache))
        (tree.folder / CHANGED).write_bytes(original)
    return spent


def render(tree: Tree, spent: Mapping[str, Sequence[Spent]]) -> list[str]:
    """Return one table in Markdown, ratios to deptry and grimp among it."""
    wall = {what: statistics.median(one.wall for one in all_) for what, all_ in spent.items()}
    processor = {
        what: statistics.median(one.processor for one in all_) for what, all_ in spent.items()
    }
    lines = [
        f"## {tree.lines:,} lines in {tree.files:,} files",
        "",
        "| what | wall, s | x deptry | x grimp | processor, s | x deptry | x grimp |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for what in spent:
        cells = [
            f"{figures[what]:.2f} | {figures[what] / figures['deptry']:.2f} | "
            f"{figures[what] / figures['grimp, cold']:.2f}"
            for figures in (wall, processor)
        ]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return [*lines, ""]


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", type=Path, metavar="DIR", required=True)
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", default=Path(tempfile.gettempdir()) / "traces"
    )
    parser.add_argument("--lines", type=int, nargs="+", default=[300_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--report", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    text = [f"# Speed of the trace, {time.strftime('%Y-%m-%d')}", ""]
    load = f"{os.getloadavg()[0]:.1f}"
    text += [
        f"Medians of {arguments.runs} runs, whole processes; {os.cpu_count()} cores, load {load}.",
        "",
    ]
    for lines in arguments.lines:
        tree, every = grow(lines, arguments.cache), grow(lines, arguments.cache, every=True)
        with tempfile.TemporaryDirectory(prefix="speed-") as scratch:
            spent = measure(tree, every, arguments.peers, Path(scratch), arguments.runs)
            text += render(tree, spent)
    print("\n".join(text))
    if arguments.report:
        arguments.report.write_text("\n".join(text))


if __name__ == "__main__":
    main()
