"""`stale-lock` says what `uv lock --check` says, without uv and without an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from extrasplit.lock.agreement import compare
from extrasplit.lock.uvlock import read_lock
from extrasplit.project.pyproject import read_project
from support.index import LocalIndex
from support.uv import run_uv

PYPROJECT = """\
[project]
name = "My.App"
version = "1.0"
requires-python = ">=3.9"
dependencies = [
    "click>=8",
    "Typing_Extensions>=4.0; python_version < '3.11'",
    "colorama; platform_system == 'Windows'",
    "my-app[tables]",
]

[project.optional-dependencies]
tables = ["pandas[excel]>=2,<3", "numpy"]
plots = ["plotly", "numpy; sys_platform != 'win32'"]
all = ["my_app[tables,plots]"]

[dependency-groups]
lint = ["ruff"]
dev = ["pytest>=7", { include-group = "lint" }]
"""

PACKAGES = ("click", "colorama", "typing-extensions", "numpy", "plotly", "ruff", "pytest", "rich")

SAME = {
    "nothing": ("", ""),
    "another order": (
        '"click>=8",\n',
        '"colorama; platform_system == \'Windows\'",\n    "click>=8",\n',
    ),
    "a specifier spelled otherwise": ('"click>=8"', '"Click >= 8.0"'),
    "bounds in another order": (">=2,<3", "<3,>=2"),
    "a marker spelled otherwise": ("python_version < '3.11'", "python_full_version<'3.11.0'"),
    "a marker that requires-python says": (
        "python_version < '3.11'",
        "python_version >= '3.7' and python_version < '3.11'",
    ),
    "another variable for the same system": (
        "platform_system == 'Windows'",
        "sys_platform == 'win32'",
    ),
    "a distribution's name spelled otherwise": ('"plotly"', '"PlotLy"'),
    "a group's lines in another order": (
        '"pytest>=7", { include-group = "lint" }',
        '{ include-group = "lint" }, "pytest>=7"',
    ),
    "an include written out": ('{ include-group = "lint" }', '"ruff"'),
    "a readme": ('version = "1.0"', 'version = "1.0"\nkeywords = ["x"]'),
    "a version spelled otherwise": ('version = "1.0"', 'version = "v1.0"'),
}

CHANGED = {
    "a new requirement": ('"click>=8"', '"click>=8", "rich"'),
    "a requirement that is gone": ('    "click>=8",\n', ""),
    "another bound": ('"click>=8"', '"click>=7"'),
    "another extra of a requirement": ("pandas[excel]", "pandas"),
    "another marker": ("python_version < '3.11'", "python_version < '3.12'"),
    "a marker that is gone": ("numpy; sys_platform != 'win32'", "numpy"),
    "a requirement that moved": ('"click>=8",\n', '"click>=8",\n    "plotly",\n'),
    "a new extra": ("all = [", 'more = ["rich"]\nall = ['),
    "an extra that is gone": ('plots = ["plotly"', 'graphs = ["plotly"'),
    "an alias that lost an extra": ("my_app[tables,plots]", "my_app[tables]"),
    "a new line in a group": ('lint = ["ruff"]', 'lint = ["ruff", "rich"]'),
    "a new group": ('lint = ["ruff"]', 'lint = ["ruff"]\ndocs = ["rich"]'),
    "requires-python": ('">=3.9"', '">=3.10"'),
    "the version": ('version = "1.0"', 'version = "1.1"'),
    "a new conflict": (
        "[dependency-groups]",
        '[tool.uv]\nconflicts = [[{ extra = "plots" }, { group = "lint" }]]\n[dependency-groups]',
    ),
}


@dataclass(frozen=True)
class World:
    """A project that was locked once, and the index that it was locked from."""

    folder: Path
    index: LocalIndex
    lock: bytes

    def uv_agrees(self, pyproject: str) -> bool:
        (self.folder / "pyproject.toml").write_text(pyproject)
        (self.folder / "uv.lock").write_bytes(self.lock)
        done = run_uv(
            "lock", "--check", "--index-url", self.index.url,
            cwd=self.folder, cache=self.folder / "cache", check=False,
        )  # fmt: skip
        return done.returncode == 0

    def findings(self, pyproject: str) -> tuple[str, ...]:
        project = read_project(pyproject.encode(), self.folder)
        return tuple(f.message for f in compare(read_lock(self.lock, "uv.lock"), project))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("app")
    with LocalIndex(tmp_path_factory.mktemp("index")) as index:
        for name in PACKAGES:
            index.wheel(name, "8.0")
        index.wheel("pandas", "2.1", requires=["numpy"], extras={"excel": ["rich"]})
        (folder / "pyproject.toml").write_text(PYPROJECT)
        run_uv("lock", "--index-url", index.url, cwd=folder, cache=folder / "cache")
        yield World(folder, index, (folder / "uv.lock").read_bytes())


@pytest.mark.parametrize("what", SAME)
def test_what_means_the_same_is_no_finding(world: World, what: str) -> None:
    pyproject = PYPROJECT.replace(*SAME[what], 1)
    assert world.uv_agrees(pyproject)
    assert world.findings(pyproject) == ()


@pytest.mark.parametrize("what", CHANGED)
def test_what_changed_is_one_finding(world: World, what: str) -> None:
    pyproject = PYPROJECT.replace(*CHANGED[what], 1)
    assert pyproject != PYPROJECT
    assert not world.uv_agrees(pyproject)
    assert len(world.findings(pyproject)) == 1
