"""What `check` has to say of an analysis: its findings, without what a baseline accepts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from extrasplit.commands.answering import shown
from extrasplit.edges.answers import Answer
from extrasplit.errors import ExternalError, ExtrasplitError
from extrasplit.findings import Finding, may_be_accepted, read_baseline, render_baseline
from extrasplit.pipeline import Analysis
from extrasplit.report import contract
from extrasplit.report.anchors import anchored, seen_from
from extrasplit.report.assemble import check_report
from extrasplit.report.wording import plural


def judge(analysis: Analysis, arguments: argparse.Namespace, *, sized: bool) -> Answer:
    """Answer what is wrong with the recorded variants; 1 where something is at error level.

    `sized`: the format tells sizes, not findings only.
    Raises ExternalError where no fact of any wheel is at hand.
    """
    facts = analysis.grounds[0].facts
    if facts and not any(fact.lasts for fact in facts.values()):
        raise ExternalError(
            "no facts of the locked wheels are at hand, so nothing can be checked",
            hint="run `extrasplit suggest` once, or `extrasplit check --online`",
        )
    findings: Sequence[Finding] = analysis.findings_today
    if arguments.baseline:
        findings = _beyond_baseline(findings, analysis.root / arguments.baseline)
    report = check_report(analysis.ground, analysis.today, findings, base_image=analysis.base_image)
    report = anchored(report, analysis.pyproject.decode("utf-8", "replace"))
    exit_code = int(any(finding.level == "error" for finding in report.findings))
    if not sized:
        report = seen_from(report, _way_to(analysis.root))
    lasting = analysis.knows_all and not arguments.baseline
    return Answer(_render_check(report, arguments), exit_code, lasting=lasting)


def _beyond_baseline(findings: Sequence[Finding], path: Path) -> Sequence[Finding]:
    """Return what the baseline doesn't hold, and say what it does; it is made where it is missing.

    Raises ExtrasplitError where it cannot be read or written.
    """
    try:
        baseline = read_baseline(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        return _make_baseline(findings, path)
    except (OSError, UnicodeDecodeError) as error:
        raise ExtrasplitError(
            f"{path} cannot be read: {_reason(error)}",
            hint="write --baseline=FILE, or PATH before --baseline",
        ) from None
    new, accepted, gone = baseline.split(findings)
    _say(f"{plural(accepted, 'finding')} accepted by {path}")
    if gone:
        occur = "occurs" if gone == 1 else "occur"
        _say(f"{plural(gone, 'finding')} in it no longer {occur}: delete it, and it is made anew")
    return new


def _make_baseline(findings: Sequence[Finding], path: Path) -> Sequence[Finding]:
    accepted = [finding for finding in findings if may_be_accepted(finding)]
    try:
        path.write_text(render_baseline(accepted), "utf-8")
    except OSError as error:
        raise ExtrasplitError(
            f"{path} cannot be written: {_reason(error)}", hint="name another --baseline"
        ) from None
    _say(f"{plural(len(accepted), 'finding')} accepted; {path} was made: commit it")
    return [finding for finding in findings if not may_be_accepted(finding)]


def _way_to(root: Path) -> str:
    """Return the way from here to the project, with a slash behind it; empty where it is here."""
    here = Path.cwd()
    if root == here or not root.is_relative_to(here):
        return ""
    return f"{root.relative_to(here).as_posix()}/"


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _say(sentence: str) -> None:
    # beside the report, which a machine may read
    sys.stderr.write(f"extrasplit: {sentence}\n")


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
            from extrasplit.report.causes import findings_block
            from extrasplit.report.terminal import sizes_table

            blocks = [sizes_table(report.variants), findings_block(report.findings)]
            return shown(blocks if report.findings else blocks[:1])
        case _:
            from extrasplit.report.lines import render_lines

            return render_lines(report.findings, notes=arguments.verbose)
