"""Holds the plan against splits that maintainers made by hand and released.

    python benchmarks/published.py [--slice N] [--cache FOLDER] [--report reports/published.md]

Each case is two releases on PyPI: the last one with one fat list, and the one in which heavy
requirements had moved to extras. A project is made of an sdist: its packages, and a pyproject.toml
that says what its metadata says. It is planned:

- *as it was*: the fat release, where its roles can be found without settings;
- *before*: the fat release, with the settings below (and once with fewer roles);
- *folded*: the source of the split release, with what its extras took out of base put back there.
  The maintainers' edits are in it, their split isn't: the plan must find it again.

Each is planned once more after `unlock --write` for what the extras of the split release took.

On each lock the maintainers' image of a role is what their base and the extras that their
documentation names for it would install. Then released projects that are split well already are
read: a plan that cannot improve them must say so.

Exit code 1 where the roles of a folded case install over 5% more than by hand, or those of a fat
release without settings once it was unlocked; where what an extra of theirs took is in base again;
or where a well-split project is to be changed. The index is the
one that pip is configured with.
"""

from __future__ import annotations

import argparse
import configparser
import datetime
import io
import json
import re
import shutil
import sys
import tarfile
import tempfile
import time
import tomllib
import urllib.parse
import urllib.request
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

sys.path.insert(0, str(Path(__file__).parent))

from roundtrip import index_url

from extrasplit.edges.memory import Memory
from extrasplit.lock.uvlock import PackageKey
from extrasplit.pipeline import Analysis, Options
from extrasplit.split.values import Plan, Variant

MB = 1_000_000
IN_EXTRA = re.compile(r"extra == [\"']([^\"']+)[\"']")
NEAR_SHARE = 0.05
"""What all roles may install more than by hand, and the cut be as good: so much may roles that
share an image differ (DESIGN 7.4)."""


@dataclass(frozen=True)
class Case:
    """A split that was made by hand."""

    name: str
    before: str
    after: str
    newer: str
    """`exclude-newer` of both locks: the day after the split."""
    python: str
    extras: tuple[str, ...]
    """Those extras of the split release that took something out of base."""
    roles: Mapping[str, tuple[str, ...]]
    """Entrypoint to the extras that the documentation of the split release names for it."""
    settings: str
    """What no reading can know, as a maintainer would write it under [tool.extrasplit]."""
    why: str
    """Why these settings."""
    fewer: str = ""
    """Settings with fewer roles, for the fat release."""
    unaided: bool = False
    """Its roles are found without settings: it is planned without them first."""
    gone: tuple[str, ...] = ()
    """Distributions whose pinned version PyPI no longer has: any version of that day serves."""


AIDER_SETTINGS = """
[tool.extrasplit]
default-entrypoint = false

[tool.extrasplit.needs]
aider = [
    { name = "litellm", level = "startup" },
    { name = "networkx", level = "startup" },
    { name = "scipy", level = "startup" },
]
aider-2 = [
    { name = "litellm", level = "startup" },
    { name = "networkx", level = "startup" },
    { name = "scipy", level = "startup" },
]
gui = [
    { name = "litellm", level = "startup" },
    { name = "networkx", level = "startup" },
    { name = "scipy", level = "startup" },
]
"""
AIDER_WHY = (
    "The script imports nearly all that is heavy inside functions, so the file alone says no more"
    " of Streamlit than of litellm, which gives every answer: a plain install goes on serving both."
    " What tells them apart is that `launch_gui()` runs only for `if args.gui`, so all that keeps"
    " Streamlit in base is that nothing answers there for its absence: an unlock of two lines."
    " Playwright, imported at startup, is an unlock of one line, where the split release moved the"
    " two of `aider/scrape.py`. *Before* and *folded* say the same by settings:"
    " `default-entrypoint = false` (what is imported late may be missing from a plain install) and"
    " `needs` (but not the model's client, and not what the repository map computes with)."
    " PyPI has lost the litellm that was pinned; the newest of that day stands in for it."
)

