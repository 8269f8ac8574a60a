"""The source of locked wheels: from the index in few requests, kept, from disk, from `.venv`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from extrasplit.edges import sources
from extrasplit.edges.progress import Silence
from extrasplit.edges.sources import open_sources
from extrasplit.errors import ExternalError
from extrasplit.imports.deep import WheelSource
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Lock, read_lock
from extrasplit.wheels.selection import choose_wheel
from support.index import LocalIndex
from support.uv import run_uv
from support.wheelsmith import make_wheel

FILES = {
    "demo/__init__.py": "from demo import core\n",
    "demo/core.py": "import helper\n" * 500,
    "demo/data.bin": os.urandom(400_000),
    "demo/late.py": "x = 1\n",
    "demo/_fast.abi3.so": b"\x7fELF",
}


def make_lock(root: Path, index: LocalIndex, *requirements: str, tables: str = "") -> Lock:
    root.mkdir(exist_ok=True)
    (root / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f"dependencies = {list(requirements)!r}\n{tables}"
    )
    run_uv("lock", "--index-url", index.url, cwd=root)
    return read_lock((root / "uv.lock").read_bytes(), "uv.lock")


def opened(
    lock: Lock, root: Path, folder: Path, *, offline: bool = False
) -> Mapping[str, WheelSource]:
    packages = [package for package in lock.packages.values() if package.key.name != "app"]
    found = open_sources(
        [(package, choose_wheel(package, Target("3.12"))) for package in packages],
        folder=folder,
        lock_root=root,
        offline=offline,
        progress=Silence(),
        environ={},
    )
    return {key.name: source for key, source in found.items()}


def test_only_the_spans_that_hold_source_are_read(index: LocalIndex, tmp_path: Path) -> None:
    path = index.wheel("demo", files=FILES, scripts={"demo": "demo.core:main"})
    lock = make_lock(tmp_path / "app", index, "demo")
    index.requests.clear()
    demo = opened(lock, tmp_path / "app", tmp_path / "kept")["demo"]
    assert demo.read("demo/core.py") == str(FILES["demo/core.py"]).encode()
    assert b"demo.core:main" in demo.read("demo-1.0.dist-info/entry_points.txt")
    assert demo.is_compiled
    assert len(index.file_requests) <= 3
    assert sum(seen.sent_bytes for seen in index.file_requests) < path.stat().st_size / 5


def test_what_was_read_once_is_kept_by_hash(index: LocalIndex, tmp_path: Path) -> None:
    index.wheel("demo", files=FILES)
    lock = make_lock(tmp_path / "app", index, "demo")
    first = opened(lock, tmp_path / "app", tmp_path / "kept")["demo"]
    index.requests.clear()
    again = opened(lock, tmp_path / "app", tmp_path / "kept", offline=True)["demo"]
    assert index.requests == []
    assert sorted(again.paths) == sorted(first.paths)
    assert again.read("demo/late.py") == b"x = 1\n"


def test_offline_what_is_not_at_hand_is_left_out(index: LocalIndex, tmp_path: Path) -> None:
    index.wheel("demo")
    lock = make_lock(tmp_path / "app", index, "demo")
    assert opened(lock, tmp_path / "app", tmp_path / "kept", offline=True) == {}


def test_what_has_no_wheel_is_left_out(index: LocalIndex, tmp_path: Path) -> None:
    index.sdist("demo")
    lock = make_lock(tmp_path / "app", index, "demo")
    assert opened(lock, tmp_path / "app", tmp_path / "kept") == {}


def test_the_environment_of_the_project_is_read_where_its_version_is_locked(
    index: LocalIndex, tmp_path: Path
) -> None:
    index.wheel("demo", files=FILES)
    index.wheel("other", "1.0")
    root = tmp_path / "app"
    make_lock(root, index, "demo", "other")
    run_uv("sync", "--frozen", "--index-url", index.url, cwd=root)
    index.wheel("other", "2.0")
    run_uv("lock", "--upgrade", "--index-url", index.url, cwd=root)
    lock = read_lock((root / "uv.lock").read_bytes(), "uv.lock")
    found = opened(lock, root, tmp_path / "kept", offline=True)
    assert set(found) == {"demo"}
    assert found["demo"].read("demo/late.py") == b"x = 1\n"


def test_a_wheel_on_disk_is_read_in_place(index: LocalIndex, tmp_path: Path) -> None:
    root = tmp_path / "app"
    wheel = make_wheel("bypath", directory=root / "w", files={"bypath.py": "import os\n"})
    tables = f'[tool.uv.sources]\nbypath = {{ path = "w/{wheel.name}" }}\n'
    lock = make_lock(root, index, "bypath", tables=tables)
    found = opened(lock, root, tmp_path / "kept", offline=True)
    assert found["bypath"].read("bypath.py") == b"import os\n"


def test_files_of_the_data_folder_lie_where_they_are_installed(
    index: LocalIndex, tmp_path: Path
) -> None:
    index.wheel("demo", files={"demo-1.0.data/purelib/demo.py": "import os\n"})
    lock = make_lock(tmp_path / "app", index, "demo")
    assert opened(lock, tmp_path / "app", tmp_path / "kept")["demo"].read("demo.py")


def test_an_index_that_fails_is_an_error(index: LocalIndex, tmp_path: Path) -> None:
    path = index.wheel("demo")
    lock = make_lock(tmp_path / "app", index, "demo")
    index.faults[path.name] = "html"
    with pytest.raises(ExternalError, match="web page"):
        opened(lock, tmp_path / "app", tmp_path / "kept")


def test_what_was_used_longest_ago_is_forgotten_first(
    index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("old", "used", "new"):
        index.wheel(name, files={f"{name}.py": "".join(f"x{n} = {n}\n" for n in range(9_000))})
    root, kept = tmp_path / "app", tmp_path / "kept"
    for at, name in enumerate(("old", "used")):
        opened(make_lock(root, index, name), root, kept)
        for path in kept.iterdir():
            os.utime(path, ns=(at, at))
    opened(make_lock(root, index, "used"), root, kept)
    size = max(path.stat().st_size for path in kept.iterdir())
    monkeypatch.setattr(sources, "KEPT_BYTES", 2 * size + 100)
    lock = make_lock(root, index, "used", "new", "old")
    opened(make_lock(root, index, "new"), root, kept)
    assert set(opened(lock, root, kept, offline=True)) == {"used", "new"}
