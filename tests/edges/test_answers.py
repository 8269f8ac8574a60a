"""Whole answers, remembered: what changes the key, and what is loaded to recall one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from extrasplit.edges import answers
from extrasplit.edges.answers import Answer, folder_of, recall, remember, remember_folder
from extrasplit.edges.files import list_files


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def key_of(project: Path, asked: Sequence[str]) -> str:
    return answers.key_of(list_files(project), asked)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "top/shop"
    (folder / "src").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[project]\n")
    (folder / "src/a.py").write_text("import x\n")
    return folder


def test_an_answer_is_recalled_with_its_exit_code(project: Path) -> None:
    key = key_of(project, ["check"])
    assert recall(key) is None
    remember(key, Answer("it crashes: ü\n", 1))
    answer = recall(key)
    assert answer is not None
    assert (answer.text, answer.exit_code, answer.lasting) == ("it crashes: ü\n", 1, True)


def test_the_same_question_has_the_same_key(project: Path) -> None:
    assert key_of(project, ["a", "b"]) == key_of(project, ("a", "b"))


@pytest.mark.parametrize(
    "change", ["source", "lock", "lock above", "pyproject above", "question", "version", "python"]
)
def test_the_key_changes_with_all_that_the_answer_stands_on(
    change: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["check"]
    before = key_of(project, asked)
    match change:
        case "source":
            (project / "src/a.py").write_text("import yy\n")
        case "lock":
            (project / "uv.lock").write_text("version = 1\n")
        case "lock above":
            (project.parent / "uv.lock").write_text("version = 1\n")
        case "pyproject above":
            (project.parent / "pyproject.toml").write_text("[tool.uv.workspace]\n")
        case "question":
            asked = ["check", "--verbose"]
        case "version":
            monkeypatch.setattr(answers, "__version__", "99")
        case "python":
            monkeypatch.setattr(sys, "version_info", (3, 99))
    assert key_of(project, asked) != before


def test_the_folder_that_words_are_about_is_remembered(cache: Path) -> None:
    assert folder_of(["check", "shop", "/home"]) is None
    remember_folder(["check", "shop", "/home"], "/home/shop")
    assert folder_of(["check", "shop", "/home"]) == "/home/shop"
    assert folder_of(["check", "shop", "/elsewhere"]) is None
    assert recall(next((cache / "answers").iterdir()).name) is None, "a folder is no answer"


@pytest.mark.parametrize("rubbish", [b"", b"\x00", b"i\x01\x00\x00\x00", b"not marshal at all"])
def test_what_is_no_answer_is_as_if_it_were_not_there(
    rubbish: bytes, project: Path, cache: Path
) -> None:
    key = key_of(project, ["check"])
    remember(key, Answer("x"))
    (cache / "answers" / key).write_bytes(rubbish)
    assert recall(key) is None


def test_a_cache_that_cannot_be_written_costs_no_answer(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / "file/below"))
    key = key_of(project, ["check"])
    remember(key, Answer("x"))
    assert recall(key) is None


def test_the_oldest_answers_are_forgotten(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "KEPT", 3)
    for number in range(5):
        remember(f"k{number}", Answer(str(number)))
        os.utime(cache / "answers" / f"k{number}", (number, number))
    remember("k9", Answer("9"))
    assert sorted(path.name for path in (cache / "answers").iterdir()) == ["k3", "k4", "k9"]


def test_the_hooks_way_loads_nothing_that_takes_time(project: Path) -> None:
    code = (
        "import sys; from extrasplit.cli import main; main(['check', sys.argv[1]])\n"
        "print(' '.join(sys.modules))"
    )
    script = (
        "import sys\n"
        "from extrasplit.edges import answers\n"
        "answers.folder_of = lambda asked: sys.argv[1]\n"
        "answers.recall = lambda key: answers.Answer('remembered\\n')\n" + code
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(project)], capture_output=True, text=True, check=True
    )
    said, loaded = done.stdout.splitlines()
    assert said == "remembered"
    heavy = {
        "argparse", "re", "shutil", "hashlib", "dataclasses", "pathlib", "typing", "json",
        "tomllib", "packaging", "msgspec", "rich",
        "networkx", "importlab", "urllib3", "sqlite3", "subprocess", "inspect", "ast",
        "extrasplit.pipeline", "extrasplit.commands", "extrasplit.findings",
    }  # fmt: skip
    assert heavy.isdisjoint(loaded.split())
