"""The folder of the member that is meant, and of the lock that is its."""

from __future__ import annotations

from pathlib import Path

import pytest

from extrasplit.edges.workspace import find_lock_root, find_member
from extrasplit.errors import ExtrasplitError


@pytest.fixture
def top(tmp_path: Path) -> Path:
    texts = {
        "pyproject.toml": (
            '[tool.uv.workspace]\nmembers = ["services/*"]\nexclude = ["services/old"]\n'
        ),
        "services/api/pyproject.toml": '[project]\nname = "The_API"\n',
        "services/web/pyproject.toml": '[project]\nname = "web"\n',
        "services/old/pyproject.toml": '[project]\nname = "old"\n',
        "tools/pyproject.toml": '[project]\nname = "tools"\n',
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_the_folder_itself_is_meant_where_no_member_is_named(top: Path) -> None:
    assert find_member(top / "services/api", None) == top / "services/api"


def test_pyproject_itself_may_be_named(top: Path) -> None:
    assert find_member(top / "services/api/pyproject.toml", None) == top / "services/api"


@pytest.mark.parametrize("name", ["the-api", "The_API", "the.api"])
def test_a_member_is_found_by_any_spelling(name: str, top: Path) -> None:
    assert find_member(top, name) == top / "services/api"


@pytest.mark.parametrize("name", ["old", "tools", "nope"])
def test_what_is_no_member_is_told_with_those_that_are(name: str, top: Path) -> None:
    with pytest.raises(ExtrasplitError, match="its members are the-api, web"):
        find_member(top, name)


def test_no_folder_is_one_sentence(top: Path) -> None:
    with pytest.raises(ExtrasplitError, match="is no folder"):
        find_member(top / "nowhere", None)


def test_the_lock_of_a_member_is_its_workspaces(top: Path) -> None:
    assert find_lock_root(top / "services/api") == top
    assert find_lock_root(top) == top


@pytest.mark.parametrize("outside", ["services/old", "tools"])
def test_the_lock_of_an_outsider_is_its_own(outside: str, top: Path) -> None:
    assert find_lock_root(top / outside) == top / outside


def test_a_relative_path_is_made_absolute(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(top)
    assert find_member(Path("services/web"), None) == top / "services/web"
