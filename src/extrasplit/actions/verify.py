"""`verify`: installs every variant, starts its entrypoints, and holds the run against the plan."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName

from extrasplit.actions.apply import copied
from extrasplit.edges.environments import Environment, find_python, install
from extrasplit.edges.starting import free_port, run_to_end, serve_until_answer
from extrasplit.edges.uv import Uv, find_uv
from extrasplit.errors import ExtrasplitError
from extrasplit.findings import KINDS, Finding
from extrasplit.pipeline import Analysis
from extrasplit.places import Place
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.split.ground import TargetGround
from extrasplit.split.values import Variant
from extrasplit.verify.smoke import PORT, Smoke, smokes_for
from extrasplit.verify.verdict import Expectation, Judged, Outcome, Verdict, judge_run


@dataclass(frozen=True, slots=True)
class Result:
    """One entrypoint started in one variant, by all that proves it."""

    variant: str
    entrypoint: str
    verdict: Verdict
    reason: str
    seconds: float
    """What importing or starting it took."""
    before_seconds: float | None
    """The same with everything installed."""
    imported: tuple[NormalizedName, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """Installed bytes of one variant, foretold and found."""

    variant: str
    predicted_bytes: int
    measured_bytes: int


@dataclass(frozen=True, slots=True)
class Verified:
    """All that `verify` proved."""

    analysis: Analysis
    """Of the Python and platform that it ran on."""
    results: tuple[Result, ...]
    sizes: tuple[Size, ...]
    findings: tuple[Finding, ...]
    unpredicted: Mapping[str, tuple[NormalizedName, ...]]
    """By entrypoint: what `--record` writes."""


def verify(analysis: Analysis, variants: Sequence[str] = ()) -> Verified:
    """Prove every variant (or those that are named) in an environment of its own.

    Raises ExternalError where uv can't install one, ExtrasplitError for an unknown variant.
    """
    uv = Uv(find_uv())
    python, minor = find_python(
        uv, analysis.target.python, analysis.project.requires_python, analysis.root
    )
    host = analysis.on(minor)
    chosen = _choose(host, variants)
    before = os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="extrasplit-verify-", dir=before) as scratch:
        site = _Site(host, uv, python, Path(scratch))
        host.progress.start("installing and starting variants", len(chosen))
        with ThreadPoolExecutor(max_workers=2) as pool:
            proven = list(pool.map(site.prove, chosen))
        host.progress.done()
    results = tuple(result for one in proven for result in one.results)
    return Verified(
        analysis=host,
        results=results,
        sizes=tuple(one.size for one in proven),
        findings=_merged(finding for one in proven for finding in one.findings),
        unpredicted=_unpredicted(proven),
    )


@dataclass(frozen=True, slots=True)
class _Proven:
    size: Size
    results: tuple[Result, ...]
    findings: tuple[Finding, ...]
    unpredicted: tuple[tuple[str, NormalizedName], ...]


class _Site:
    """Where variants are installed and started: one folder for each."""

    def __init__(self, analysis: Analysis, uv: Uv, python: str, scratch: Path) -> None:
        self.analysis = analysis
        self.uv = uv
        self.python = python
        self.scratch = scratch
        self.probe = scratch / "probe.py"
        source = resources.files("extrasplit.verify").joinpath("probe.py")
        self.probe.write_text(source.read_text("utf-8"), encoding="utf-8")
        self.entrypoints = {one.name: one for one in analysis.ground.entrypoints}

    def prove(self, variant: Variant) -> _Proven:
        """Install one variant and start all that it is for."""
        analysis = self.analysis
        with self.installed(variant.name, variant.extras) as environment:
            size = Size(variant.name, variant.installed_bytes, environment.installed_bytes())
            results: list[Result] = []
            findings: list[Finding] = []
            unpredicted: list[tuple[str, NormalizedName]] = []
            for name in variant.entrypoints:
                runs = self.start(environment, variant, self.entrypoints[name])
                results.append(_result(variant, name, runs, environment))
                findings += _broken(variant, name, runs, environment, analysis)
                seen = _seen(runs, environment, analysis.root)
                for distribution, chain in _unforeseen(analysis, name, seen).items():
                    unpredicted.append((name, distribution))
                    findings.append(_unpredicted_finding(name, variant.name, distribution, chain))
        analysis.progress.advance()
        return _Proven(size, tuple(results), tuple(findings), tuple(unpredicted))

    @contextmanager
    def installed(self, name: str, extras: Sequence[NormalizedName]) -> Iterator[Environment]:
        """Yield an environment with these extras, made from a copy: builds litter the tree."""
        member = self.analysis.root.relative_to(self.analysis.lock_root)
        with copied(self.analysis.lock_root) as copy:
            folder = self.scratch / f"env-{name}"
            yield install(
                self.uv,
                copy / member,
                folder,
                own=self.analysis.project.name,
                extras=extras,
                python=self.python,
            )
            shutil.rmtree(folder, ignore_errors=True)

    def start(
        self, environment: Environment, variant: Variant, entrypoint: Entrypoint
    ) -> list[tuple[Smoke, Outcome, Judged]]:
        """Start one entrypoint in every way that proves it."""
        analysis = self.analysis
        pages = pages_of(analysis, entrypoint)
        smokes = smokes_for(entrypoint, str(environment.project), pages)
        expected = Expectation(_lost_modules(variant, analysis.grounds[0]))
        runs = []
        for smoke in smokes:
            outcome = self.run(environment, smoke)
            runs.append((smoke, outcome, judge_run(smoke.what, outcome, expected)))
        return runs

    def run(self, environment: Environment, smoke: Smoke) -> Outcome:
        """Run one smoke in an environment."""
        variables = environment.variables()
        if smoke.kind == "probe":
            return self.run_probe(environment, smoke, variables)
        words = list(smoke.argv)
        own = environment.scripts / words[0]
        words[0] = str(own) if own.exists() else words[0]
        if smoke.kind == "command":
            ended = run_to_end(words, cwd=environment.project, env=variables, seconds=smoke.seconds)
        else:
            port = str(free_port())
            words = [word.replace(PORT, port) for word in words]
            url = f"http://127.0.0.1:{port}{smoke.path}"
            ended = serve_until_answer(
                words, url, cwd=environment.project, env=variables, seconds=smoke.seconds
            )
        return Outcome(
            exit_code=ended.exit_code,
            timed_out=ended.timed_out,
            flooded=ended.flooded,
            status=ended.status,
            seconds=ended.seconds,
            limit_seconds=smoke.seconds,
            output=ended.output,
        )

    def run_probe(
        self, environment: Environment, smoke: Smoke, variables: Mapping[str, str]
    ) -> Outcome:
        """Run the probe in an environment and read what it wrote down."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            request, answer = Path(folder) / "request.json", Path(folder) / "answer.json"
            request.write_text(json.dumps(dict(smoke.request)), encoding="utf-8")
            ended = run_to_end(
                (str(environment.python), str(self.probe), str(request), str(answer)),
                cwd=environment.project,
                env=variables,
                seconds=smoke.seconds,
            )
            told: dict[str, Any] | None = None
            if answer.is_file() and not ended.timed_out and not ended.flooded:
                told = json.loads(answer.read_text("utf-8"))
        seconds = told["seconds"] if told else ended.seconds
        return Outcome(
            exit_code=ended.exit_code,
            timed_out=ended.timed_out,
            flooded=ended.flooded,
            answer=told,
            seconds=seconds,
            limit_seconds=smoke.seconds,
            output=ended.output,
        )


