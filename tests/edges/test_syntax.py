from __future__ import annotations

from pathlib import Path

from extrasplit.edges.files import list_files
from extrasplit.edges.syntax import find_unparsed


def test_source_that_python_would_not_parse_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("x = 1\ndef (:\n")
    (tmp_path / "logging.ini").write_text("[handlers]\nkeys = one\n")
    listing = list_files(tmp_path)
    faults = find_unparsed(listing, [*listing.paths, "gone.py"], folder=tmp_path / "kept")
    assert {path: fault.line for path, fault in faults.items()} == {"bad.py": 2}


def test_a_file_is_parsed_again_once_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text("x = 1\n")
    assert find_unparsed(list_files(tmp_path), ["app.py"], folder=tmp_path / "kept") == {}
    path.write_text("x = \n")
    assert find_unparsed(list_files(tmp_path), ["app.py"], folder=tmp_path / "kept").keys() == {
        "app.py"
    }
