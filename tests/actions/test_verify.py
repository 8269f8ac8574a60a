"""Small apps, installed by the real uv and really started: each way to fail has its verdict."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from extrasplit.actions.record import record
from extrasplit.actions.verify import Verified, VerifyOptions, verify
from extrasplit.cli import main
from extrasplit.errors import ExtrasplitError
from extrasplit.findings import Finding
from extrasplit.report.contract import VerifyReport
from extrasplit.verify.results import Observed, Result
from support.index import LocalIndex
from support.runnable import analyse, make_runnable

PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["clickish", "heavy"]

[project.optional-dependencies]
web = ["richish", "walker"]

[project.scripts]
shop = "shop.cli:main"
absent = "shop.absent:main"
computed = "shop.computed:main"
floods = "shop.floods:main"
forks = "shop.forks:main"
hangs = "shop.hangs:main"
leaves = "shop.leaves:main"
token = "shop.token:main"

[dependency-groups]
dev = ["pytest"]

[tool.extrasplit]
default-entrypoint = "shop"

[tool.extrasplit.variants.shop]
entrypoints = ["shop", "absent", "floods", "forks", "hangs", "leaves", "token"]
extras = []

[tool.extrasplit.variants.computed]
entrypoints = ["computed"]
extras = []
"""

SOURCES = {
    "src/shop/__init__.py": "",
    "src/shop/cli.py": """\
import clickish

try:
    import walker
except ImportError:
    walker = None


def main():
    print(clickish.x)
""",
    "src/shop/absent.py": "import richish\n\n\ndef main():\n    return richish\n",
    "src/shop/computed.py": """\
import importlib

heavy = importlib.import_module("".join(reversed("yvaeh")))


def main():
    print(heavy)


def more():
    name = "".join(reversed("hsihcir"))
    return importlib.import_module(name)
""",
    "src/shop/floods.py": 'def main():\n    while True:\n        print("water" * 1000)\n',
    "src/shop/forks.py": """\
import os
import time


def main():
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
""",
    "src/shop/hangs.py": "import time\n\n\ndef main():\n    time.sleep(600)\n",
    "src/shop/leaves.py": "raise SystemExit(0)\n\n\ndef main():\n    pass\n",
    "src/shop/token.py": """\
import os

token = os.environ["SHOP_TOKEN"]


def main():
    pass
""",
    "tests/test_computed.py": """\
from shop.computed import more


def test_more():
    assert more().x == 1
""",
}

PYTEST = """\
import importlib.util
import sys


def main(arguments):
    spec = importlib.util.spec_from_file_location("test_computed", "tests/test_computed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.test_more()
    print("1 passed")
    return 0
"""


@dataclass(frozen=True)
class World:
    """The app after one `verify`."""

    root: Path
    cache: Path
    verified: Verified

    def __getitem__(self, entrypoint: str) -> Result:
        (found,) = [one for one in self.verified.results if one.entrypoint == entrypoint]
        return found

    def finding(self, kind: str, entrypoint: str) -> Finding:
        (found,) = [
            one
            for one in self.verified.findings
            if one.kind == kind and one.entrypoint == entrypoint
        ]
        return found


def fill(index: LocalIndex) -> None:
    index.wheel("clickish", files={"clickish/__init__.py": "x = 1\n"})
    index.wheel("heavy", files={"heavy/__init__.py": "", "heavy/x.bin": bytes(40_000_000)})
    index.wheel("richish", files={"richish/__init__.py": "x = 1\n"})
    index.wheel("walker", files={"walker/__init__.py": "", "walker/x.bin": bytes(3_000_000)})
    index.wheel("pytest", files={"pytest.py": PYTEST})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("verify")
    with LocalIndex(folder / "index") as index, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", str(folder / "uv"))
        patch.delenv("SHOP_TOKEN", raising=False)
        fill(index)
        root = make_runnable(folder / "shop", index, PYPROJECT, SOURCES)
        options = VerifyOptions(pytest=True, seconds=4)
        yield World(root, folder, verify(analyse(root, folder), options))


def test_what_starts_passes_and_what_it_leaves_out_is_not_there(world: World) -> None:
    shop = world["shop"]
    assert shop.verdict == "passed"
    assert shop.reason == "import shop.cli; shop --help; without walker"
    assert shop.imported == ("clickish",)
    assert 0 < shop.seconds < 4
    assert shop.before_seconds is not None


def test_a_distribution_of_another_extra_is_named_with_the_line(world: World) -> None:
    assert world["absent"].verdict == "failed"
    broken = world.finding("broken", "absent")
    assert broken.distribution == "richish"
    assert [(place.path, place.line) for place in broken.chain] == [("src/shop/absent.py", 1)]
    assert broken.fix == "extrasplit suggest"


