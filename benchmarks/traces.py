"""Holds the trace of real applications against what a subprocess really imports.

    python benchmarks/traces.py [--slice N] [--peers DIR] [--report reports/traces.md]

Each application is taken from PyPI as its wheel: its own modules become the source of a project
whose pyproject.toml says what the wheel's metadata says. Then its console script's module is
imported and the script called, in fresh processes that note every import statement of the
application's own code: once with `--help`, once with an option that it does not know. What
importing brings, and what both calls bring, is the truth for `startup`, unless the application
still starts when all modules of that distribution are made absent: then a guard answers. What any
of the calls brings is no false alarm. The application does start, so each error that `check` would
report of it is one.

`--peers` names a virtual environment that holds deptry and fawltydeps; they are asked for the crash
that extrasplit exists for: one startup distribution is moved to an extra that the script lacks.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path

import peers
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from extrasplit.edges.environments import Environment
from extrasplit.edges.memory import Memory
from extrasplit.edges.uv import Uv, find_uv
from extrasplit.imports.level import Level
from extrasplit.pipeline import Analysis, Options

APPLICATIONS: Mapping[str, tuple[str, str]] = {
    "httpie": ("3.2.4", "http"),
    "mkdocs": ("1.6.1", "mkdocs"),
    "pelican": ("4.11.0", "pelican"),
    "datasette": ("0.65.1", "datasette"),
    "sqlite-utils": ("3.38", "sqlite-utils"),
    "csvkit": ("2.1.0", "csvstat"),
    "rq": ("2.4.0", "rq"),
    "cookiecutter": ("2.6.0", "cookiecutter"),
    "twine": ("6.1.0", "twine"),
    "sphinx": ("8.1.3", "sphinx-build"),
    "litecli": ("1.15.0", "litecli"),
    "pip-audit": ("2.9.0", "pip-audit"),
    "locust": ("2.37.0", "locust"),
    "copier": ("9.7.1", "copier"),
    "doit": ("0.36.0", "doit"),
    "huey": ("2.5.3", "huey_consumer"),
    "posting": ("2.11.1", "posting"),
    "spacy": ("3.8.18", "spacy"),
    "meltano": ("4.4.1", "meltano"),
    "strawberry-graphql[cli]": ("0.341.2", "strawberry"),
    "scrapy": ("2.19.0", "scrapy"),
    "python-openstackclient": ("10.5.0", "openstack"),
    "lektor": ("3.3.14", "lektor"),
    "sqlfluff": ("4.5.0", "sqlfluff"),
}
"""Distribution to (version, console script): web apps, data CLIs, workers, documentation, sites;
from `posting` on a terminal app, an ML CLI, a data pipeline, a GraphQL server, a scraper, a cloud
CLI, a site generator and a linter. A name may carry extras: their requirements are base here."""

NEWER = "posting"
"""The first of those that were added after the rules were written: out of sample."""
FIRST_TRY = """\
From posting on the applications were added after the rules had been written. At first try they gave
recall 95.88% of 97 (scrapy missed brotli and itemadapter, python-openstackclient cliff and
iso8601), precision 100.00% of 93 and no alarm. Left out: dbt-core (what it needs is fetched from
elsewhere while it is built), awscli (its script is no entry point), linode-cli (it asks for its
configuration before it starts).
"""
KNOWN: Mapping[str, tuple[frozenset[str], str]] = {
    "python-openstackclient": (
        frozenset({"cliff", "iso8601"}),
        "its commands stand in groups with computed names, which only a base class asks for",
    ),
}
"""What is missed, and why no reading could tell."""

OLDER = "setuptools<81"
"""The last that holds `pkg_resources`, which datasette imports."""
STARTS = ("--help", "--no-such-option")

NOTER = """
import builtins, json, sys, importlib

own = set(json.loads(sys.argv[1])); module, function, answer, option = sys.argv[2:6]
absent = set(json.loads(sys.argv[6]))
noted = {}
real = builtins.__import__

def note(name, globals=None, locals=None, fromlist=(), level=0):
    result = real(name, globals, locals, fromlist, level)
    importer = (globals or {}).get("__name__") or ""
    if level == 0 and importer.partition(".")[0] in own:
        noted.setdefault(name, importer)
        for item in fromlist or ():
            if f"{name}.{item}" in sys.modules:
                noted.setdefault(f"{name}.{item}", importer)
    return result

