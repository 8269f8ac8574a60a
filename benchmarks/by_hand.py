"""Holds unlocks against what maintainers changed when they split by hand.

    python benchmarks/by_hand.py [--only NAME] [--slice N] [--work DIR] [--report FILE]

Each case of by_hand.toml is two releases on PyPI: the last one before heavy requirements left the
plain install, and the one after. A project is made of the sdist before: its packages, its scripts
and the requirements of a plain install, locked as of that day, and analysed as any other.

*By hand*: the import statements that load what left, directly or through a module of the project,
and that are gone, deferred or guarded in the release after; and the bytes of what only the moved
requirements bring. *Ours*: the import lines that `unlock` names on the release before, all that are
shown made together, and the bytes that the plan and they free.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

sys.path.insert(0, str(Path(__file__).parent))

from published import Release, Sdists, array, closure_of, names_of, read_release, scripts_of, weigh

from extrasplit.edges.memory import Memory
from extrasplit.errors import ExtrasplitError
from extrasplit.imports.level import Level
from extrasplit.imports.modules import LinkedFile, Packages, Root, link
from extrasplit.imports.scan import scan
from extrasplit.imports.scanned import Import
from extrasplit.pipeline import Analysis, Options
from extrasplit.split.needs import providers_of
from extrasplit.split.unlocks import Unlock

HERE = Path(__file__).parent
MB = 1_000_000
ASIDE = frozenset({"tests", "test", "docs", "examples", "benchmark", "test_unstructured"})


@dataclass(frozen=True)
class Split:
    """Two releases, and the day on which the first is locked."""

    name: str
    before: str
    after: str
    newer: str
    python: str
    settings: str = ""
    also: tuple[str, ...] = ()
    """Extras that the role is installed with, before the split and after it."""
    gone: tuple[str, ...] = ()
    """Distributions whose pinned version PyPI no longer has: any version of that day serves."""


@dataclass(frozen=True)
class Made:
    """What one side changed, and what it frees."""

    lines: int
    files: int
    bytes: int
    what: str
    mechanical: int = 0


@dataclass(frozen=True)
class Compared:
    """Both sides of one split."""

    split: Split
    packages: int = 0
    fat_bytes: int = 0
    theirs: Made = field(default_factory=lambda: Made(0, 0, 0, ""))
    plan_bytes: int = 0
    """What the plan frees without any line."""
    ours: Made = field(default_factory=lambda: Made(0, 0, 0, ""))
    shown: tuple[str, ...] = ()
    problem: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--slice", type=int, default=0, help="only the first N")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "by-hand")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    table = tomllib.loads((HERE / "by_hand.toml").read_text("utf-8"))
    splits = [
        Split(**{k: tuple(v) if k in ("also", "gone") else v for k, v in one.items()})
        for one in table["split"]
    ]
    splits = [one for one in splits if not options.only or one.name in options.only]
    options.work.mkdir(parents=True, exist_ok=True)
    sdists = Sdists(options.work)
    with Memory() as memory:
        compared = []
        for split in splits[: options.slice or None]:
            compared.append(study(split, sdists, options.work, memory))
            print(compared[-1], file=sys.stderr, flush=True)
    text = "\n".join(render(compared)) + "\n"
    print(text)
    if options.report:
        options.report.write_text(text, encoding="utf-8")
    return int(any(one.problem for one in compared))


def study(split: Split, sdists: Sdists, work: Path, memory: Memory) -> Compared:
    try:
        before = read_release(sdists.get(split.name, split.before))
        after = read_release(sdists.get(split.name, split.after))
        folder = work / f"{split.name}-{split.before}-project"
        if not (folder / "uv.lock").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            make_project(before, folder, split)
        analysis = Analysis(folder, Options(python=split.python), memory=memory)
        return compare(split, analysis, before, after)
    except ExtrasplitError as error:
        return Compared(split, problem=" ".join(str(error).split())[:300])


def packages_of(release: Release) -> list[Path]:
    """Return the import packages of an sdist, by its layout."""
    info = next(iter(sorted(release.folder.rglob("*.egg-info"))), None)
    source = release.folder / "src"
    folder = info.parent if info else source if source.is_dir() else release.folder
    found = sorted(path.parent for path in folder.glob("*/__init__.py"))
    return [path for path in found if path.name not in ASIDE]


def installed(release: Release, split: Split) -> list[str]:
    """Return the requirements of a plain install, and of the extras that the role has."""
    extras = [release.extras.get(canonicalize_name(name), ()) for name in split.also]
    return list(dict.fromkeys([*release.base, *(line for lines in extras for line in lines)]))


def make_project(release: Release, folder: Path, split: Split) -> None:
    """Write a project of what a plain install of the release brings."""
    folder.mkdir(parents=True)
    for package in packages_of(release):
        shutil.copytree(package, folder / package.name)
    unpinned = {canonicalize_name(name) for name in split.gone}
    base = [
        next(iter(names_of([line]))) if names_of([line]) & unpinned else line
        for line in installed(release, split)
    ]
    scripts = [f"{json.dumps(name)} = {json.dumps(target)}" for name, target in scripts_of(release)]
    lines = [
        "[project]",
        f"name = {json.dumps(release.name)}",
        f"version = {json.dumps(release.version)}",
        f'requires-python = "=={split.python}.*"',
        f"dependencies = {array(base)}",
        *(["[project.scripts]", *scripts] if scripts else []),
        "[build-system]",
        'requires = ["hatchling"]',
        'build-backend = "hatchling.build"',
        "[tool.uv]",
        f"exclude-newer = {json.dumps(split.newer)}",
        "environments = [\"sys_platform == 'linux'\"]",
        split.settings,
    ]
    (folder / "pyproject.toml").write_text("\n".join(lines), encoding="utf-8")


def compare(split: Split, analysis: Analysis, before: Release, after: Release) -> Compared:
    base = frozenset(one.name for one in analysis.project.base)
    moved = base - names_of(installed(after, split))
    fat, left = closure_of(analysis, base), closure_of(analysis, base - moved)
    leaving = frozenset(key.name for key in fat - left)
    changed = changed_statements(analysis, leaving, before, after)
    sizes = {name: weigh(analysis, closure_of(analysis, {name}) - left) for name in moved}
    heads = sorted(moved, key=lambda name: (-sizes[name], name))[:4]
    theirs = Made(
        len(changed),
        len({path for path, _ in changed}),
        weigh(analysis, fat) - weigh(analysis, left),
        ", ".join(heads),
    )
    variant = min(
        (one for one in analysis.plan.variants if not one.full),
        key=lambda one: -analysis.unlocks.unlocked_bytes.get(one.name, 0),
    )
    together = [one for one in analysis.unlocks.together if one.variant == variant.name]
    return Compared(
        split,
        len(analysis.lock.packages),
        weigh(analysis, fat),
        theirs,
        weigh(analysis, fat) - variant.installed_bytes,
        ours_of(analysis, together),
        tuple(told(one) for one in analysis.unlocks.shown if one.variant == variant.name),
    )


def ours_of(analysis: Analysis, together: Sequence[Unlock]) -> Made:
    lines = {(line.path, line.line) for one in together for line in one.lines}
    manual = {(one.line.path, one.line.line) for one in analysis.propose_unlocks().manual}
    return Made(
        len(lines),
        len({path for path, _ in lines}),
        sum(one.freed_bytes for one in together),
        "",
        len(lines - manual),
    )


def told(unlock: Unlock) -> str:
    lines = list(dict.fromkeys(f"`{line.path}:{line.line}`" for line in unlock.lines))
    more = f" and {len(lines) - 8} more" if len(lines) > 8 else ""
    names = ", ".join(sorted(names_of(unlock.requirements)))
    where = ", ".join(lines[:8]) + more if lines else "no line"
    return f"{names}: {unlock.freed_bytes / MB:.0f} MB, {where}"


# -- what maintainers changed ----------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """One imported name as it stands: what a maintainer changes."""

    path: str
    scope: str
    module: str
    name: str | None
    level: Level
    answered: bool
    indent: int
    """What a test of the module's own puts before it."""


