"""Names and aliases (7.7 c, 7.10)."""

from __future__ import annotations

from extrasplit.project.declared import Settings
from extrasplit.split.plan import plan_split
from split.world import deferred, guarded, homes, images, world

BIG = {"core": 60, "feature": 60, "second": 70, "third": 80, "base": 40}


def test_an_old_extra_keeps_its_name_where_it_is_the_same() -> None:
    ground = world(
        base=["a", "b"],
        extras={"x": ["core"]},
        sizes={**BIG, "b": 80},
        kinds={"w": "worker"},
        installs={"w": ["x"]},
        imports={"app": ["a"], "w": ["core"], "v": ["b"]},
    )
    assert homes(plan_split(ground)) == {"": ["a"], "v": ["b"], "x": ["core"]}


def test_an_old_extra_keeps_its_name_where_something_went_to_base() -> None:
    ground = world(
        extras={"x": ["core", "rich"]},
        sizes=BIG,
        kinds={"w": "worker"},
        installs={"w": ["x"]},
        imports={"app": ["rich"], "w": ["core"]},
    )
    plan = plan_split(ground)
    assert homes(plan) == {"": ["rich"], "x": ["core"]}
    assert plan.aliases == {}


def test_an_extra_that_base_swallowed_names_nothing() -> None:
    ground = world(
        base=["a"],
        extras={"x": ["rich"]},
        settings=Settings(default_entrypoint="app"),
        imports={"app": ["a", "rich"]},
    )
    plan = plan_split(ground)
    assert homes(plan) == {"": ["a", "rich"]}
    assert plan.aliases == {"x": ()}


def test_a_divided_extra_is_the_alias_of_core_variants_and_features() -> None:
    ground = world(
        extras={"x": ["core", "feature", "second", "third"]},
        sizes=BIG,
        kinds={"w": "worker", "v": "worker"},
        installs={"w": ["x"], "v": ["x"]},
        imports={
            "app": [],
            "w": ["core", "third", guarded("feature", "m.py"), guarded("second", "n.py")],
            "v": ["core"],
        },
    )
    plan = plan_split(ground)
    assert homes(plan) == {
        "": [],
        "x-core": ["core"],
        "x-w": ["third"],
        "x-advanced": ["feature", "second"],
    }
    assert set(plan.aliases["x"]) == {str(group.name) for group in plan.groups}


def test_a_second_feature_of_an_extra_is_named_by_its_heaviest() -> None:
    ground = world(
        extras={"x": ["core", "feature", "second"]},
        sizes=BIG,
        kinds={"w": "worker", "v": "worker"},
        installs={"w": ["x"], "v": ["x"]},
        imports={"app": [], "w": ["core", guarded("feature", "m.py")], "v": ["core", "second"]},
    )
    assert set(homes(plan_split(ground))) == {"", "x-core", "x-v", "x-advanced"}


def test_what_two_variants_share_bears_both_names_and_more_share_shared() -> None:
    for roles, name in ((("v", "w"), "v-w"), (("u", "v", "w"), "shared")):
        imports = {role: ["a", "core", f"own-{role}".replace("-", "_")] for role in roles}
        ground = world(
            base=["a", "core", *(f"own-{role}" for role in roles)],
            sizes={**BIG, **{f"own-{role}": 50 for role in roles}},
            imports={"app": ["a"], **imports},
        )
        assert name in homes(plan_split(ground))


def test_a_feature_that_left_base_is_named_by_its_heaviest_requirement() -> None:
    ground = world(
        base=["a", "playwright", "pyee"],
        sizes={"playwright": 90},
        brings={},
        imports={"app": ["a", guarded("playwright", "m.py"), guarded("pyee", "m.py")]},
    )
    assert set(homes(plan_split(ground))) == {"", "playwright"}


def test_of_the_nearly_heaviest_the_one_that_most_modules_import_names_it() -> None:
    ground = world(
        base=["a", "torch", "torch-fidelity"],
        sizes={"torch": 900, "torch-fidelity": 10},
        brings={"torch-fidelity": ["torch"]},
        imports={
            "app": ["a"],
            "w": [
                guarded("torch", "m.py"),
                guarded("torch", "n.py"),
                guarded("torch_fidelity", "n.py"),
            ],
        },
    )
    assert set(homes(plan_split(ground))) == {"", "torch"}


def test_a_name_that_is_taken_gets_its_heaviest_after_it() -> None:
    ground = world(
        base=["a", "core"], extras={"w": ["idle"]}, sizes=BIG, imports={"app": ["a"], "w": ["core"]}
    )
    assert set(homes(plan_split(ground))) == {"", "w", "w-core"}


def test_an_extra_still_starts_what_it_starts_today() -> None:
    ground = world(
        base=["a", "core"],
        extras={"x": ["feature"]},
        sizes=BIG,
        kinds={"w": "worker", "v": "worker"},
        installs={"w": ["x"], "v": []},
        imports={"app": ["a"], "w": ["core", "feature"], "v": ["core"]},
    )
    plan = plan_split(ground)
    assert homes(plan) == {"": ["a"], "v-w": ["core"], "x-core": ["feature"]}
    assert plan.aliases == {"x": ("x-core", "v-w")}
    assert images(plan) == {"app": [], "w": ["v-w", "x-core"], "v": ["v-w"]}


def test_what_left_base_joins_each_alias_that_names_every_other_extra() -> None:
    ground = world(
        base=["a", "core"],
        extras={"x": ["feature"], "dev": ["pytest"], "all": ["app[x]"], "some": ["app[dev]"]},
        sizes=BIG,
        imports={"app": ["a"], "w": ["core"]},
    )
    assert plan_split(ground).aliases == {"all": ("x", "w"), "some": ("dev",)}


def test_a_union_becomes_an_alias_when_a_plan_touches_it() -> None:
    extras = {"x": ["core", "feature"], "y": ["second"], "full": ["core", "feature", "second"]}
    ground = world(
        extras=extras,
        sizes=BIG,
        kinds={"w": "worker"},
        installs={"w": ["x"]},
        imports={"app": [], "w": ["core", guarded("feature", "m.py")]},
    )
    plan = plan_split(ground)
    assert plan.aliases["full"] == ("x", "y")
    assert sum(len(group.requirements) for group in plan.groups) == 6


def test_an_untouched_union_stays_as_it_is_written() -> None:
    extras = {"x": ["core"], "y": ["second"], "full": ["core", "second"]}
    ground = world(
        extras=extras,
        sizes=BIG,
        kinds={"w": "worker"},
        installs={"w": ["x"]},
        imports={"app": [], "w": ["core"]},
    )
    plan = plan_split(ground)
    assert (plan.changed, plan.aliases) == (False, {})


def test_a_deferred_import_of_a_core_requirement_keeps_it_core() -> None:
    ground = world(
        extras={"x": ["core", "feature"]},
        sizes={"core": 60, "feature": 5},
        kinds={"w": "worker"},
        installs={"w": ["x"]},
        imports={"app": [], "w": ["core", deferred("feature", "m.py")]},
    )
    assert homes(plan_split(ground)) == {"": [], "x": ["core", "feature"]}
