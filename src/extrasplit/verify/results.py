"""What `verify` proved: verdicts, sizes foretold and found, and what is to be recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from packaging.utils import NormalizedName

from extrasplit.findings import KINDS, Finding
from extrasplit.places import Place
from extrasplit.record import replace
from extrasplit.verify.image import Layer
from extrasplit.verify.observed import Import, Installed
from extrasplit.verify.smoke import Smoke
from extrasplit.verify.verdict import Judged, Outcome, Verdict

Level = Literal["env", "image"]


@dataclass(frozen=True, slots=True)
class Run:
    """One start, what became of it, and what it proves."""

    smoke: Smoke
    outcome: Outcome
    judged: Judged


@dataclass(frozen=True, slots=True)
class Result:
    """One entrypoint started in one variant, by all that proves it."""

    variant: str
    entrypoint: str
    level: Level
    verdict: Verdict
    reason: str
    seconds: float = 0.0
    """What importing or starting it took: a fresh process; of an environment its second."""
    before_seconds: float | None = None
    """The same with everything installed; None where that was not started."""
    imported: tuple[NormalizedName, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of one variant, foretold and found; None: not measured."""

    variant: str
    installed_bytes: tuple[int, int] | None = None
    image_bytes: tuple[int, int] | None = None
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """One need that a run showed and no trace foretold."""

    entrypoint: str
    distribution: NormalizedName
    level: Literal["startup", "deferred"]
    """`startup` where it does not start without it."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What is known of one variant once its entrypoints were started."""

    size: Size
    results: tuple[Result, ...] = ()
    findings: tuple[Finding, ...] = ()
    observed: tuple[Observed, ...] = ()


def result_of(
    variant: str,
    entrypoint: str,
    level: Level,
    runs: Iterable[Run],
    imported: Iterable[NormalizedName],
) -> Result:
    """Return the verdict over all starts of one entrypoint: one that fails decides."""
    found = list(runs)
    judged = [run.judged for run in found]
    failed = [one for one in judged if one.verdict == "failed"]
    return Result(
        variant=variant,
        entrypoint=entrypoint,
        level=level,
        verdict="failed" if failed else "passed" if judged else "skipped",
        reason="; ".join(dict.fromkeys(one.reason for one in failed or judged))
        or "nothing of it can be started without a configured `smoke`",
        seconds=found[0].outcome.seconds if found else 0.0,
        imported=tuple(sorted(set(imported))),
    )


def broken(
    result: Result, runs: Iterable[Run], installed: Installed, owners: Mapping[str, NormalizedName]
) -> Iterator[Finding]:
    """Yield a finding for what failed first; the other starts mostly fail of the same cause.

    `owners` maps import packages to the distributions that ship them.
    """
    for run in runs:
        judged = run.judged
        if judged.verdict != "failed":
            continue
        owner = owner_of(judged.missing, owners)
        named = f" ({owner})" if owner else ""
        yield Finding(
            "broken",
            KINDS["broken"].severity,
            f"{result.entrypoint} does not start in {result.variant}: {judged.reason}{named}",
            distribution=owner,
            entrypoint=result.entrypoint,
            variant=result.variant,
            fix="extrasplit suggest" if owner else _last_lines(run.outcome.output),
            chain=_chain(judged, installed),
        )
        return


def _chain(judged: Judged, installed: Installed) -> tuple[Place, ...]:
    """Return the line that failed, where it is the project's."""
    if judged.place is None:
        return ()
    path = installed.own_path(judged.place[0])
    return (Place(path, judged.place[1], judged.missing or ""),) if path else ()


def owner_of(missing: str | None, owners: Mapping[str, NormalizedName]) -> NormalizedName | None:
    """Return who ships a missing module: the longest known prefix decides."""
    while missing:
        if missing in owners:
            return owners[missing]
        missing = missing.rpartition(".")[0]
    return None


def unpredicted(entrypoint: str, variant: str, seen: Import, level: str) -> Finding:
    """Return the finding for an import that no trace foretold."""
    how = "does not start without it" if level == "startup" else "starts without it"
    return Finding(
        "unpredicted",
        KINDS["unpredicted"].severity,
        f"{entrypoint} imports {seen.distribution}, which no trace foretold; it {how}",
        distribution=seen.distribution,
        entrypoint=entrypoint,
        variant=variant,
        fix="extrasplit verify --record",
        chain=seen.chain,
    )


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding for each cause, whichever variants show it."""
    found: dict[object, Finding] = {}
    for finding in findings:
        key = (finding.kind, finding.entrypoint, finding.distribution, finding.chain)
        known = found.get(key)
        found[key] = finding if known is None else replace(known, count=known.count + 1)
    return tuple(found.values())


def strongest(observed: Iterable[Observed]) -> tuple[Observed, ...]:
    """Return each need once, at the strongest level that any variant showed."""
    found: dict[tuple[str, NormalizedName], Observed] = {}
    for one in observed:
        key = one.entrypoint, one.distribution
        if key not in found or one.level == "startup":
            found[key] = one
    return tuple(found[key] for key in sorted(found))


def _last_lines(output: str) -> str | None:
    return "\n".join(output.strip().splitlines()[-4:]) or None
