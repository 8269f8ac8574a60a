"""Finds, makes and proves unlocks in applications from PyPI.

    python benchmarks/unlocks.py [--slice N/M] [--only NAME] [--work DIR] [--report FILE]

For each application in unlocks.txt its own wheel is unpacked, and a project is made of it: the
requirements and scripts of its metadata, and the modules as their source. That is locked
and analysed as any other project; the unlocks that can be made mechanically are written into a
copy; then only what the unlocked image holds is installed, and each of its scripts is started:
its module is imported, and `--help` is asked for, and the real commands that unlocks.txt declares
are run, none of which needs a service. In the same environment the unchanged source must fail.

Exit code 1 where fewer than nine in ten of the mechanical unlocks start. pip and uv are used as
they are configured on this machine.
"""

from __future__ import annotations

import argparse
import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from extrasplit.edges.memory import Memory
from extrasplit.edges.uv import find_uv
from extrasplit.errors import ExtrasplitError
from extrasplit.pipeline import Analysis, Options
from extrasplit.split.unlocks import Unlock, Unlocks

HERE = Path(__file__).parent
PYTHON = "{}.{}".format(*sys.version_info)
MB = 1_000_000
START_SECONDS = 300
LARGEST_BYTES = 1_200_000_000
"""More is not installed to prove an unlock."""
PASSED_SHARE = 0.9

SMOKE = """
import importlib, sys
module, function = sys.argv[1:3]
sys.argv = sys.argv[3:]
loaded = importlib.import_module(module)
called = loaded
for part in function.split("."):
    called = getattr(called, part)
raise SystemExit(called())
"""


@dataclass(frozen=True)
class Shown:
    """One unlock that was shown."""

    variant: str
    requirements: list[str]
    freed_bytes: int
    cost: float
    lines: list[str]
    mechanical: bool
    manual: list[str]
    silly: bool = False
    verdict: str = "not made"
    """`started`, or why it did not."""


@dataclass(frozen=True)
class Result:
    """What was found in one application."""

    name: str
    version: str
    packages: int = 0
    modules: int = 0
    lean_bytes: int = 0
    unlocked_bytes: int = 0
    seconds: float = 0.0
    """Of the processor, for graphs and unlocks, beside the trace."""
    shown: list[Shown] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True)
class App:
    """An application of unlocks.txt, and what people judge silly to unlock in it."""

    requirement: Requirement
    silly: frozenset[str]
    files: dict[str, str] = field(default_factory=dict)
    """What its commands are given."""
    commands: list[list[str]] = field(default_factory=list)
    """What it can do without a service; each begins with one of its scripts."""

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def folder(self) -> str:
        return re.sub(r"[^\w.-]+", "-", str(self.requirement))


def read_apps(path: Path) -> list[App]:
    """Read applications, one a line; below each, indented, its files and its commands.

    `NAME: TEXT` is a file (with `\\n` and `\\t`), `$ SCRIPT ARGUMENT...` a command.
    """
    apps: list[App] = []
    for line in filter(str.strip, path.read_text().splitlines()):
        if not line.startswith(" "):
            text, _, comment = line.partition("#")
            silly = frozenset(re.findall(r"silly: ([\w.-]+)", comment))
            if text.strip():
                apps.append(App(Requirement(text.strip()), silly))
        elif line.strip().startswith("$ "):
            apps[-1].commands.append(shlex.split(line.strip()[2:]))
        else:
            name, _, text = line.strip().partition(": ")
            apps[-1].files[name] = text.replace("\\n", "\n").replace("\\t", "\t") + "\n"
    return apps


def run(*words: str | Path, cwd: Path | None = None, seconds: int = 600) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, timeout=seconds
    )
    if done.returncode:
        raise ExtrasplitError(f"{words[0]} {words[1]}: {done.stderr.strip()[-400:]}")
    return done.stdout


