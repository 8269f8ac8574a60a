"""Holds predicted sizes against what uv really installs, and our time against installing.

    python benchmarks/sizes.py [--slice N] [--runs N] [--report FILE] [--folder FOLDER]

Real distributions, at the versions of one day, are locked for linux/amd64 and this Python. uv
installs them with a cold cache and `du` counts (that is the alternative to extrasplit), then syncs
them into an environment, compiles, and every file is measured. extrasplit reads the same lock cold
and warm, each time in a process of its own, interpreter start included. Exits with 1 where a goal
is missed; `--slice` (for CI) takes the first N requirements and judges sizes only.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

EXCLUDE_NEWER = "2026-11-01T00:00:00Z"
REQUIREMENTS = tuple((Path(__file__).parent / "sizes.in").read_text("utf-8").split())
LEAST_COLD, LEAST_WARM = 8.0, 20.0
MOST_FETCHED, MOST_OFF, MOST_BYTECODE_OFF = 0.03, 0.001, 0.10

PYTHON = ".".join(map(str, sys.version_info[:3]))
"""With its patch release: uv's markers ask for it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One distribution, in bytes."""

    name: str
    predicted: int
    measured: int

    @property
    def off(self) -> float:
        return abs(self.predicted - self.measured) / max(self.measured, 1)


