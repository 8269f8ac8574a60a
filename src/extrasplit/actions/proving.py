"""Starts the entrypoints of one variant, wherever it is installed, and reads what the runs say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

from packaging.utils import NormalizedName

from extrasplit.findings import KINDS, Finding
from extrasplit.imports.level import Level as ImportLevel
from extrasplit.pipeline import Analysis
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.record import Record, replace
from extrasplit.split.values import Role, Variant
from extrasplit.verify import results
from extrasplit.verify.observed import (
    Import,
    Installed,
    imported,
    modules_of,
    read_imports,
    unforeseen,
)
from extrasplit.verify.results import Level, Observed, Proven, Result, Run, Size
from extrasplit.verify.smoke import Smoke, lost_smoke, smokes_for
from extrasplit.verify.verdict import Expectation, Outcome, judge_run


class Runner(Protocol):
    """Where something can be started: an environment, or an image."""

    def run(self, smoke: Smoke) -> Outcome:
        """Run one start."""


class Bench(Record):
    """One variant in place."""

    analysis: Analysis
    """For the Python and platform that it is installed on."""
    variant: Variant
    level: Level
    runner: Runner
    installed: Installed
    seconds: float
    """The time limit of an ordinary start."""

    def entrypoints(self) -> Iterator[Entrypoint]:
        """Yield what the variant is for."""
        known = {one.name: one for one in self.analysis.ground.entrypoints}
        for name in self.variant.entrypoints:
            yield known[name]

    def smokes(self, entrypoint: Entrypoint) -> tuple[Smoke, ...]:
        """Return what proves that an entrypoint starts here."""
        pages = pages_of(self.analysis, entrypoint)
        root = self.installed.project
        return smokes_for(entrypoint, root, pages, seconds=self.seconds)

    @property
    def expected(self) -> Expectation:
        """What the variant may lack."""
        lost = {loss.distribution for loss in self.variant.lost}
        held = {key.name for key in self.variant.packages}
        return Expectation(modules_of(lost, self.analysis.grounds[0], held))

    def judge(self, smoke: Smoke) -> Run:
        """Run one start and judge it."""
        outcome = self.runner.run(smoke)
        return Run(smoke, outcome, judge_run(smoke, outcome, self.expected))


def prove(bench: Bench, size: Size, wide: Bench | None = None) -> Proven:
    """Start all that a variant is for, and hold the runs against trace and plan.

    Where everything is installed in one place (`wide`), they are also held against a start there
    with all that the variant leaves out made unimportable.
    """
    proven: list[Result] = []
    findings: list[Finding] = []
    observed: list[Observed] = []
    for entrypoint in bench.entrypoints():
        runs = [bench.judge(smoke) for smoke in bench.smokes(entrypoint)]
        lost = tuple(bench.expected.lost_modules)
        if runs and lost:
            runs.append(bench.judge(lost_smoke(lost)))
        if runs and wide is not None and runs[0].smoke.kind == "probe":
            there = wide.smokes(entrypoint)[0]
            findings += blocked(replace(wide, variant=bench.variant), there, runs[0])
        answers = [run.outcome.answer for run in runs if run.outcome.answer]
        names = {name for answer in answers for name in imported(answer, bench.installed)}
        result = results.result_of(bench.variant.name, entrypoint.name, bench.level, runs, names)
        proven.append(result)
        role = role_of(bench.analysis, entrypoint.name)
        seen = list(_unforeseen(bench, role, runs))
        observed += [Observed(entrypoint.name, one.distribution, level) for one, level in seen]
        findings += [
            results.unpredicted(entrypoint.name, bench.variant.name, one, level)
            for one, level in seen
        ]
        for finding in results.broken(result, runs, bench.installed, owners_of(bench.analysis)):
            found = _unforetold(finding, role)
            findings.append(
                replace(finding, fix="extrasplit verify --record") if found else finding
            )
            observed += [found] if found else []
    return Proven(size, tuple(proven), tuple(findings), tuple(observed))


def _unforeseen(
    bench: Bench, role: Role, runs: Sequence[Run]
) -> Iterator[tuple[Import, Literal["startup", "deferred"]]]:
    """Yield what was imported and not foretold, once a distribution, with its level.

    What only other distributions asked for counts where the entrypoint does not start without it:
    most libraries use some others just because they are there.
    """
    told: set[NormalizedName] = set()
    for at, run in enumerate(runs):
        if not run.outcome.answer or run.judged.verdict != "passed":
            continue
        found = read_imports(run.outcome.answer, bench.installed)
        new = [
            one
            for one in unforeseen(found, role, bench.analysis.grounds[0])
            if one.distribution not in told
        ]
        needed = without(bench, run.smoke, {one.distribution for one in new}) if at == 0 else set()
        for one in new:
            if one.distribution in needed or one.asked_by is not None:
                if one.distribution not in told:
                    yield one, "startup" if one.distribution in needed else "deferred"
                told.add(one.distribution)


def without(bench: Bench, smoke: Smoke, names: set[NormalizedName]) -> set[NormalizedName]:
    """Return those of some distributions without which a start fails."""
    ground = bench.analysis.grounds[0]
    held = {key.name for key in bench.variant.packages}
    needed: set[NormalizedName] = set()
    while names - needed:
        blocked = names - needed
        modules = modules_of(blocked, ground, held - blocked)
        run = bench.judge(smoke.without(sorted(modules), sorted(blocked)))
        if run.judged.verdict == "passed":
            break
        owner = results.owner_of(run.judged.missing, modules)
        if owner is None:  # it fails, and does not say by which: all of them count
            return names
        needed.add(owner)
    return needed


def blocked(wide: Bench, smoke: Smoke, own: Run) -> Iterator[Finding]:
    """Start what a variant started once more, with everything installed and the rest blocked.

    The two should agree: where they do not, what is known of who ships which module is wrong.
    """
    ground = wide.analysis.grounds[0]
    held = {key.name for key in wide.variant.packages}
    outside = {key.name for key in ground.facts} - held
    modules = modules_of(outside, ground, held)
    if not modules:
        return
    run = wide.judge(smoke.without(sorted(modules), sorted(outside)))
    if (run.judged.verdict == "failed") == (own.judged.verdict == "failed"):
        return
    passing = "installed" if own.judged.verdict == "passed" else "with all else made unimportable"
    failing = run.judged if passing == "installed" else own.judged
    yield Finding(
        "unknown",
        KINDS["unknown"].severity,
        f"{smoke.what} starts in {wide.variant.name} {passing}, and otherwise fails "
        f"({failing.reason}): who ships {failing.missing or 'what'} is not known well enough",
        distribution=results.owner_of(failing.missing, owners_of(wide.analysis)),
        variant=wide.variant.name,
        fix="tell it by [tool.extrasplit.modules]",
    )


def _unforetold(broken: Finding, role: Role) -> Observed | None:
    """Return the need that a failed start shows, where no trace has it at startup."""
    if broken.distribution is None:
        return None
    name = NormalizedName(broken.distribution)
    foretold = any(
        name in need.providers and need.level is ImportLevel.STARTUP for need in role.needs
    )
    return None if foretold else Observed(role.entrypoint, name, "startup")


def role_of(analysis: Analysis, entrypoint: str) -> Role:
    """Return what an entrypoint was said to need."""
    return next(
        (role for role in analysis.today.roles if role.entrypoint == entrypoint),
        Role(entrypoint, (), inferred=False, needs=()),
    )


def owners_of(analysis: Analysis) -> Mapping[str, NormalizedName]:
    """Return each import package with the first distribution that ships it."""
    by_module = analysis.grounds[0].owners.by_module
    return {module: min(names) for module, names in by_module.items() if names}


def pages_of(analysis: Analysis, entrypoint: Entrypoint) -> tuple[str, ...]:
    """Return the files of a Streamlit app's pages: those it names, and those beside its script."""
    if entrypoint.kind != "streamlit" or not entrypoint.file:
        return ()
    linked = analysis.calls[entrypoint.name].modules.linked
    pages = {
        link.files[-1]
        for path in analysis.traced.traces[entrypoint.name].reached
        if path in linked
        for link in linked[path].links
        if link.imported.via == "rule:streamlit" and link.files
    }
    beside = entrypoint.file.rpartition("/")[0]
    prefix = f"{beside}/pages/" if beside else "pages/"
    pages |= {
        path
        for path in analysis.listing.paths
        if path.startswith(prefix) and path.endswith(".py") and not path.endswith("__init__.py")
    }
    return tuple(sorted(pages - {entrypoint.file}))
