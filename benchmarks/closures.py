"""Holds extrasplit's closures against `uv export --frozen`, on real locks made here and now.

    python benchmarks/closures.py [--slice N] [--locks FOLDER] [--lock-with UV] [--report FILE]

Every folder of `benchmarks/locks` is a project whose date is pinned by `exclude-newer`. Its lock
is made by uv (metadata only: nothing is downloaded to be installed), then every combination of
its extras is exported and compared on three targets. Exit code 1 where one package differs, 3
where uv cannot lock.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from uv import find_uv_bin

from extrasplit.lock.closure import close, find_conflict
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Lock, PackageKey, read_lock

PROJECTS = Path(__file__).parent / "locks"
PLATFORMS = (("linux/amd64", "glibc"), ("linux/arm64", "musl"), ("windows/amd64", "glibc"))
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
MOST_COMBINATIONS = 64
"""All subsets of six extras; of more, the small and the large ones come first."""


@dataclass
class Result:
    """What the comparison of one member of one lock found."""

    lock: str
    member: str
    revision: int
    packages: int
    extras: int
    combinations: int = 0
    refused: int = 0
    """Combinations that conflict: uv refuses them too."""
    comparisons: int = 0
    differences: list[str] = field(default_factory=list)
    read_ms: float = 0.0
    close_ms: float = 0.0
    """The slowest closure."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--slice", type=int, metavar="N", help="only N projects, 8 combinations")
    parser.add_argument("--locks", type=Path, help="keep the locks in this folder, and use them")
    parser.add_argument("--lock-with", metavar="UV", help="an older uv that makes the locks")
    parser.add_argument("--report", type=Path, help="write the dated table to this file")
    parser.add_argument("projects", nargs="*", help="folders of benchmarks/locks (default: all)")
    options = parser.parse_args()
    names = options.projects or sorted(path.name for path in PROJECTS.iterdir() if path.is_dir())
    uv = options.lock_with or find_uv()
    most = 8 if options.slice else MOST_COMBINATIONS
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.locks or Path(scratch)
        results = [
            result
            for name in names[: options.slice]
            for result in compare_project(lock_project(name, folder, uv), most)
        ]
    table = render(results)
    print(table)
    differences = [line for result in results for line in result.differences]
    print(*differences[:40], sep="\n", file=sys.stderr)
    if options.report:
        options.report.write_text(header(results) + table + "\n", encoding="utf-8")
    return 1 if differences else 0


def find_uv() -> str:
    return os.environ.get("UV") or find_uv_bin()


def run_uv(
    folder: Path, *arguments: str, uv: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [uv or find_uv(), *arguments, "--project", str(folder), "--python", sys.executable],
        capture_output=True,
        text=True,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"},
    )


def lock_project(name: str, folder: Path, uv: str) -> Path:
    """Copy the project and let uv lock it; a lock that is there already is used."""
    root = folder / name
    shutil.copytree(PROJECTS / name, root, dirs_exist_ok=True)
    if not (root / "uv.lock").exists():
        done = run_uv(root, "lock", uv=uv)
        if done.returncode:
            print(f"{name}: uv lock failed\n{done.stderr}", file=sys.stderr)
            sys.exit(3)
    return root


def compare_project(root: Path, most: int) -> Iterator[Result]:
    """Compare each member of the project's workspace, which is mostly itself alone."""
    started = time.process_time()
    lock = read_lock((root / "uv.lock").read_bytes(), str(root / "uv.lock"))
    read_ms = (time.process_time() - started) * 1000
    document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for member in lock.members or (canonicalize_name(document["project"]["name"]),):
        package = lock.member(member)
        assert package is not None
        extras = sorted({*(package.provides_extras or ()), *package.optional})
        groups = sorted(package.groups)
        result = Result(
            root.name, member, lock.revision, len(lock.packages), len(extras), read_ms=read_ms
        )
        for chosen in combinations([*extras, *(f"group {name}" for name in groups)], most):
            compare_choice(root, lock, member, chosen, result)
        yield result


def combinations(names: list[str], most: int) -> list[tuple[str, ...]]:
    """Return every subset, alternating small and large ones where there are too many."""
    by_size = [list(itertools.combinations(names, size)) for size in range(len(names) + 1)]
    ordered: list[tuple[str, ...]] = []
    while any(by_size):
        ordered += by_size.pop(0)
        ordered += by_size.pop() if by_size else []
    return ordered[:most]


