"""`suggest`: how to cut the extras, and what that saves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from extrasplit.commands.answering import shown
from extrasplit.edges.answers import Answer
from extrasplit.errors import ExtrasplitError
from extrasplit.pipeline import Analysis
from extrasplit.report import contract

if TYPE_CHECKING:
    from rich.console import RenderableType

    from extrasplit.split.whatif import WhatIf


def run(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer with the plan, in the format that is asked for."""
    report = report_of(analysis, arguments)
    if arguments.output:
        return write_reports(report, Path(arguments.output))
    lasting = analysis.knows_all
    match arguments.format:
        case "json":
            text = contract.to_json(report)
        case "markdown":
            from extrasplit.report.markdown import render_suggest

            text = render_suggest(report)
        case "html":
            from extrasplit.report.html import render_html

            text = render_html(report)
        case _:
            text = shown(_blocks(report))
    return Answer(text, lasting=lasting)


def report_of(analysis: Analysis, arguments: argparse.Namespace) -> contract.SuggestReport:
    """Return the report, what-ifs among it where they are asked for."""
    from extrasplit.report.assemble import suggest_report, unlock_records
    from extrasplit.report.explain import explain, shrink_records, with_severed
    from extrasplit.split.unlocks import with_unlocked_bytes

    ground, plan, findings = analysis.ground, analysis.plan, analysis.findings
    unlocks = analysis.unlocks
    if arguments.unlocked:
        (ground, plan), findings = analysis.unlocked, analysis.findings_unlocked
        unlocks = type(unlocks)()
    report = suggest_report(
        ground,
        with_unlocked_bytes(plan, unlocks),
        findings,
        base_image=analysis.base_image,
        retained=analysis.retained_bytes(plan),
        unlocks=unlock_records(unlocks.shown),
    )
    whatif = [
        contract.WhatIfRecord(variant=one.variant, installed_bytes=one.installed_bytes)
        for one in _what_ifs(analysis, arguments)
    ]
    report = msgspec.structs.replace(report, shrink=shrink_records(ground, plan))
    if arguments.explain:
        explanation = explain(ground, plan, arguments.explain)
        if unlocks.shown:
            graphs = analysis.startup_graphs
            explanation = with_severed(explanation, ground, plan, unlocks.shown, graphs)
        report = msgspec.structs.replace(report, explanation=explanation)
    if arguments.deep:
        from extrasplit.report.prunes import prune_records
        from extrasplit.split.prune import excludable

        prunes = analysis.find_prunes(plan)
        records = prune_records(prunes, excludable(prunes, plan))
        report = msgspec.structs.replace(report, prune=records)
    return msgspec.structs.replace(report, whatif=whatif) if whatif else report


def _blocks(report: contract.SuggestReport) -> list[RenderableType]:
    if report.explanation is not msgspec.UNSET:
        from extrasplit.report.explained import explanation_blocks

        return explanation_blocks(report.explanation)
    from extrasplit.report.terminal import suggest_blocks

    return suggest_blocks(report)


def _what_ifs(analysis: Analysis, arguments: argparse.Namespace) -> list[WhatIf]:
    from extrasplit.split.whatif import with_extra, without

    found: list[WhatIf] = []
    for distribution in arguments.without:
        found += without(analysis.ground, analysis.plan, distribution)
    for extra in arguments.with_extra:
        found += with_extra(analysis.ground, analysis.plan, extra)
    return found


def write_reports(report: contract.SuggestReport, folder: Path) -> Answer:
    """Write the report as JSON, Markdown and HTML; raises ExtrasplitError where it can't."""
    from extrasplit.report.html import render_html
    from extrasplit.report.markdown import render_suggest

    texts = {
        "report.json": contract.to_json(report),
        "report.md": render_suggest(report),
        "report.html": render_html(report),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExtrasplitError(
            f"{folder} cannot be written: {error.strerror}", hint="name another --output"
        ) from None
    return Answer("".join(f"{folder / name}\n" for name in texts), lasting=False)