FASTCHAT_SERVERS = """
[[tool.uv.dependency-metadata]]
name = "flash-attn"
requires-dist = ["torch", "einops", "packaging", "ninja"]

[tool.extrasplit.entrypoints]
controller = { run = "python -m fastchat.serve.controller" }
api = { run = "python -m fastchat.serve.openai_api_server" }
"""
FASTCHAT_MODELS = """
cli = { run = "python -m fastchat.serve.cli" }
model-worker = { run = "python -m fastchat.serve.model_worker" }
web = { run = "python -m fastchat.serve.gradio_web_server" }
train = { run = "python fastchat/train/train_mem.py" }
"""

CASES = (
    Case(
        "aider-chat",
        "0.42.0",
        "0.44.0",
        "2024-07-17T00:00:00Z",
        "3.12",
        ("browser", "playwright"),
        {"aider": ()},
        AIDER_SETTINGS,
        AIDER_WHY,
        unaided=True,
        gone=("litellm",),
    ),
    Case(
        "fschat",
        "0.2.23",
        "0.2.24",
        "2023-08-14T00:00:00Z",
        "3.11",
        ("model_worker", "webui", "train"),
        {
            "controller": (),
            "api": (),
            "cli": ("model_worker",),
            "model-worker": ("model_worker",),
            "web": ("model_worker", "webui"),
            "train": ("model_worker", "train"),
        },
        FASTCHAT_SERVERS + FASTCHAT_MODELS,
        (
            "The project has no scripts; these are the commands of its README. flash-attn is an"
            " sdist that asks for torch before it tells its requirements, so they are written down."
            " In the fat release the API server loads the models' code; the split release came with"
            " the edit that ends it: `fastchat/serve/openai_api_server.py:34`, which the unlock"
            " names and leaves to a maintainer. (*Servers alone* are the two roles that need no"
            " torch.) In the plan, roles whose needs differ by less than 100 MB share an"
            " image (cli, model-worker and train); by hand each set of extras makes its own."
        ),
        fewer=FASTCHAT_SERVERS,
    ),
    Case(
        "aider-chat",
        "0.43.0",
        "0.44.0",
        "2024-07-17T00:00:00Z",
        "3.12",
        ("browser", "playwright", "help"),
        {"aider": ()},
        AIDER_SETTINGS,
        (
            "As above, with the search in its documentation, which came in that release. What is"
            " above by hand is SymPy (26 MB), which networkx names as optional, so that it stays"
            " with it."
        ),
        unaided=True,
        gone=("litellm",),
    ),
)

REMARKS = """
## Started

By hand, once: aider-chat 0.42.0 *as it was*, after `unlock --write` for streamlit and playwright,
with what its lean image holds installed (Python 3.11, 542.6 MB). `aider --help` starts;
`aider --gui` ends with "streamlit is not installed: pip install 'aider-chat[gui]'". In the same
environment the unchanged source stops at its first import of Playwright. FastChat *folded*, after
`unlock --write peft`: `python -m fastchat.serve.gradio_web_server --help` starts in its lean image
of 304 MB, where the unchanged source stops for want of accelerate. No more than that was run.

## Where it is not what they did

- `gui` holds Playwright beside Streamlit in the fat releases: `aider/gui.py`, which `--gui` runs
  as a Streamlit app, imports `aider/scrape.py` on its first lines. Theirs are two extras, after an
  edit of that file; *folded* has it, and there the plan has two groups as well.
- The line of FastChat's API server that brings torch is told, not written: nothing in the file uses
  what it imports, and it might be imported for what that does. (The split release dropped it.)
- SymPy stays with networkx, which names it as optional. Metadata of a needed distribution outranks
  the pin of another one: by the same rule SciPy stays, which PageRank imports in every run.
"""

WELL_SPLIT = (
    ("uvicorn", "0.54.0"),
    ("litestar", "2.25.0"),
    ("sqlalchemy", "2.0.43"),
    ("black", "26.10.1"),
    ("httpx", "0.28.1"),
    ("datasette", "0.65.5"),
)
"""Small bases, and an extra for all that is optional."""
WELL_SPLIT_NEWER = "2026-10-20T00:00:00Z"


