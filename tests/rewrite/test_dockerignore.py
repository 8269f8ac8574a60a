from __future__ import annotations

import pytest

from extrasplit.errors import ExtrasplitError
from extrasplit.rewrite.dockerignore import render_dockerignore


def lines(**more: object) -> list[str]:
    return render_dockerignore(**{"needed": ["pyproject.toml"], **more}).splitlines()  # type: ignore[arg-type]


def test_tests_and_developers_files_rebuild_no_image() -> None:
    assert {".git", "tests", "docs", "**/.venv", "**/.python-version"} <= set(lines())


def test_a_folder_that_the_image_needs_is_not_ignored() -> None:
    assert "docs" not in lines(kept=["docs"])


def test_the_users_patterns_come_first_and_what_the_build_reads_last() -> None:
    found = lines(theirs="*\n!src\n\n# note\n")
    assert found[:3] == ["*", "!src", "# note"]
    assert found[-1] == "!pyproject.toml"


def test_a_path_is_a_pattern_that_means_just_itself() -> None:
    assert lines(needed=["a[1]*"], theirs="")[-1] == "!a\\[1]\\*"


def test_a_path_with_a_line_break_is_refused() -> None:
    with pytest.raises(ExtrasplitError, match="control character"):
        lines(needed=["a\n!secrets"], theirs="")
