"""`diff`: against a revision, another lock, a saved report; in a workspace; over a limit."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from extrasplit.cli import main
from support.app import make_app
from support.index import LocalIndex
from support.uv import run_uv

Diff = Callable[..., tuple[int, dict]]


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")


def add_heavy(app: Path, index: LocalIndex) -> None:
    index.wheel("heavy", requires=["light"], files={"heavy.bin": bytes(9_000_000)})
    index.wheel("light")
    path = app / "pyproject.toml"
    path.write_text(path.read_text().replace('"clickish>=1",', '"clickish>=1", "heavy",'))


@pytest.fixture
def app(tmp_path: Path, index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    app = make_app(tmp_path / "shop", index)
    run_uv("lock", cwd=app)
    return app


@pytest.fixture
def diff(capsys: pytest.CaptureFixture[str]) -> Diff:
    def run(*words: str) -> tuple[int, dict]:
        code = main(["diff", *words, "--quiet", "--format", "json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else {"error": said.err}

    return run


def of(report: dict, name: str) -> dict:
    (variant,) = [one for one in report["variants"] if one["name"] == name]
    return variant


def test_a_revision_says_what_came_and_the_way_that_leads_to_it(
    app: Path, index: LocalIndex, diff: Diff
) -> None:
    commit(app)
    add_heavy(app, index)
    run_uv("lock", cwd=app)
    code, report = diff("HEAD", "shop")
    assert (code, report["base"], report["head"]) == (0, "HEAD", "now")
    shop = of(report, "shop")
    assert [(e["name"], e["path"]) for e in shop["added"]] == [
        ("heavy", ["heavy"]),
        ("light", ["heavy", "light"]),
    ]
    assert shop["removed"] == shop["changed"] == []
    grown = shop["installed_bytes"]["after"] - shop["installed_bytes"]["before"]
    assert 9_000_000 < grown == sum(entry["bytes"] for entry in shop["added"])


@pytest.mark.parametrize(("limit", "code"), [("5MB", 1), ("9999999%", 0)])
def test_a_limit_is_exceeded_or_not(
    app: Path, index: LocalIndex, diff: Diff, limit: str, code: int
) -> None:
    commit(app)
    add_heavy(app, index)
    run_uv("lock", cwd=app)
    found, report = diff("HEAD", "shop", "--fail-over", limit)
    assert found == code
    assert bool(report["exceeded"]) is bool(code)


def test_a_saved_report_is_a_base(
    app: Path, index: LocalIndex, diff: Diff, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["suggest", str(app), "--quiet", "--format", "json"])
    (tmp_path / "saved.json").write_text(capsys.readouterr().out)
    code, report = diff("saved.json", "shop")
    assert (code, report["base"]) == (0, "saved.json")
    assert of(report, "shop")["removed"][0]["path"] == []  # nobody is left to be asked


def test_another_lock_is_a_base(app: Path, index: LocalIndex, diff: Diff, tmp_path: Path) -> None:
    shutil.copy(app / "uv.lock", tmp_path / "older.lock")
    index.wheel("clickish", "1.3", files={"clickish/__init__.py": "x = 1\n" * 1000})
    run_uv("lock", "--upgrade", cwd=app)
    _, report = diff("older.lock", "shop")
    (changed,) = of(report, "shop")["changed"]
    assert (changed["name"], changed["before"], changed["after"]) == ("clickish", "1.2", "1.3")
    assert changed["bytes"] > 0
    assert changed["path"] == ["clickish"]


def test_a_revision_without_a_lock_keeps_todays_versions(
    app: Path, index: LocalIndex, diff: Diff, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    (app / ".gitignore").write_text("uv.lock\n")
    commit(app)
    index.wheel("clickish", "1.3")  # published since, and no commit's doing
    _, report = diff("HEAD", "shop")
    assert of(report, "shop")["added"] == of(report, "shop")["changed"] == []


def test_a_member_of_a_workspace_is_compared_with_the_lock_above_it(
    app: Path, index: LocalIndex, diff: Diff, tmp_path: Path
) -> None:
    top = tmp_path / "top"
    shutil.copytree(app, top / "services/shop")
    (top / "services/shop/uv.lock").unlink()
    found_at = f'[[tool.uv.index]]\nurl = "{index.url}"\ndefault = true\n'
    members = '[tool.uv.workspace]\nmembers = ["services/*"]\n'
    (top / "pyproject.toml").write_text(members + found_at)
    run_uv("lock", cwd=top)
    commit(top)
    add_heavy(top / "services/shop", index)
    run_uv("lock", cwd=top)
    for words in (("HEAD", "top/services/shop"), ("HEAD", "top", "--package", "shop")):
        _, report = diff(*words)
        assert [e["name"] for e in of(report, "shop")["added"]] == ["heavy", "light"]


def test_nothing_that_is_not_committed_is_touched(app: Path, diff: Diff) -> None:
    commit(app)
    (app / "src/shop/listing.py").write_text("def show():\n    return 1\n")
    before = {path: path.read_bytes() for path in app.rglob("*") if path.is_file()}
    diff("HEAD", "shop")
    assert {path: path.read_bytes() for path in app.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("base", "sentence"),
    [
        ("nowhere", "is no git revision of"),
        ("shop/pyproject.json", "is no git revision of"),
        ("broken.json", "is no JSON"),
        ("other.json", "is no report of"),
    ],
)
def test_a_base_that_is_none_is_one_sentence(
    app: Path, diff: Diff, tmp_path: Path, base: str, sentence: str
) -> None:
    commit(app)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text('{"schema": 1}')
    code, report = diff(base, "shop")
    assert code == 2
    assert sentence in report["error"]
    assert report["error"].count("\n") == 1


def test_a_limit_that_is_no_size_is_refused(app: Path, diff: Diff) -> None:
    code, report = diff("HEAD", "shop", "--fail-over", "much")
    assert code == 2
    assert "write 5MB, 300kB or 2%" in report["error"]
