"""Decides what a start proves: passed, failed and why, or rightly missing what was left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.verify.smoke import Smoke

Verdict = Literal["passed", "failed", "skipped"]

NO_TESTS: Final = 5
"""pytest's exit code where it collected nothing (pytest's document on exit codes)."""
NOT_FOUND: Final = 127

_KEY: Final = re.compile(r"^(?:KeyError: )?['\"]?([A-Z][A-Z0-9_]{2,})['\"]?$")
_NAME: Final = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
_ANY_NAME: Final = re.compile(r"\b[A-Z][A-Z0-9_]{2,}\b")
_ENVIRONMENT: Final = re.compile(r"environment|\benv\b|envvar", re.IGNORECASE)
_UNSET: Final = re.compile(r"not set|unset|undefined|must be set|is required|missing|not found")
_ANSWER: Final = re.compile(r"^([\w.-]+) is not installed: ")
"""What `unlock` writes where a distribution is absent: some frameworks tell no more of an error."""
_FIELDS: Final = re.compile(r"^(\w+)\n\s+Field required", re.MULTILINE)
"""Of a pydantic ValidationError."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one start, as the edges saw it."""

    exit_code: int | None = None
    """None: it was still running at the time limit, or is a server that was ended."""
    timed_out: bool = False
    flooded: bool = False
    """It wrote more than anybody reads, and was ended."""
    left_behind: int = 0
    """Processes that were still there when it had ended; they were ended too."""
    status: int | None = None
    """Of a server's answer."""
    answer: Mapping[str, Any] | None = None
    """What a probe wrote; None: it wrote nothing."""
    seconds: float = 0.0
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


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a variant may lack."""

    lost_modules: Mapping[str, NormalizedName] = field(default_factory=dict)
    """Import packages of distributions that it leaves out, dotted within a namespace."""

    def explains(self, missing: str | None) -> bool:
        """Whether a module is missing because of what the variant leaves out.

        Of a dotted one the namespace above it may be missing too.
        """
        return bool(missing) and any(
            f"{missing}.".startswith(f"{lost}.") or f"{lost}.".startswith(f"{missing}.")
            for lost in self.lost_modules
        )

    def lacking(self, problem: Mapping[str, Any]) -> str | None:
        """Return the module that an error lacks, or what its answer names, if that is left out."""
        missing: str | None = problem.get("name")
        if self.explains(missing):
            return missing
        answer = _ANSWER.match(problem.get("text") or "")
        known = answer is not None and canonicalize_name(answer[1]) in self.lost_modules.values()
        return answer[1] if answer and known else None


def judge_run(smoke: Smoke, outcome: Outcome, expected: Expectation) -> Judged:
    """Return the verdict on one start."""
    what = smoke.what
    if outcome.flooded:
        return Judged("failed", f"{what} floods its output; it was ended")
    if outcome.timed_out:
        waited = "did not answer within" if smoke.kind == "server" else "was not done after"
        return Judged(
            "failed",
            f"{what} {waited} {smoke.seconds:.0f} s; a `smoke` command in "
            "[tool.extrasplit.entrypoints] can say what proves it instead",
        )
    match smoke.kind:
        case "probe":
            judged = _judge_probe(what, outcome, expected)
        case "server":
            judged = _judge_server(what, outcome)
        case _ if outcome.exit_code == 0:
            judged = Judged("passed", what)
        case _:
            judged = _judge_output(what, outcome)
    if outcome.left_behind and judged.verdict == "passed":
        count = outcome.left_behind
        processes = "a process" if count == 1 else f"{count} processes"
        note = f"; it left {processes} behind, which had to be ended"
        return Judged("passed", judged.reason + note)
    return judged


def _judge_server(what: str, outcome: Outcome) -> Judged:
    if outcome.status is None:
        return _judge_output(what, outcome)
    if outcome.status < 500:
        return Judged("passed", f"{what} answered {outcome.status}")
    return Judged("failed", f"{what} answered {outcome.status}: {_last_line(outcome.output)}")


def _judge_output(what: str, outcome: Outcome) -> Judged:
    """Judge a program that ended otherwise than it should, by the last that it said."""
    last = _last_line(outcome.output)
    place = _place_in(outcome.output)
    variable = needed_variable(last)
    if variable:
        return Judged("failed", _needs_variable(what, variable), place=place)
    reason = f"{what} ended with {outcome.exit_code}: {last}"
    return Judged("failed", reason, _missing_in(outcome.output), place)


def _judge_probe(what: str, outcome: Outcome, expected: Expectation) -> Judged:
    answer = outcome.answer
    if answer is None:
        if outcome.exit_code == 0:
            return Judged("failed", f"{what} ended with 0 before anything was imported")
        return _judge_output(what, outcome)
    if answer.get("error"):
        return _judge_error(what, answer["error"])
    if not answer.get("started"):
        return Judged("failed", f"{what} ended with 0 before anything was imported")
    if (answer.get("status") or 0) >= 500:
        return Judged("failed", f"{what} answered {answer['status']}")
    if "pytest" in answer:
        return _judge_tests(answer["pytest"], outcome.output)
    if "lost" in answer:
        return _judge_lost(answer["lost"], expected)
    return _judge_pages(what, answer.get("pages", ()), expected)


def _judge_pages(what: str, pages: Sequence[Mapping[str, Any]], expected: Expectation) -> Judged:
    """Judge the pages of an app: each draws, or lacks exactly what the variant leaves out."""
    lacking: list[str] = []
    for page in pages:
        problem, name = page["error"], page["page"].rpartition("/")[2]
        if problem is None:
            continue
        missing = expected.lacking(problem)
        if missing is None:
            return _judge_error(name, problem)
        lacking.append(f"{name} lacks {missing}")
    return Judged("passed", "; ".join((what, *lacking)))


def _judge_lost(lost: Sequence[Mapping[str, Any]], expected: Expectation) -> Judged:
    """Judge what a variant is said to lack: each import must fail by exactly that module."""
    for one in lost:
        module, problem = one["module"], one["error"]
        if problem is None:
            return Judged("failed", f"{module} is said to be left out, and can be imported")
        if not Expectation({module: NormalizedName("")}).explains(problem.get("name")):
            return _judge_error(f"{module}, which is left out, fails by something else", problem)
    names = {expected.lost_modules.get(one["module"], one["module"]) for one in lost}
    return Judged("passed", f"without {', '.join(sorted(names))}")


def _judge_tests(exit_code: int, output: str) -> Judged:
    last = _last_line(output).strip("= ")
    if exit_code == NO_TESTS:
        return Judged("skipped", "pytest found no tests")
    return Judged("failed" if exit_code else "passed", f"the project's tests: {last}")


def _judge_error(what: str, error: Mapping[str, Any]) -> Judged:
    kind, text = error["type"], error["text"]
    place = _place_of(error.get("frames") or ())
    variable = needed_variable(f"KeyError: {text}" if kind == "KeyError" else text)
    if variable and not error.get("name"):
        return Judged("failed", _needs_variable(what, variable), place=place)
    first = text.splitlines()[0] if text else ""
    missing = error.get("name") if kind in ("ModuleNotFoundError", "ImportError") else None
    return Judged("failed", f"{what}: {kind}: {first}".rstrip(": "), missing, place)


def needed_variable(text: str) -> str | None:
    """Return the environment variable (or setting) that an error's text says is not there."""
    key = _KEY.match(text) if text.startswith("KeyError: ") else None
    if key:
        return key[1]
    fields = _FIELDS.findall(text)
    if fields:
        return ", ".join(name.upper() for name in fields)
    named = _NAME.findall(text) if _UNSET.search(text) else []
    named = named or (_ANY_NAME.findall(text) if _ENVIRONMENT.search(text) else [])
    return named[-1] if named else None


def _needs_variable(what: str, variable: str) -> str:
    return f"{what} needs the environment variable {variable}; set it and verify again"


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
