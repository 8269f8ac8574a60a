"""A closure is what uv itself exports: packages, versions, sources, on every target."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import closures
import pytest
from closures import read_export, spell
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.lock.closure import (
    close,
    close_distribution,
    close_requirement,
    find_conflict,
    is_supported,
)
from extrasplit.lock.conflicts import ALWAYS, ConflictItem, settle_conflicts
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Lock, PackageKey, read_lock
from extrasplit.project.declared import BASE, Project
from extrasplit.project.pyproject import read_project, read_requirement
from support.index import LocalIndex
from support.uv import run_uv

TARGETS = (
    Target("3.10"),
    Target("3.12", "linux/arm64", "musl"),
    Target("3.14", "windows/amd64"),
    Target("3.11", "darwin/arm64"),
)

EXTRAS = ("core", "old", "new", "plots", "all", "indirect")

APP = """\
[project]
name = "app"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["web", "app[core]", "engine", "winonly; sys_platform == 'win32'", "twice[a]"]

[project.optional-dependencies]
core = ["attrs"]
old = ["frames<2", "twice[b]; python_version < '3.12'"]
new = ["frames>=2", "twice[b]; python_version >= '3.12'"]
plots = ["plot[excel]", "frames"]
all = ["app[core,plots]", "helper[deep]"]
indirect = ["helper[modern]"]

[dependency-groups]
lint = ["linter"]
dev = ["tester", { include-group = "lint" }]
legacy = ["engine<2"]
modern = ["app[new]", "frames"]

[tool.uv]
conflicts = [
    [{ extra = "old" }, { extra = "new" }],
    [{ extra = "new" }, { group = "legacy" }],
    [{ extra = "old" }, { extra = "indirect" }],
    [{ extra = "indirect" }, { group = "legacy" }],
    [{ extra = "old" }, { group = "modern" }],
    [{ group = "legacy" }, { group = "modern" }],
    [{ extra = "old" }, { package = "helper", extra = "modern" }],
    [{ group = "legacy" }, { package = "helper", extra = "modern" }],
]
exclude-dependencies = ["telemetry"]
override-dependencies = ["pinned==1.0", "winonly; sys_platform != 'win32'"]

[tool.uv.workspace]
members = ["helper", "ghost"]

[tool.uv.sources]
helper = { workspace = true }
"""

HELPER = """\
[project]
name = "helper"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["ghost", "attrs"]

