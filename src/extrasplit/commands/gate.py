"""`check`: the hook that says what a commit does to the recorded images.

Most commits change no import: what was said of the same uses is said again, and no stage that
comes after the trace is loaded.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from extrasplit.edges import answers
from extrasplit.edges.answers import Answer
from extrasplit.edges.files import digest_of
from extrasplit.pipeline import Analysis

FINDINGS_ONLY: Final = frozenset({"lines", "github", "sarif"})
"""Formats without sizes."""


def run_check(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Answer what is wrong with the recorded variants; 1 where something is at error level.

    Raises ExternalError where no fact of any wheel is at hand: it never passes on ignorance.
    """
    from_memory = not arguments.baseline and arguments.format != "table"  # as wide as its screen
    key = _key_of(analysis, arguments) if from_memory else ""
    answer = answers.recall(key) if from_memory else None
    if answer is None:
        from extrasplit.commands.judging import judge

        answer = judge(analysis, arguments, sized=arguments.format not in FINDINGS_ONLY)
        if from_memory and answer.lasting:
            answers.remember(key, answer)
    return answer


def _key_of(analysis: Analysis, arguments: argparse.Namespace) -> str:
    """Return what changes whenever the answer might, whatever was edited."""
    asked = sorted((name, str(value)) for name, value in vars(arguments).items())
    limited = any(one.max_size_bytes is not None for one in analysis.settings.variants.values())
    sized = limited or arguments.format not in FINDINGS_ONLY
    own_bytes = analysis.app_bytes if sized else 0
    return digest_of((analysis.traced_digest, own_bytes, str(Path.cwd()), tuple(asked)))