def make_project(app: App, folder: Path) -> str:
    """Unpack the application's wheel as a project of its own; return its version."""
    target = folder / "src"
    run(
        *(find_uv(), "pip", "install", "--no-deps", "--quiet", "--target", target),
        *("--python-version", PYTHON, "--no-build", str(app.requirement)),
    )
    info = next(target.glob("*.dist-info"))
    metadata = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
    entries = configparser.ConfigParser(delimiters=("=",))
    entries.optionxform = str  # type: ignore[assignment,method-assign]
    if (info / "entry_points.txt").is_file():
        entries.read_string((info / "entry_points.txt").read_text(encoding="utf-8"))
    scripts = dict(entries["console_scripts"]) if entries.has_section("console_scripts") else {}
    text = pyproject_of(metadata, scripts, app.requirement.extras)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    shutil.rmtree(target / "bin", ignore_errors=True)  # its metadata stays: some apps read it
    return metadata["Version"]


def pyproject_of(metadata: Message, scripts: dict[str, str], extras: Collection[str]) -> str:
    """Return a pyproject.toml with what installing the wheel brings, and its scripts."""
    base = []
    for requirement in map(Requirement, metadata.get_all("Requires-Dist") or ()):
        marker = requirement.marker
        if marker is None or "extra" not in str(marker):
            base.append(str(requirement))
        elif any(marker.evaluate({"extra": extra}) for extra in extras):
            requirement.marker = None
            base.append(str(requirement))
    name = metadata["Name"]
    targets = {n: t.partition("[")[0].strip() for n, t in scripts.items()}
    return "\n".join(
        [
            *(
                "[project]",
                f'name = "{name}"',
                f'version = "{metadata["Version"]}"',
                f'requires-python = "=={PYTHON}.*"',
            ),
            f"dependencies = {json.dumps(base)}",
            "[project.scripts]",
            *(f"{json.dumps(n)} = {json.dumps(target)}" for n, target in targets.items()),
            "[build-system]",
            *('requires = ["hatchling"]', 'build-backend = "hatchling.build"'),
            *("[tool.extrasplit]", f'python = "{PYTHON}"', 'platforms = ["linux/amd64"]'),
            'source = ["src"]',
            *("[tool.uv]", "environments = [\"sys_platform == 'linux'\"]", ""),
        ]
    )


def study(app: App, work: Path, memory: Memory) -> Result:
    folder = work / app.folder
    version = ""
    try:
        if not (folder / "pyproject.toml").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make_project(app, folder)
        analysis = Analysis(folder, Options(), memory=memory)
        version = analysis.project.version or ""
        ground, plan = analysis.ground, analysis.plan
        started = time.process_time()
        unlocks = analysis.unlocks
        seconds = time.process_time() - started
    except (ExtrasplitError, subprocess.TimeoutExpired) as error:
        return Result(app.name, version, problem=" ".join(str(error).split())[:300])
    if not plan.variants:
        return Result(app.name, version, problem="starts nothing: no script, no public package")
    lean = next((v for v in plan.variants if v.name in unlocks.unlocked_bytes), plan.variants[0])
    result = Result(
        app.name,
        version,
        len(ground.lock.packages),
        len(analysis.layout.modules),
        lean.installed_bytes,
        unlocks.unlocked_bytes.get(lean.name, lean.installed_bytes),
        round(seconds, 2),
    )
    return replace(result, shown=[shown_of(analysis, one, app) for one in unlocks.shown])


def shown_of(analysis: Analysis, unlock: Unlock, app: App) -> Shown:
    heads = {canonicalize_name(Requirement(text).name) for text in unlock.requirements}
    manual = [f"{line.path}:{line.line} {line.how.why}" for line in manual_lines(analysis, unlock)]
    return Shown(
        unlock.variant,
        list(unlock.requirements),
        unlock.freed_bytes,
        unlock.cost,
        [f"{line.path}:{line.line} {', '.join(line.names)}" for line in unlock.lines],
        not manual,
        manual,
        silly=bool(heads & app.silly),
    )


def manual_lines(analysis: Analysis, unlock: Unlock) -> list:  # type: ignore[type-arg]
    return [one.line for one in propose(analysis, [unlock]).manual]


