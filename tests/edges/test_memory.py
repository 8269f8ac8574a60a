"""The store: quick, shared, and never a reason to fail."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from extrasplit.edges.memory import Memory
from extrasplit.wheels.contents import WheelFacts


def facts(number: int = 1) -> WheelFacts:
    return WheelFacts(
        filename=f"demo-{number}-py3-none-any.whl",
        installed_bytes=number * 1000,
        wheel_bytes=number,
        bytecode_bytes=10,
        exact=True,
        modules=frozenset({"demo", f"demo{number}"}),
        scripts=("run",),
        entry_points={"group": ("a = b:c",)},
        optional_requirements={canonicalize_name("x"): (canonicalize_name("y"),)},
        native_libraries=tuple(f"demo/lib{n}.so" for n in range(10)),
        trim_bytes={"tests": 4},
    )


def test_what_was_remembered_is_recalled_by_the_next(tmp_path: Path) -> None:
    with Memory(tmp_path) as store:
        store.remember_facts({"sha256:1": facts(1), "sha256:2": facts(2)})
        store.remember("scan-1", "key", b"blob")
    with Memory(tmp_path) as store:
        assert store.recall_facts(["sha256:2", "sha256:1", "sha256:3"]) == {
            "sha256:1": facts(1),
            "sha256:2": facts(2),
        }
        assert store.recall("scan-1", "key") == b"blob"
        assert store.recall("scan-2", "key") is None
        assert store.note is None


def test_what_is_there_stays(tmp_path: Path) -> None:
    with Memory(tmp_path) as store:
        store.remember("answer", "key", b"first")
        store.remember("answer", "key", b"second")
        assert store.recall("answer", "key") == b"first"


def test_three_hundred_facts_are_recalled_in_a_moment(tmp_path: Path) -> None:
    with Memory(tmp_path) as store:
        store.remember_facts({f"sha256:{n}": facts(n) for n in range(300)})
    best = 1.0
    for _ in range(5):
        begun = time.perf_counter()
        with Memory(tmp_path) as store:
            assert len(store.recall_facts(f"sha256:{n}" for n in range(300))) == 300
        best = min(best, time.perf_counter() - begun)
    assert best < 0.1


def test_scans_are_cleared_without_the_facts(tmp_path: Path) -> None:
    with Memory(tmp_path) as store:
        store.remember_facts({"sha256:1": facts()})
        store.remember("scan-1", "key", b"x" * 1_000_000)
        before = store.size_bytes()
        store.clear(scans_only=True)
        assert store.recall("scan-1", "key") is None
        assert store.recall_facts(["sha256:1"])
        assert store.size_bytes() < before - 900_000
        store.clear()
        assert not store.recall_facts(["sha256:1"])


def test_a_corrupt_store_is_a_note_and_cleared_on_request(tmp_path: Path) -> None:
    (tmp_path / "memory.sqlite3").write_bytes(b"not a database" * 100)
    with Memory(tmp_path) as store:
        store.remember("answer", "key", b"1")
        assert store.recall("answer", "key") is None
        assert store.note is not None
        assert "extrasplit cache clear" in store.note
        store.clear()
    with Memory(tmp_path) as store:
        store.remember("answer", "key", b"1")
        assert (store.recall("answer", "key"), store.note) == (b"1", None)


def test_a_store_that_breaks_within_is_a_note_too(tmp_path: Path) -> None:
    with Memory(tmp_path) as store:
        for number in range(200):
            store.remember("answer", str(number), os.urandom(1000))
    file = tmp_path / "memory.sqlite3"
    content = bytearray(file.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    file.write_bytes(content)
    with Memory(tmp_path) as store:
        for number in range(200):
            store.recall("answer", str(number))
        assert store.note is not None


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    with Memory(tmp_path) as store:
        store.remember("answer", "key", b"1")
    connection = sqlite3.connect(tmp_path / "memory.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()
    with Memory(tmp_path) as store:
        assert store.recall("answer", "key") is None
        assert "newer" in (store.note or "")


def test_a_folder_that_cannot_be_made_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Memory(tmp_path / "file" / "cache") as store:
        store.remember("answer", "key", b"1")
        assert store.recall("answer", "key") is None
        assert store.size_bytes() == 0
        assert store.note is not None


def test_a_read_only_store_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Memory(tmp_path) as store:
        store.remember("answer", "key", b"1")
    # root may write anything: say what access() would tell another user.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with Memory(tmp_path) as store:
        assert store.recall("answer", "key") == b"1"
        store.remember("answer", "other", b"2")
        assert store.recall("answer", "other") is None
        assert store.note is None


def test_a_blob_of_another_shape_is_unknown(tmp_path: Path) -> None:
    with Memory(tmp_path) as store:
        store.remember("facts-1", "sha256:1", b"\xc1 not msgpack")
        store.remember("facts-1", "sha256:2", b"\x80")
        assert store.recall_facts(["sha256:1", "sha256:2"]) == {}


WRITER = """
import sys
from pathlib import Path
from extrasplit.edges.memory import Memory
with Memory(Path(sys.argv[1])) as store:
    for number in range(100):
        store.remember("answer", f"{number}", sys.argv[2].encode())
        assert store.recall("answer", f"{number}") is not None
    assert store.note is None, store.note
"""


def test_processes_share_it_at_the_same_time(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), f"w{n}"]) for n in range(4)
    ]
    assert [process.wait(60) for process in running] == [0] * 4
    with Memory(tmp_path) as store:
        assert len(store.recall_all("answer", map(str, range(100)))) == 100
