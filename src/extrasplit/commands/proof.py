"""`verify`: every variant installed and started, the prediction held against the measurement."""

from __future__ import annotations

import argparse
import sys

from extrasplit.actions import verify as actions
from extrasplit.commands.answering import shown
from extrasplit.edges.answers import Answer
from extrasplit.pipeline import Analysis
from extrasplit.report import contract
from extrasplit.verify.image import Layer
from extrasplit.verify.results import Size


def run_verify(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer with the verdicts; 1 where an entrypoint does not start."""
    options = actions.VerifyOptions(
        variants=tuple(arguments.variant), image=arguments.image, pytest=arguments.pytest
    )
    verified = actions.verify(analysis, options)
    if arguments.record:
        _record(analysis, verified, quiet=arguments.quiet)
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


def _record(analysis: Analysis, verified: actions.Verified, *, quiet: bool) -> None:
    from extrasplit.actions.record import record

    new = record(analysis, verified.observed)
    if not quiet:
        names = ", ".join(f"{one.distribution} ({one.entrypoint})" for one in verified.observed)
        said = f"recorded {names}. Next: extrasplit suggest" if new else "nothing new to record"
        sys.stderr.write(f"extrasplit: {said}\n")


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
                level=one.level,
                verdict=one.verdict,
                reason=one.reason,
                seconds=round(one.seconds, 3),
                before_seconds=_rounded(one.before_seconds),
                imported=list(one.imported),
            )
            for one in verified.results
        ],
        sizes=[_size_record(size) for size in verified.sizes],
        findings=[finding_record(finding) for finding in verified.findings],
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _size_record(size: Size) -> contract.VerifySizeRecord:
    return contract.VerifySizeRecord(
        variant=size.variant,
        installed_bytes=_measured(size.installed_bytes),
        image_bytes=_measured(size.image_bytes),
        layers=[_layer_record(layer) for layer in size.layers],
    )


def _layer_record(layer: Layer) -> contract.LayerRecord:
    return contract.LayerRecord(
        bytes=layer.bytes, created_by=layer.created_by, predicted=layer.predicted_bytes
    )


def _measured(figures: tuple[int, int] | None) -> contract.MeasuredRecord | None:
    if figures is None:
        return None
    predicted, measured = figures
    return contract.MeasuredRecord(predicted=predicted, measured=measured)
