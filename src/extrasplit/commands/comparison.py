"""`diff`: what a commit or a pull request brings into the images."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from packaging.utils import canonicalize_name

from extrasplit.commands.answering import shown
from extrasplit.edges.answers import Answer
from extrasplit.errors import ExtrasplitError
from extrasplit.pipeline import Analysis
from extrasplit.report import contract
from extrasplit.report.assemble import suggest_report
from extrasplit.report.difference import compare, read_limit

if TYPE_CHECKING:
    from networkx import DiGraph

    from extrasplit.report.difference import Paths

NOW: Final = "now"
"""What the project as it lies there is called."""


def run_diff(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer what came, went and grew since BASE; 1 where a variant grew by more than allowed."""
    limit = read_limit(arguments.fail_over) if arguments.fail_over else None
    base = arguments.base
    with _base_side(analysis, base) as before:
        head_report = report_of_today(analysis)
        paths = {NOW: lock_paths(analysis)}
        if isinstance(before, Analysis):
            paths[base] = lock_paths(before)
            before = report_of_today(before)
        report = compare(before, head_report, names=(base, NOW), paths=paths, limit=limit)
    exit_code = int(bool(report.exceeded))
    match arguments.format:
        case "json":
            text = contract.to_json(report)
        case "markdown":
            from extrasplit.report.markdown import render_diff

            text = render_diff(report)
        case _:
            from extrasplit.report.questions import diff_blocks

            text = shown(diff_blocks(report))
    return Answer(text, exit_code, lasting=False)


def report_of_today(analysis: Analysis) -> contract.SuggestReport:
    """Return the report of today's images: recorded variants, or what the entrypoints have."""
    return suggest_report(
        analysis.ground,
        analysis.today,
        (),
        base_image=analysis.base_image,
        retained=analysis.retained_bytes(analysis.today),
    )


def lock_paths(analysis: Analysis) -> Paths:
    """Return what tells the shortest lock path to a distribution in one of today's images."""
    from extrasplit.lock.graph import build_graph, paths_to

    extras = {variant.name: variant.extras for variant in analysis.today.variants}

    @cache
    def graph_of(variant: str) -> DiGraph:
        return build_graph(analysis.closure(extras=extras[variant]), {})

    def path_to(variant: str, distribution: str) -> list[str]:
        found = paths_to(graph_of(variant), canonicalize_name(distribution))
        return [step.name for step in found[0]] if found else []

    return path_to


@contextmanager
def _base_side(analysis: Analysis, base: str) -> Iterator[Analysis | contract.SuggestReport]:
    """Yield the other side: a saved report, the project with another lock, or at a revision."""
    file = Path(base)
    if file.is_file() and file.suffix == ".json":
        yield _saved_report(file)
    elif file.is_file():
        with tempfile.TemporaryDirectory(prefix="extrasplit-") as folder:
            yield _with_lock(analysis, file, Path(folder))
    else:
        from extrasplit.edges.revisions import checked_out

        with checked_out(analysis.lock_root, base) as folder:
            yield _at_revision(analysis, base, folder)


def _saved_report(file: Path) -> contract.SuggestReport:
    try:
        return contract.read_suggest(file.read_bytes())
    except msgspec.ValidationError as error:
        raise ExtrasplitError(
            f"{file} is no report of `extrasplit suggest --format json`: {error}",
            hint="save one anew",
        ) from None
    except msgspec.DecodeError as error:
        raise ExtrasplitError(f"{file} is no JSON: {error}", hint="save it anew") from None


def _with_lock(analysis: Analysis, lock: Path, folder: Path) -> Analysis:
    """Lay the project out in `folder` with another lock; only files that are read are copied."""
    from extrasplit.edges.files import list_files

    listing = list_files(analysis.lock_root)
    for path in listing.stats:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(listing.read(path))
    (folder / "uv.lock").write_bytes(lock.read_bytes())
    return analysis.beside(_same_place(analysis, folder))


def _at_revision(analysis: Analysis, base: str, folder: Path) -> Analysis:
    """Return the project as it was; a revision without a lock is locked as close to today's.

    uv keeps the versions that a lock names where they still do, so that a project that commits no
    lock shows what the commits changed and not what was published since.
    """
    root = _same_place(analysis, folder)
    if not (root / "pyproject.toml").is_file():
        raise ExtrasplitError(
            f"{analysis.root} had no pyproject.toml at {base}",
            hint="name a revision in which the project was there",
        )
    before = analysis.beside(root)
    if not (before.lock_root / "uv.lock").is_file() and not analysis.options.frozen:
        today = analysis.lock_root / "uv.lock"
        if today.is_file() and not analysis.options.offline:
            from extrasplit.edges.uv import Uv, find_uv

            (before.lock_root / "uv.lock").write_bytes(today.read_bytes())
            Uv(find_uv()).lock(before.lock_root)
    return before


def _same_place(analysis: Analysis, folder: Path) -> Path:
    """Return where the project lies in a copy of its lock's folder."""
    return folder / analysis.root.relative_to(analysis.lock_root)
