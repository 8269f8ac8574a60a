"""The hook on a warm memory: it says what it would say without one, and loads little to say it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from extrasplit.cli import main
from support.gate import CLI, World, fill
from support.index import LocalIndex

WORLD = World(
    base=("clickish", "heavy"),
    extras={"web": ["richish"]},
    cli=f"import heavy\nfrom shop.listing import show\n{CLI}",
    files={
        "src/shop/listing.py": "import light\n\n\ndef show():\n    import richish\n",
        "src/shop/alone.py": "import nowhere\n",
        "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN uv sync --frozen\n",
    },
)
CLI_FILE = "src/shop/cli.py"

Said = tuple[int, str, str]
Edit = Callable[[Path], None]


def append(path: str, text: str) -> Edit:
    def edit(shop: Path) -> None:
        with (shop / path).open("a", encoding="utf-8") as stream:
            stream.write(text)

    return edit


def prepend(path: str, text: str) -> Edit:
    return lambda shop: (shop / path).write_text(text + (shop / path).read_text())  # type: ignore


def swap(path: str, old: str, new: str) -> Edit:
    def edit(shop: Path) -> None:
        text = (shop / path).read_text()
        assert old in text
        (shop / path).write_text(text.replace(old, new))

    return edit


SAID_AGAIN: dict[str, Edit] = {
    "nothing": lambda shop: None,
    "a time of change": lambda shop: os.utime(shop / CLI_FILE, (1, 1)),
    "a comment": append(CLI_FILE, "# said again\n"),
    "the body of a function": append(CLI_FILE, "    # and\n    # on\n"),
}
SAID_AGAIN_AFTER_ALL: dict[str, Edit] = {
    "a file that nothing reaches": append("src/shop/alone.py", "import elsewhere\n"),
    "an import of the standard library": append(CLI_FILE, "import json\n"),
}
SAID_ANEW: dict[str, Edit] = {
    "a comment above an import": prepend(CLI_FILE, "# one line lower\n"),
    "an import": append(CLI_FILE, "import richish\n"),
    "an import less": swap("src/shop/listing.py", "import light\n", "\n"),
    "a guard": swap(
        "src/shop/listing.py",
        "    import richish\n",
        "    try:\n        import richish\n    except ImportError:\n        pass\n",
    ),
    "a comment that ignores": swap(
        CLI_FILE, "import clickish\n", "import clickish  # extrasplit: ignore[missing] none\n"
    ),
    "a syntax error": append(CLI_FILE, "def f(:\n"),
    "a file that came": append("src/heavy.py", "import richish\n"),
    "a file that went": lambda shop: (shop / "src/shop/listing.py").unlink(),
    "settings": swap(
        "pyproject.toml", "[tool.extrasplit]\n", '[tool.extrasplit]\nignore=["transitive"]\n'
    ),
    "a limit": swap("pyproject.toml", "extras = []\n", 'extras = []\nmax-size = "1MB"\n'),
    "a requirement": swap("pyproject.toml", "['richish']", "['richish', 'light']"),
    "the lock": swap("uv.lock", 'name = "heavy" },\n    { name = "rich', 'name = "rich'),
    "a Dockerfile": append("Dockerfile", 'CMD ["python", "-m", "shop.alone"]\n'),
}
OPTIONS: dict[str, tuple[str, ...]] = {
    "all findings": ("--verbose",),
    "another format": ("--format", "json"),
    "another entrypoint": ("--entrypoint", "alone=python -m shop.alone"),
    "another platform": ("--platform", "linux/arm64"),
    "another Python": ("--python", "3.13"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The project, and a cache that holds the facts of its wheels and nothing else."""
    folder = tmp_path_factory.mktemp("warm")
    with LocalIndex(folder / "index") as index, pytest.MonkeyPatch.context() as patch:
        fill(index)
        WORLD.write(folder / "shop", index, {})
        patch.setenv("EXTRASPLIT_CACHE_DIR", str(folder / "cache"))
        main(["check", str(folder / "shop"), "--quiet", "--online"])
    for kind in (folder / "cache").iterdir():
        if kind.is_dir():
            shutil.rmtree(kind)
    yield folder / "shop", folder / "cache"


