"""`verify`: installs every variant, starts its entrypoints, and holds the run against the plan."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import NormalizedName

from extrasplit.actions.apply import copied
from extrasplit.actions.images import prove_images
from extrasplit.actions.proving import Bench, prove
from extrasplit.actions.suite import run_suite
from extrasplit.edges.environments import Environment, find_python, install
from extrasplit.edges.uv import Uv, find_uv
from extrasplit.errors import ExtrasplitError
from extrasplit.findings import Finding
from extrasplit.pipeline import Analysis
from extrasplit.split.carriers import open_ledger
from extrasplit.split.values import Variant
from extrasplit.verify.observed import Installed
from extrasplit.verify.results import Observed, Proven, Result, Size, merged, strongest
from extrasplit.verify.smoke import SECONDS

AT_ONCE = 2
"""Environments that are made, and variants that are started, at the same time."""
ROUNDS = 2
"""How often each start is timed."""


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What the call asks for."""

    variants: tuple[str, ...] = ()
    """Empty: all."""
    image: bool = False
    pytest: bool = False
    seconds: float = SECONDS
    """The time limit of an ordinary start."""


@dataclass(frozen=True, slots=True)
class Verified:
    """All that `verify` proved."""

    analysis: Analysis
    """Of the Python and platform that it ran on."""
    results: tuple[Result, ...]
    sizes: tuple[Size, ...]
    findings: tuple[Finding, ...]
    observed: tuple[Observed, ...]
    """What `--record` writes."""


def verify(analysis: Analysis, options: VerifyOptions = VerifyOptions()) -> Verified:
    """Prove every variant in an environment of its own, and on request in its image.

    Raises ExternalError where uv can't install one or an image can't be built, ExtrasplitError for
    an unknown variant.
    """
    uv = Uv(find_uv())
    python, minor = find_python(
        uv, analysis.target.python, analysis.project.requires_python, analysis.root
    )
    host = analysis.on(minor)
    with tempfile.TemporaryDirectory(prefix="extrasplit-verify-") as scratch, ExitStack() as stack:
        site = Site(host, uv, python, Path(scratch).resolve(), options, stack)
        proven = site.prove_all(_choose(host, options.variants))
        if options.pytest:
            proven.append(run_suite(host, site.install_tests, options.seconds))
    if options.image:
        proven += prove_images(analysis, options.variants, options.seconds)
    found = merged(finding for one in proven for finding in one.findings)
    return Verified(
        analysis=host,
        results=tuple(result for one in proven for result in one.results),
        sizes=tuple(one.size for one in proven if one.size.installed_bytes or one.size.image_bytes),
        findings=host.heed(found),
        observed=strongest(need for one in proven for need in one.observed),
    )


class Site:
    """Where variants are installed: a folder and a copy of the project for each."""

    def __init__(
        self,
        analysis: Analysis,
        uv: Uv,
        python: str,
        scratch: Path,
        options: VerifyOptions,
        stack: ExitStack,
    ) -> None:
        """`stack` removes the copies when all is done: what is installed runs in them."""
        self.analysis = analysis
        self.uv = uv
        self.python = python
        self.scratch = scratch
        self.options = options
        self.stack = stack

    def prove_all(self, variants: Sequence[Variant]) -> list[Proven]:
        """Install all, start all, then measure start times one at a time.

        One environment more holds everything: what starts there was the start before any split,
        and with what a variant leaves out made unimportable it must fail as the variant fails.
        """
        ledger = open_ledger(self.analysis.ground)
        everything = tuple(
            NormalizedName(name) for name in sorted(ledger.compatible(ledger.real_extras))
        )
        progress = self.analysis.progress
        progress.start("installing variants", len(variants) + 1)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            first = pool.submit(self.bench, "everything", everything, None)
            made = [pool.submit(self.bench, v.name, v.extras, v) for v in variants]
            wide, benches = first.result(), [one.result() for one in made]
        progress.start("starting variants", len(variants))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            proven = list(pool.map(lambda bench: self.prove(bench, wide), benches))
        progress.start("measuring start times", len(variants))
        timed = [
            replace(one, results=tuple(self.time(bench, wide, one.results)))
            for bench, one in zip(benches, proven, strict=True)
        ]
        progress.done()
        return timed

    def bench(self, name: str, extras: Sequence[NormalizedName], variant: Variant | None) -> Bench:
        """Install one variant from a copy of the project: builds litter the tree."""
        environment = self.install(name, extras)
        self.analysis.progress.advance()
        some = variant or self.analysis.today.variants[0]
        return Bench(
            self.analysis, some, "env", environment,
            installed_of(environment, self.analysis), self.options.seconds,
        )  # fmt: skip

    def install(
        self, name: str, extras: Sequence[NormalizedName], groups: Sequence[str] = ()
    ) -> Environment:
        """Return an environment of its own, which lasts until all is done."""
        member = self.analysis.root.relative_to(self.analysis.lock_root)
        copy = self.stack.enter_context(copied(self.analysis.lock_root)).resolve()
        return install(
            self.uv,
            copy / member,
            self.scratch / name.replace("/", "-"),
            own=self.analysis.project.name,
            extras=extras,
            groups=groups,
            python=self.python,
        )

    def install_tests(
        self, extras: Sequence[NormalizedName], groups: Sequence[str]
    ) -> tuple[Environment, Installed]:
        """Return an environment for the project's own tests."""
        environment = self.install("tests", extras, groups)
        return environment, installed_of(environment, self.analysis)

    def prove(self, bench: Bench, wide: Bench) -> Proven:
        """Start one variant by all that proves it."""
        variant = bench.variant
        environment = bench.runner
        assert isinstance(environment, Environment)
        measured = environment.installed_bytes()
        size = Size(variant.name, installed_bytes=(variant.installed_bytes, measured))
        proven = prove(bench, size, wide)
        self.analysis.progress.advance()
        return proven

    def time(self, bench: Bench, wide: Bench, found: Sequence[Result]) -> Iterator[Result]:
        """Measure the start of each entrypoint, with nothing of ours running beside it.

        Both were started before: their bytecode is written, their files are in the page cache. They
        take turns, and the best of each counts: what else the machine does only makes it slower.
        """
        for result, entrypoint in zip(found, bench.entrypoints(), strict=True):
            here, there = (one.smokes(entrypoint)[:1] for one in (bench, wide))
            if not here or here[0].kind == "server":
                yield result
                continue
            own, before = [], []
            for _ in range(ROUNDS):
                own.append(bench.judge(here[0].unwatched()))
                before.append(wide.judge(there[0].unwatched()))
            passed = all(run.judged.verdict == "passed" for run in before)
            yield replace(
                result,
                seconds=min(run.outcome.seconds for run in own),
                before_seconds=min(run.outcome.seconds for run in before) if passed else None,
            )
        self.analysis.progress.advance()


def installed_of(environment: Environment, analysis: Analysis) -> Installed:
    """Return an environment as runs see it."""
    return Installed(
        project=environment.project.as_posix(),
        own=environment.own,
        owners=environment.owners,
        sources=analysis.listing.paths,
        roots=analysis.layout.roots,
    )


def _choose(analysis: Analysis, names: Sequence[str]) -> tuple[Variant, ...]:
    known = {variant.name: variant for variant in analysis.today.variants}
    for name in names:
        if name not in known:
            raise ExtrasplitError(
                f"there is no variant {name!r}", hint=f"there are {', '.join(known) or 'none'}"
            )
    return tuple(v for v in known.values() if not names or v.name in names)
