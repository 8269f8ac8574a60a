"""A revision, laid out beside the work tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from extrasplit.edges.revisions import checked_out
from extrasplit.errors import ExternalError, ExtrasplitError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "top"
    (root / "shop/src").mkdir(parents=True)
    (root / "shop/src/a.py").write_text("first\n")
    (root / "readme").write_text("x")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    git(root, "tag", "v1")
    (root / "shop/src/a.py").write_text("second\n")
    git(root, "commit", "-qam", "second")
    return root


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


@pytest.mark.parametrize(("revision", "text"), [("v1", "first\n"), ("HEAD", "second\n")])
def test_a_folder_of_a_repository_as_it_was(repository: Path, revision: str, text: str) -> None:
    (repository / "shop/src/a.py").write_text("not committed\n")
    with checked_out(repository / "shop", revision) as folder:
        assert (folder / "src/a.py").read_text() == text
        assert not (folder / "readme").exists()
    assert not folder.exists()
    assert (repository / "shop/src/a.py").read_text() == "not committed\n"


def test_the_whole_repository(repository: Path) -> None:
    with checked_out(repository, "HEAD~1") as folder:
        assert (folder / "readme").exists()
        assert (folder / "shop/src/a.py").exists()


def test_an_unknown_revision_is_named(repository: Path) -> None:
    with (
        pytest.raises(ExtrasplitError, match="'nope' is no git revision of"),
        checked_out(repository, "nope"),
    ):
        pytest.fail("there is none")


@pytest.mark.parametrize("revision", ["--output=/tmp/x", "-h", "HEAD; touch x", "v1:readme"])
def test_what_looks_like_an_option_is_no_revision(repository: Path, revision: str) -> None:
    with pytest.raises(ExtrasplitError), checked_out(repository, revision):
        pytest.fail("there is none")


def test_a_folder_that_was_not_there_is_named(repository: Path) -> None:
    (repository / "new").mkdir()
    (repository / "new/a.py").write_text("")
    with (
        pytest.raises(ExtrasplitError, match="holds nothing at v1"),
        checked_out(repository / "new", "v1"),
    ):
        pytest.fail("it was not there")


def test_a_folder_outside_of_any_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExtrasplitError, match="is no git revision"), checked_out(tmp_path, "HEAD"):
        pytest.fail("there is no repository")


def test_without_git_it_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ExternalError, match="git was not found"), checked_out(repository, "HEAD"):
        pytest.fail("there is no git")
