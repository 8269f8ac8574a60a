"""What a role has today (7.2), the default, and who shares an image (7.4)."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.project.declared import ConfiguredVariant, Settings
from extrasplit.record import replace
from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split
from extrasplit.split.roles import form_variants, open_books
from split.world import deferred, guarded, homes, images, world

DASH = {"dash": ["streamlit", "plotly"]}
BIG = {"streamlit": 30, "plotly": 50}


def extras_of(ground: Ground, entrypoint: str) -> set[str]:
    return set(open_books(ground).bookings[entrypoint].today.narrowest)


def seats(ground: Ground) -> dict[str, tuple[str, ...]]:
    return {seat.name: seat.entrypoints for seat in form_variants(open_books(ground))}


def recorded(**variants: tuple[list[str], list[str]]) -> Settings:
    return Settings(
        variants={
            name.replace("_", "-"): ConfiguredVariant(
                name.replace("_", "-"), tuple(entrypoints), tuple(map(canonicalize_name, extras))
            )
            for name, (entrypoints, extras) in variants.items()
        }
    )


class TestToday:
    def test_the_library_has_no_extras(self) -> None:
        ground = world(
            extras=DASH,
            kinds={"lib": "library"},
            installs={"lib": ["dash"]},
            imports={"lib": ["streamlit", "plotly"]},
        )
        assert extras_of(ground, "lib") == set()

    def test_recorded_variants_come_first_and_the_narrowest_judges(self) -> None:
        settings = recorded(board=(["board"], []), board_full=(["board"], ["dash"]))
        ground = world(
            extras=DASH,
            kinds={"board": "streamlit"},
            installs={"board": ["dash"]},
            settings=settings,
            imports={"board": ["streamlit"]},
        )
        today = open_books(ground).bookings["board"].today
        assert (today.narrowest, today.all) == (frozenset(), {"dash"})

    def test_a_docker_stage_names_them(self) -> None:
        ground = world(
            extras=DASH,
            kinds={"board": "streamlit"},
            installs={"board": ["dash"]},
            imports={"board": []},
        )
        assert extras_of(ground, "board") == {"dash"}

    def test_a_stage_that_installs_no_extra_means_none(self) -> None:
        ground = world(
            extras=DASH,
            sizes=BIG,
            kinds={"board": "streamlit"},
            installs={"board": []},
            imports={"board": ["streamlit", "plotly"]},
        )
        assert extras_of(ground, "board") == set()

    def test_all_extras_say_nothing(self) -> None:
        for installs in (["all"], None):
            ground = world(
                extras={**DASH, "gpu": ["torch"], "all": ["app[dash,gpu]"]},
                sizes=BIG,
                kinds={"board": "streamlit"},
                installs={"board": installs},
                all_extras=["board"],
                imports={"board": ["streamlit", "plotly"]},
            )
            assert extras_of(ground, "board") == {"dash"}

    def test_an_alias_stands_for_what_it_names(self) -> None:
        ground = world(
            extras={**DASH, "ui": ["app[dash]"]},
            kinds={"board": "streamlit"},
            installs={"board": ["ui"]},
            imports={"board": []},
        )
        assert extras_of(ground, "board") == {"dash"}

    def test_an_extra_that_declares_the_launcher_is_its(self) -> None:
        ground = world(
            extras={"server": ["uvicorn", "huge"]},
            sizes={"huge": 90},
            kinds={"api": "asgi"},
            launchers={"api": "uvicorn"},
            imports={"api": []},
        )
        assert extras_of(ground, "api") == {"server"}

    def test_an_extra_is_its_whose_bytes_are_half_used_at_startup(self) -> None:
        for used, expected in (("plotly", {"dash"}), ("streamlit", set())):
            ground = world(
                extras=DASH, sizes=BIG, kinds={"board": "streamlit"}, imports={"board": [used]}
            )
            assert extras_of(ground, "board") == expected

    def test_what_is_only_deferred_accounts_for_nothing(self) -> None:
        ground = world(extras=DASH, sizes=BIG, imports={"app": [deferred("plotly")]})
        assert extras_of(ground, "app") == set()

    def test_a_script_is_started_by_a_plain_install_whatever_the_stage_says(self) -> None:
        ground = world(extras=DASH, sizes=BIG, installs={"app": ["dash"]}, imports={"app": []})
        assert extras_of(ground, "app") == set()

    def test_a_script_whose_extra_was_found_by_half_is_marked(self) -> None:
        ground = world(extras=DASH, sizes=BIG, imports={"app": ["plotly"]})
        today = open_books(ground).bookings["app"].today
        assert (today.narrowest, today.inferred) == ({"dash"}, True)

    def test_of_conflicting_extras_only_the_lightest_is_its(self) -> None:
        ground = world(
            extras={"cpu": ["torch", "a"], "gpu": ["torch", "cuda"]},
            conflicts=[["cpu", "gpu"]],
            sizes={"torch": 100, "cuda": 50},
            imports={"app": ["torch"]},
        )
        assert extras_of(ground, "app") == {"cpu"}

    @pytest.mark.parametrize("variant", [(["nobody"], []), (["app"], ["nothing"])])
    def test_a_recorded_variant_that_names_what_is_not_there_is_an_error(
        self, variant: tuple[list[str], list[str]]
    ) -> None:
        ground = world(imports={"app": []}, settings=recorded(app=variant))
        with pytest.raises(ExtrasplitError, match=r"variants\.app"):
            open_books(ground)


class TestDefault:
    def test_the_configured_one_is_it(self) -> None:
        ground = world(imports={"app": [], "other": []})
        for choice in ("other", False):
            configured = replace(ground, settings=Settings(default_entrypoint=choice))
            assert open_books(configured).default == (choice or None)

    def test_a_configured_one_that_is_not_there_is_an_error(self) -> None:
        with pytest.raises(ExtrasplitError, match="default-entrypoint"):
            open_books(world(imports={"app": []}, settings=Settings(default_entrypoint="x")))

    def test_the_script_named_like_the_project_is_it(self) -> None:
        ground = world(base=["big"], sizes={"big": 90}, imports={"app": ["big"], "aaa": []})
        assert open_books(ground).default == "app"

    def test_else_the_lightest_script_without_extras_is_it(self) -> None:
        ground = world(
            base=["big", "small"], sizes={"big": 90}, imports={"one": ["big"], "two": ["small"]}
        )
        assert open_books(ground).default == "two"

    def test_a_script_with_extras_is_not(self) -> None:
        ground = world(extras=DASH, sizes=BIG, imports={"app": ["plotly"]})
        assert open_books(ground).default is None

    def test_what_base_holds_today_and_the_default_defers_counts_as_startup(self) -> None:
        ground = world(
            base=["big"],
            sizes={"big": 90},
            imports={"app": [deferred("big")], "other": [guarded("big")]},
        )
        booked = open_books(ground).bookings["app"].booked
        assert [one.startup for one in booked] == [True]
        assert homes(plan_split(ground)) == {"": ["big"]}

    def test_what_the_default_guards_may_leave_base(self) -> None:
        ground = world(base=["big"], sizes={"big": 90}, imports={"app": [guarded("big")]})
        assert homes(plan_split(ground)) == {"": [], "big": ["big"]}


class TestVariants:
    def test_who_needs_no_more_than_the_default_shares_its_image(self) -> None:
        ground = world(base=["click", "rich"], imports={"app": ["click", "rich"], "cron": ["rich"]})
        assert seats(ground) == {"app": ("app", "cron")}

    def test_who_differs_by_little_shares_the_first_ones_image(self) -> None:
        sizes = {"a": 50, "b": 9, "c": 11}
        imports = {"app": [], "one": ["a"], "two": ["a", "b"], "three": ["a", "c"]}
        ground = world(
            base=["a", "b", "c"],
            sizes=sizes,
            imports=imports,
            origins={"two": "compose", "three": "procfile"},
        )
        assert seats(ground) == {"app": ("app",), "one": ("one", "two"), "three": ("three",)}

    def test_a_twentieth_of_a_large_image_is_little(self) -> None:
        sizes = {"a": 500, "b": 20}
        ground = world(
            base=["a", "b"], sizes=sizes, imports={"app": [], "x": ["a"], "y": ["a", "b"]}
        )
        assert seats(ground) == {"app": ("app",), "x": ("x", "y")}

    def test_what_weighs_as_much_as_a_base_image_is_never_little(self) -> None:
        sizes = {"torch": 4500, "b": 99, "gradio": 101}
        ground = world(
            base=["torch", "b", "gradio"],
            sizes=sizes,
            imports={"app": [], "x": ["torch"], "y": ["torch", "b"], "z": ["torch", "gradio"]},
        )
        assert seats(ground) == {"app": ("app",), "x": ("x", "y"), "z": ("z",)}

    def test_nobody_else_joins_the_default_or_the_library(self) -> None:
        ground = world(
            base=["a", "b"],
            kinds={"lib": "library"},
            imports={"app": ["a"], "lib": ["b"], "cron": ["a", "b"]},
        )
        assert seats(ground) == {"app": ("app",), "cron": ("cron",), "lib": ("lib",)}

    def test_the_first_found_names_it(self) -> None:
        ground = world(
            base=["a"],
            sizes={"a": 50},
            imports={"app": [], "zz": ["a"], "bb": ["a"]},
            origins={"bb": "source", "zz": "docker"},
            kinds={"zz": "worker", "bb": "worker"},
        )
        assert list(seats(ground)) == ["app", "zz"]

    def test_a_full_image_stands_beside_the_lean_one_where_they_differ(self) -> None:
        ground = world(
            base=["a", "big"],
            sizes={"big": 90},
            imports={"app": [], "board": ["a", guarded("big")]},
        )
        assert images(plan_split(ground)) == {"app": [], "board-full": ["big"]}

    def test_images_with_the_same_extras_are_one(self) -> None:
        ground = world(
            base=["a", "b"], imports={"app": [], "x": ["a"], "y": ["b"]}, sizes={"a": 6, "b": 6}
        )
        plan = plan_split(ground)
        assert images(plan) == {"app": []}
        assert plan.variants[0].entrypoints == ("app", "x", "y")

    def test_conflicting_roles_never_share(self) -> None:
        ground = world(
            extras={"cpu": ["torch"], "gpu": ["torch"]},
            conflicts=[["cpu", "gpu"]],
            kinds={"a": "worker", "b": "worker"},
            installs={"a": ["cpu"], "b": ["gpu"]},
            imports={"a": ["torch"], "b": ["torch"]},
            sizes={"torch": 90},
        )
        assert images(plan_split(ground)) == {"a": ["cpu"], "b": ["gpu"]}
