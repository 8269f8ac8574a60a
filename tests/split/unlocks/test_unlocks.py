from __future__ import annotations

from typing import Any

import pytest

from extrasplit.project.declared import Settings
from extrasplit.split.unlocks import Unlocks
from split.unlocks.study import FILES, fleet, study
from split.world import startup


def requirements(found: Unlocks) -> list[tuple[str, ...]]:
    return [one.requirements for one in found.shown]


def test_the_line_that_holds_a_heavy_requirement_is_named_with_its_change() -> None:
    _, found = fleet()
    (unlock,) = found.shown
    assert (unlock.variant, unlock.entrypoint) == ("cli", "cli")
    assert (unlock.freed_bytes, unlock.cost, unlock.from_base) == (26_000_000, 1.0, True)
    assert (unlock.used_in, unlock.modules) == (1, 1)
    (line,) = unlock.lines
    assert (line.path, line.line, line.names) == ("app/cli.py", 3, ("build",))
    assert (line.change, line.into, line.used_at) == ("function", ("report",), None)


@pytest.mark.parametrize(
    ("size", "rest", "shown"),
    [(26, 100, True), (9, 100, False), (9, 50, True), (4, 1, False)],
)
def test_ten_megabytes_count_or_five_where_they_are_a_tenth(
    size: int, rest: int, shown: bool
) -> None:
    _, found = fleet(sizes={"click": rest, "reportlab": size})
    assert bool(found.shown) is shown


def test_each_point_must_free_five_megabytes() -> None:
    files = FILES | {
        "app/cli.py": "from app.report import build\nX = build\ndef main(): ...\n",
        "app/report.py": "import reportlab\nX = reportlab\ndef build(): ...\n",
    }
    imports = [startup("reportlab", at="report.py")]
    more: dict[str, Any] = {"base": ["click", "reportlab"]}
    assert not study(files, imports, sizes={"reportlab": 14}, **more)[1].shown
    assert study(files, imports, sizes={"reportlab": 16}, **more)[1].shown


def test_what_the_started_file_evaluates_itself_is_what_the_role_is_made_of() -> None:
    files = FILES | {"app/cli.py": "import flask\napp = flask.Flask()\ndef main(): ...\n"}
    _, found = study(files, ["flask"], base=["flask"], sizes={"flask": 60})
    assert not found.shown


def test_a_launcher_is_never_unlocked() -> None:
    files = FILES | {"app/cli.py": "import streamlit\ndef draw():\n    return streamlit\n"}
    _, found = study(
        files,
        ["streamlit"],
        base=["streamlit"],
        sizes={"streamlit": 60},
        kinds={"cli": "streamlit"},
        launchers={"cli": "streamlit"},
    )
    assert not found.shown


def test_what_a_companion_holds_leaves_with_it() -> None:
    files = FILES | {
        "app/report.py": "import reportlab, svglib\nX = reportlab, svglib\ndef build(): ...\n"
    }
    _, found = study(
        files,
        ["click", startup("reportlab", at="report.py"), startup("svglib", at="report.py")],
        base=["click", "reportlab", "svglib"],
        sizes={"reportlab": 26, "svglib": 1},
        brings={"svglib": ["reportlab"]},
    )
    assert {frozenset(one) for one in requirements(found)} == {frozenset({"reportlab", "svglib"})}
    assert found.shown[0].freed_bytes == 27_000_000


def test_what_another_heavy_requirement_holds_frees_nothing_by_itself() -> None:
    _, found = study(
        FILES,
        ["click", startup("reportlab", at="report.py"), startup("web")],
        base=["click", "reportlab", "web"],
        sizes={"reportlab": 26, "web": 40},
        brings={"web": ["reportlab"]},
    )
    assert ("reportlab",) not in requirements(found)


def test_what_nothing_imports_stays_and_keeps_what_it_holds() -> None:
    _, found = fleet(base=["click", "reportlab", "plugin"], brings={"plugin": ["reportlab"]})
    assert not found.shown


def test_a_need_without_a_line_cannot_be_cut() -> None:
    _, found = study(
        FILES,
        ["click", startup("reportlab", at="report.py"), startup("reportlab.lib", via="configured")],
        base=["click", "reportlab"],
        sizes={"reportlab": 26},
        ships={"reportlab": ["reportlab", "reportlab.lib"]},
    )
    assert not found.shown


def test_a_requirement_that_needs_no_line_has_none() -> None:
    _, found = study(
        FILES,
        ["click", "rich"],
        base=["click", "rich", "rich[jupyter]"],
        sizes={"rich": 1},
        brings={},
    )
    assert not found.shown  # both lines are one carrier, and nothing heavy leaves


def test_a_group_that_settings_keep_together_is_not_taken_apart() -> None:
    _, found = fleet(settings=Settings(groups={"pdf": ("reportlab",)}))  # type: ignore[dict-item]
    assert not found.shown
