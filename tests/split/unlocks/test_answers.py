"""Unlocks of what is late already, and counts as startup only since nothing answers (7.4)."""

from __future__ import annotations

from typing import Any

import pytest

from extrasplit.imports.level import Level
from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split
from extrasplit.split.unlocks import Unlock, Unlocks, blocked, unlocked_ground
from split.unlocks.study import study
from split.world import Imported, deferred, held, startup
from support.starting import graph_of

FILES = {
    "app/__init__.py": "",
    "app/cli.py": """
        def launch(argv):
            from streamlit.web import cli
            from app import gui
            cli.main(["run", gui.__file__])
        def main():
            args = parser.parse_args()
            if args.gui:
                launch(args)
        """,
    "app/gui.py": "import streamlit\n",
}
IMPORTS: tuple[Imported | str, ...] = (
    "click",
    deferred("streamlit.web", at="app/cli.py", line=3),
    deferred("streamlit", at="app/gui.py"),
)


def gui(files: dict[str, str] | None = None, **more: Any) -> tuple[Ground, Unlocks]:
    fields: dict[str, Any] = {
        "base": ["click", "streamlit"],
        "sizes": {"click": 300, "streamlit": 60},
        "ships": {"streamlit": ["streamlit", "streamlit.web"]},
    }
    imports = more.pop("asks", IMPORTS)
    return study({**FILES, **(files or {})}, imports, **(fields | more))


def late(found: Unlocks) -> list[Unlock]:
    return [one for one in found.shown if one.late]


def test_what_an_option_asks_for_only_lacks_an_answer_to_leave_base() -> None:
    _, found = gui()
    (unlock,) = found.shown
    assert (unlock.requirements, unlock.freed_bytes) == (("streamlit",), 60_000_000)
    assert (unlock.cost, unlock.modules, unlock.from_base, unlock.late) == (2.0, 0, True, True)
    assert [(one.path, one.line, one.names) for one in unlock.lines] == [
        ("app/cli.py", 3, ("cli",)),
        ("app/cli.py", 4, ("gui",)),
    ]
    assert {(one.change, one.into, one.used_at) for one in unlock.lines} == {
        ("guard", ("launch",), None)
    }
    assert {one.asked for one in unlock.lines} == {"`if args.gui`"}
    assert found.unlocked_bytes == {"cli": 300_000_000}


def test_answered_it_leaves_base_for_a_group_of_its_own() -> None:
    ground, found = gui()
    graphs = {"cli": graph_of(FILES, "app.cli", "main")}
    assert not plan_split(ground).changed
    answered = unlocked_ground(ground, found.together, graphs)
    assert {use.level for use in answered.uses["cli"] if use.module != "click"} == {Level.GUARDED}
    after = plan_split(answered)
    assert "streamlit" not in held(after, "cli")
    assert [str(group.name) for group in after.groups] == ["streamlit"]


def test_what_every_run_may_come_to_is_no_feature() -> None:
    text = FILES["app/cli.py"].replace("if args.gui:", "if ready():")
    assert not gui({"app/cli.py": text})[1].shown


def test_what_outweighs_all_else_is_shown_whoever_asks() -> None:
    text = FILES["app/cli.py"].replace("if args.gui:", "if ready():")
    _, found = gui({"app/cli.py": text}, sizes={"click": 29, "streamlit": 60})
    (unlock,) = found.shown
    assert {one.asked for one in unlock.lines} == {""}


def test_one_function_is_one_feature_and_two_are_the_core() -> None:
    more = "def page():\n    import streamlit\n"
    assert not gui({"app/cli.py": more + FILES["app/cli.py"].replace("\n        ", "\n")})[1].shown


def test_a_client_that_is_loaded_by_its_name_can_have_no_answer() -> None:
    files = {
        "app/cli.py": """
            import importlib
            def main():
                args = parser.parse_args()
                if args.gui:
                    importlib.import_module("streamlit")
            """
    }
    asks = ("click", deferred("streamlit", at="app/cli.py", line=6, via="dynamic"))
    assert not gui(files, asks=asks)[1].shown


