"""Who carries a need (7.3), and what extras are (7.2)."""

from __future__ import annotations

from typing import Any

import pytest

from extrasplit.split.carriers import added_line, open_ledger
from extrasplit.split.plan import plan_split
from extrasplit.split.roles import open_books
from split.world import deferred, guarded, homes, startup, world


def carriers(ground: Any, entrypoint: str = "app") -> dict[str, list[str]]:
    booked = open_books(ground).bookings[entrypoint].booked
    return {
        one.need.asked: [f"{c.home or 'base'}:{c.name}" + "+" * c.added for c in one.carriers]
        for one in booked
    }


def test_every_requirement_of_base_and_todays_extras_that_declares_it_carries() -> None:
    ground = world(
        base=["rich"],
        extras={"dash": ["rich", "plotly"]},
        kinds={"board": "streamlit"},
        installs={"board": ["dash"]},
        imports={"board": ["rich"]},
    )
    assert carriers(ground, "board") == {"rich": ["base:rich", "dash:rich"]}


def test_what_only_another_brings_is_carried_by_the_lightest_holder() -> None:
    ground = world(
        base=["heavy", "light"],
        sizes={"heavy": 50, "light": 2},
        brings={"heavy": ["idna"], "light": ["idna"]},
        imports={"app": ["idna"]},
    )
    assert carriers(ground) == {"idna": ["base:light"]}


def test_a_holder_that_carries_another_need_comes_first() -> None:
    ground = world(
        base=["heavy", "light"],
        sizes={"heavy": 50, "light": 2},
        brings={"heavy": ["idna"], "light": ["idna"]},
        imports={"app": ["heavy", "idna"]},
    )
    assert carriers(ground)["idna"] == ["base:heavy"]


def test_what_todays_closure_lacks_is_carried_by_the_lightest_that_declares_it_elsewhere() -> None:
    ground = world(
        extras={"dash": ["rich", "plotly"], "more": ["rich[jupyter]", "pandas"]},
        sizes={"plotly": 50, "pandas": 60},
        imports={"app": ["rich"]},
    )
    assert carriers(ground) == {"rich": ["dash:rich"]}


@pytest.mark.parametrize("name", ["dev", "test", "docs", "lint", "typing", "ci"])
def test_an_extra_for_development_carries_nothing(name: str) -> None:
    ground = world(extras={name: ["rich", "big"]}, sizes={"big": 50}, imports={"app": ["rich"]})
    assert carriers(ground) == {"rich": ["base:rich+"]}


def test_a_guarded_need_that_today_lacks_is_carried_by_nobody() -> None:
    ground = world(
        extras={"dash": ["rich", "plotly"]},
        sizes={"plotly": 50},
        imports={"app": [guarded("rich")]},
    )
    assert carriers(ground) == {"rich": []}


def test_what_nothing_declares_is_added_at_startup_and_only_there() -> None:
    locked = ["rich", "attrs"]
    ground = world(also_locked=locked, imports={"app": ["rich", deferred("attrs")]})
    assert carriers(ground) == {"rich": ["base:rich+"], "attrs": []}
    plan = plan_split(ground)
    assert [addition.text for addition in plan.additions] == ["rich>=1.2"]


def test_what_is_added_for_one_role_carries_what_another_defers() -> None:
    ground = world(also_locked=["rich"], imports={"app": ["rich"], "cron": [deferred("rich")]})
    assert carriers(ground, "cron") == {"rich": ["base:rich+"]}


def test_nothing_carries_what_nothing_provides() -> None:
    assert carriers(world(imports={"app": ["nowhere"]})) == {"nowhere": []}


def test_a_need_that_one_target_holds_otherwise_is_carried_there_too() -> None:
    ground = world(
        base=["fast", "slow"],
        brings={"slow": ["core"]},
        platforms=["linux/amd64", "linux/arm64"],
        absent={"linux/arm64": ["fast"]},
        ships={"fast": ["engine"], "core": ["engine"]},
        imports={"app": ["engine"]},
    )
    assert carriers(ground) == {"engine": ["base:fast", "base:slow"]}


def test_two_lines_of_one_name_and_home_are_one_carrier() -> None:
    lines = ["torch; sys_platform == 'linux'", "torch; sys_platform == 'darwin'"]
    assert len(open_ledger(world(base=lines)).carriers) == 1


@pytest.mark.parametrize(
    ("extras", "aliases"),
    [
        ({"a": ["x"], "b": ["y"], "all": ["app[a,b]"]}, {"all": ("a", "b")}),
        ({"a": ["x"], "b": ["y"], "full": ["x", "y"]}, {"full": ("a", "b")}),
        ({"a": ["x>=1"], "b": ["y"], "full": ["x>=2", "y"]}, {}),
        ({"a": ["x"], "b": ["y"], "full": ["x", "y", "z"]}, {}),
        ({"a": ["x"], "all": ["x"]}, {"all": ("a",)}),
        ({"a": ["x"], "b": ["x"]}, {}),
    ],
)
def test_an_extra_that_is_the_union_of_smaller_ones_is_their_alias(
    extras: dict[str, list[str]], aliases: dict[str, tuple[str, ...]]
) -> None:
    assert open_ledger(world(extras=extras)).aliases == aliases


def test_the_line_to_add_is_bounded_from_the_lock() -> None:
    ground = world(also_locked=["rich"])
    assert added_line(ground, next(iter(ground.lock.by_name))) == "rich>=1.2"


def test_a_missing_requirement_of_the_default_moves_to_base() -> None:
    ground = world(
        base=["click"],
        extras={"dash": ["rich", "plotly"]},
        sizes={"plotly": 50},
        imports={"app": [startup("click"), startup("rich")]},
    )
    assert homes(plan_split(ground)) == {"": ["click", "rich"], "dash": ["plotly"]}
