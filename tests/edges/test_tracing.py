"""A trace is remembered while the source says the same, and only then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from extrasplit.edges.files import list_files
from extrasplit.edges.tracing import Scene, Tracer
from extrasplit.imports import modules
from extrasplit.imports.traced import Traced
from support.started import APP, make_world
from support.tracing import LINUX

FILES = {
    "src/shop/__init__.py": "",
    "src/shop/cli.py": "from shop.server import serve\nfrom shop.compat import HAS_RICH\n\n\n"
    "def main():\n    serve()\n",
    "src/shop/server.py": "import fastapi\n\n\ndef serve():\n    import uvicorn\n    start()\n\n\n"
    "def start():\n    pass\n",
    "src/shop/compat.py": "try:\n    import rich\n    HAS_RICH = True\nexcept ImportError:\n"
    "    HAS_RICH = False\n",
}
SCRIPTS = APP + '[project.scripts]\nshop = "shop.cli:main"\n'
Trace = Callable[[Mapping[str, str]], Traced]


@pytest.fixture
def tracer(tmp_path: Path) -> Callable[[Mapping[str, str], str], Tracer]:
    def make(files: Mapping[str, str], cache: str = "kept") -> Tracer:
        for path, text in files.items():
            (tmp_path / "project" / path).parent.mkdir(parents=True, exist_ok=True)
            if not (file := tmp_path / "project" / path).exists() or file.read_text() != text:
                file.write_text(text)
        world = make_world(files, SCRIPTS)
        scene = Scene(world.entrypoints, world.project, world.layout, (), (LINUX,))
        return Tracer(list_files(tmp_path / "project"), scene, tmp_path / cache)

    return make


def test_nothing_is_traced_where_nothing_changed(
    tracer: Callable[..., Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tracer(FILES).traced
    monkeypatch.setattr("extrasplit.imports.follow.trace_all", pytest.fail)
    assert tracer(FILES).traced == first


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/shop/server.py", FILES["src/shop/server.py"] + "\n\nX = 1\n"),
        ("src/shop/server.py", FILES["src/shop/server.py"].replace("pass", "return 1")),
        ("src/shop/cli.py", FILES["src/shop/cli.py"] + "# the end\n"),
    ],
)
def test_a_file_that_says_the_same_changes_no_trace(
    tracer: Callable[..., Tracer], monkeypatch: pytest.MonkeyPatch, path: str, text: str
) -> None:
    tracer(FILES).traced  # noqa: B018
    changed = FILES | {path: text}
    anew = tracer(changed, "other").traced
    monkeypatch.setattr("extrasplit.imports.follow.trace_all", pytest.fail)
    assert tracer(changed).traced == anew
    assert tracer(changed).traced == anew


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("src/shop/server.py", "import fastapi", "import fastapi, httpx"),
        ("src/shop/server.py", "import fastapi", "\nimport fastapi"),
        ("src/shop/server.py", "    pass", "    import httpx"),
        ("src/shop/server.py", "    start()", "    if x: start()"),
        ("src/shop/cli.py", "    serve()", "    print(serve)"),
        ("src/shop/compat.py", "except ImportError", "except KeyError"),
        ("src/shop/compat.py", "import rich", "import rich  # extrasplit: ignore[missing] so"),
    ],
)
def test_a_file_that_says_something_else_is_traced_anew(
    tracer: Callable[..., Tracer], path: str, before: str, after: str
) -> None:
    old = tracer(FILES)
    old.traced  # noqa: B018
    changed = FILES | {path: FILES[path].replace(before, after, 1)}
    assert changed != FILES
    anew, now = tracer(changed, "other"), tracer(changed)
    assert (now.traced, now.ignores) == (anew.traced, anew.ignores)
    again = tracer(changed)
    assert (again.traced, again.ignores) == (anew.traced, anew.ignores)


def test_only_what_changed_is_linked_again(
    tracer: Callable[..., Tracer], monkeypatch: pytest.MonkeyPatch
) -> None:
    tracer(FILES).traced  # noqa: B018
    asked: list[str] = []
    real = modules.link_file

    def link_file(path: str, *arguments: Any) -> modules.LinkedFile:
        asked.append(path)
        return real(path, *arguments)

    monkeypatch.setattr(modules, "link_file", link_file)
    monkeypatch.setattr("extrasplit.imports.graph.Graph", pytest.fail)
    changed = FILES | {
        "src/shop/server.py": "from shop import more\nimport flask\ndef serve(): ..."
    }
    found = tracer(changed).traced
    assert {use.module for use in found.traces["shop"].uses} >= {"flask"}
    assert set(asked) <= {"src/shop/server.py", "src/shop/cli.py"}
    assert "src/shop/compat.py" not in asked


def test_a_file_that_came_or_went_is_traced_anew(
    tracer: Callable[..., Tracer], tmp_path: Path
) -> None:
    tracer(FILES).traced  # noqa: B018
    more = FILES | {"src/shop/server/__init__.py": "import flask\ndef serve(): ...\n"}
    assert tracer(more).traced == tracer(more, "other").traced
    (tmp_path / "project/src/shop/server/__init__.py").unlink()
    assert tracer(FILES).traced == tracer(FILES, "third").traced


def test_what_cannot_be_read_back_is_traced_anew(
    tracer: Callable[..., Tracer], tmp_path: Path
) -> None:
    first = tracer(FILES).traced
    for kept in (tmp_path / "kept" / "traces").iterdir():
        kept.write_bytes(b"broken")
    assert tracer(FILES).traced == first
