"""What is remembered, and how it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from extrasplit.edges.cache import cache_folder, clear_folders, folder_bytes


def test_the_folder_is_named_or_lies_where_the_system_keeps_caches() -> None:
    assert cache_folder({"EXTRASPLIT_CACHE_DIR": "/named"}) == "/named"
    assert Path(cache_folder({"XDG_CACHE_HOME": "/shared"})) == Path("/shared/extrasplit")


@pytest.mark.parametrize(("scans_only", "left"), [(True, {"sources"}), (False, set())])
def test_clearing_scans_keeps_the_source_of_wheels(
    tmp_path: Path, scans_only: bool, left: set[str]
) -> None:
    for name in ("answers", "scans", "sources"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one").write_bytes(bytes(10))
    assert folder_bytes(str(tmp_path)) == 30
    clear_folders(str(tmp_path), scans_only=scans_only)
    assert {path.name for path in tmp_path.iterdir()} == left