def pages_of(analysis: Analysis, entrypoint: Entrypoint) -> tuple[str, ...]:
    """Return the files of a Streamlit app's pages: those it names, and those beside its script."""
    if entrypoint.kind != "streamlit" or not entrypoint.file:
        return ()
    linked = analysis.traced.modules[entrypoint.name].linked
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


def _choose(analysis: Analysis, names: Sequence[str]) -> tuple[Variant, ...]:
    known = {variant.name: variant for variant in analysis.today.variants}
    for name in names:
        if name not in known:
            raise ExtrasplitError(
                f"there is no variant {name!r}", hint=f"there are {', '.join(known) or 'none'}"
            )
    return tuple(v for v in known.values() if not names or v.name in names)


def _lost_modules(variant: Variant, ground: TargetGround) -> dict[str, NormalizedName]:
    """Return the top-level modules of what the variant leaves out: pages may lack them."""
    lost = {loss.distribution for loss in variant.lost}
    return {
        module.partition(".")[0]: key.name
        for key, facts in ground.facts.items()
        if key.name in lost
        for module in facts.modules
    }


def _result(
    variant: Variant,
    entrypoint: str,
    runs: Sequence[tuple[Smoke, Outcome, Judged]],
    environment: Environment,
) -> Result:
    failed = [judged for _, _, judged in runs if judged.verdict == "failed"]
    told = [judged.reason for judged in failed or (judged for _, _, judged in runs)]
    imported = {
        environment.owners[path]
        for _, outcome, _ in runs
        if outcome.answer
        for path in map(os.path.normpath, outcome.answer["origins"].values())
        if path in environment.owners
    }
    return Result(
        variant=variant.name,
        entrypoint=entrypoint,
        verdict="failed" if failed else "passed" if runs else "skipped",
        reason="; ".join(told) or "nothing of it can be started without a configured `smoke`",
        seconds=runs[0][1].seconds if runs else 0.0,
        before_seconds=None,
        imported=tuple(sorted(imported - {environment.own})),
    )