def propose(analysis: Analysis, chosen: Sequence[Unlock]):  # type: ignore[no-untyped-def]
    from extrasplit.rewrite.unlocks import propose_unlocks

    return propose_unlocks(
        analysis.ground,
        chosen,
        Unlocks(tuple(chosen), tuple(chosen), {}),
        analysis.startup_graphs,
        analysis.plan,
        read=analysis.listing.read,
        listing=analysis.listing.paths,
    )


def prove(result: Result, app: App, work: Path, memory: Memory) -> Result:
    """Make the mechanical unlocks on a copy, install what is left, start every script."""
    mechanical = [one for one in result.shown if one.mechanical and one.lines]
    if not mechanical:
        return result
    analysis = Analysis(work / app.folder, Options(), memory=memory)
    wanted = {(one.variant, tuple(one.requirements)) for one in mechanical}
    unlocks = [
        u for u in analysis.unlocks.shown if u.lines and (u.variant, u.requirements) in wanted
    ]
    verdicts: dict[tuple[str, tuple[str, ...]], str] = {}
    for variant in dict.fromkeys(unlock.variant for unlock in unlocks):
        mine = [unlock for unlock in unlocks if unlock.variant == variant]
        together = start_without(analysis, variant, mine, app, work)
        for unlock in mine:
            # alone too: together, one of them would do for the control to fail
            alone = together
            if len(mine) > 1:
                alone = start_without(analysis, variant, [unlock], app, work)
            both = alone if alone != "started" else together
            verdicts[variant, unlock.requirements] = both
    shown = [
        replace(one, verdict=verdicts.get((one.variant, tuple(one.requirements)), one.verdict))
        if one.lines
        else replace(one, verdict="no line to change")
        for one in result.shown
    ]
    return replace(result, shown=shown)


def start_without(
    analysis: Analysis, variant_name: str, unlocks: Sequence[Unlock], app: App, work: Path
) -> str:
    """Return `started` where each entrypoint of the image starts without what the unlocks free."""
    variant = next(v for v in analysis.plan.variants if v.name == variant_name)
    leaving = {name for unlock in unlocks for name in unlock.leaving}
    kept = [key for key in variant.packages if key.name not in leaving]
    size = sum(analysis.ground.first.facts[key].installed_bytes for key in kept)
    if size > LARGEST_BYTES:
        return f"not tried: {size // MB} MB would have to be installed"
    folder = Path(tempfile.mkdtemp(prefix="start-", dir=work))
    try:
        source = folder / "src"
        shutil.copytree(analysis.root / "src", source)
        for path, data in propose(analysis, unlocks).changes.items():
            (folder / path).write_bytes(data)
        python = install(folder, kept)
        starts = [e for e in analysis.traced.entrypoints if e.name in variant.entrypoints]
        members = {unlock.entrypoint for unlock in unlocks}
        for entrypoint in starts:
            if entrypoint.name in members and entrypoint.module and entrypoint.function:
                problem = start(python, source, entrypoint, ["--help"])
                if problem:
                    return f"{entrypoint.name}: {problem}"
                # the control: as it was, it must fail here, or the lines held nothing; those
                # that only lacked an answer never ran at startup
                moved = any(not unlock.late for unlock in unlocks)
                if moved and start(python, analysis.root / "src", entrypoint, ["--help"]) is None:
                    return f"{entrypoint.name}: starts unchanged as well"
        return run_commands(app, {one.name: one for one in starts}, python, source) or "started"
    except (ExtrasplitError, subprocess.TimeoutExpired) as error:
        return f"not tried: {' '.join(str(error).split())[:200]}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install(folder: Path, keys: Iterable) -> Path:  # type: ignore[type-arg]
    environment = folder / "env"
    run(find_uv(), "venv", "--quiet", "--python", PYTHON, environment)
    python = environment / "bin" / "python"
    names = sorted(f"{key.name}=={key.version}" for key in keys)
    (folder / "requirements.txt").write_text("\n".join(names) + "\n")
    run(
        *(find_uv(), "pip", "install", "--quiet", "--no-deps", "--python", python),
        *("-r", folder / "requirements.txt"),
        seconds=900,
    )
    return python


