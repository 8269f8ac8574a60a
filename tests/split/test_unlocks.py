from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Any

import pytest

from extrasplit.imports.deferral import Sources
from extrasplit.imports.level import Level
from extrasplit.project.settings import Settings
from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split
from extrasplit.split.unlocks import (
    Unlocks,
    blocked,
    find_unlocks,
    unlocked_ground,
    with_unlocked_bytes,
)
from split.world import Imported, deferred, held, startup, world
from support.starting import graph_of

FILES = {
    "app/__init__.py": "",
    "app/cli.py": """
        import click
        from app.report import build
        @click.group()
        def main(): ...
        @main.command()
        def report():
            build()
        """,
    "app/report.py": "import reportlab\nX = reportlab\ndef build(): ...\n",
}


def study(
    files: Mapping[str, str],
    imports: Sequence[Imported | str],
    *,
    name: str = "cli",
    **more: Any,
) -> tuple[Ground, Unlocks]:
    """Return a project of one command, and what holds it back."""
    ground = world(imports={name: imports, **more.pop("others", {})}, **more)
    graphs = {name: graph_of(files, f"app.{name}", "main")}
    texts = {path: dedent(text).encode() for path, text in files.items()}
    found = find_unlocks(ground, plan_split(ground), graphs, Sources(texts.__getitem__))
    return ground, found


def fleet(**more: Any) -> tuple[Ground, Unlocks]:
    fields: dict[str, Any] = {
        "base": ["click", "reportlab"],
        "sizes": {"click": 1, "reportlab": 26},
    }
    return study(FILES, ["click", startup("reportlab", at="report.py")], **(fields | more))


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


def test_the_total_is_told_beside_the_images() -> None:
    ground, found = fleet()
    assert found.unlocked_bytes == {"cli": 1_000_000}
    plan = with_unlocked_bytes(plan_split(ground), found)
    assert [variant.unlocked_bytes for variant in plan.variants] == [1_000_000]


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


def test_the_plan_that_the_unlocks_buy_weighs_what_was_promised() -> None:
    ground, found = fleet()
    graphs = {"cli": graph_of(FILES, "app.cli", "main")}
    after = plan_split(unlocked_ground(ground, found.together, graphs))
    assert "reportlab" not in held(after, "cli")
    lean = next(variant for variant in after.variants if not variant.full)
    assert lean.installed_bytes == found.unlocked_bytes["cli"]


def test_what_is_freed_from_base_answers_wherever_it_is_imported() -> None:
    ground, found = study(
        FILES,
        [
            "click",
            startup("reportlab", at="report.py"),
            deferred("reportlab.lib", at="other.py"),
        ],
        base=["click", "reportlab"],
        sizes={"reportlab": 26},
        ships={"reportlab": ["reportlab", "reportlab.lib"]},
    )
    graphs = {"cli": graph_of(FILES, "app.cli", "main")}
    after = unlocked_ground(ground, found.together, graphs)
    assert {use.level for use in after.uses["cli"] if use.module != "click"} == {Level.GUARDED}


def test_ten_megabytes_are_a_finding_with_the_command_to_type() -> None:
    _, found = fleet()
    (finding,) = blocked(found.shown)
    assert (finding.kind, finding.distribution, finding.variant) == ("blocked", "reportlab", "cli")
    assert "26.0 MB" in finding.message
    assert finding.fix == "extrasplit unlock reportlab"
    assert [str(place) for place in finding.chain] == ["app/cli.py:3"]
