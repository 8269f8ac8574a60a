"""Why a group is what it is, in one sentence."""

from __future__ import annotations

from typing import Any

from extrasplit.project.declared import Settings
from extrasplit.split.plan import plan_split
from split.world import Imported, deferred, guarded, world


def why(imported: Imported | str, **more: Any) -> dict[str, str]:
    """Return the reason of each group of a project that keeps torch in one of its own."""
    fields: dict[str, Any] = {
        "base": ["click", "embeddings", "torch"],
        "sizes": {"embeddings": 60, "torch": 900},
        "brings": {"embeddings": ["torch"]},
        "imports": {"app": ["click", imported]},
        "settings": Settings(groups={"ai": ("embeddings",), "gpu": ("torch",)}),
    }
    plan = plan_split(world(**(fields | more)))
    return {str(group.name): group.why for group in plan.groups}


def test_who_can_start_without_it_and_where_it_is_imported() -> None:
    assert why(guarded("embeddings", at="ai.py", line=7))["ai"] == (
        "app can start without embeddings, imported behind a guard (src/app/ai.py:7)"
    )


def test_what_nothing_imports_goes_along_with_what_requires_it() -> None:
    assert why(guarded("embeddings"))["gpu"] == (
        "nothing imports torch: required by embeddings, and goes along"
    )


def test_what_nobody_asks_for_keeps_its_place() -> None:
    found = why(deferred("click"), base=["click"], extras={"gpu": ["torch"]}, settings=Settings())
    assert found["gpu"] == "no entrypoint reaches torch; it keeps its place"