[project.optional-dependencies]
deep = ["app[core]", "helper[deeper]", "deepest"]
deeper = ["plot"]
modern = ["app[new]"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.uv.sources]
app = { workspace = true }
ghost = { workspace = true }
"""

GHOST = """\
[project]
name = "ghost"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["sheet"]
[tool.uv]
package = false
"""


@dataclass(frozen=True)
class World:
    """A locked workspace."""

    folder: Path
    lock: Lock

    def project(self, member: str = "app") -> Project:
        folder = self.folder if member == "app" else self.folder / member
        return read_project((folder / "pyproject.toml").read_bytes(), folder, self.folder)

    def export(self, *arguments: str) -> str | None:
        done = run_uv(
            "export", "--frozen", "--offline", "--no-hashes", "--no-header", "--no-annotate",
            "--no-emit-project", "--no-default-groups", *arguments,
            cwd=self.folder, cache=self.folder / "cache", check=False,
        )  # fmt: skip
        return done.stdout if done.returncode == 0 else None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("app")
    with LocalIndex(tmp_path_factory.mktemp("index")) as index:
        fill(index)
        for name, text in (("", APP), ("helper", HELPER), ("ghost", GHOST)):
            (folder / name).mkdir(exist_ok=True)
            (folder / name / "pyproject.toml").write_text(text)
        run_uv("lock", "--index-url", index.url, cwd=folder, cache=folder / "cache")
    yield World(folder, read_lock((folder / "uv.lock").read_bytes(), "uv.lock"))


def fill(index: LocalIndex) -> None:
    for version in ("1.0", "2.0"):
        index.wheel("frames", version, requires=["numbers"])
        index.wheel("engine", version, requires=["pinned>=5", "telemetry"])
        index.wheel("pinned", version)
    index.wheel("numbers", "1.0", requires_python="<3.12")
    index.wheel("numbers", "2.0", requires_python=">=3.12")
    index.wheel("web", requires=["wire", "backport; python_full_version < '3.11.3'"])
    index.wheel("wire", requires=["web"])
    index.wheel("plot", requires=["numbers"], extras={"excel": ["sheet[fast]"]})
    index.wheel("sheet", extras={"fast": ["fastsheet; platform_machine == 'x86_64'"]})
    index.wheel("twice", extras={"a": ["attrs"], "b": ["bee", "twice[a]"]})
    for name in ("attrs", "backport", "fastsheet", "bee", "deepest", "winonly", "linter", "tester"):
        index.wheel(name)


def names(keys: Iterable[PackageKey]) -> set[str]:
    return {key.name for key in keys}


@pytest.mark.parametrize(
    "extras",
    [chosen for size in range(4) for chosen in itertools.combinations(EXTRAS, size)],
    ids="+".join,
)
def test_every_combination_of_extras_is_what_uv_exports(
    world: World, extras: tuple[NormalizedName, ...]
) -> None:
    exported = world.export(*(f"--extra={extra}" for extra in extras))
    if "old" in extras and {"new", "indirect"} & set(extras):
        assert exported is None
        return
    assert exported is not None
    for target in TARGETS:
        closure = close(world.lock, canonicalize_name("app"), target, extras=extras)
        assert {spell(key) for key in closure.packages} == set(read_export(exported, target))


@pytest.mark.parametrize(
    "groups", [("dev",), ("lint",), ("legacy",), ("dev", "legacy"), ("modern",)]
)
@pytest.mark.parametrize("base", [True, False])
def test_dependency_groups_are_what_uv_exports(
    world: World, groups: tuple[NormalizedName, ...], base: bool
) -> None:
    option = "--group" if base else "--only-group"
    exported = world.export(*(f"{option}={group}" for group in groups))
    assert exported is not None
    for target in TARGETS:
        closure = close(world.lock, canonicalize_name("app"), target, groups=groups, base=base)
        assert {spell(key) for key in closure.packages} == set(read_export(exported, target))


@pytest.mark.parametrize(
    ("member", "extras"), [("helper", ()), ("helper", ("deep",)), ("ghost", ())]
)
def test_a_workspace_member_is_what_uv_exports(
    world: World, member: str, extras: tuple[NormalizedName, ...]
) -> None:
    exported = world.export("--package", member, *(f"--extra={extra}" for extra in extras))
    assert exported is not None
    for target in TARGETS:
        closure = close(world.lock, canonicalize_name(member), target, extras=extras)
        assert {spell(key) for key in closure.packages} == set(read_export(exported, target))


WORKSPACE = """\
[dependency-groups]
lint = ["linter"]
shared = ["bee"]
[tool.uv.workspace]
members = ["part"]
"""

PART = """\
[project]
name = "part"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["attrs"]
[dependency-groups]
shared = ["tester"]
"""


@pytest.mark.parametrize("group", ["lint", "shared"])
def test_groups_of_a_root_that_is_no_project_are_what_uv_exports(
    index: LocalIndex, tmp_path: Path, group: str
) -> None:
    fill(index)
    (tmp_path / "part").mkdir()
    (tmp_path / "pyproject.toml").write_text(WORKSPACE)
    (tmp_path / "part" / "pyproject.toml").write_text(PART)
    run_uv("lock", "--index-url", index.url, cwd=tmp_path)
    world = World(tmp_path, read_lock((tmp_path / "uv.lock").read_bytes(), "uv.lock"))
    exported = world.export("--package", "part", "--group", group)
    assert exported is not None
    name, chosen = canonicalize_name("part"), [canonicalize_name(group)]
    closure = close(world.lock, name, TARGETS[0], groups=chosen)
    assert {spell(key) for key in closure.packages} == set(read_export(exported, TARGETS[0]))


def test_edges_name_who_brings_whom_and_extras_what_was_asked(world: World) -> None:
    closure = close(world.lock, canonicalize_name("app"), TARGETS[0], extras=[plots := "plots"])
    edges = {(parent and parent.name, child.name) for parent, child in closure.edges}
    assert {(None, "web"), ("web", "wire"), ("wire", "web"), ("plot", "sheet")} <= edges
    assert {key.name: set(extras) for key, extras in closure.extras.items()} == {
        "plot": {"excel"},
        "sheet": {"fast"},
        "twice": {"a"},
    }
    assert plots not in names(closure.packages)


@pytest.fixture(scope="module")
def metadata(world: World) -> dict[str, Any]:
    answer = run_uv(
        "workspace", "metadata", "--frozen", "--offline",
        "--preview-features", "workspace-metadata", cwd=world.folder,
    )  # fmt: skip
    nodes: dict[str, Any] = json.loads(answer.stdout)["resolution"]
    return nodes


@pytest.mark.parametrize(
    "extras", [("core",), ("old",), ("new",), ("old", "plots"), ("core", "all")], ids="+".join
)
def test_a_walk_over_uv_workspace_metadata_ends_in_the_same_packages(
    world: World, metadata: dict[str, Any], extras: tuple[NormalizedName, ...]
) -> None:
    active = {ConflictItem("extra", "app", extra) for extra in extras}
    (app,) = (identity for identity in metadata if identity.startswith("app=="))
    for target in TARGETS:
        environment = target.marker_environment()
        reached = {app, *(app.replace("app==", f"app[{extra}]==") for extra in extras)}
        queue = list(reached)
        while queue:
            for edge in metadata[queue.pop()]["dependencies"]:
                marker = settle_conflicts(edge.get("marker", ALWAYS), active)
                if edge["id"] not in reached and Marker(marker).evaluate(environment):
                    reached.add(edge["id"])
                    queue.append(edge["id"])
        installed = {
            (metadata[identity]["name"], metadata[identity]["version"])
            for identity in reached
            if "virtual" not in metadata[identity]["source"] and metadata[identity]["name"] != "app"
        }
        closure = close(world.lock, canonicalize_name("app"), target, extras=extras)
        assert {(key.name, key.version) for key in closure.packages} == installed


def test_every_package_is_reached_by_edges_between_packages(world: World) -> None:
    for target in TARGETS:
        closure = close(world.lock, canonicalize_name("app"), target, extras=["all", "new"])
        reached: set[PackageKey | None] = {None}
        while new := {child for parent, child in closure.edges if parent in reached} - reached:
            reached |= new
        assert reached == closure.packages | {None}
        assert "ghost" not in names(closure.packages)
        assert "sheet" in {child.name for parent, child in closure.edges if parent}


def test_what_conflicts_is_found_before_it_is_closed(world: World) -> None:
    app, old, new, legacy = (canonicalize_name(name) for name in ("app", "old", "new", "legacy"))
    assert find_conflict(world.lock, app, [old, canonicalize_name("plots")]) == set()
    assert find_conflict(world.lock, app, [old, new]) == {
        ("extra", app, old),
        ("extra", app, new),
    }
    assert find_conflict(world.lock, app, [new], [legacy]) == {
        ("extra", app, new),
        ("group", app, legacy),
    }


def test_the_requirements_of_a_home_together_bring_its_closure(world: World) -> None:
    project = world.project()
    for target in TARGETS:
        brought = frozenset[PackageKey]().union(
            *(close_requirement(world.lock, project.name, line, target) for line in project.base)
        )
        assert brought == close(world.lock, project.name, target).packages


def test_a_requirement_brings_itself_and_what_its_extras_bring(world: World) -> None:
    project = world.project()
    plot = next(line for line in project.requirements if line.name == "plot")
    brought = close_requirement(world.lock, project.name, plot, Target("3.10"))
    assert names(brought) == {"plot", "numbers", "sheet", "fastsheet"}
    assert {key.version for key in brought if key.name == "numbers"} == {"1.0"}


def test_a_requirement_whose_marker_is_false_brings_nothing(world: World) -> None:
    project = world.project()
    old = next(line for line in project.extras[canonicalize_name("old")].requirements[1:])
    assert names(close_requirement(world.lock, project.name, old, Target("3.10"))) > {"bee"}
    assert close_requirement(world.lock, project.name, old, Target("3.12")) == frozenset()


def test_an_override_decides_over_the_written_marker(world: World) -> None:
    project = world.project()
    winonly = next(line for line in project.base if line.name == "winonly")
    brought = close_requirement(world.lock, project.name, winonly, Target("3.10"))
    assert names(brought) == {"winonly"}
    windows = Target("3.10", "windows/amd64")
    assert close_requirement(world.lock, project.name, winonly, windows) == frozenset()


def test_an_excluded_distribution_brings_nothing(world: World) -> None:
    line = read_requirement("telemetry", BASE, 0, 0)
    assert close_requirement(world.lock, world.project().name, line, TARGETS[0]) == frozenset()


def test_conflicting_homes_bring_their_own_versions(world: World) -> None:
    project = world.project()
    for home, version in (("old", "1.0"), ("new", "2.0")):
        line = project.extras[canonicalize_name(home)].requirements[0]
        brought = close_requirement(world.lock, project.name, line, Target("3.12"))
        assert {key.version for key in brought if key.name == "frames"} == {version}


def test_a_requirement_that_a_stale_lock_does_not_know_takes_the_locked_version(
    world: World,
) -> None:
    line = read_requirement("numbers", BASE, 0, 0)
    for python, version in (("3.10", "1.0"), ("3.12", "2.0")):
        brought = close_requirement(world.lock, world.project().name, line, Target(python))
        assert [key.version for key in brought] == [version]
    unheard = read_requirement("unheard-of", BASE, 0, 0)
    assert not close_requirement(world.lock, world.project().name, unheard, TARGETS[0])


def test_a_distribution_brings_what_it_would_if_it_were_declared(world: World) -> None:
    sheet = canonicalize_name("sheet")
    assert names(close_distribution(world.lock, sheet, TARGETS[0])) == {"sheet"}
    fast = close_distribution(world.lock, sheet, TARGETS[0], [canonicalize_name("fast")])
    assert names(fast) == {"sheet", "fastsheet"}
    assert close_distribution(world.lock, canonicalize_name("unheard-of"), TARGETS[0]) == set()


def test_a_target_below_requires_python_is_not_supported(world: World) -> None:
    assert is_supported(world.lock, Target("3.10"))
    assert not is_supported(world.lock, Target("3.9"))


MARKERS = {"": True, "sys_platform == 'linux'": True, "python_version < '3.9'": False}
PARTS = [(name, extra) for name in ("app", "a", "b", "c") for extra in ("", "x")]
EDGES = st.tuples(
    st.sampled_from(PARTS), st.sampled_from(PARTS[2:]), st.sampled_from(sorted(MARKERS))
)


@settings(max_examples=60, deadline=None)
@given(edges=st.lists(EDGES, max_size=14), chosen=st.sampled_from(["", "x"]))
def test_a_closure_is_all_that_can_be_reached(
    edges: list[tuple[tuple[str, str], tuple[str, str], str]], chosen: str
) -> None:
    lock = read_lock(write_lock(edges).encode(), "uv.lock")
    closure = close(
        lock,
        canonicalize_name("app"),
        TARGETS[0],
        extras=[canonicalize_name("x")] if chosen else [],
    )
    reached = {("app", ""), ("app", chosen)}
    for _ in edges:
        for parent, (name, extra), marker in edges:
            if parent in reached and MARKERS[marker]:
                reached |= {(name, ""), (name, extra)}
    assert names(closure.packages) == {name for name, _ in reached} - {"app"}
    assert {key.name for key in closure.extras} == {
        name for name, extra in reached if extra and name != "app"
    }


def write_lock(edges: Iterable[tuple[tuple[str, str], tuple[str, str], str]]) -> str:
    lines = ["version = 1"]
    for name in ("app", "a", "b", "c"):
        source = '{ virtual = "." }' if name == "app" else '{ registry = "https://index.example" }'
        lines += ["[[package]]", f'name = "{name}"', 'version = "1"', f"source = {source}"]
        for extra, key in (("", "dependencies"), ("x", "optional-dependencies.x")):
            below = [
                f'{{ name = "{child}", extra = {["x"] if asked else []}'
                + (f', marker = "{marker}" }}' if marker else " }")
                for parent, (child, asked), marker in edges
                if parent == (name, extra)
            ]
            lines.append(f"{key} = [{', '.join(below)}]")
    return "\n".join(lines)


@pytest.mark.integration
def test_a_slice_of_the_real_locks_has_no_difference() -> None:
    command = [sys.executable, closures.__file__, "--slice", "1", "platforms"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    if done.returncode == 3:
        pytest.skip(f"uv cannot lock here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    assert "1 locks, 24 closures compared, 0 differences" in done.stdout
