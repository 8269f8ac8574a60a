from __future__ import annotations

from extrasplit.imports.level import Level
from extrasplit.split.plan import plan_split
from extrasplit.split.unlocks import unlocked_ground, with_unlocked_bytes
from split.unlocks.study import FILES, fleet, study
from split.world import deferred, held, startup
from support.starting import graph_of


def test_the_total_is_told_beside_the_images() -> None:
    ground, found = fleet()
    assert found.unlocked_bytes == {"cli": 1_000_000}
    plan = with_unlocked_bytes(plan_split(ground), found)
    assert [variant.unlocked_bytes for variant in plan.variants] == [1_000_000]


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
