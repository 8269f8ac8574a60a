"""Each way in which a start can end has its verdict."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.utils import NormalizedName

from extrasplit.verify.smoke import Smoke
from extrasplit.verify.verdict import Expectation, Judged, Outcome, judge_run, needed_variable

PROBE = Smoke("probe", "import shop", seconds=9)
COMMAND = Smoke("command", "shop --help", seconds=9)
SERVER = Smoke("server", "uvicorn shop, GET /", seconds=9)
LACKS = Expectation({"walker": NormalizedName("walker"), "google.cloud.x": NormalizedName("gx")})


def answer(**told: Any) -> Outcome:
    return Outcome(exit_code=0, answer={"started": True, "error": None, "origins": {}, **told})


def error(kind: str, text: str, name: str | None = None) -> dict[str, Any]:
    return {"type": kind, "text": text, "name": name, "frames": [["/app/shop.py", 3, "main"]]}


def judge(smoke: Smoke, outcome: Outcome) -> Judged:
    return judge_run(smoke, outcome, LACKS)


CASES: dict[str, tuple[Smoke, Outcome, str, str]] = {
    "imported": (PROBE, answer(), "passed", "import shop"),
    "help": (COMMAND, Outcome(exit_code=0), "passed", "shop --help"),
    "served": (SERVER, Outcome(status=404), "passed", "uvicorn shop, GET / answered 404"),
    "server error": (SERVER, Outcome(status=500, output="x\nboom\n"), "failed", "500: boom"),
    "server ended": (SERVER, Outcome(exit_code=0, output="bye"), "failed", "ended with 0: bye"),
    "hangs": (COMMAND, Outcome(timed_out=True), "failed", "not done after 9 s"),
    "server hangs": (SERVER, Outcome(timed_out=True), "failed", "did not answer within 9 s"),
    "floods": (COMMAND, Outcome(flooded=True), "failed", "floods its output"),
    "forks": (COMMAND, Outcome(exit_code=0, left_behind=2), "passed", "left 2 processes behind"),
    "fails": (COMMAND, Outcome(exit_code=3, output="a\nno!\n"), "failed", "ended with 3: no!"),
    "silent": (COMMAND, Outcome(exit_code=1), "failed", "ended with 1: it said nothing"),
    "left early": (PROBE, answer(started=False), "failed", "before anything was imported"),
    "left hard": (PROBE, Outcome(exit_code=0), "failed", "before anything was imported"),
    "killed": (PROBE, Outcome(exit_code=-9, output="Killed"), "failed", "ended with -9: Killed"),
    "crash": (PROBE, answer(error=error("ValueError", "no\nmore")), "failed", "ValueError: no"),
    "key": (
        PROBE, answer(error=error("KeyError", "'SHOP_TOKEN'")),
        "failed", "import shop needs the environment variable SHOP_TOKEN",
    ),
    "variable": (
        COMMAND, Outcome(exit_code=1, output="RuntimeError: SHOP_URL is not set\n"),
        "failed", "shop --help needs the environment variable SHOP_URL",
    ),
    "no app": (PROBE, answer(status=503), "failed", "answered 503"),
    "tests": (
        Smoke("probe", "tests"),
        Outcome(exit_code=0, answer={"started": True, "pytest": 1}, output="= 1 failed in 2s ="),
        "failed", "the project's tests: 1 failed in 2s",
    ),
    "no tests": (PROBE, answer(pytest=5), "skipped", "found no tests"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_end_has_its_verdict(case: str) -> None:
    smoke, outcome, verdict, words = CASES[case]
    judged = judge(smoke, outcome)
    assert judged.verdict == verdict
    assert words in judged.reason


def test_a_missing_module_is_named_with_the_line_that_asked() -> None:
    judged = judge(PROBE, answer(error=error("ModuleNotFoundError", "No module", "rich")))
    assert judged.missing == "rich"
    assert judged.place == ("/app/shop.py", 3)
    output = """\
Traceback (most recent call last):
  File "/venv/bin/shop", line 4, in <module>
  File "/app/shop.py", line 7, in <module>
ModuleNotFoundError: No module named 'rich.table'
"""
    judged = judge(COMMAND, Outcome(exit_code=1, output=output))
    assert judged.missing == "rich.table"
    assert judged.place == ("/app/shop.py", 7)


def page(name: str, problem: dict[str, Any] | None) -> dict[str, Any]:
    return {"page": f"/app/pages/{name}.py", "error": problem}


def test_a_page_may_lack_exactly_what_the_variant_leaves_out() -> None:
    lost = page("explorer", error("ModuleNotFoundError", "No module", "walker.core"))
    judged = judge(PROBE, answer(pages=[page("home", None), lost]))
    assert judged.verdict == "passed"
    assert judged.reason == "import shop; explorer.py lacks walker.core"


@pytest.mark.parametrize("name", ["rich", "walkers", "google.auth", None])
def test_a_page_that_lacks_anything_else_fails(name: str | None) -> None:
    judged = judge(PROBE, answer(pages=[page("home", error("ImportError", "x", name))]))
    assert judged.verdict == "failed"
    assert judged.reason.startswith("home.py: ImportError")


def test_a_page_may_answer_for_what_is_left_out_and_for_nothing_else() -> None:
    text = "{} is not installed: pip install 'shop[x]'"
    there = error("ModuleNotFoundError", text.format("walker"), None)
    judged = judge(PROBE, answer(pages=[page("explorer", there)]))
    assert (judged.verdict, judged.reason) == ("passed", "import shop; explorer.py lacks walker")
    other = error("ModuleNotFoundError", text.format("rich"), None)
    assert judge(PROBE, answer(pages=[page("home", other)])).verdict == "failed"


@pytest.mark.parametrize("name", ["google", "google.cloud", "google.cloud.x", "google.cloud.x.y"])
def test_of_a_namespace_its_parents_may_be_missing_too(name: str) -> None:
    assert LACKS.explains(name)


def test_what_is_lost_must_fail_by_exactly_that_import() -> None:
    right = {"module": "walker", "error": error("ModuleNotFoundError", "x", "walker")}
    assert judge(PROBE, answer(lost=[right])).verdict == "passed"
    there = {"module": "walker", "error": None}
    judged = judge(PROBE, answer(lost=[right, there]))
    assert judged.reason == "walker is said to be left out, and can be imported"
    other = {"module": "walker", "error": error("ImportError", "libGL.so.1", None)}
    assert "fails by something else" in judge(PROBE, answer(lost=[other])).reason


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("KeyError: 'DATABASE'", "DATABASE"),
        ("KeyError: 'name'", None),
        ("The environment variable DEBUG is wrong", "DEBUG"),
        ("SECRET_KEY not found. Declare it as envvar", "SECRET_KEY"),
        ("1 validation error for Settings\nshop_url\n  Field required [type=missing]", "SHOP_URL"),
        ("ERROR: file not found", None),
        ("No module named 'X_Y'", None),
    ],
)
def test_a_variable_is_recognized_in_what_frameworks_say(text: str, variable: str | None) -> None:
    assert needed_variable(text) == variable