def test_what_is_imported_at_startup_too_is_no_matter_of_answers() -> None:
    assert not late(gui(asks=(*IMPORTS, startup("streamlit", at="app/other.py")))[1])


@pytest.mark.parametrize("more", [{"extras": {"ui": ["streamlit"]}, "base": ["click"]}])
def test_what_stands_in_an_extra_may_be_absent_as_it_is(more: dict[str, Any]) -> None:
    assert not gui(**more)[1].shown


def test_a_small_one_is_not_shown() -> None:
    assert not gui(sizes={"click": 300, "streamlit": 9})[1].shown


def test_what_the_next_plan_would_leave_in_base_all_the_same_is_not_shown() -> None:
    assert not gui(sizes={"click": 300, "streamlit": 18})[1].shown
    assert gui(sizes={"click": 300, "streamlit": 26})[1].shown


def test_a_role_of_its_own_that_must_hold_it_keeps_its_image() -> None:
    ground, found = gui(
        others={"gui": ["streamlit"]}, kinds={"gui": "streamlit"}, launchers={"gui": "streamlit"}
    )
    assert [one.requirements for one in late(found)] == [("streamlit",)]
    graphs = {"cli": graph_of(FILES, "app.cli", "main")}
    after = plan_split(unlocked_ground(ground, found.together, graphs))
    assert "streamlit" in held(after, "gui")
    lean = min(
        (v for v in after.variants if "cli" in v.entrypoints), key=lambda v: v.installed_bytes
    )
    assert lean.installed_bytes == found.unlocked_bytes["cli"] == 300_000_000


def test_its_answers_stand_beside_the_lines_that_are_to_move() -> None:
    files = {
        "app/cli.py": "from app.report import build\n"
        "def use():\n    build()\n" + FILES["app/cli.py"].replace("\n        ", "\n"),
        "app/report.py": "import reportlab\nX = reportlab\ndef build(): ...\n",
    }
    _, found = gui(
        files,
        base=["click", "streamlit", "reportlab"],
        sizes={"click": 300, "streamlit": 60, "reportlab": 40},
        asks=(*IMPORTS, startup("reportlab", at="app/report.py")),
    )
    (whole,) = found.together
    assert whole.freed_bytes == 100_000_000
    assert whole.cost == sum(one.cost for one in found.shown) == 3.0
    assert [line.change for line in whole.lines] == ["function", "guard", "guard"]


def test_the_finding_names_the_function_and_who_asks_for_it() -> None:
    (finding,) = blocked(gui()[1].shown)
    assert finding.message == (
        "streamlit stays in base only since launch(), run only for `if args.gui`, doesn't answer "
        "where it is absent: 60.0 MB of cli"
    )
    assert finding.fix == "extrasplit unlock streamlit"
    assert [str(place) for place in finding.chain] == ["app/cli.py:3", "app/cli.py:4"]


HELP = {
    "app/cli.py": "def main():\n    from app.help import Help, index\n    index(Help())\n",
    "app/help.py": (
        "class Help:\n    def __init__(self):\n        import embeddings\n"
        "def index(x):\n    import core\n"
    ),
}


def helped(core: float = 50, **files: str) -> Unlocks:
    return gui(
        HELP | files,
        base=["click", "embeddings", "core"],
        sizes={"click": 30, "embeddings": 900, "core": core},
        brings={"embeddings": ["core"]},
        ships={},
        asks=(
            "click",
            deferred("embeddings", at="app/help.py", line=3),
            deferred("core", at="app/help.py", line=5),
        ),
    )[1]


def test_what_its_own_file_alone_imports_goes_along_with_what_requires_it() -> None:
    (unlock,) = helped().shown
    assert unlock.requirements == ("embeddings", "core")
    assert [(one.path, one.line) for one in unlock.lines] == [
        ("app/help.py", 3),
        ("app/help.py", 5),
    ]


def test_what_another_file_imports_too_stays() -> None:
    other = {"app/cli.py": HELP["app/cli.py"] + "def other():\n    import core\n"}
    (unlock,) = helped(**other).shown
    assert unlock.requirements == ("embeddings",)
