"""`check` and `diff`: what a commit or a pull request does to the images."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from packaging.utils import canonicalize_name

from extrasplit.commands.answering import knows_all, shown
from extrasplit.edges.answers import Answer
from extrasplit.errors import ExternalError, ExtrasplitError
from extrasplit.findings import Finding, read_baseline, render_baseline, without_baseline
from extrasplit.pipeline import Analysis
from extrasplit.report import contract

if TYPE_CHECKING:
    from extrasplit.report.difference import Paths

NOW: Final = "now"
"""What the project as it lies there is called in a `diff`."""


def run_check(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer what is wrong with the recorded variants; 1 where something is at error level.

    Raises ExternalError where no fact of any wheel is at hand: it never passes on ignorance.
    """
    from extrasplit.report.assemble import check_report

    facts = analysis.grounds[0].facts
    if facts and not any(fact.exact for fact in facts.values()):
        raise ExternalError(
            "no facts of the locked wheels are at hand, so nothing can be checked",
            hint="run `extrasplit suggest` once, or `extrasplit check --online`",
        )
    findings: Sequence[Finding] = analysis.findings_today
    if arguments.baseline:
        findings = _against_baseline(findings, analysis.root / arguments.baseline)
    report = check_report(analysis.ground, analysis.today, findings, base_image=analysis.base_image)
    exit_code = int(any(finding.level == "error" for finding in report.findings))
    lasting = knows_all(analysis) and not arguments.baseline
    return Answer(_render_check(report, arguments), exit_code, lasting=lasting)


def run_diff(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer what came, went and grew since BASE; 1 where a variant grew by more than allowed."""
    from extrasplit.report.difference import compare, read_limit

    limit = read_limit(arguments.fail_over) if arguments.fail_over else None
    base = arguments.base
    head_report = report_of_today(analysis)
    with _base_side(analysis, base) as before:
        paths = {NOW: _lock_paths(analysis)}
        if isinstance(before, Analysis):
            paths[base] = _lock_paths(before)
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
    from extrasplit.report.assemble import suggest_report

    return suggest_report(
        analysis.ground,
        analysis.today,
        (),
        base_image=analysis.base_image,
        retained=analysis.retained_bytes(analysis.today),
    )


@contextmanager
def _base_side(analysis: Analysis, base: str) -> Iterator[Analysis | contract.SuggestReport]:
    """Yield the other side: a saved report, the project with another lock, or at a revision."""
    file = Path(base)
    if file.is_file() and file.suffix == ".json":
        try:
            yield contract.read_suggest(file.read_bytes())
        except msgspec.ValidationError as error:
            raise ExtrasplitError(
                f"{file} is no report of `extrasplit suggest --format json`: {error}",
                hint="save one anew",
            ) from None
        except msgspec.DecodeError as error:
            raise ExtrasplitError(f"{file} is no JSON: {error}", hint="save it anew") from None
    elif file.is_file():
        with tempfile.TemporaryDirectory(prefix="extrasplit-") as folder:
            root = Path(folder) / analysis.root.name
            shutil.copytree(analysis.root, root, ignore=shutil.ignore_patterns(".*", "uv.lock"))
            shutil.copy(file, root / "uv.lock")
            yield analysis.beside(root)
    else:
        from extrasplit.edges.revisions import checked_out

        with checked_out(analysis.root, base) as root:
            yield analysis.beside(root)


def _lock_paths(analysis: Analysis) -> Paths:
    """Return what tells the shortest lock path to a distribution."""
    from extrasplit.lock.graph import build_graph, paths_to

    graph = build_graph(analysis.closure(extras=analysis.project.extras), {})

    def path_to(distribution: str) -> list[str]:
        found = paths_to(graph, canonicalize_name(distribution))
        return [step.name for step in found[0]] if found else []

    return path_to


def _against_baseline(findings: Sequence[Finding], path: Path) -> Sequence[Finding]:
    """Return what the baseline doesn't hold; make it where it is missing."""
    try:
        accepted = read_baseline(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        try:
            path.write_text(render_baseline(findings), "utf-8")
        except OSError as error:
            raise ExtrasplitError(
                f"{path} cannot be written: {error.strerror}", hint="name another --baseline"
            ) from None
        return ()
    return without_baseline(findings, accepted)


def _render_check(report: contract.CheckReport, arguments: argparse.Namespace) -> str:
    match arguments.format:
        case "json":
            return contract.to_json(report)
        case "markdown":
            from extrasplit.report.markdown import render_check

            return render_check(report)
        case "github":
            from extrasplit.report.annotations import render_github

            return render_github(report.findings)
        case "sarif":
            from extrasplit.report.annotations import render_sarif

            return render_sarif(report.findings)
        case "table":
            from extrasplit.report.terminal import findings_block, images_table

            return shown([images_table(report.variants), findings_block(report.findings)])
        case _:
            from extrasplit.report.lines import render_lines

            return render_lines(report.findings, notes=arguments.verbose)