@dataclass(frozen=True)
class Role:
    """One role's image, in bytes of distributions."""

    name: str
    extras: tuple[str, ...]
    fat_bytes: int
    theirs_bytes: int
    ours_bytes: int
    unlocked_bytes: int
    """Once the unlocks were written into a copy, and it was planned again."""
    promised_bytes: int
    """What the plan of the unchanged source said that they would come to."""


@dataclass(frozen=True)
class Feature:
    """One extra of theirs, and where the plan has the heaviest requirement that it took."""

    extra: str
    head: str
    theirs_bytes: int
    """Of all that it took out of base, beyond their base."""
    home: str
    """Our group; empty for base."""
    home_unlocked: str
    """The same once the unlocks were made."""


@dataclass
class Study:
    """What one plan of one case shows."""

    kind: str
    packages: int
    seconds: float
    roles: list[Role] = field(default_factory=list)
    features: list[Feature] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    groups_unlocked: list[str] = field(default_factory=list)
    unlocks: list[str] = field(default_factory=list)

    @property
    def totals(self) -> tuple[int, int, int]:
        """What all roles install, each by itself: by hand, by the plan, and unlocked."""
        return (
            sum(r.theirs_bytes for r in self.roles),
            sum(r.ours_bytes for r in self.roles),
            sum(r.unlocked_bytes for r in self.roles),
        )


@dataclass(frozen=True)
class Quiet:
    """One project that was split already."""

    name: str
    version: str
    extras: int
    packages: int
    changed: bool
    moves: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--slice", type=int, default=0, help="only the first N of each kind")
    parser.add_argument("--cache", type=Path, help="keep the sdists here")
    parser.add_argument("--report", type=Path, help="write the tables to this file")
    options = parser.parse_args()
    most = options.slice or None
    with tempfile.TemporaryDirectory(prefix="published-") as scratch, Memory() as memory:
        sdists = Sdists(options.cache or Path(scratch))
        studied = [
            (case, list(study(case, sdists, Path(scratch), memory))) for case in CASES[:most]
        ]
        quiet = [
            plan_released(name, version, sdists, Path(scratch), memory)
            for name, version in WELL_SPLIT[:most]
        ]
    table = render(studied, quiet)
    print(table)
    if options.report:
        options.report.write_text(table, encoding="utf-8")
    return int(any(one.changed for one in quiet) or any(map(is_worse, studied)))


def is_worse(studied: tuple[Case, Sequence[Study]]) -> bool:
    """Whether the plan of the folded source misses their cut, or that of the fat one unlocked."""
    case, studies = studied
    folded, first = studies[-1], studies[0]
    theirs, ours, _ = folded.totals
    worse = ours > theirs * (1 + NEAR_SHARE) or any(not one.home for one in folded.features)
    theirs, _, ours = first.totals
    return worse or (case.unaided and ours > theirs * (1 + NEAR_SHARE))


