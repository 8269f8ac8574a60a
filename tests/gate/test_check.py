"""`check`: exit codes, formats, budgets, baselines, and what it says where it cannot know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from extrasplit.cli import main
from support.gate import CLI, World, fill
from support.index import LocalIndex

CRASH = World(
    extras={"web": ["richish"]},
    cli=f"from shop.listing import show\n{CLI}",
    files={"src/shop/listing.py": "import richish\n\n\ndef show():\n    return richish\n"},
)
NOTE = World(base=("clickish", "idle"))
SARIF = Path(__file__).parent / "sarif.schema.json"

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalIndex, dict, Path]]:
    folder = tmp_path_factory.mktemp("check")
    with LocalIndex(folder / "index") as index:
        fill(index)
        yield index, {}, folder / "cache"


@pytest.fixture
def check(
    served: tuple[LocalIndex, dict, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Check:
    index, locks, cache = served
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(cache))
    monkeypatch.chdir(tmp_path)

    def run(world: World | None, *options: str, online: bool = True) -> tuple[int, str, str]:
        if world is not None:
            world.write(tmp_path / "shop", index, locks)
        words = ["check", "shop", "--quiet", *(["--online"] if online else []), *options]
        code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_crash_is_1_and_its_line_can_be_followed(check: Check) -> None:
    code, out, err = check(CRASH)
    first, chain, fix, closing = out.splitlines()
    assert (code, err) == (1, "")
    assert first.startswith("shop/src/shop/listing.py:1: error[missing]: shop imports richish")
    assert chain == ("    shop/src/shop/cli.py:1 -> shop/src/shop/listing.py:1 (richish)")
    assert fix == '    fix: "richish",  # in [project.dependencies]'
    assert closing == "extrasplit: 1 error"


def test_nothing_wrong_is_0(check: Check) -> None:
    assert check(World()) == (0, "extrasplit: nothing found\n", "")


def test_notes_are_0_counted_and_shown_when_asked_for(check: Check) -> None:
    code, out, _ = check(NOTE)
    assert (code, out) == (0, "extrasplit: 1 note (--verbose shows notes)\n")
    code, out, _ = check(None, "--verbose")
    assert code == 0
    assert "note[unclaimed]: no entrypoint reaches idle" in out


def test_without_a_lock_it_is_3_and_says_what_to_type(check: Check, tmp_path: Path) -> None:
    check(World())
    (tmp_path / "shop/uv.lock").unlink()
    code, out, err = check(None, online=False)
    assert (code, out) == (3, "")
    assert "run `uv lock`" in err


def test_without_any_fact_it_is_3_and_never_passes(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(World())
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / "empty"))
    code, out, err = check(None, online=False)
    assert (code, out) == (3, "")
    assert "extrasplit check --online" in err


def test_what_it_cannot_know_is_said_even_where_notes_are_not(
    check: Check, tmp_path: Path, served: tuple[LocalIndex, dict, Path]
) -> None:
    index, _, _ = served
    check(World())
    index.wheel("fresh")
    code, out, _ = check(replace(World(), base=("clickish", "fresh")), online=False)
    assert code == 0
    assert "note[unknown]: the size of fresh is not at hand" in out
    code, out, _ = check(None, online=False)  # it was no answer to remember
    assert "fresh" in out


def test_it_asks_no_network_unless_told(
    check: Check, served: tuple[LocalIndex, dict, Path]
) -> None:
    index, _, _ = served
    check(CRASH)
    seen = len(index.requests)
    code, out, _ = check(None, "--format", "table", online=False)
    assert code == 1
    assert "missing" in out
    assert len(index.requests) == seen


@pytest.mark.parametrize("limit", ['max-size = "1MB"', "max-packages = 0"])
def test_a_budget_is_held(check: Check, limit: str) -> None:
    tables = f'[tool.extrasplit.variants.lean]\nentrypoints = ["shop"]\nextras = []\n{limit}\n'
    code, out, _ = check(replace(World(), tables=tables))
    assert code == 1
    assert "error[budget]: the lean image" in out
    assert out.startswith("shop/pyproject.toml:")


def test_json_is_the_contract_and_nothing_else(check: Check) -> None:
    code, out, err = check(CRASH, "--format", "json")
    report = json.loads(out)
    assert (code, err) == (1, "")
    assert report.keys() == {"schema", "target", "variants", "findings"}
    assert [variant["name"] for variant in report["variants"]] == ["shop"]
    assert report["findings"][0]["chain"][-1]["path"] == "src/shop/listing.py"
    assert out.endswith("}\n")


def test_github_follows_paths_from_the_root_of_the_checkout(check: Check) -> None:
    _, out, _ = check(CRASH, "--format", "github")
    assert out.startswith(
        "::error file=shop/src/shop/listing.py,line=1,title=extrasplit missing::shop imports"
    )
    assert out.count("\n") == 1


@pytest.mark.parametrize("world", [World(), CRASH, NOTE], ids=["nothing", "an error", "a note"])
def test_sarif_is_valid(check: Check, world: World) -> None:
    _, out, _ = check(world, "--format", "sarif")
    log = json.loads(out)
    jsonschema.validate(log, json.loads(SARIF.read_text("utf-8")))
    for result in log["runs"][0]["results"]:
        rule = log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]


def test_the_sarif_schema_refuses_what_code_scanning_would(check: Check) -> None:
    _, out, _ = check(CRASH, "--format", "sarif")
    log = json.loads(out)
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, json.loads(SARIF.read_text("utf-8")))


def test_markdown_shows_sizes_and_findings(check: Check) -> None:
    _, out, _ = check(CRASH, "--format", "markdown")
    assert out.startswith("## Image variants\n")
    assert "**missing**" in out


def test_a_baseline_is_made_told_and_held(check: Check, tmp_path: Path) -> None:
    code, out, err = check(CRASH, "--baseline")
    path = tmp_path / "shop/.extrasplit-baseline.json"
    assert (code, out) == (0, "extrasplit: nothing found\n")
    assert err == f"extrasplit: 1 finding accepted; {path} was made: commit it\n"
    code, out, err = check(None, "--baseline")
    assert (code, out) == (0, "extrasplit: nothing found\n")
    assert err == f"extrasplit: 1 finding accepted by {path}\n"


def test_a_baseline_does_not_accept_what_is_new(check: Check) -> None:
    check(CRASH, "--baseline")
    worse = replace(CRASH, cli=f"import nowhere\n{CRASH.cli}")
    code, out, _ = check(worse, "--baseline")
    assert code == 1
    assert "error[unresolved]" in out
    assert "error[missing]" not in out


def test_a_baseline_says_when_what_it_accepts_is_gone(check: Check) -> None:
    check(CRASH, "--baseline")
    code, _, err = check(World(), "--baseline")
    assert code == 0
    assert "0 findings accepted by" in err
    assert "1 finding in it no longer occurs" in err


def test_a_folder_is_no_baseline(check: Check) -> None:
    check(World())
    code, _, err = check(None, "--baseline", "src")
    assert code == 2
    assert "write --baseline=FILE" in err