def main() -> int:
    if sys.argv[1:2] == ["--read"]:
        return read(Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--slice", type=int, default=len(REQUIREMENTS), metavar="N")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    options = parser.parse_args()
    sliced = options.slice < len(REQUIREMENTS)
    with tempfile.TemporaryDirectory(prefix="sizes-", dir=options.folder) as folder:
        found = measure(Path(folder), options.slice, 1 if sliced else options.runs)
        report, missed = render(found), found.missed(sizes_only=sliced)
        # Before the folder is removed, which takes longer than all the rest on some disks.
        print(report, flush=True)
        for goal in missed:
            print(f"missed: {goal}", file=sys.stderr)
        if options.report:
            options.report.parent.mkdir(parents=True, exist_ok=True)
            options.report.write_text(report, "utf-8")
    return 1 if missed else 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of the benchmark found; sizes in bytes, times in seconds."""

    uv: str
    rows: list[Row]
    wheels: int
    fetched: int
    bytecode: Row
    installing: list[float]
    cold: list[float]
    warm: list[float]

    @property
    def whole(self) -> Row:
        rows = self.rows
        return Row("all", sum(row.predicted for row in rows), sum(row.measured for row in rows))

    def ratio(self, seconds: list[float]) -> float:
        return statistics.median(self.installing) / statistics.median(seconds)

    def differences(self) -> list[tuple[str, float, float]]:
        """Return what was compared, how far it is off, and how far it may be."""
        worst = max(self.rows, key=lambda row: row.off)
        return [
            (f"worst of {len(self.rows)} distributions: {worst.name}", worst.off, MOST_OFF),
            ("all distributions together", self.whole.off, MOST_OFF),
            ("bytecode of the closure", self.bytecode.off, MOST_BYTECODE_OFF),
            ("bytes fetched / bytes of wheels", self.fetched / self.wheels, MOST_FETCHED),
        ]

    def missed(self, *, sizes_only: bool) -> list[str]:
        missed = [name for name, found, goal in self.differences() if found > goal]
        if not sizes_only:
            missed += ["cold time"] * (self.ratio(self.cold) < LEAST_COLD)
            missed += ["warm time"] * (self.ratio(self.warm) < LEAST_WARM)
        return missed


def measure(folder: Path, count: int, runs: int) -> Measured:
    """Lock, install, read, sync and compile the first `count` requirements."""
    project = make_project(folder / "project", count)
    pins, answer = folder / "pins.txt", folder / "facts.json"
    exported = uv(project, "export", "--frozen", "--no-hashes", "--no-emit-project", "--quiet")
    pins.write_text(exported, "utf-8")
    installing, cold, warm = [], [], []
    for run in range(runs):
        # Side by side: whatever else the machine does, it does to all three.
        cache = folder / f"cache-{run}"
        installing.append(timed(install, folder / f"installed-{run}", pins))
        cold.append(timed(read_apart, project, cache, answer))
        warm.append(timed(read_apart, project, cache, folder / "warm.json"))
    answered = json.loads(answer.read_text("utf-8"))
    packages = answered["packages"]
    foreseen = sum(fact["bytecode_bytes"] for fact in packages.values())
    return Measured(
        uv=uv(project, "--version").partition(" (")[0].strip(),
        rows=compare(project, folder, packages),
        wheels=sum(fact["wheel_bytes"] for fact in packages.values()),
        fetched=answered["fetched_bytes"],
        bytecode=Row("bytecode", foreseen, compile_all(project, folder)),
        installing=installing,
        cold=cold,
        warm=warm,
    )


def render(found: Measured) -> str:
    """Return the dated table."""
    whole, code = found.whole, found.bytecode
    exact = sum(not row.off for row in found.rows)
    off = [
        f"| {name} | {off:.4%} | at most {goal:.1%} |" for name, off, goal in found.differences()
    ]
    times = [
        f"| {name} | {statistics.median(seconds):.2f} | {found.ratio(seconds):.1f} | {goal} |"
        for name, seconds, goal in (
            ("cold `uv pip install --target`, then `du`", found.installing, ""),
            ("extrasplit, cold", found.cold, f"at least {LEAST_COLD:.0f}"),
            ("extrasplit, warm", found.warm, f"at least {LEAST_WARM:.0f}"),
        )
    ]
    return f"""\
# Sizes: predicted and measured

Made by `python benchmarks/sizes.py` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores,
Python {PYTHON}, linux/amd64, {found.uv}, versions of {EXCLUDE_NEWER[:10]}.

{len(found.rows)} distributions, {mb(found.wheels)} of wheels, {mb(whole.measured)} installed,
{mb(code.measured)} of bytecode ({mb(code.predicted)} foreseen), {mb(found.fetched)} fetched.
Exact to the byte: {exact} of {len(found.rows)}.

| difference | found | goal |
|---|---:|---:|
{chr(10).join(off)}

| wall time, median of {len(found.cold)} side by side | seconds | installing / it | goal |
|---|---:|---:|---:|
{chr(10).join(times)}
"""


def mb(size: int) -> str:
    return f"{size / 1e6:.2f} MB"


def make_project(folder: Path, count: int) -> Path:
    """Write and lock a project with the first `count` requirements."""
    folder.mkdir()
    wanted = ",\n".join(f'    "{text}"' for text in REQUIREMENTS[:count])
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "app"\nversion = "1"\nrequires-python = "=={PYTHON}"\n'
        f"dependencies = [\n{wanted},\n]\n\n[tool.uv]\n"
        f'exclude-newer = "{EXCLUDE_NEWER}"\nno-build = true\n'
        "environments = [\"sys_platform == 'linux' and platform_machine == 'x86_64'\"]\n",
        "utf-8",
    )
    uv(folder, "lock", "--quiet")
    return folder


def install(folder: Path, pins: Path) -> None:
    """Do what one does today: install everything, count it."""
    folder.mkdir()
    target, cache = folder / "target", folder / "cache"
    uv(
        folder, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(target),
        "--no-deps", "-r", str(pins), cache=cache,
    )  # fmt: skip
    subprocess.run(["du", "-s", "--apparent-size", str(target)], check=True, capture_output=True)


def compare(project: Path, folder: Path, packages: dict[str, dict[str, int]]) -> list[Row]:
    """Sync the environment and return each distribution, every installed file counted once."""
    uv(project, "venv", "--quiet", "--python", sys.executable)
    environment = project / ".venv"
    before = set(files_of(environment))
    uv(project, "sync", "--frozen", "--quiet", cache=folder / "uv-sync")
    added = {path: path.lstat().st_size for path in files_of(environment) if path not in before}
    rows = []
    for record in sorted(environment.glob("lib/python*/site-packages/*.dist-info/RECORD")):
        site = record.parent.parent
        with record.open(newline="", encoding="utf-8") as file:
            paths = {Path(os.path.normpath(site / row[0])) for row in csv.reader(file) if row}
        name = record.parent.name.partition("-")[0].lower().replace("_", "-").replace(".", "-")
        fact = packages[name]
        # Scripts name the interpreter by its path, which is longer here than in an image.
        longer = len(str(environment / "bin/python")) - len("/app/.venv/bin/python")
        predicted = fact["installed_bytes"] + fact["shebangs"] * longer
        rows.append(Row(name, predicted, sum(added.pop(path, 0) for path in paths)))
    if added:
        raise SystemExit(f"no RECORD lists {len(added)} files: {sorted(map(str, added))[:5]}")
    return rows


def compile_all(project: Path, folder: Path) -> int:
    """Return the bytes that `uv sync --compile-bytecode` adds."""
    uv(project, "sync", "--frozen", "--quiet", "--compile-bytecode", cache=folder / "uv-sync")
    compiled = [path for path in files_of(project / ".venv") if path.suffix == ".pyc"]
    return sum(path.stat().st_size for path in compiled)


def files_of(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.name != ".lock" and (path.is_file() or path.is_symlink()):
            yield path


def timed(step: Callable[..., object], *arguments: object) -> float:
    begun = time.perf_counter()
    step(*arguments)
    return time.perf_counter() - begun


def uv(folder: Path, *arguments: str, cache: Path | None = None) -> str:
    """Run uv and return what it prints."""
    from extrasplit.edges.uv import find_uv

    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    where = ["--cache-dir", str(cache)] if cache else []
    done = subprocess.run(
        [find_uv(), *arguments, *where], cwd=folder, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"uv {' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def read_apart(project: Path, cache: Path, answer: Path) -> None:
    """Read lock and wheels in a new process."""
    command = [sys.executable, __file__, "--read", str(project), str(cache), str(answer)]
    subprocess.run(command, check=True)


def read(project: Path, cache: Path, answer: Path) -> int:
    """Close the lock, gather the facts of the closure, and write them down."""
    from extrasplit.edges.facts import read_facts
    from extrasplit.edges.memory import Memory
    from extrasplit.edges.progress import Silence
    from extrasplit.lock.closure import close
    from extrasplit.lock.target import Target
    from extrasplit.lock.uvlock import read_lock
    from extrasplit.wheels.selection import choose_wheel

    path = project / "uv.lock"
    lock, target = read_lock(path.read_bytes(), str(path)), Target(PYTHON)
    member = next(key.name for key in lock.packages if key.source.startswith("virtual"))
    chosen = [lock.packages[key] for key in close(lock, member, target).packages]
    with Memory(cache) as store:
        facts = read_facts(
            [(package, choose_wheel(package, target)) for package in chosen],
            store=store, progress=Silence(), offline=False, lock_root=project,
            python=PYTHON,
        )  # fmt: skip
    index = sys.modules.get("extrasplit.edges.index")
    packages = {
        key.name: {
            field: getattr(fact, field)
            for field in ("installed_bytes", "wheel_bytes", "bytecode_bytes", "shebangs")
        }
        for key, fact in facts.items()
    }
    fetched = index.Index.fetched_bytes if index else 0
    answer.write_text(json.dumps({"fetched_bytes": fetched, "packages": packages}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