class Sdists:
    """Unpacked sdists, each fetched once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = index_url()

    def get(self, name: str, version: str) -> Path:
        """Return the folder that the sdist of one release unpacks to."""
        target = self._folder / f"{name}-{version}"
        if not target.exists():
            with urllib.request.urlopen(self._url(name, version), timeout=120) as answer:
                data = answer.read()
            with tempfile.TemporaryDirectory(dir=self._folder) as aside:
                with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
                    archive.extractall(aside, filter="data")
                next(Path(aside).iterdir()).rename(target)
        return target

    def _url(self, name: str, version: str) -> str:
        """Return the address of an sdist, by the JSON form of the simple API (PEP 691)."""
        page = urllib.parse.urljoin(self._index.rstrip("/") + "/", f"{name}/")
        request = urllib.request.Request(
            page, headers={"Accept": "application/vnd.pypi.simple.v1+json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            files = json.load(answer)["files"]
        wanted = canonicalize_name(f"{name}-{version}")  # `aider_chat-...`, and `fschat-...`
        for file in files:
            stem, _, kind = file["filename"].rpartition(".tar.")
            if kind == "gz" and canonicalize_name(stem) == wanted:
                return urllib.parse.urljoin(page, str(file["url"]))
        raise LookupError(f"the index has no sdist of {name} {version}")


@dataclass(frozen=True)
class Release:
    """What one sdist says of itself."""

    folder: Path
    name: str
    version: str
    python: str
    base: tuple[str, ...]
    extras: Mapping[NormalizedName, tuple[str, ...]]

    @property
    def base_names(self) -> frozenset[NormalizedName]:
        return names_of(self.base)


def read_release(folder: Path) -> Release:
    """Read the static lists of pyproject.toml, else `Requires-Dist` of PKG-INFO (PEP 643)."""
    metadata = HeaderParser().parsestr((folder / "PKG-INFO").read_text("utf-8"))
    base: list[str] = []
    extras: dict[NormalizedName, list[str]] = {}
    table = pyproject_of(folder).get("project", {})
    if "dependencies" in table:
        base += table["dependencies"]
        for name, lines in table.get("optional-dependencies", {}).items():
            extras[canonicalize_name(name)] = lines
    for text in () if base else requires_of(metadata, folder):
        requirement = Requirement(text)
        found = IN_EXTRA.findall(str(requirement.marker or ""))
        if not found:
            base.append(text)
            continue
        requirement.marker = without_extras(str(requirement.marker))
        for extra in found:
            extras.setdefault(canonicalize_name(extra), []).append(str(requirement))
    kept = {name: tuple(lines) for name, lines in extras.items()}
    name, version, python = (metadata[key] for key in ("Name", "Version", "Requires-Python"))
    return Release(folder, name, version, python, tuple(base), kept)


def requires_of(metadata: Message, folder: Path) -> list[str]:
    """Return `Requires-Dist`; of sdists before PEP 643 what their egg-info says."""
    lines = metadata.get_all("Requires-Dist") or []
    egg = next(iter(sorted(folder.rglob("*.egg-info/requires.txt"))), None)
    if lines or egg is None:
        return lines
    extra = marker = ""
    for line in filter(None, map(str.strip, egg.read_text("utf-8").splitlines())):
        if line.startswith("["):
            extra, _, marker = line.strip("[]").partition(":")
            continue
        asked = [f"({marker})"] if marker else []
        asked += [f'extra == "{extra}"'] if extra else []
        lines.append(f"{line} ; {' and '.join(asked)}" if asked else line)
    return lines


def without_extras(marker: str) -> Marker | None:
    """Return a marker without what it asks of extras: `A and (extra == "x" or extra == "y")`."""
    one = r'extra == "[^"]+"'
    rest = re.sub(rf"\(?{one}(?: or {one})*\)?", "", marker).strip()
    rest = re.sub(r"^and | and$", "", rest).strip().removeprefix("(").removesuffix(")")
    return Marker(rest) if rest else None


def pyproject_of(folder: Path) -> dict[str, Any]:
    path = folder / "pyproject.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def fold(before: Release, after: Release, extras: Sequence[str]) -> Release:
    """Return the split release with what its extras took out of base put back there."""
    took = [
        line
        for extra in extras
        for line in after.extras[canonicalize_name(extra)]
        if canonicalize_name(Requirement(line).name) in before.base_names
    ]
    known = after.base_names
    back = [line for line in took if canonicalize_name(Requirement(line).name) not in known]
    left = {
        name: tuple(line for line in lines if line not in took)
        for name, lines in after.extras.items()
    }
    base = (*after.base, *dict.fromkeys(back))
    return replace(after, base=base, extras={name: lines for name, lines in left.items() if lines})


def names_of(lines: Sequence[str]) -> frozenset[NormalizedName]:
    return frozenset(canonicalize_name(Requirement(line).name) for line in lines)


def make_project(
    release: Release, folder: Path, newer: str, settings: str, gone: Sequence[str] = ()
) -> None:
    """Write a project of a release: its packages, and a pyproject.toml with static lists."""
    info = next(iter(sorted(release.folder.rglob("*.egg-info"))), None)
    source = info.parent if info else release.folder
    folder.mkdir(parents=True)
    for package in sorted(source.glob("*/__init__.py")):
        if package.parent.name not in ("tests", "docs", "benchmark"):
            shutil.copytree(package.parent, folder / package.parent.name)
    unpinned = {canonicalize_name(name) for name in gone}
    base = [
        Requirement(line).name if names_of([line]) & unpinned else line for line in release.base
    ]
    lines = [
        "[project]",
        f"name = {json.dumps(release.name)}",
        f"version = {json.dumps(release.version)}",
        f"requires-python = {json.dumps(release.python)}",
        f"dependencies = {array(base)}",
    ]
    scripts = scripts_of(release)
    if scripts:
        lines += ["", "[project.scripts]"]
        lines += [f"{json.dumps(name)} = {json.dumps(target)}" for name, target in scripts]
    wanted = {k: v for k, v in release.extras.items() if k not in ("dev", "test", "docs")}
    if wanted:
        lines += ["", "[project.optional-dependencies]"]
        lines += [f"{json.dumps(name)} = {array(found)}" for name, found in wanted.items()]
    lines += [
        "",
        "[build-system]",
        'requires = ["hatchling"]',
        'build-backend = "hatchling.build"',
        "",
        "[tool.uv]",
        f"exclude-newer = {json.dumps(newer)}",
        settings,
    ]
    (folder / "pyproject.toml").write_text("\n".join(lines), encoding="utf-8")


def array(lines: Sequence[str]) -> str:
    return "[\n" + "".join(f"    {json.dumps(line)},\n" for line in lines) + "]"


def scripts_of(release: Release) -> list[tuple[str, str]]:
    """Return the console scripts, by the egg-info or the pyproject.toml of the sdist."""
    for path in sorted(release.folder.rglob("*.egg-info/entry_points.txt")):
        entries = configparser.ConfigParser(delimiters=("=",))
        entries.read_string(path.read_text("utf-8"))
        if entries.has_section("console_scripts"):
            return entries.items("console_scripts")
    return sorted(pyproject_of(release.folder).get("project", {}).get("scripts", {}).items())


def study(case: Case, sdists: Sdists, scratch: Path, memory: Memory) -> Iterator[Study]:
    """Plan the fat release without and with settings, then the folded one."""
    before = read_release(sdists.get(case.name, case.before))
    after = read_release(sdists.get(case.name, case.after))
    folded = fold(before, after, case.extras)
    asked = [("before", before, case.settings), ("folded", folded, case.settings)]
    if case.fewer:
        asked.insert(1, ("servers alone", before, case.fewer))
    if case.unaided:
        asked.insert(0, ("as it was", before, ""))
    locks: dict[int, Path] = {}
    for kind, release, settings in asked:
        folder = scratch / f"{case.name}-{case.before}-{kind}"
        make_project(release, folder, case.newer, settings, case.gone)
        if id(release) in locks:  # settings of ours change no lock
            shutil.copy(locks[id(release)], folder)
        locks[id(release)] = folder / "uv.lock"
        analysis = Analysis(folder, Options(python=case.python), memory=memory)
        _ = analysis.grounds  # locked, and the facts of the wheels read
        started = time.process_time()
        found = Study(kind, len(analysis.lock.packages), 0.0)
        _ = analysis.unlocks, analysis.findings
        found.seconds = time.process_time() - started
        took = frozenset().union(*took_of(case, before, after).values())
        compare(found, case, before, after, analysis, unlocked(analysis, took, memory))
        yield found


def unlocked(analysis: Analysis, wanted: Collection[NormalizedName], memory: Memory) -> Analysis:
    """Do on copies what `unlock --write NAME` does for each of these that lines hold."""
    for name in sorted(wanted):
        shown = [one for one in analysis.unlocks.shown if name in names_of(one.requirements)]
        if not any(one.lines for one in shown):
            continue
        folder = analysis.root.with_name(f"{analysis.root.name}-{name}")
        shutil.copytree(analysis.root, folder)
        for path, data in analysis.propose_unlocks(name).changes.items():
            (folder / path).write_bytes(data)
        analysis = Analysis(folder, analysis.options, memory=memory)
    return analysis


def compare(
    found: Study,
    case: Case,
    before: Release,
    after: Release,
    analysis: Analysis,
    changed: Analysis,
) -> None:
    """Weigh both cuts on one lock, role by role and extra by extra."""
    plan = analysis.plan
    took = took_of(case, before, after)
    stays = frozenset(r.name for r in analysis.project.base) - frozenset().union(*took.values())
    fat = closure_of(analysis, frozenset(r.name for r in analysis.project.base))
    base = closure_of(analysis, stays)
    for role, extras in case.roles.items():
        if all(role != one.entrypoint for one in plan.roles):
            continue
        names = stays.union(*(names_of(after.extras[canonicalize_name(e)]) for e in extras))
        variant = lean(plan, role)
        own = frozenset().union(*(variant_names(analysis, e) for e in today_of(plan, role)))
        found.roles.append(
            Role(
                role,
                extras,
                weigh(analysis, fat | closure_of(analysis, own)),
                weigh(analysis, closure_of(analysis, names)),
                variant.installed_bytes,
                lean(changed.plan, role).installed_bytes,
                promised_bytes(analysis, role),
            )
        )
    for extra, names in took.items():
        sizes = {name: weigh(analysis, closure_of(analysis, {name}) - base) for name in names}
        head = max(sorted(sizes), key=lambda name: sizes[name])
        taken = weigh(analysis, closure_of(analysis, names) - base)
        homes = (home_of(plan, head), home_of(changed.plan, head))
        found.features.append(Feature(extra, head, taken, *homes))
    found.groups = groups_of(analysis)
    found.groups_unlocked = groups_of(changed)
    found.unlocks = [
        f"{', '.join(sorted(names_of(one.requirements)))} in {one.variant}: "
        f"{one.freed_bytes / MB:.0f} MB, "
        + (", ".join(f"`{line.path}:{line.line}`" for line in one.lines) or "no line")
        for one in analysis.unlocks.shown
    ]


def took_of(case: Case, before: Release, after: Release) -> dict[str, frozenset[NormalizedName]]:
    """Return what each of their extras took out of base."""
    return {
        extra: names_of(after.extras[canonicalize_name(extra)])
        & (before.base_names - after.base_names)
        for extra in case.extras
    }


def lean(plan: Plan, role: str) -> Variant:
    """Return the smallest image that starts a role."""
    serving = [one for one in plan.variants if role in one.entrypoints]
    return min(serving, key=lambda one: one.installed_bytes)


def home_of(plan: Plan, name: NormalizedName) -> str:
    return next((str(group.name) for group in plan.groups if name in group.names), "")


def groups_of(analysis: Analysis) -> list[str]:
    return [
        f"`{group.name}` ({', '.join(heads(analysis, group.names))})"
        for group in analysis.plan.groups
    ]


def promised_bytes(analysis: Analysis, role: str) -> int:
    """Return what the role's lean image would be if all shown import lines were changed."""
    if not analysis.unlocks.shown:
        return lean(analysis.plan, role).installed_bytes
    return lean(analysis.unlocked[1], role).installed_bytes


