"""The probe as it really runs: a process of its own, which writes down what it saw."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import extrasplit.verify

PROBE = Path(extrasplit.verify.__file__).with_name("probe.py")
Probe = Callable[..., dict[str, Any]]


@pytest.fixture
def probe(tmp_path: Path) -> Probe:
    """Write files, run a request on them, and return the answer."""

    def ask(request: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        asked, answer = tmp_path / "request.json", tmp_path / "answer.json"
        paths = [str(tmp_path)]
        asked.write_text(json.dumps({"paths": paths, "chdir": str(tmp_path), **request}))
        done = subprocess.run(
            [sys.executable, PROBE, asked, answer], capture_output=True, text=True, check=False
        )
        assert answer.exists(), done.stderr
        found: dict[str, Any] = json.loads(answer.read_text())
        return found | {"output": done.stdout}

    return ask


def asked(answer: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(module, Path(file).name): line for module, file, line in answer["asked"]}


def test_every_way_to_import_is_seen_with_its_line(probe: Probe) -> None:
    code = """\
import one
from pack import two
import importlib
importlib.import_module("three")
__import__("four")
"""
    files = {f"{name}.py": "" for name in ("one", "three", "four")}
    files |= {"pack/__init__.py": "from . import inner", "pack/two.py": "", "pack/inner.py": ""}
    answer = probe({"mode": "import", "module": "app"}, files | {"app.py": code})
    assert answer["error"] is None
    assert answer["started"] is True
    found = asked(answer)
    assert found["one", "app.py"] == 1
    assert found["pack.two", "app.py"] == 2
    assert found["three", "app.py"] == 4
    assert found["four", "app.py"] == 5
    assert found["pack.inner", "__init__.py"] == 1
    assert {"one", "pack", "pack.two", "pack.inner", "three", "four"} <= answer["origins"].keys()


def test_what_is_loaded_already_is_seen_when_another_file_asks(probe: Probe) -> None:
    files = {"app.py": "import first\nimport shared\n", "first.py": "import shared\n"}
    answer = probe({"mode": "import", "module": "app"}, files | {"shared.py": ""})
    assert asked(answer)["shared", "first.py"] == 1
    assert asked(answer)["shared", "app.py"] == 2


def test_without_its_recorder_it_measures_and_tells_nothing(probe: Probe) -> None:
    answer = probe({"mode": "import", "module": "app", "watch": False}, {"app.py": "import json"})
    assert answer["asked"] == []
    assert answer["seconds"] > 0


def test_a_crash_tells_the_missing_module_and_the_line(probe: Probe) -> None:
    answer = probe({"mode": "import", "module": "app"}, {"app.py": "\n\nimport nowhere.deep\n"})
    assert answer["error"]["type"] == "ModuleNotFoundError"
    assert answer["error"]["name"] == "nowhere"
    file, line, _ = answer["error"]["frames"][-1]
    assert (Path(file).name, line) == ("app.py", 3)


BLOCKED = """\
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
assert find_spec("packaging") is None
try:
    import packaging.version
except ModuleNotFoundError as error:
    assert error.name == "packaging", error
else:
    raise SystemExit("it was imported")
try:
    version("packaging")
except PackageNotFoundError:
    pass
else:
    raise SystemExit("its metadata was found")
"""


def test_what_is_blocked_is_as_if_it_were_not_installed(probe: Probe) -> None:
    request = {"mode": "import", "module": "app"}
    free = probe(request, {"app.py": BLOCKED})
    assert free["error"]["type"] == "AssertionError"
    away = {"blocked": ["packaging"], "blocked_distributions": ["packaging"]}
    assert probe(request | away, {"app.py": BLOCKED})["error"] is None


def test_an_end_before_anything_is_imported_is_no_start(probe: Probe) -> None:
    answer = probe({"mode": "import", "module": "app"}, {"app.py": "raise SystemExit(0)"})
    assert answer["error"] is None
    assert "started" not in answer
    answer = probe({"mode": "import", "module": "app"}, {"app.py": "raise SystemExit('no')"})
    assert answer["error"]["text"] == "no"


def test_a_file_runs_without_its_main_and_a_module_with_it(probe: Probe) -> None:
    files = {"app.py": "print(__name__)\nif __name__ == '__main__':\n    print('runs')\n"}
    by_path = probe({"mode": "path", "file": "app.py"}, files)
    assert by_path["output"] == "probed\n"
    as_main = probe({"mode": "module", "module": "app", "argv": ["app", "--help"]}, files)
    assert as_main["output"] == "__main__\nruns\n"


def test_of_a_healthcheck_only_the_imports_run(probe: Probe) -> None:
    code = "import one; open('ran.txt', 'w'); raise ValueError"
    answer = probe({"mode": "code", "code": code}, {"one.py": ""})
    assert answer["error"] is None
    assert "one" in answer["origins"]


WSGI = """\
def app(environ, start_response):
    start_response("404 Not Found", [])
    return [b"no"]
def make():
    return app
"""
ASGI = """\
async def app(scope, receive, send):
    assert scope["method"] == "GET"
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""


@pytest.mark.parametrize(
    ("protocol", "text", "name", "status"),
    [("wsgi", WSGI, "app", 404), ("wsgi", WSGI, "make", 404), ("asgi", ASGI, "app", 204)],
)
def test_an_application_answers_one_request(
    probe: Probe, protocol: str, text: str, name: str, status: int
) -> None:
    request = {"mode": "request", "module": "web", "object": name, "protocol": protocol}
    answer = probe(request | {"factory": name == "make"}, {"web.py": text})
    assert answer["error"] is None
    assert answer["status"] == status


def test_what_is_lost_tells_how_it_fails(probe: Probe) -> None:
    files = {"there.py": "", "odd.py": "import nowhere\n"}
    answer = probe({"mode": "lost", "modules": ["gone.deep", "there", "odd"]}, files)
    names = {one["module"]: (one["error"] or {}).get("name") for one in answer["lost"]}
    assert names == {"gone.deep": "gone", "there": None, "odd": "nowhere"}


def test_an_environment_tells_its_python_and_what_it_holds(probe: Probe) -> None:
    answer = probe({"mode": "environment"}, {})
    assert answer["python"] == "{}.{}".format(*sys.version_info[:2])
    (pytest_files,) = [d["files"] for d in answer["distributions"] if d["name"] == "pytest"]
    assert pytest.__file__ in pytest_files


def test_tests_run_in_its_process_and_tell_pytests_exit_code(probe: Probe) -> None:
    passing = {
        "test_one.py": "import one\n\n\ndef test_one():\n    from two import x\n\n    assert x\n"
    }
    files = passing | {"one.py": "", "two.py": "x = 1\n"}
    request = {"mode": "pytest", "arguments": ["-p", "no:cacheprovider", "test_one.py"]}
    answer = probe(request, files)
    assert answer["pytest"] == 0
    assert asked(answer)["two", "test_one.py"] == 5
    assert probe(request, {"two.py": "x = 0\n"})["pytest"] == 1
    assert probe(request, {"test_one.py": ""})["pytest"] == 5


def test_the_probe_needs_nothing_but_an_old_python() -> None:
    import ast

    tree = ast.parse(PROBE.read_text(), feature_version=(3, 9))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
