"""`verify`: every variant installed and started, the prediction held against the measurement."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from extrasplit.actions import verify as actions
from extrasplit.commands.answering import shown
from extrasplit.edges.answers import Answer
from extrasplit.pipeline import Analysis
from extrasplit.report import contract

if TYPE_CHECKING:
    pass


def run_verify(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer with the verdicts; 1 where an entrypoint does not start."""
    verified = actions.verify(analysis, arguments.variant)
    report = report_of(verified)
    exit_code = int(any(finding.level == "error" for finding in report.findings))
    match arguments.format:
        case "json":
            text = contract.to_json(report)
        case "markdown":
            from extrasplit.report.markdown import render_verify

            text = render_verify(report)
        case _:
            from extrasplit.report.questions import verify_blocks

            text = shown(verify_blocks(report))
    return Answer(text, exit_code, lasting=False)


def report_of(verified: actions.Verified) -> contract.VerifyReport:
    """Return what `verify --format json` prints."""
    from extrasplit.report.assemble import finding_record, target_record

    analysis = verified.analysis
    return contract.VerifyReport(
        target=target_record(analysis.target, analysis.base_image),
        results=[
            contract.VerifyResultRecord(
                variant=one.variant,
                entrypoint=one.entrypoint,
                level="env",
                verdict=one.verdict,
                reason=one.reason,
                seconds=round(one.seconds, 2),
                before_seconds=one.before_seconds,
                imported=list(one.imported),
            )
            for one in verified.results
        ],
        sizes=[
            contract.VerifySizeRecord(
                variant=size.variant,
                installed_bytes=contract.MeasuredRecord(
                    predicted=size.predicted_bytes, measured=size.measured_bytes
                ),
                image_bytes=None,
                layers=[],
            )
            for size in verified.sizes
        ],
        findings=[finding_record(finding) for finding in verified.findings],
    )