def today_of(plan: Plan, role: str) -> tuple[NormalizedName, ...]:
    return next((one.extras_today for one in plan.roles if one.entrypoint == role), ())


def variant_names(analysis: Analysis, extra: NormalizedName) -> frozenset[NormalizedName]:
    """Return what an extra of the project declares today."""
    return frozenset(one.name for one in analysis.project.extras[extra].requirements)


def closure_of(
    analysis: Analysis, names: frozenset[NormalizedName] | set[NormalizedName]
) -> frozenset[PackageKey]:
    """Return what uv installs for the declared requirements of these names."""
    closures = analysis.grounds[0].requirement_closures
    return frozenset[PackageKey]().union(
        *(keys for requirement, keys in closures.items() if requirement.name in names)
    )


def weigh(analysis: Analysis, keys: frozenset[PackageKey]) -> int:
    facts = analysis.grounds[0].facts
    return sum(facts[key].installed_bytes for key in keys if key in facts)


def heads(analysis: Analysis, names: frozenset[NormalizedName]) -> list[NormalizedName]:
    """Return the heaviest requirements of a group, the largest first."""
    sizes = {name: weigh(analysis, closure_of(analysis, {name})) for name in names}
    return sorted(names, key=lambda name: (-sizes[name], name))[:4]


def plan_released(name: str, version: str, sdists: Sdists, scratch: Path, memory: Memory) -> Quiet:
    """Plan a release as it is, without any settings."""
    release = read_release(sdists.get(name, version))
    folder = scratch / f"{name}-{version}-released"
    make_project(release, folder, WELL_SPLIT_NEWER, "")
    analysis = Analysis(folder, Options(python="3.12"), memory=memory)
    plan = analysis.plan
    return Quiet(
        name,
        version,
        len(analysis.project.extras),
        len(analysis.lock.packages),
        plan.changed,
        tuple(f"{move.requirement.text} to {move.to or 'base'}" for move in plan.moves),
    )


