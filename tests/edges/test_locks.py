"""uv.lock, read once per content."""

from __future__ import annotations

from pathlib import Path

import pytest

from extrasplit.edges import kept, locks
from extrasplit.edges.locks import remembered_lock
from extrasplit.errors import ExtrasplitError
from extrasplit.lock.uvlock import Lock

LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "shop"
version = "1.0"
source = { editable = "." }
dependencies = [{ name = "clickish" }]

[[package]]
name = "clickish"
version = "1.2"
source = { registry = "https://index.example/simple" }
"""


def content(lock: Lock) -> dict[str, object]:
    """Locks are compared by identity; tests compare what they hold."""
    return {name: getattr(lock, name) for name in lock.__struct_fields__}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "uv.lock"
    path.write_text(LOCK)
    return path


def test_what_is_remembered_is_what_was_read(path: Path, tmp_path: Path) -> None:
    first = remembered_lock(path, tmp_path / "kept")
    assert content(remembered_lock(path, tmp_path / "kept")) == content(first)
    assert {key.name for key in first.packages} == {"shop", "clickish"}


def test_an_unchanged_lock_is_not_read_again(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered_lock(path, tmp_path / "kept")
    monkeypatch.setattr(locks, "read_lock", pytest.fail)
    path.touch()
    remembered_lock(path, tmp_path / "kept")


def test_another_content_is_read(path: Path, tmp_path: Path) -> None:
    remembered_lock(path, tmp_path / "kept")
    path.write_text(LOCK.replace('"1.2"', '"1.3"'))
    lock = remembered_lock(path, tmp_path / "kept")
    assert [key.version for key in lock.packages if key.name == "clickish"] == ["1.3"]


@pytest.mark.parametrize("rubbish", [b"\x93", b"", b"\xc0"])
def test_what_an_earlier_shape_left_is_read_anew(
    rubbish: bytes, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = remembered_lock(path, tmp_path / "kept")
    monkeypatch.setattr(kept, "load", lambda *_: rubbish)
    assert content(remembered_lock(path, tmp_path / "kept")) == content(first)


def test_a_lock_that_is_none_is_named_each_time(path: Path, tmp_path: Path) -> None:
    path.write_text("version = 9\n")
    for _ in range(2):
        with pytest.raises(ExtrasplitError, match=r"uv\.lock"):
            remembered_lock(path, tmp_path / "kept")
