"""Decides what a start proves: passed, failed and why, or rightly missing what was left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from packaging.utils import NormalizedName

Verdict = Literal["passed", "failed", "skipped"]

_VARIABLE: Final = re.compile(r"^['\"]?([A-Z][A-Z0-9_]{2,})['\"]?$")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one start, as the edges saw it."""

    exit_code: int | None = None
    """None: it was still running at the time limit, or is a server that was ended."""
    timed_out: bool = False
    flooded: bool = False
    """It wrote more than anybody reads, and was ended."""
    status: int | None = None
    """Of a server's answer."""
    answer: Mapping[str, Any] | None = None
    """What a probe wrote; None: it wrote nothing."""
    seconds: float = 0.0
    limit_seconds: float = 0.0
    output: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one start."""

    verdict: Verdict
    reason: str
    missing: str | None = None
    """The import package whose absence decided it."""
    place: tuple[str, int] | None = None
    """The file (as it was run) and line that asked for it."""
    lost: tuple[str, ...] = ()
    """What rightly failed: features that this variant leaves out."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a variant may lack."""

    lost_modules: Mapping[str, NormalizedName] = field(default_factory=dict)
    """Top-level import packages of distributions that it leaves out."""


def judge_run(what: str, outcome: Outcome, expected: Expectation) -> Judged:
    """Return the verdict on one start of `what`."""
    if outcome.flooded:
        return Judged("failed", f"{what} floods its output; it was ended")
    if outcome.timed_out:
        return Judged(
            "failed",
            f"{what} was not done after {outcome.limit_seconds:.0f} s; a `smoke` command in "
            "[tool.extrasplit.entrypoints] can say what proves it instead",
        )
    if outcome.answer is not None:
        return _judge_probe(what, outcome.answer, expected)
    if outcome.status is not None:
        if outcome.status < 500:
            return Judged("passed", f"{what} answered {outcome.status}")
        return Judged("failed", f"{what} answered {outcome.status}: {_last_line(outcome.output)}")
    if outcome.exit_code == 0:
        return Judged("passed", f"{what} ended with 0")
    missing = _missing_in(outcome.output)
    return Judged(
        "failed",
        f"{what} ended with {outcome.exit_code}: {_last_line(outcome.output)}",
        missing,
        place=_place_in(outcome.output),
    )


def _judge_probe(what: str, answer: Mapping[str, Any], expected: Expectation) -> Judged:
    error = answer.get("error")
    if error:
        return _judge_error(what, error)
    if not answer.get("started"):
        return Judged("failed", f"{what} ended with 0, but nothing was imported")
    if (answer.get("status") or 0) >= 500:
        return Judged("failed", f"{what} answered {answer['status']}")
    lost: list[str] = []
    for page in answer.get("pages", ()):
        problem = page["error"]
        if problem is None:
            continue
        name = (problem.get("name") or "").partition(".")[0]
        if name not in expected.lost_modules:
            judged = _judge_error(page["page"].rpartition("/")[2], problem)
            return Judged("failed", judged.reason, judged.missing, judged.place)
        lost.append(f"{page['page'].rpartition('/')[2]} lacks {name}")
    return Judged("passed", what if not lost else f"{what}; {', '.join(lost)}", lost=tuple(lost))


def _judge_error(what: str, error: Mapping[str, Any]) -> Judged:
    frames: Sequence[Any] = error.get("frames") or ()
    place = _place_of(frames)
    if error.get("type") == "KeyError" and (found := _VARIABLE.match(error["text"])):
        return Judged(
            "failed", f"{what} needs the environment variable {found[1]}; set it and verify again",
            place=place,
        )  # fmt: skip
    text = f"{what}: {error['type']}: {error['text'].splitlines()[0] if error['text'] else ''}"
    missing = error.get("name") if error["type"] in ("ModuleNotFoundError", "ImportError") else None
    return Judged("failed", text.rstrip(": "), missing, place)


def _place_of(frames: Sequence[Any]) -> tuple[str, int] | None:
    if not frames or not isinstance(frames[-1], (list, tuple)):
        return None
    filename, line, _ = frames[-1]
    return str(filename), int(line)


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def _missing_in(output: str) -> str | None:
    found = re.findall(r"No module named '([\w.]+)'", output)
    return found[-1] if found else None


def _place_in(output: str) -> tuple[str, int] | None:
    found = re.findall(r'File "([^"]+)", line (\d+)', output)
    return (found[-1][0], int(found[-1][1])) if found else None
