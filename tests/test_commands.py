"""The commands from end to end, on a small app, the real uv and a loopback index."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from extrasplit.cli import main
from extrasplit.report.contract import published_schema
from support.app import PYPROJECT, make_app
from support.index import LocalIndex


@pytest.fixture
def app(tmp_path: Path, index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return make_app(tmp_path / "shop", index)


def suggest(app: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    assert main(["suggest", str(app), "--format", "json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_suggest_makes_the_lock_and_prints_the_contract(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = suggest(app, capsys)
    jsonschema.validate(report, published_schema())
    assert (app / "uv.lock").is_file()
    assert report["changed"] is True
    variants = {variant["name"]: variant for variant in report["variants"]}
    assert variants["shop"]["extras"] == []
    assert variants["shop"]["installed_bytes"] < 1_000_000
    assert 30_000_000 < variants["web"]["installed_bytes"] < 32_000_000
    assert 90_000_000 < variants["web-full"]["installed_bytes"] < 92_000_000
    assert [loss["distribution"] for loss in variants["web"]["lost"]] == ["walker"]


def test_the_missing_distribution_is_found_with_its_chain(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = suggest(app, capsys)
    (missing,) = [f for f in report["findings"] if f["kind"] == "missing"]
    assert missing["distribution"] == "richish"
    assert [(p["path"], p["line"]) for p in missing["chain"]] == [
        ("src/shop/cli.py", 2),
        ("src/shop/listing.py", 1),
    ]
    assert "richish>=1" in missing["fix"]
    assert "richish>=1" in report["base"]["requirements"]


def test_the_same_input_gives_the_same_bytes(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["suggest", str(app), "--format", "json", "--quiet"])
    first = capsys.readouterr().out
    (app / "notes.txt").write_text("of no concern")
    main(["suggest", str(app), "--format", "json", "--quiet", "--offline"])
    assert capsys.readouterr().out == first


def test_a_second_question_about_an_unchanged_tree_is_answered_from_memory(
    app: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["suggest", str(app)])
    main(["check", str(app)])
    first = capsys.readouterr().out
    monkeypatch.setattr("extrasplit.commands.run", pytest.fail)
    main(["check", str(app)])
    assert capsys.readouterr().out in first


def test_an_edit_is_never_answered_from_memory(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["suggest", str(app), "--quiet"])
    assert main(["check", str(app)]) == 1
    (app / "src/shop/listing.py").write_text("def show():\n    return 1\n")
    capsys.readouterr()
    assert main(["check", str(app)]) == 0


def test_apply_writes_once_and_then_has_nothing_to_do(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", str(app), "--check", "--quiet"]) == 1
    before = (app / "uv.lock").read_text()
    assert main(["apply", str(app), "--write", "--quiet"]) == 0
    written = (app / "pyproject.toml").read_text()
    assert '"richish>=1",   # colours' in written
    assert "[tool.extrasplit.variants.web]" in written
    assert [line for line in (app / "uv.lock").read_text().splitlines() if "version =" in line] == [
        line for line in before.splitlines() if "version =" in line
    ]
    capsys.readouterr()
    assert main(["apply", str(app), "--check", "--quiet"]) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert main(["check", str(app)]) == 0


def test_nothing_is_written_where_uv_would_change_a_version(
    app: Path, index: LocalIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["suggest", str(app), "--quiet"])
    index.wheel("walker", "0.9", files={"walker/__init__.py": ""})
    text = (app / "pyproject.toml").read_text()
    (app / "pyproject.toml").write_text(text.replace('"walker>=0.1"', '"walker>=0.5"'))
    before = {path: path.read_bytes() for path in app.rglob("*") if path.is_file()}
    assert main(["apply", str(app), "--write", "--quiet"]) == 3
    assert "walker 0.4 -> 0.9" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in app.rglob("*") if path.is_file()} == before
    assert main(["apply", str(app), "--write", "--quiet", "--allow-lock-changes"]) == 0
    assert "[tool.extrasplit.variants.web]" in (app / "pyproject.toml").read_text()


def test_why_names_lock_paths_and_chains(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["suggest", str(app), "--quiet"])
    capsys.readouterr()
    assert main(["why", "richish", str(app), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["lock_paths"] == [["richish"]]
    assert report["needs"][0]["chain"][-1]["path"] == "src/shop/listing.py"


def test_tree_weighs_what_is_asked_for(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tree", str(app), "--extra", "dashboard", "--format", "json", "--quiet"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {package["name"] for package in report["packages"]} == {
        "clickish", "richish", "streamlit", "walker",
    }  # fmt: skip
    assert report["installed_bytes"] > 90_000_000
    assert main(["tree", str(app), "--extra", "nope", "--quiet"]) == 2
    assert "has no extra nope" in capsys.readouterr().err


def test_diff_says_what_a_commit_added_and_what_brought_it(
    app: Path, index: LocalIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["suggest", str(app), "--quiet"])
    git = ["git", "-C", str(app), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    index.wheel("heavy", "1.0", requires=["light"], files={"heavy.bin": bytes(9_000_000)})
    index.wheel("light", "1.0")
    path = app / "pyproject.toml"
    path.write_text(path.read_text().replace('"clickish>=1",', '"clickish>=1", "heavy",'))
    (app / "uv.lock").unlink()
    capsys.readouterr()
    code = main(["diff", "HEAD", str(app), "--format", "json", "--quiet", "--fail-over", "5MB"])
    report = json.loads(capsys.readouterr().out)
    assert code == 1
    (shop,) = [variant for variant in report["variants"] if variant["name"] == "shop"]
    assert [entry["name"] for entry in shop["added"]] == ["heavy", "light"]
    assert shop["added"][1]["path"] == ["heavy", "light"]
    assert shop["installed_bytes"]["after"] - shop["installed_bytes"]["before"] > 9_000_000


BAD = {
    "no pyproject": (None, "holds no pyproject.toml"),
    "broken TOML": ("[project\n", "broken TOML"),
    "no project": ("[tool.black]\n", "has no [project] table"),
    "unknown key": (PYPROJECT + "[tool.extrasplit]\npythons = '3'\n", "pythons"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_exit_2(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, sentence = BAD[case]
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    assert main(["suggest", str(tmp_path), "--quiet"]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


def test_a_lock_of_an_unknown_version_is_refused(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (app / "uv.lock").write_text("version = 9\n")
    assert main(["suggest", str(app), "--quiet"]) == 2
    assert "uv.lock" in capsys.readouterr().err


def test_check_without_a_lock_stands_on_nothing(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(app)]) == 3
    assert "run `uv lock`" in capsys.readouterr().err


def test_an_unreachable_index_is_exit_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / "cache"))
    uv = '\n[[tool.uv.index]]\nurl = "http://127.0.0.1:9/simple"\ndefault = true\n'
    (tmp_path / "pyproject.toml").write_text(PYPROJECT + uv)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    assert main(["suggest", str(tmp_path), "--quiet"]) == 3
    err = capsys.readouterr().err
    assert "uv lock failed" in err
    assert "Traceback" not in err


def test_a_syntax_error_is_a_finding_and_the_rest_is_analysed(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (app / "src/shop/broken.py").write_text("def f(:\n")
    report = suggest(app, capsys)
    (unparsed,) = [f for f in report["findings"] if f["kind"] == "unparsed"]
    assert unparsed["chain"][0]["path"] == "src/shop/broken.py"
    assert any(f["kind"] == "missing" for f in report["findings"])


def test_no_code_of_the_project_runs(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in app.rglob("*.py"):
        trap = f"open({str(app / 'ran.txt')!r}, 'w')\n"
        path.write_text(trap + path.read_text())
    for words in (["suggest"], ["apply"], ["check"], ["entrypoints"]):
        main([words[0], str(app), "--quiet"])
    main(["why", "walker", str(app), "--quiet"])
    assert not (app / "ran.txt").exists()


def test_deep_tells_which_wheels_no_start_runs_and_reads_them_once(
    app: Path, index: LocalIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.wheel("clickish", "1.3", requires=["colours", "tables"], files=CLICKISH)
    index.wheel("colours", "1.0")
    index.wheel("tables", "1.0", files={"tables/__init__.py": "", "tables/t.bin": bytes(5_000_000)})
    report = suggest(app, capsys, "--deep")
    jsonschema.validate(report, published_schema())
    found = {one["distribution"]: one for one in report["prune"] if one["variant"] == "shop"}
    assert set(found) == {"tables"}
    assert found["tables"]["bytes"] > 5_000_000
    assert (found["tables"]["level"], found["tables"]["excludable"]) == ("never", True)
    index.requests.clear()
    (app / "src/shop/late.py").write_text("import json\n")
    assert suggest(app, capsys, "--deep")["prune"] == report["prune"]
    assert index.file_requests == []


CLICKISH = {"clickish/__init__.py": "import colours\n"}
