"""What was asked of a file's body is remembered while the file stays the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from extrasplit.edges.bodies import recall_answers, remember_answers
from extrasplit.edges.files import list_files
from extrasplit.imports.bodies import Bodies


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "def make():\n    start()\n\n\ndef start():\n    pass\n\n\nmake()\n"
    )
    listing = list_files(tmp_path)
    first = Bodies(listing.read)
    asked = [first.by_function("app.py").calls(scope) for scope in ("", "make")]
    assert [call.callee for calls in asked for call in calls] == ["make", "start"]
    assert first.by_function("app.py").runs("make") == ("make",)
    remember_answers(listing, tmp_path / "kept", first.answers)

    again = Bodies(pytest.fail, recall_answers(list_files(tmp_path), tmp_path / "kept"))
    assert [again.by_function("app.py").calls(scope) for scope in ("", "make")] == asked
    assert again.by_function("app.py").runs("make") == ("make",)


def test_a_changed_file_is_asked_anew(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("make()\n")
    listing = list_files(tmp_path)
    first = Bodies(listing.read)
    first.by_function("app.py").calls("")
    remember_answers(listing, tmp_path / "kept", first.answers)
    (tmp_path / "app.py").write_text("make()\nother()\n")
    assert recall_answers(list_files(tmp_path), tmp_path / "kept") == {}


def test_what_cannot_be_read_back_is_forgotten(tmp_path: Path) -> None:
    listing = list_files(tmp_path)
    remember_answers(listing, tmp_path / "kept", {})
    (next((tmp_path / "kept").iterdir())).write_bytes(b"broken")
    assert recall_answers(listing, tmp_path / "kept") == {}
