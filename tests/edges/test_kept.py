"""One value per project, under the key of all that it stands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from extrasplit.edges.kept import load, save


def test_a_value_is_loaded_under_its_key_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep/down/value"
    value = {"a": (1, b"x", "ü", None)}
    save(path, "key", value)
    assert load(path, "key") == value
    assert load(path, "another") is None
    assert [entry.name for entry in path.parent.iterdir()] == ["value"]


def test_the_last_one_saved_counts(tmp_path: Path) -> None:
    save(tmp_path / "value", "one", 1)
    save(tmp_path / "value", "two", 2)
    assert (load(tmp_path / "value", "one"), load(tmp_path / "value", "two")) == (None, 2)


@pytest.mark.parametrize("rubbish", [b"", b"\xff", b"(", b"i\x01\x00\x00\x00"])
def test_what_cannot_be_read_is_as_if_it_were_not_there(rubbish: bytes, tmp_path: Path) -> None:
    (tmp_path / "value").write_bytes(rubbish)
    assert load(tmp_path / "value", "key") is None
    assert load(tmp_path / "nothing", "key") is None


def test_a_cut_file_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    save(tmp_path / "value", "key", list(range(1000)))
    whole = (tmp_path / "value").read_bytes()
    for size in (1, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "value").write_bytes(whole[:size])
        assert load(tmp_path / "value", "key") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    save(tmp_path / "file/below", "key", 1)
    assert load(tmp_path / "file/below", "key") is None