def run_commands(app: App, starts, python: Path, source: Path) -> str | None:  # type: ignore[no-untyped-def]
    """Run what the application can do without a service; return what did not end well."""
    here = source.parent / "here"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir()
    for name, text in app.files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text, encoding="utf-8")
    for script, *arguments in app.commands:
        if script not in starts:
            return f"{script} is no script of this image"
        problem = start(python, source, starts[script], arguments, here)
        if problem:
            return f"{shlex.join([script, *arguments])}: {problem}"
    return None


def start(  # type: ignore[no-untyped-def]
    python: Path, source: Path, entrypoint, arguments: Sequence[str], folder: Path | None = None
) -> str | None:
    """Return why a script did not end well with these arguments, None where it did."""
    words = [python, "-c", SMOKE, entrypoint.module, entrypoint.function, entrypoint.name]
    words += arguments
    environment = {"PYTHONPATH": str(source), "PATH": "/usr/bin:/bin", "HOME": str(source.parent)}
    try:
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            env=environment,
            cwd=folder or source.parent,
        )
    except subprocess.TimeoutExpired:
        return f"did not answer within {START_SECONDS} s"
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
    return (lines or ["no output"])[-1][:200]


def table(results: Sequence[Result]) -> Iterator[str]:
    yield "| application | locked | modules | lean | unlocked | seconds |"
    yield "|---|---|---|---|---|---|"
    for one in results:
        if one.problem:
            yield f"| {one.name} {one.version} | | | {one.problem} | | |"
            continue
        yield (
            f"| {one.name} {one.version} | {one.packages} | {one.modules} | "
            f"{one.lean_bytes / MB:.0f} MB | {one.unlocked_bytes / MB:.0f} MB | {one.seconds} |"
        )
    yield ""
    yield "| application | frees | points | requirements | lines | result |"
    yield "|---|---|---|---|---|---|"
    for one in results:
        for shown in one.shown:
            verdict = shown.verdict if shown.mechanical else f"by hand: {shown.manual[0]}"
            silly = " (silly)" if shown.silly else ""
            names = ", ".join(Requirement(text).name for text in shown.requirements)
            lines = "<br>".join(shown.lines)
            yield (
                f"| {one.name} | {shown.freed_bytes / MB:.1f} MB | {shown.cost} | {names}{silly} | "
                f"{lines} | {verdict} |"
            )


def summary(results: Sequence[Result]) -> tuple[str, bool]:
    shown = [one for result in results for one in result.shown]
    made = [one for one in shown if one.mechanical and one.lines]
    tried = [one for one in made if not one.verdict.startswith("not ")]
    started = [one for one in tried if one.verdict == "started"]
    silly = [one for one in shown if one.silly]
    text = (
        f"{len(results)} applications, {len(shown)} unlocks shown, {len(silly)} silly, "
        f"{len(made)} mechanical, {len(tried)} tried, "
        f"{len(started)} started"
    )
    return text, len(started) >= PASSED_SHARE * len(tried)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slice", default="1/1", help="N/M: the Nth of M parts of the list")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "unlocks")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--dry", action="store_true", help="find, but install and start nothing")
    arguments = parser.parse_args()
    part, _, parts = arguments.slice.partition("/")
    apps = read_apps(HERE / "unlocks.txt")
    apps = [app for app in apps if not arguments.only or app.name in arguments.only]
    apps = apps[int(part) - 1 :: int(parts or 1)]
    results = []
    with Memory() as memory:
        for app in apps:
            result = study(app, arguments.work, memory)
            if not arguments.dry:
                result = prove(result, app, arguments.work, memory)
            print(json.dumps(asdict(result)), flush=True)
            results.append(result)
    text, passed = summary(results)
    lines = [*table(results), "", text, ""]
    if arguments.report:
        arguments.report.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