def render(studied: Sequence[tuple[Case, Sequence[Study]]], quiet: Sequence[Quiet]) -> str:
    """Return the tables in Markdown."""
    lines = [
        "# The plan against splits that were made by hand",
        "",
        f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, `python benchmarks/published.py`.",
        "MB of installed distributions on linux/amd64, glibc; the figures of a row on one lock.",
        "",
        "- *as it was*: the fat release without settings; *before*: with them; *folded*: the",
        "  source of the split release, with what its extras took out of base put back there, so",
        "  that the maintainers' edits are in it and their split isn't",
        "- *by hand*: their base and the extras that their documentation names for the role",
        "- *unlocked*: `unlock --write NAME` was done on a copy for each requirement that their",
        "  extras took out of base and that lines hold, and the copy was planned again; lines that",
        "  are left to a maintainer weren't changed",
        "- *all*: what the plan promises for all lines that are listed below",
    ]
    for case, studies in studied:
        lines += ["", f"## {case.name} {case.before}, split in {case.after}", "", case.why, ""]
        lines += [
            "| source | role | one list | by hand | plan | / hand | unlocked | / hand | all |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for one in studies:
            lines += [
                f"| {one.kind} | {role.name} | {mb(role.fat_bytes)} | {mb(role.theirs_bytes)} | "
                f"{mb(role.ours_bytes)} | {role.ours_bytes / role.theirs_bytes:.2f} | "
                f"{mb(role.unlocked_bytes)} | {role.unlocked_bytes / role.theirs_bytes:.2f} | "
                f"{mb(role.promised_bytes)} |"
                for role in one.roles
            ]
            if len(one.roles) > 1:
                theirs, ours, made = one.totals
                lines.append(
                    f"| {one.kind} | all roles | | {mb(theirs)} | {mb(ours)} | "
                    f"{ours / theirs:.2f} | {mb(made)} | {made / theirs:.2f} | |"
                )
        lines += [
            "",
            "| source | their extra | it took | MB | in the plan | unlocked |",
            "|---|---|---|---:|---|---|",
        ]
        for one in studies:
            lines += [
                f"| {one.kind} | {feature.extra} | {feature.head} | {mb(feature.theirs_bytes)} | "
                f"{quoted(feature.home)} | {quoted(feature.home_unlocked)} |"
                for feature in one.features
            ]
        for one in studies:
            lines += ["", f"{one.kind.capitalize()}: {one.packages} packages, planned and judged"]
            lines[-1] += f" in {one.seconds:.1f} CPU s. Groups: {'; '.join(one.groups) or 'none'}."
            lines += ["", *(f"- unlock {text}" for text in one.unlocks)]
            if one.groups_unlocked != one.groups:
                lines += ["", f"Unlocked: {'; '.join(one.groups_unlocked)}."]
    lines += [
        "",
        "## Split well already",
        "",
        "| project | extras | packages | to be changed |",
        "|---|---:|---:|---|",
        *(
            f"| {one.name} {one.version} | {one.extras} | {one.packages} | "
            f"{'; '.join(one.moves) or ('yes' if one.changed else 'nothing to do')} |"
            for one in quiet
        ),
    ]
    return "\n".join(lines) + "\n" + REMARKS


def quoted(home: str) -> str:
    return f"`{home}`" if home else "base"


def mb(size: int) -> str:
    return f"{size / MB:.1f}"


if __name__ == "__main__":
    sys.exit(main())