def changed_statements(
    analysis: Analysis, leaving: frozenset[NormalizedName], before: Release, after: Release
) -> set[tuple[str, int]]:
    """Return file and line of statements that load what leaves, and no longer stand so."""

    def leaves(imported: Import) -> bool:
        if not imported.module:
            return False
        found = providers_of(analysis.ground, imported.module, imported.name)
        return bool(found) and found <= leaving

    old, new = sources_of(before), sources_of(after)
    left = Counter(statement for statement, _ in statements(new))
    changed = set()
    for statement, line in statements(old, leaves):
        if left[statement]:
            left[statement] -= 1
        else:
            changed.add((statement.path, line))
    return changed


def sources_of(release: Release) -> dict[str, bytes]:
    return {
        f"{package.name}/{path.relative_to(package).as_posix()}": path.read_bytes()
        for package in packages_of(release)
        for path in sorted(package.rglob("*.py"))
    }


def statements(
    sources: Mapping[str, bytes], leaves: Callable[[Import], bool] | None = None
) -> list[tuple[Statement, int]]:
    """Return the imports that load what leaves: its own, and those of modules that load it."""
    scans = {path: scan(data, path) for path, data in sources.items()}
    linked = link(scans, Packages(frozenset(sources), (Root(""),))).linked
    loading = files_loading(linked, leaves) if leaves else frozenset(linked)
    return [
        (
            Statement(
                *(path, one.scope, module, one.name, one.level, one.answered),
                indent=len(line) - len(line.lstrip()),
            ),
            one.line,
        )
        for path, file in linked.items()
        for lines in [sources[path].splitlines()]
        for module, one in loading_imports(file, loading, leaves)
        for line in lines[one.line - 1 : one.line]
        if one.level is not Level.TYPING
    ]