def compare_choice(
    root: Path, lock: Lock, member: NormalizedName, chosen: tuple[str, ...], result: Result
) -> None:
    extras = [canonicalize_name(name) for name in chosen if not name.startswith("group ")]
    groups = [canonicalize_name(name[6:]) for name in chosen if name.startswith("group ")]
    arguments = [f"--extra={name}" for name in extras] + [f"--group={name}" for name in groups]
    exported = run_uv(
        root, "export", "--frozen", "--offline", "--no-hashes", "--no-header", "--no-annotate",
        "--no-emit-project", "--no-default-groups", "--package", member, *arguments,
    )  # fmt: skip
    if exported.returncode:
        if "incompatible with the declared conflicts" not in exported.stderr:
            raise SystemExit(f"{root.name} {chosen}: {exported.stderr}")
        result.refused += 1
        if not find_conflict(lock, member, extras, groups):
            result.differences.append(f"{root.name} {member} {list(chosen)}: only uv refuses it")
        return
    if find_conflict(lock, member, extras, groups):
        result.differences.append(
            f"{root.name} {member} {list(chosen)}: only extrasplit refuses it"
        )
    result.combinations += 1
    for target in targets(lock):
        started = time.process_time()
        closure = close(lock, member, target, extras=extras, groups=groups)
        result.close_ms = max(result.close_ms, (time.process_time() - started) * 1000)
        ours = {spell(key) for key in closure.packages}
        theirs = set(read_export(exported.stdout, target))
        result.comparisons += 1
        result.differences += [
            f"{root.name} {member} {list(chosen)} {target.python} {target.platform}: "
            f"{'only extrasplit' if line in ours else 'only uv'} has {line}"
            for line in sorted(ours ^ theirs)
        ]


def targets(lock: Lock) -> Iterator[Target]:
    """Yield three targets: the lowest, the middle and the highest Python on three systems."""
    allowed = [python for python in PYTHONS if f"{python}.0" in SpecifierSet(lock.requires_python)]
    for python, (platform, libc) in zip(
        (allowed[0], allowed[len(allowed) // 2], allowed[-1]), PLATFORMS, strict=True
    ):
        yield Target(python, platform, "musl" if libc == "musl" else "glibc")


def spell(key: PackageKey) -> str:
    """Write a package as `uv export` does: by version, by URL, or by path where it is local."""
    kind, _, location = key.source.partition("+")
    match kind:
        case "registry":
            return f"{key.name}=={key.version}"
        case "git":
            url, _, commit = location.partition("#")
            return f"{key.name} @ git+{url.partition('?')[0]}@{commit}"
        case "url":
            return f"{key.name} @ {location}"
        case _:
            return location


def read_export(text: str, target: Target) -> Iterator[str]:
    """Yield the requirements of an export whose markers hold on the target."""
    environment = {**target.marker_environment(), "extra": ""}
    for line in filter(None, map(str.strip, text.splitlines())):
        requirement, _, marker = line.partition(" ; ")
        if not marker or Marker(marker).evaluate(environment):
            yield requirement.removeprefix("-e ").removeprefix("./").strip()


def render(results: list[Result]) -> str:
    heads = ("lock", "member", "revision", "packages", "extras", "combinations")
    heads += ("refused by both", "compared", "differences", "read, CPU ms", "slowest, CPU ms")
    rows = [heads, tuple("---" for _ in heads)]
    rows += [
        (
            result.lock,
            result.member,
            str(result.revision),
            str(result.packages),
            str(result.extras),
            str(result.combinations),
            str(result.refused),
            str(result.comparisons),
            str(len(result.differences)),
            f"{result.read_ms:.0f}",
            f"{result.close_ms:.1f}",
        )
        for result in results
    ]
    compared = sum(result.comparisons for result in results)
    differences = sum(len(result.differences) for result in results)
    locks = len({result.lock for result in results})
    rows_text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{rows_text}\n\n{locks} locks, {compared} closures compared, {differences} differences"


def header(results: list[Result]) -> str:
    said = subprocess.run([find_uv(), "--version"], capture_output=True, text=True).stdout
    version = said.split()[1]
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        "# Closures against uv\n\n"
        f"{today}, uv {version}, CPython {python}; `python benchmarks/closures.py --report "
        "reports/closures.md`. Every combination of extras and groups (at most "
        f"{MOST_COMBINATIONS} a member) of every lock, on three targets each, package by package "
        "and version by version, against `uv export --frozen` with its markers evaluated for the "
        "target.\n\n"
    )


if __name__ == "__main__":
    sys.exit(main())