def hook(event, arguments):
    if event == "import":
        frame = sys._getframe(1)
        while frame is not None and (frame.f_code.co_filename.startswith("<frozen")
                or frame.f_code.co_filename.endswith("importlib/__init__.py")):
            frame = frame.f_back
        importer = frame.f_globals.get("__name__") or "" if frame else ""
        if importer.partition(".")[0] in own:
            noted.setdefault(arguments[0], importer)

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
builtins.__import__ = note
sys.addaudithook(hook)
sys.argv = [module, option]
error = None
imported = {}
try:
    started = importlib.import_module(module)
    imported = dict(noted)
    for part in function.split("."):
        started = getattr(started, part)
    started()
except SystemExit:
    pass
except BaseException as problem:
    error = repr(problem)
files = {name: getattr(sys.modules[name], "__file__", None) or "" for name in noted
         if name in sys.modules}
told = {"imported": sorted(imported), "noted": noted, "files": files, "error": error}
with open(answer, "w") as stream:
    json.dump(told, stream)
"""


@dataclass(frozen=True)
class Asked:
    """What another tool says that the application needs."""

    found: set[str]
    """Distributions; with a question mark a module that nothing installed ships."""
    seconds: float
    error: str


@dataclass
class Outcome:
    """What one application showed."""

    name: str
    modules: int = 0
    truth: set[str] = field(default_factory=set)
    """Distributions that every start really imports."""
    guarded: set[str] = field(default_factory=set)
    """Those without which it starts as well: no startup needs."""
    called: set[str] = field(default_factory=set)
    """Those that some start imports."""
    predicted: set[str] = field(default_factory=set)
    weaker: set[str] = field(default_factory=set)
    """Distributions foretold at a weaker level than startup."""
    alarms: list[str] = field(default_factory=list)
    """Errors that would be reported of an application that starts."""
    seconds: float = 0.0
    planted: str = ""
    planted_found: bool = False
    peers: dict[str, str] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    error: str = ""

    @property
    def missed(self) -> set[str]:
        return self.truth - self.predicted

    @property
    def extra(self) -> set[str]:
        return self.predicted - self.called - self.truth


def make_project(wanted: Requirement, script: str, folder: Path, uv: Uv) -> Path:
    """Install an application and turn its wheel into a project; return the project's folder."""
    environment, name = folder / "env", wanted.name
    for words in (
        ("venv", "-q", "--python", sys.executable, str(environment)),
        ("pip", "install", "-q", "--python", str(environment), str(wanted), OLDER),
    ):
        done = uv.call(words, cwd=folder)
        if not done.succeeded:
            raise RuntimeError(done.last_line)
    site = next(environment.glob("lib/python*/site-packages"))
    info = next(
        path
        for path in site.glob("*.dist-info")
        if canonicalize_name(path.name.removesuffix(".dist-info").rpartition("-")[0]) == name
    )
    project = folder / name
    owned = [line.split(",")[0] for line in (info / "RECORD").read_text().splitlines()]
    for path in owned:
        if not path.endswith(".pyc") and not path.startswith("..") and ".dist-info/" not in path:
            target = project / "src" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(site / path, target)
    (project / "pyproject.toml").write_text(pyproject_of(wanted, script, info))
    return project


def pyproject_of(wanted: Requirement, script: str, info: Path) -> str:
    """Return the pyproject.toml that a wheel's metadata amounts to (core metadata)."""
    name, version = wanted.name, str(wanted.specifier).removeprefix("==")
    headers = HeaderParser().parsestr((info / "METADATA").read_text("utf-8"))
    base: list[str] = []
    for text in headers.get_all("Requires-Dist") or ():
        requirement = Requirement(text)
        if requirement.marker is None or "extra" not in str(requirement.marker):
            base.append(text)
        elif any(requirement.marker.evaluate({"extra": extra}) for extra in wanted.extras):
            requirement.marker = None
            base.append(str(requirement))
    registered = metadata.Distribution.at(info).entry_points
    (target,) = (
        point.value
        for point in registered
        if point.group == "console_scripts" and point.name == script
    )
    plugins = ""
    for group in sorted(registered.groups - {"console_scripts", "gui_scripts"}):
        plugins += f"\n[project.entry-points.{json.dumps(group)}]\n"
        plugins += "".join(
            f"{json.dumps(point.name)} = {json.dumps(point.value)}\n"
            for point in registered.select(group=group)
        )
    listed = "".join(f"    {json.dumps(text)},\n" for text in base)
    return (
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\nrequires-python = ">=3.11"\n'
        f"dependencies = [\n{listed}]\n\n"
        f'[project.scripts]\n{json.dumps(script)} = "{target}"\n{plugins}\n'
        f'[tool.uv]\nconstraint-dependencies = ["{OLDER}"]\n'
    )


