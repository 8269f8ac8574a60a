"""Every kind of finding, from end to end: where it fires, where it must not, where it is ignored.

`broken` and `unpredicted` need a run of the project: tests/verify holds them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from extrasplit.cli import main
from extrasplit.findings import KINDS, OF_A_RUN
from support.gate import CLI, World, fill
from support.index import LocalIndex

FIRES = {
    "missing": World(extras={"web": ["richish"]}, cli=f"import richish\n{CLI}"),
    "unresolved": World(cli=f"import nowhere\n{CLI}"),
    "unguarded": World(
        extras={"web": ["richish"]}, cli=f"{CLI}\n\ndef show():\n    import richish\n"
    ),
    "transitive": World(base=("clickish", "heavy"), cli=f"import heavy\nimport light\n{CLI}"),
    "unclaimed": World(base=("clickish", "idle")),
    "blocked": World(
        base=("clickish", "bulky"),
        cli=f"import shop.late\n{CLI}",
        files={"src/shop/late.py": "import bulky\n\n\ndef later():\n    return bulky.x\n"},
        command="suggest",
    ),
    "narrowed": World(
        extras={"gpu": ["richish"]},
        files={
            "src/shop/worker.py": "",
            "Dockerfile": (
                "FROM python:3.12-slim\nCOPY . .\nRUN uv sync --frozen --all-extras\n"
                'CMD ["python", "-m", "shop.worker"]\n'
            ),
        },
        tables="",
        command="suggest",
    ),
    "no-wheel": World(base=("clickish", "compiled"), cli=f"import compiled\n{CLI}"),
    "budget": World(
        base=("clickish", "heavy"),
        cli=f"import heavy\n{CLI}",
        tables='[tool.extrasplit.variants.shop]\nentrypoints = ["shop"]\nextras = []\n'
        "max-packages = 2\n",
    ),
    "stale-lock": World(stale="light", cli=f"import clickish\n{CLI}"),
    "undecided": World(base=("clickish", "reader", "sheets"), cli=f"import reader\n{CLI}"),
    "unknown": World(settings='base-image = "registry.example/own:1"\n'),
    "unparsed": World(files={"src/shop/broken.py": "def f(:\n"}),
    "unused-ignore": World(settings='ignore = ["missing:light"]\n'),
}

SILENT = {
    "missing": replace(
        FIRES["missing"],
        cli=f"try:\n    import richish\nexcept ImportError:\n    richish = None\n{CLI}",
    ),
    "unresolved": World(cli=f"try:\n    import nowhere\nexcept ImportError:\n    pass\n{CLI}"),
    "unguarded": replace(
        FIRES["unguarded"],
        cli=f"{CLI}\n\ndef show():\n    try:\n        import richish\n    except ImportError:\n"
        "        return None\n    return richish\n",
    ),
    "transitive": replace(FIRES["transitive"], base=("clickish", "heavy", "light")),
    "unclaimed": replace(FIRES["unclaimed"], cli=f"import idle\n{CLI}"),
    "blocked": replace(
        FIRES["blocked"],
        files={
            "src/shop/late.py": "def later():\n    try:\n        import bulky\n"
            "    except ImportError:\n        return None\n    return bulky.x\n"
        },
    ),
    "narrowed": replace(
        FIRES["narrowed"],
        files=FIRES["narrowed"].files | {"src/shop/worker.py": "import richish\n"},
    ),
    "no-wheel": World(base=("clickish", "heavy"), cli=f"import heavy\n{CLI}"),
    "budget": replace(
        FIRES["budget"],
        tables=FIRES["budget"].tables.replace("max-packages = 2", "max-packages = 3"),
    ),
    "stale-lock": World(),
    "undecided": replace(FIRES["undecided"], cli=f"import reader\nimport sheets\n{CLI}"),
    "unknown": World(settings='base-image = "python:3.12-slim"\n'),
    "unparsed": World(files={"src/shop/broken.py": "def f():\n    pass\n"}),
    "unused-ignore": FIRES["unclaimed"].ignoring("unclaimed:idle"),
}

EXPECTED_LEVEL = {
    **{kind: KINDS[kind].severity.value for kind in FIRES},
    "unguarded": "note",  # an extra of today declares it
}

COMMENTED = {
    "missing": "import richish",
    "unresolved": "import nowhere",
    "unguarded": "    import richish",
    "transitive": "import light",
}

Ask = Callable[..., list[dict]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalIndex, dict, Path]]:
    folder = tmp_path_factory.mktemp("gate")
    with LocalIndex(folder / "index") as index:
        fill(index)
        yield index, {}, folder / "cache"


@pytest.fixture
def ask(
    served: tuple[LocalIndex, dict, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    index, locks, cache = served
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(cache))

    def findings(world: World, *options: str) -> list[dict]:
        folder = world.write(tmp_path / "shop", index, locks)
        online = ["--online"] if world.command == "check" else []
        code = main([world.command, str(folder), "--format", "json", "--quiet", *online, *options])
        found = json.loads(capsys.readouterr().out)["findings"]
        errors = any(finding["level"] == "error" for finding in found)
        assert code == int(errors and world.command == "check")
        return found

    return findings


def of_kind(findings: list[dict], kind: str) -> list[dict]:
    return [finding for finding in findings if finding["kind"] == kind]


def test_every_kind_is_tested() -> None:
    assert FIRES.keys() == SILENT.keys() == KINDS.keys() - OF_A_RUN


@pytest.mark.parametrize("kind", FIRES)
def test_it_fires(kind: str, ask: Ask) -> None:
    found = of_kind(ask(FIRES[kind]), kind)
    assert len(found) == 1
    assert found[0]["level"] == EXPECTED_LEVEL[kind]
    assert found[0]["message"]
    assert found[0]["fix"]


@pytest.mark.parametrize("kind", SILENT)
def test_it_does_not_fire(kind: str, ask: Ask) -> None:
    assert of_kind(ask(SILENT[kind]), kind) == []


@pytest.mark.parametrize("kind", sorted(FIRES.keys() - {"unused-ignore"}))
def test_a_setting_ignores_it(kind: str, ask: Ask) -> None:
    findings = ask(FIRES[kind].ignoring(kind))
    assert of_kind(findings, kind) == []
    assert of_kind(findings, "unused-ignore") == []


@pytest.mark.parametrize("kind", COMMENTED)
def test_a_comment_on_the_line_ignores_it(kind: str, ask: Ask) -> None:
    findings = ask(FIRES[kind].commenting(COMMENTED[kind], kind))
    assert of_kind(findings, kind) == []
    assert of_kind(findings, "unused-ignore") == []


def test_a_comment_without_effect_is_told_with_its_line(ask: Ask) -> None:
    (unused,) = of_kind(ask(World().commenting("import clickish", "missing")), "unused-ignore")
    assert (unused["chain"][0]["path"], unused["chain"][0]["line"]) == ("src/shop/cli.py", 1)


def test_an_ignore_of_what_only_a_plan_has_is_not_called_unused_by_check(ask: Ask) -> None:
    assert of_kind(ask(World().ignoring("blocked")), "unused-ignore") == []


def test_an_ignore_of_unlocks_is_not_called_unused_where_all_are_made(ask: Ask) -> None:
    world = FIRES["blocked"].ignoring("blocked")
    assert of_kind(ask(world, "--unlocked"), "unused-ignore") == []


def test_an_ignore_without_effect_cannot_be_ignored(ask: Ask) -> None:
    world = replace(World(), settings='ignore = ["missing:light", "unused-ignore"]\n')
    assert len(of_kind(ask(world), "unused-ignore")) == 2


@pytest.mark.parametrize(
    ("kind", "line"), [("unclaimed", "dependencies = "), ("budget", "[tool.extrasplit.variants.")]
)
def test_what_stands_in_pyproject_is_told_with_its_line(
    kind: str, line: str, ask: Ask, tmp_path: Path
) -> None:
    (finding,) = of_kind(ask(FIRES[kind]), kind)
    (place,) = finding["chain"]
    lines = (tmp_path / "shop/pyproject.toml").read_text().splitlines()
    assert place["path"] == "pyproject.toml"
    assert lines[place["line"] - 1].startswith(line)
