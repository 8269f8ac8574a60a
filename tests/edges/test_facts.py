"""All the ways to the facts of a locked package."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from extrasplit.edges.facts import read_facts
from extrasplit.edges.memory import Memory
from extrasplit.errors import ExternalError, ExtrasplitError
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Lock, read_lock
from extrasplit.record import replace
from extrasplit.wheels.contents import WheelFacts
from extrasplit.wheels.installation import PYTHON
from extrasplit.wheels.selection import choose_wheel
from support.index import LocalIndex
from support.uv import run_uv
from support.wheelsmith import make_sdist, make_wheel


class Counting:
    """A progress that counts."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def start(self, what: str, total: int | None) -> None:
        self.steps.append(f"{what} {total}")

    def advance(self) -> None:
        self.steps.append("piece")

    def done(self) -> None:
        self.steps.append("done")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "cache") as opened:
        yield opened


def make_lock(root: Path, index: LocalIndex, *requirements: str, sources: str = "") -> Lock:
    (root / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f"dependencies = {list(requirements)!r}\n[tool.uv.sources]\n{sources}"
    )
    run_uv("lock", "--index-url", index.url, cwd=root)
    return read_lock((root / "uv.lock").read_bytes(), "uv.lock")


def gather(
    lock: Lock,
    root: Path,
    store: Memory,
    *,
    offline: bool = False,
    progress: Counting | None = None,
) -> dict[str, WheelFacts]:
    target = Target("3.12")
    packages = [
        (package, choose_wheel(package, target))
        for package in lock.packages.values()
        if package.key.name != "app"
    ]
    facts = read_facts(
        packages,
        store=store,
        progress=progress or Counting(),
        offline=offline,
        lock_root=root,
        environ={},
    )
    return {key.name: fact for key, fact in facts.items()}