def _broken(
    variant: Variant,
    entrypoint: str,
    runs: Sequence[tuple[Smoke, Outcome, Judged]],
    environment: Environment,
    analysis: Analysis,
) -> Iterator[Finding]:
    """Yield a finding for what failed first; the other starts fail of the same cause."""
    for _, outcome, judged in runs:
        if judged.verdict != "failed":
            continue
        missing = judged.missing or ""
        owners = sorted(analysis.grounds[0].owners.of(missing)) if missing else []
        place = _place(judged.place, environment, analysis, missing)
        names = f" ({owners[0]})" if owners else ""
        yield Finding(
            "broken",
            KINDS["broken"].severity,
            f"{entrypoint} does not start in {variant.name}: {judged.reason}{names}",
            distribution=owners[0] if owners else None,
            entrypoint=entrypoint,
            variant=variant.name,
            fix="extrasplit suggest" if owners else _last_lines(outcome.output),
            chain=(place,) if place else (),
        )
        return


def _last_lines(output: str) -> str | None:
    return "\n".join(output.strip().splitlines()[-4:]) or None


def _seen(
    runs: Sequence[tuple[Smoke, Outcome, Judged]], environment: Environment, root: Path
) -> dict[NormalizedName, Place]:
    """Return the distributions that the project's own files asked for, with the first line."""
    found: dict[NormalizedName, Place] = {}
    for _, outcome, _ in runs:
        answer = outcome.answer or {}
        origins = answer.get("origins", {})
        for module, filename, line in answer.get("asked", ()):
            own = _own_path(filename, environment, root)
            origin = origins.get(module)
            if own is None or origin is None:
                continue
            name = environment.owners.get(os.path.normpath(origin))
            if name is not None and name != environment.own:
                found.setdefault(name, Place(own, line, module))
    return found


def _own_path(filename: str, environment: Environment, root: Path) -> str | None:
    """Return a file of the project as it is written in its tree, None for anybody else's."""
    path = os.path.normpath(filename)
    if path.startswith(f"{environment.project}{os.sep}"):
        return Path(path).relative_to(environment.project).as_posix()
    if environment.owners.get(path) == environment.own:
        inside = Path(path).as_posix().partition("site-packages/")[2]
        for folder in ("src", "."):
            if (root / folder / inside).is_file():
                return inside if folder == "." else f"{folder}/{inside}"
        return inside
    return None


def _place(
    place: tuple[str, int] | None, environment: Environment, analysis: Analysis, module: str
) -> Place | None:
    if place is None:
        return None
    own = _own_path(place[0], environment, analysis.root)
    return Place(own, place[1], module) if own else None


def _unforeseen(
    analysis: Analysis, entrypoint: str, seen: Mapping[NormalizedName, Place]
) -> dict[NormalizedName, Place]:
    foreseen: set[NormalizedName] = set()
    for role in analysis.today.roles:
        if role.entrypoint == entrypoint:
            for need in role.needs:
                foreseen |= need.providers
    return {name: place for name, place in seen.items() if name not in foreseen}


def _unpredicted_finding(
    entrypoint: str, variant: str, distribution: NormalizedName, place: Place
) -> Finding:
    return Finding(
        "unpredicted",
        KINDS["unpredicted"].severity,
        f"{entrypoint} imported {distribution}, which no trace foretold",
        distribution=distribution,
        entrypoint=entrypoint,
        variant=variant,
        fix="extrasplit verify --record",
        chain=(place,),
    )


def _unpredicted(proven: Sequence[_Proven]) -> dict[str, tuple[NormalizedName, ...]]:
    found: dict[str, set[NormalizedName]] = {}
    for one in proven:
        for entrypoint, distribution in one.unpredicted:
            found.setdefault(entrypoint, set()).add(distribution)
    return {name: tuple(sorted(names)) for name, names in sorted(found.items())}


def _merged(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """Return one finding for each cause, whichever variants show it."""
    merged: dict[tuple[Any, ...], Finding] = {}
    for finding in findings:
        key = (finding.kind, finding.entrypoint, finding.distribution, finding.chain)
        known = merged.get(key)
        merged[key] = finding if known is None else replace(known, count=known.count + 1)
    return tuple(merged.values())