def real_imports(
    project: Path,
    environment: Path,
    target: str,
    own: Sequence[str],
    option: str,
    absent: Sequence[str] = (),
) -> dict:
    """Return what the application's own code really imports in one start, by module."""
    noter, answer = project.parent / "noter.py", project.parent / "answer.json"
    noter.write_text(NOTER)
    module, _, function = target.partition(":")
    python = environment / "bin" / "python"
    words = [python, noter, json.dumps(own), module, function.partition("[")[0], answer, option]
    words.append(json.dumps(absent))
    subprocess.run(
        [str(word) for word in words],
        cwd=project.parent,
        env=os.environ | {"PYTHONPATH": str(project / "src")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=180,
        check=False,
    )
    return json.loads(answer.read_text())


def read_truth(
    outcome: Outcome, project: Path, environment: Path, target: str, own: Sequence[str]
) -> None:
    """Start the application in every way, and note what its own code imports.

    Of what was not foretold it is asked whether the application starts without it.
    """
    owners = Environment(environment, project, canonicalize_name(outcome.name)).owners
    common: set[str] | None = None
    for option in STARTS:
        answer = real_imports(project, environment, target, own, option)
        outcome.error = outcome.error or answer["error"] or ""
        found = {
            module: str(owners[os.path.normpath(path)])
            for module, path in answer["files"].items()
            if os.path.normpath(path) in owners
        }
        seen = set(found.values()) - {outcome.name}
        common = seen if common is None else common & seen
        outcome.called |= seen
        outcome.truth |= {found[one] for one in answer["imported"] if one in found}
    outcome.truth = (outcome.truth | (common or set())) - {outcome.name}
    for name in sorted(outcome.missed):
        absent = sorted(module for module, owner in found.items() if owner == name)
        answers = [real_imports(project, environment, target, own, o, absent) for o in STARTS]
        if absent and not any(answer["error"] for answer in answers):
            outcome.guarded.add(name)
    outcome.truth -= outcome.guarded


def study(name: str, version: str, script: str, tools: Path | None, memory: Memory) -> Outcome:
    """Trace one application, run it, and compare."""
    wanted = Requirement(f"{name}=={version}")
    outcome = Outcome(wanted.name)
    uv = Uv(find_uv())
    with tempfile.TemporaryDirectory(prefix="traces-") as scratch:
        folder = Path(scratch)
        try:
            project = make_project(wanted, script, folder, uv)
        except (RuntimeError, StopIteration) as error:
            outcome.error = str(error)
            return outcome
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        analysis = Analysis(project, Options(python=python), memory=memory)
        outcome.modules = len(analysis.layout.modules)
        _ = analysis.grounds
        started = time.perf_counter()
        _ = analysis.traced
        outcome.seconds = time.perf_counter() - started
        levels = distribution_levels(analysis, script)
        outcome.predicted = {name for name, level in levels.items() if level is Level.STARTUP}
        outcome.weaker = levels.keys() - outcome.predicted
        target = next(one.target for one in analysis.project.scripts if one.name == script)
        own = sorted(analysis.layout.top_names)
        read_truth(outcome, project, folder / "env", target, own)
        if tools is not None:
            ask_peers(outcome, analysis, project, folder / "env", target, tools)
        outcome.alarms = [one.message for one in analysis.findings_today if one.severity == "error"]
        plant(outcome, analysis, project, tools, memory, python)
    return outcome


def ask_peers(
    outcome: Outcome,
    analysis: Analysis,
    project: Path,
    environment: Path,
    target: str,
    folder: Path,
) -> None:
    """Ask every other tool what lies behind the entrypoint, in distributions."""
    site = next(environment.glob("lib/python*/site-packages"))
    module = target.partition(":")[0]
    tops = sorted(analysis.layout.top_names)
    question = peers.Question(
        project, site, project / analysis.layout.modules[module], module, tops
    )
    owners = Environment(environment, project, canonicalize_name(outcome.name)).owners
    by_top: dict[str, set[str]] = {}
    for path, owner in owners.items():
        if Path(path).is_relative_to(site):
            top = Path(path).relative_to(site).parts[0].partition(".")[0]
            by_top.setdefault(top, set()).add(str(owner))
    for tool in peers.TOOLS:
        reply = peers.ask(folder, tool, question)
        found = {owner for name in reply.modules for owner in by_top.get(name, {f"{name} ?"})}
        outcome.asked[tool] = Asked(found - {outcome.name}, reply.seconds, reply.error)


def distribution_levels(analysis: Analysis, script: str) -> dict[str, Level]:
    """Return the strongest level at which the script needs each distribution."""
    installed = {key.name for key in analysis.grounds[0].facts}
    levels: dict[str, Level] = {}
    for role in analysis.today.roles:
        if role.entrypoint == script:
            for need in role.needs:
                if need.via.startswith(("optional:", "entry-point")):
                    continue  # kept for what may load it; no import of this code is foretold
                for provider in need.providers & installed:
                    known = levels.get(provider, Level.TYPING)
                    levels[str(provider)] = min(known, need.level)
    return levels


def plant(
    outcome: Outcome,
    analysis: Analysis,
    project: Path,
    tools: Path | None,
    memory: Memory,
    python: str,
) -> None:
    """Move one startup distribution to an extra: who notices that the script crashes?"""
    direct = {requirement.name: requirement.text for requirement in analysis.project.base}
    held = {
        requirement.name: analysis.grounds[0].requirement_closures[requirement]
        for requirement in analysis.project.base
    }
    for name in sorted(outcome.truth & direct.keys()):
        others = [closure for other, closure in held.items() if other != name]
        if all(key.name != name for closure in others for key in closure):
            break
    else:
        return
    outcome.planted = name
    path = project / "pyproject.toml"
    text = path.read_text().replace(f"    {json.dumps(direct[name])},\n", "")
    text += f"\n[project.optional-dependencies]\nmore = [{json.dumps(direct[name])}]\n"
    path.write_text(text)
    (project / "uv.lock").unlink()
    again = Analysis(project, Options(python=python), memory=memory)
    outcome.planted_found = any(
        finding.kind == "missing" and finding.distribution == name
        for finding in again.findings_today
    )
    if tools is None:
        return
    modules = sorted(
        module
        for key, facts in analysis.grounds[0].facts.items()
        if key.name == name
        for module in facts.modules
    )
    for peer, words in (
        (
            "deptry",
            [
                "deptry",
                ".",
                "--no-ansi",
                "--known-first-party",
                ",".join(sorted(analysis.layout.top_names)),
            ],
        ),
        ("fawltydeps", ["fawltydeps", "--code", "src", "--deps", "pyproject.toml"]),
    ):
        program = tools / "bin" / words[0]
        if not program.exists():
            continue
        started = time.perf_counter()
        done = subprocess.run(
            [str(program), *words[1:]], cwd=project, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        spent = time.perf_counter() - started
        missing = [
            line
            for line in said.splitlines()
            if "missing" in line.lower() or "DEP001" in line or "undeclared" in line.lower()
        ]
        named = any(f"'{module}'" in line for line in missing for module in modules)
        outcome.peers[peer] = f"{'found' if named else 'silent'}, {spent:.1f} s"


def render(outcomes: Sequence[Outcome]) -> str:
    """Return the tables in Markdown."""
    lines = [
        f"# Traces against real imports, {time.strftime('%Y-%m-%d')}",
        "",
        "Distributions that the application's own code imports in every start (truth: importing",
        "its console script's module, and what both a call with `--help` and one with an unknown",
        "option bring), against the `startup` needs of the trace. What only one of the calls",
        "brings is no false alarm. Guarded: imported at start, but it starts without. Alarms:",
        "errors reported of the application as it stands. Seconds: cold, one run, wall, beside",
        "whatever else ran; how quick it is, `trace_speed.md` tells.",
        "",
        "| application | modules | truth | foretold | missed | too much | guarded | alarms | s |",
        "|---|---:|---:|---:|---|---|---|---:|---:|",
        *(
            f"| {one.name} | {one.modules} | {len(one.truth)} | {len(one.predicted)} | "
            f"{_listed(one.missed)} | {_listed(one.extra)} | {_listed(one.guarded)} | "
            f"{len(one.alarms)} | {one.seconds:.2f} |"
            for one in outcomes
        ),
        "",
        f"{_score([(one.truth, one.called, one.predicted) for one in outcomes])}.",
        "",
        *(
            f"- {one.name}, missed: {KNOWN[one.name][1]}"
            for one in outcomes
            if one.missed and one.name in KNOWN
        ),
        *(f"- {one.name}, alarm: {alarm}" for one in outcomes for alarm in one.alarms),
        *(f"- {one.name}, not started: {one.error}" for one in outcomes if one.error),
    ]
    if any(one.name == NEWER for one in outcomes):
        lines += ["", *FIRST_TRY.splitlines()]
    return "\n".join([*lines, *_render_peers([one for one in outcomes if one.asked])]) + "\n"


def _render_peers(outcomes: Sequence[Outcome]) -> list[str]:
    """Return what others answer: nothing where nobody was asked."""
    if not outcomes:
        return []
    lines = ["", "## Peers on the same projects", ""]
    lines += [
        "| tool | distributions for a startup | seconds, all | not answered |",
        "|---|---|---:|---|",
    ]
    ours = _score([(one.truth, one.called, one.predicted) for one in outcomes])
    lines.append(f"| extrasplit | {ours} | {sum(one.seconds for one in outcomes):.1f} | - |")
    for tool in peers.TOOLS:
        rows = [(one.truth, one.called, one.asked[tool].found) for one in outcomes]
        seconds = sum(one.asked[tool].seconds for one in outcomes)
        failed = _listed({one.name for one in outcomes if one.asked[tool].error})
        lines.append(f"| {tool} | {_score(rows)} | {seconds:.1f} | {failed} |")
    lines += ["", "| application | " + " | ".join(peers.TOOLS) + " |"]
    lines.append("|---|" + "---|" * len(peers.TOOLS))
    for one in outcomes:
        cells = (
            f"misses {_listed(one.truth - asked.found)}; too much "
            f"{_listed(asked.found - one.called - one.truth)}; {asked.seconds:.1f} s"
            for asked in one.asked.values()
        )
        lines.append(f"| {one.name} | " + " | ".join(cells) + " |")
    lines += ["", "## The crash: one startup distribution moved to an extra", ""]
    lines += ["| application | moved | extrasplit | deptry | fawltydeps |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.name} | {one.planted} | {'found' if one.planted_found else 'missed'} | "
        f"{one.peers.get('deptry', '-')} | {one.peers.get('fawltydeps', '-')} |"
        for one in outcomes
        if one.planted
    ]
    return lines


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "-"


def _score(rows: Sequence[tuple[set[str], set[str], set[str]]]) -> str:
    """Return recall and precision over (truth, imported by some start, said)."""
    truth = sum(len(true) for true, _, _ in rows)
    missed = sum(len(true - said) for true, _, said in rows)
    claimed = sum(len(said) for _, _, said in rows)
    wrong = sum(len(said - true - called) for true, called, said in rows)
    return (
        f"recall {1 - missed / max(truth, 1):.2%} of {truth}, "
        f"precision {1 - wrong / max(claimed, 1):.2%} of {claimed}"
    )


def main() -> int:
    """Study the applications and print the table; 1 where one is missed that isn't known to be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--slice", type=int, default=len(APPLICATIONS), metavar="N")
    parser.add_argument("--only", metavar="NAME", action="append", default=[])
    parser.add_argument("--peers", type=Path, metavar="DIR")
    parser.add_argument("--report", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    names = arguments.only or list(APPLICATIONS)[: arguments.slice]
    outcomes = []
    with Memory() as memory:
        for name in names:
            version, script = APPLICATIONS[name]
            outcomes.append(study(name, version, script, arguments.peers, memory))
            one = outcomes[-1]
            print(
                f"{name}: truth {len(one.truth)}, missed {sorted(one.missed)}, "
                f"too much {sorted(one.extra)}, alarms {one.alarms} {one.error}",
                file=sys.stderr,
                flush=True,
            )
    table = render(outcomes)
    print(table)
    if arguments.report:
        arguments.report.write_text(table)
    nothing: tuple[frozenset[str], str] = (frozenset(), "")
    return int(any(one.missed - KNOWN.get(one.name, nothing)[0] for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