@pytest.fixture
def check(
    made: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Said]:
    """Run `check` on the copy `shop`, with a memory that this test has filled or with none."""
    shutil.copytree(made[0], tmp_path / "shop")
    shutil.copytree(made[1], tmp_path / "warm")
    monkeypatch.chdir(tmp_path)

    def run(*options: str, warm: bool = True) -> Said:
        if not warm:
            shutil.copytree(made[1], tmp_path / "cold")
        monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / ("warm" if warm else "cold")))
        code = main(["check", "shop", "--quiet", "--verbose", *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize("edit", SAID_AGAIN.values(), ids=SAID_AGAIN.keys())
def test_what_changes_no_use_is_said_again_without_a_judge(
    edit: Edit, check: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = check()
    assert "transitive" in before[1]
    edit(Path("shop"))
    with monkeypatch.context() as patch:
        patch.setattr("extrasplit.commands.judging.judge", None)
        assert check() == before
    assert check(warm=False) == before


@pytest.mark.parametrize("edit", SAID_AGAIN_AFTER_ALL.values(), ids=SAID_AGAIN_AFTER_ALL.keys())
def test_what_changes_a_trace_may_change_no_answer(edit: Edit, check: Callable[..., Said]) -> None:
    before = check()
    edit(Path("shop"))
    assert check() == before == check(warm=False)


@pytest.mark.parametrize("edit", SAID_ANEW.values(), ids=SAID_ANEW.keys())
def test_what_changes_the_answer_is_never_said_from_memory(
    edit: Edit, check: Callable[..., Said]
) -> None:
    before = check()
    edit(Path("shop"))
    after = check()
    assert after != before
    assert check(warm=False) == after


@pytest.mark.parametrize(
    "edit",
    [
        *SAID_AGAIN.values(),
        *SAID_ANEW.values(),
        append("Dockerfile", "ENV UV_COMPILE_BYTECODE=1\n"),
        swap("Dockerfile", "-slim", "-alpine"),
    ],
)
def test_sizes_are_those_of_the_files_as_they_are(edit: Edit, check: Callable[..., Said]) -> None:
    check("--format", "json")
    edit(Path("shop"))
    assert check("--format", "json") == check("--format", "json", warm=False)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_options_have_answers_of_their_own(
    options: tuple[str, ...], check: Callable[..., Said]
) -> None:
    check()
    assert check(*options) == check(*options, warm=False)


def test_a_baseline_is_read_each_time(check: Callable[..., Said]) -> None:
    check("--baseline")
    accepted = check("--baseline")
    assert accepted[1] != check()[1]
    Path("shop/.extrasplit-baseline.json").write_text('{"schema": 1, "findings": []}')
    assert check("--baseline")[1] == check()[1]


def test_a_changed_comment_loads_no_stage_but_the_scan(check: Callable[..., Said]) -> None:
    code = "import sys; from extrasplit.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    words = [sys.executable, "-c", code, "check", "shop", "--quiet"]
    for _ in range(2):
        append(CLI_FILE, "# one more\n")(Path("shop"))
        check()
        append(CLI_FILE, "# one more\n")(Path("shop"))
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    loaded = done.stdout.splitlines()[-1].split()
    heavy = {
        "networkx", "importlab", "tomllib", "tomlkit", "tempfile", "sqlite3", "rich", "urllib3",
        "json", "hashlib", "dataclasses", "packaging", "extrasplit.commands.judging",
        "extrasplit.project.pyproject", "extrasplit.project.entrypoints",
        "extrasplit.imports.modules", "extrasplit.imports.follow", "extrasplit.lock.uvlock",
        "extrasplit.wheels.contents", "extrasplit.split", "extrasplit.report.contract",
    }  # fmt: skip
    assert heavy.intersection(loaded) == set()


def test_what_stands_on_a_lock_that_was_made_meanwhile_is_not_kept(
    check: Callable[..., Said], capsys: pytest.CaptureFixture[str]
) -> None:
    check()
    shutil.rmtree("warm/premises")
    Path("shop/uv.lock").rename("uv.lock")
    with LocalIndex(Path("served")) as index, pytest.MonkeyPatch.context() as patch:
        fill(index)
        pyproject = Path("shop/pyproject.toml")
        served = [line for line in pyproject.read_text().splitlines() if line.startswith("url =")]
        pyproject.write_text(pyproject.read_text().replace(served[0], f'url = "{index.url}"'))
        patch.setenv("UV_CACHE_DIR", str(Path("uv-cache").absolute()))
        assert main(["suggest", "shop", "--quiet"]) == 0
    assert not Path("warm/premises").exists()
