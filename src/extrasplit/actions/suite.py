"""`verify --pytest`: runs the project's own tests, and records what is imported as they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.actions.proving import Runner, role_of
from extrasplit.findings import KINDS, Finding
from extrasplit.pipeline import Analysis
from extrasplit.project.declared import Project
from extrasplit.split.carriers import open_ledger
from extrasplit.verify.observed import Import, Installed, imported, read_imports, unforeseen
from extrasplit.verify.results import Observed, Proven, Result, Size, unpredicted
from extrasplit.verify.smoke import tests_smoke
from extrasplit.verify.verdict import Expectation, judge_run

PATIENCE = 20
"""How many times as long as an ordinary start the tests may take."""
NAME = "tests"

Install = Callable[[Sequence[NormalizedName], Sequence[NormalizedName]], tuple[Runner, Installed]]


def run_suite(analysis: Analysis, install: Install, seconds: float) -> Proven:
    """Run the tests with everything installed, and the groups that bring pytest.

    What a file of the project imports then, and no trace of an entrypoint that reaches the file
    foretold, is observed: it runs somewhere inside a function, so it is deferred.
    """
    groups = groups_of_tests(analysis.project)
    if not groups and not brings_pytest(analysis.project):
        reason = "nothing declares pytest: neither a dependency group nor an extra"
        skipped = Result(NAME, "pytest", "env", "skipped", reason)
        return Proven(Size(NAME), (skipped,))
    ledger = open_ledger(analysis.ground)
    extras = [NormalizedName(name) for name in sorted(ledger.compatible(ledger.real_extras))]
    runner, installed = install(extras, groups)
    smoke = tests_smoke(installed.project, seconds * PATIENCE)
    analysis.progress.start("running the project's tests", None)
    outcome = runner.run(smoke)
    analysis.progress.done()
    judged = judge_run(smoke, outcome, Expectation())
    answer = outcome.answer or {}
    seen = list(_seen(analysis, read_imports(answer, installed)))
    findings = [unpredicted(name, NAME, one, "deferred") for name, one in seen]
    if judged.verdict == "failed":
        lines = "\n".join(outcome.output.strip().splitlines()[-8:])
        findings.append(
            Finding("broken", KINDS["broken"].severity, judged.reason, variant=NAME, fix=lines)
        )
    result = Result(
        variant=NAME,
        entrypoint="pytest",
        level="env",
        verdict=judged.verdict,
        reason=judged.reason,
        seconds=outcome.seconds,
        imported=tuple(sorted(imported(answer, installed))),
    )
    observed = tuple(Observed(name, one.distribution, "deferred") for name, one in seen)
    return Proven(Size(NAME), (result,), tuple(findings), observed)


def groups_of_tests(project: Project) -> tuple[NormalizedName, ...]:
    """Return the dependency groups (PEP 735) that bring pytest; of several nested ones all."""
    return tuple(name for name, lines in project.groups.items() if _names_pytest(lines))


def brings_pytest(project: Project) -> bool:
    """Whether base or an extra declares pytest."""
    return any(requirement.name == "pytest" for requirement in project.requirements)


def _names_pytest(lines: Iterable[str]) -> bool:
    for line in lines:
        try:
            name = canonicalize_name(Requirement(line).name)
        except InvalidRequirement:
            continue
        if name == "pytest" or name.startswith("pytest-"):
            return True
    return False


def _seen(analysis: Analysis, imports: Sequence[Import]) -> Iterator[tuple[str, Import]]:
    """Yield for each entrypoint what files that it reaches imported, and nobody foretold."""
    for name, trace in analysis.traced.traces.items():
        reached = [one for one in imports if one.asked_by in trace.reached]
        told: set[NormalizedName] = set()
        for one in unforeseen(reached, role_of(analysis, name), analysis.grounds[0]):
            if one.distribution not in told:
                told.add(one.distribution)
                yield name, one