def test_one_that_hangs_is_ended_at_the_limit(world: World) -> None:
    assert world["hangs"].verdict == "failed"
    assert world["hangs"].reason.startswith("hangs --help was not done after 4 s")


@pytest.mark.skipif(sys.platform != "linux", reason="daemons are found by /proc")
def test_a_child_that_stays_is_told_and_ended(world: World) -> None:
    assert world["forks"].verdict == "passed"
    assert "it left a process behind, which had to be ended" in world["forks"].reason
    lines = [read(folder / "cmdline") for folder in Path("/proc").glob("[0-9]*")]
    assert not [line for line in lines if b"bin/forks" in line]


def test_one_that_floods_its_output_is_ended(world: World) -> None:
    assert world["floods"].verdict == "failed"
    assert world["floods"].reason == "floods --help floods its output; it was ended"


def test_one_that_ends_with_0_before_it_imports_anything_fails(world: World) -> None:
    assert world["leaves"].verdict == "failed"
    assert "ended with 0 before anything was imported" in world["leaves"].reason


def test_one_that_needs_an_environment_variable_says_which(world: World) -> None:
    assert world["token"].verdict == "failed"
    assert "needs the environment variable SHOP_TOKEN" in world["token"].reason


def test_an_import_by_a_computed_name_is_caught_with_its_line(world: World) -> None:
    assert world["computed"].verdict == "passed"
    seen = [
        (one.distribution, [(place.path, place.line) for place in one.chain])
        for one in world.verified.findings
        if one.kind == "unpredicted"
    ]
    assert seen == [
        ("heavy", [("src/shop/computed.py", 3)]),
        ("richish", [("src/shop/computed.py", 12)]),
    ]


def test_the_tests_run_with_everything_and_show_what_functions_import(world: World) -> None:
    assert world["pytest"].verdict == "passed"
    assert world["pytest"].reason == "the project's tests: 1 passed"
    assert world.verified.observed == (
        Observed("computed", "heavy", "startup"),
        Observed("computed", "richish", "deferred"),
    )


def test_installed_sizes_are_foretold_to_the_half_percent(world: World) -> None:
    for size in world.verified.sizes:
        assert size.installed_bytes is not None
        predicted, measured = size.installed_bytes
        assert measured > 40_000_000
        assert abs(predicted - measured) < 0.005 * measured


def test_the_project_is_left_as_it_was(world: World) -> None:
    assert not (world.root / "build").exists()
    assert not (world.root / ".venv").exists()
    assert not list(world.root.rglob("__pycache__"))


def test_what_was_recorded_is_planned_right(world: World) -> None:
    before = (world.root / "pyproject.toml").read_text()
    plan = analyse(world.root, world.cache).plan
    assert "heavy" in {requirement.name for requirement in plan.base}
    assert record(analyse(world.root, world.cache), world.verified.observed)
    try:
        after = (world.root / "pyproject.toml").read_text()
        table = '[{ name = "heavy", level = "startup" }, "richish"]'
        needs = f"[tool.extrasplit.needs]\ncomputed = {table}"
        assert needs in after
        assert after.replace(needs, "").split() == before.split()
        assert not record(analyse(world.root, world.cache), world.verified.observed)
        plan = analyse(world.root, world.cache).plan
        assert "heavy" not in {requirement.name for requirement in plan.base}
        (variant,) = [one for one in plan.variants if one.name == "computed"]
        assert "heavy" in {key.name for key in variant.packages}
        (lean,) = [one for one in plan.variants if one.name == "shop"]
        assert "heavy" not in {key.name for key in lean.packages}
    finally:
        (world.root / "pyproject.toml").write_text(before)


def test_an_unknown_variant_is_refused(world: World) -> None:
    with pytest.raises(ExtrasplitError, match="no variant 'nope'"):
        verify(analyse(world.root, world.cache), VerifyOptions(variants=("nope",)))


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_the_command_prints_the_contract_and_records(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(world.cache))
    monkeypatch.setattr("extrasplit.actions.verify.verify", lambda *_: world.verified)
    before = (world.root / "pyproject.toml").read_text()
    try:
        assert main(["verify", str(world.root), "--record", "--format", "json"]) == 1
        said = capsys.readouterr()
    finally:
        (world.root / "pyproject.toml").write_text(before)
    assert "recorded heavy (computed), richish (computed)" in said.err
    report = msgspec.json.decode(said.out, type=VerifyReport)
    verdicts = {one.entrypoint: one.verdict for one in report.results}
    assert verdicts["shop"] == "passed"
    assert verdicts["hangs"] == "failed"
    assert {one.kind for one in report.findings} == {"broken", "unpredicted"}