def test_facts_are_read_once_and_then_remembered(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    index.wheel("plotly", requires=["tenacity"])
    index.wheel("tenacity")
    lock = make_lock(tmp_path, index, "plotly")
    index.requests.clear()
    progress = Counting()
    first = gather(lock, tmp_path, store, progress=progress)
    assert first["plotly"].modules == {"plotly"}
    assert progress.steps == ["reading wheels 2", "piece", "piece", "done"]
    assert len(index.file_requests) == 2
    again = Counting()
    assert gather(lock, tmp_path, store, progress=again) == first
    assert gather(lock, tmp_path, store, offline=True) == first
    assert (len(index.file_requests), again.steps) == (2, [])


def test_offline_says_what_is_missing(index: LocalIndex, tmp_path: Path, store: Memory) -> None:
    index.wheel("plotly")
    lock = make_lock(tmp_path, index, "plotly")
    index.requests.clear()
    fact = gather(lock, tmp_path, store, offline=True)["plotly"]
    assert (fact.exact, fact.reason, fact.knows_modules) == (False, "offline", False)
    assert fact.wheel_bytes > 0
    assert not index.requests


def test_offline_the_projects_environment_is_read(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    index.wheel(
        "plotly",
        files={"plotly/__init__.py": "raise SystemExit('it was run')\n", "_plotly.py": ""},
        scripts={"plot": "plotly:main"},
        extras={"fast": ["orjson"]},
    )
    lock = make_lock(tmp_path, index, "plotly")
    run_uv("sync", "--frozen", "--index-url", index.url, cwd=tmp_path)
    fact = gather(lock, tmp_path, store, offline=True)["plotly"]
    longer = len(str(tmp_path / ".venv/bin/python")) - len(PYTHON)
    exact = gather(lock, tmp_path, store)["plotly"]
    assert fact == replace(
        exact,
        exact=False,
        reason="read from the project's .venv",
        installed_bytes=exact.installed_bytes + longer,
        bytecode_bytes=fact.bytecode_bytes,
    )
    assert fact.bytecode_bytes > 0


def test_wheels_on_disk_are_read_in_place(index: LocalIndex, tmp_path: Path, store: Memory) -> None:
    wheel = make_wheel("bypath", directory=tmp_path / "w")
    sdist = make_sdist("built", directory=tmp_path / "w")
    sources = f'bypath = {{ path = "w/{wheel.name}" }}\nbuilt = {{ path = "w/{sdist.name}" }}\n'
    lock = make_lock(tmp_path, index, "bypath", "built", sources=sources)
    facts = gather(lock, tmp_path, store, offline=True)
    run_uv("sync", "--frozen", "--python", sys.executable, cwd=tmp_path)
    info = next(tmp_path.glob(".venv/lib/python*/site-packages/bypath-1.0.dist-info"))
    measured = sum(f.stat().st_size for f in info.iterdir())
    # The time stamp in uv_cache.json may have a digit or two less.
    assert 0 <= facts["bypath"].installed_bytes - measured <= 3
    assert (facts["built"].exact, facts["built"].reason) == (False, "sdist")
    assert "built" in facts["built"].modules


def test_wheels_by_url_count_uvs_note_on_it(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    path = index.wheel("byurl")
    lock = make_lock(
        tmp_path, index, "byurl", sources=f'byurl = {{ url = "{index.file_url(path.name)}" }}\n'
    )
    fact = gather(lock, tmp_path, store)["byurl"]
    run_uv("sync", "--frozen", cwd=tmp_path)
    info = next(tmp_path.glob(".venv/lib/python*/site-packages/byurl-1.0.dist-info"))
    assert (info / "direct_url.json").exists()
    assert fact.installed_bytes == sum(f.stat().st_size for f in info.iterdir())


def test_source_folders_are_estimated(index: LocalIndex, tmp_path: Path, store: Memory) -> None:
    source = tmp_path / "lib" / "src" / "helper"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text("x = 1\n" * 100)
    (tmp_path / "lib" / "tests").mkdir()
    (tmp_path / "lib" / "tests" / "test_it.py").write_text("y = 1\n" * 1000)
    (tmp_path / "lib" / "pyproject.toml").write_text(
        '[project]\nname = "helper"\nversion = "1"\n[build-system]\nrequires = []\n'
        'build-backend = "x"\n'
    )
    lock = make_lock(tmp_path, index, "helper", sources='helper = { path = "lib" }\n')
    fact = gather(lock, tmp_path, store)["helper"]
    assert (fact.exact, fact.reason, fact.modules) == (False, "directory", {"helper"})
    assert 600 <= fact.installed_bytes < 1500


def test_an_sdist_where_wheels_do_not_fit_is_no_wheel(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    index.wheel("native", tag="cp313-cp313-win_amd64", purelib=False)
    index.sdist("native", files={"native.py": "x = 1\n" * 20_000})
    lock = make_lock(tmp_path, index, "native")
    fact = gather(lock, tmp_path, store)["native"]
    assert (fact.exact, fact.reason) == (False, "no-wheel")
    assert fact.installed_bytes > 120_000


def test_a_source_that_cannot_be_read_is_unknown(tmp_path: Path, store: Memory) -> None:
    lock = read_lock(
        b'version = 1\nrequires-python = ">=3.11"\n[[package]]\nname = "x"\nversion = "1"\n'
        b'source = { git = "https://git.example/x?rev=1#abc" }\n',
        "uv.lock",
    )
    fact = gather(lock, tmp_path, store)["x"]
    assert (fact.installed_bytes, fact.exact, fact.reason) == (0, False, "git")


def test_what_was_read_before_a_failure_is_kept(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    index.wheel("good")
    bad = index.wheel("bad", files={"bad.py": "x = 1\n" * 5_000})
    lock = make_lock(tmp_path, index, "good", "bad")
    index.faults[bad.name] = "html"
    with pytest.raises(ExternalError, match="web page"):
        gather(lock, tmp_path, store)
    hashes = {p.key.name: p.wheels[0].hash for p in lock.packages.values() if p.wheels}
    assert list(store.recall_facts(filter(None, hashes.values()))) == [hashes["good"]]
    assert gather(lock, tmp_path, store, offline=True)["good"].exact


def test_a_broken_wheel_is_one_clear_error(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    path = index.wheel("demo")
    lock = make_lock(tmp_path, index, "demo")
    size = path.stat().st_size
    path.write_bytes(b"PK" + b"\0" * (size - 2))
    with pytest.raises(ExternalError, match=r"demo-1\.0-py3-none-any\.whl is broken"):
        gather(lock, tmp_path, store)


def test_a_wheel_that_has_left_the_disk_is_named(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    wheel = make_wheel("bypath", directory=tmp_path / "w")
    sources = f'bypath = {{ path = "w/{wheel.name}" }}\n'
    lock = make_lock(tmp_path, index, "bypath", sources=sources)
    shutil.rmtree(tmp_path / "w")
    with pytest.raises(ExtrasplitError, match=r"bypath-1\.0-py3-none-any\.whl cannot be read"):
        gather(lock, tmp_path, store)


def test_nothing_is_written_outside_the_cache(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    index.wheel("demo")
    root = tmp_path / "project"
    root.mkdir()
    lock = make_lock(root, index, "demo")
    before = sorted(path for path in tmp_path.rglob("*") if "cache" not in path.parts)
    gather(lock, root, store)
    assert sorted(path for path in tmp_path.rglob("*") if "cache" not in path.parts) == before


def test_names_of_packages_are_normalized_in_the_environment(
    index: LocalIndex, tmp_path: Path, store: Memory
) -> None:
    index.wheel("Ruamel.Yaml", files={"ruamel/yaml/__init__.py": ""})
    lock = make_lock(tmp_path, index, "ruamel.yaml")
    run_uv("sync", "--frozen", "--index-url", index.url, cwd=tmp_path)
    fact = gather(lock, tmp_path, store, offline=True)[canonicalize_name("Ruamel.Yaml")]
    assert fact.modules == {"ruamel.yaml"}