def files_loading(
    linked: Mapping[str, LinkedFile], leaves: Callable[[Import], bool]
) -> frozenset[str]:
    """Return the files that load what leaves when they are imported."""
    loading = {
        path
        for path, file in linked.items()
        if any(one.effective is Level.STARTUP and leaves(one) for one in file.externals)
    }
    more = set(loading)
    while more:
        more = {
            path
            for path, file in linked.items()
            if path not in loading
            and any(
                each.imported.effective is Level.STARTUP and not loading.isdisjoint(each.files)
                for each in file.links
            )
        }
        loading |= more
    return frozenset(loading)


def loading_imports(
    file: LinkedFile, loading: frozenset[str], leaves: Callable[[Import], bool] | None
) -> Iterator[tuple[str, Import]]:
    for one in file.externals:
        if leaves is None or leaves(one):
            yield one.module, one
    for each in file.links:
        if not loading.isdisjoint(each.files):
            yield each.module, each.imported


# -- the table -------------------------------------------------------------------------------


def render(compared: Sequence[Compared]) -> Iterator[str]:
    yield (
        "| release | locked | plain install | by hand: moved | lines (files) | frees | "
        "ours: lines (files) | by `unlock` | the plan frees | and the unlocks |"
    )
    yield "|---|---:|---:|---|---:|---:|---:|---:|---:|---:|"
    for one in compared:
        split, theirs, ours = one.split, one.theirs, one.ours
        name = f"{split.name} {split.before} → {split.after}"
        if one.problem:
            yield f"| {name} | | | {one.problem} | | | | | | |"
            continue
        yield (
            f"| {name} | {one.packages} | {mb(one.fat_bytes)} | {theirs.what} | "
            f"{theirs.lines} ({theirs.files}) | {mb(theirs.bytes)} | {ours.lines} ({ours.files}) | "
            f"{ours.mechanical} | {mb(one.plan_bytes)} | {mb(ours.bytes)} |"
        )
    yield ""
    for one in compared:
        for text in one.shown:
            yield f"- {one.split.name} {one.split.before}: {text}"


def mb(size: int) -> str:
    return f"{size / MB:.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
