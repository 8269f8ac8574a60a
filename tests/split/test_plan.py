"""A plan as a whole: images (7.6), what the maintainer fixed (7.7 d), the traps of section 6."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from extrasplit.project.declared import ConfiguredVariant, Settings
from extrasplit.split.plan import plan_split, plan_today
from split.world import apply_plan, deferred, guarded, held, homes, images, startup, world


def variant(
    name: str, entrypoints: list[str], extras: list[str], **more: object
) -> ConfiguredVariant:
    names = tuple(map(canonicalize_name, extras))
    return ConfiguredVariant(name, tuple(entrypoints), names, **more)  # type: ignore[arg-type]


def settings(*variants: ConfiguredVariant) -> Settings:
    return Settings(variants={one.name: one for one in variants})


class TestImages:
    def test_a_full_image_holds_what_it_may_use(self) -> None:
        ground = world(
            base=["a", "big"],
            extras={"x": ["pdf"]},
            sizes={"big": 90, "pdf": 40},
            imports={"app": [], "w": ["a", guarded("big", "m.py"), deferred("pdf", "n.py")]},
        )
        assert images(plan_split(ground))["w-full"] == ["big", "x"]

    def test_the_defaults_full_image_takes_from_extras_only_what_its_image_holds_today(
        self,
    ) -> None:
        for installs, expected in ((None, {"app": []}), (["x"], {"app": [], "app-full": ["x"]})):
            ground = world(
                base=["a"],
                extras={"x": ["pdf"]},
                sizes={"pdf": 40},
                installs={"app": installs},
                imports={"app": ["a", deferred("pdf", "m.py")]},
            )
            assert images(plan_split(ground)) == expected

    def test_an_image_of_all_extras_admits_what_the_default_may_use_and_adds_nothing(self) -> None:
        ground = world(
            base=["a"],
            extras={"x": ["pdf"], "y": ["idle"]},
            sizes={"pdf": 40},
            all_extras=["app"],
            imports={"app": ["a", deferred("pdf", "m.py")]},
        )
        assert images(plan_split(ground)) == {"app": [], "app-full": ["x"]}

    def test_an_extra_that_the_defaults_stage_names_is_held_whole(self) -> None:
        ground = world(
            base=["a"], extras={"y": ["idle"]}, installs={"app": ["y"]}, imports={"app": ["a"]}
        )
        assert images(plan_split(ground)) == {"app": [], "app-full": ["y"]}

    def test_the_librarys_full_image_has_only_what_left_base(self) -> None:
        ground = world(
            base=["a", "big"],
            extras={"x": ["pdf"]},
            sizes={"big": 90, "pdf": 40},
            kinds={"lib": "library"},
            imports={"lib": ["a", guarded("big", "m.py"), deferred("pdf", "n.py")]},
        )
        assert images(plan_split(ground)) == {"lib": [], "lib-full": ["big"]}

    def test_base_holds_what_importing_the_library_needs(self) -> None:
        ground = world(
            base=["a", "b"],
            sizes={"b": 90},
            kinds={"lib": "library"},
            imports={"app": ["a"], "lib": ["b"]},
        )
        assert homes(plan_split(ground)) == {"": ["a", "b"]}

    def test_no_full_image_holds_two_conflicting_extras(self) -> None:
        ground = world(
            extras={"cpu": ["torch"], "gpu": ["cuda"]},
            conflicts=[["cpu", "gpu"]],
            kinds={"w": "worker"},
            installs={"w": ["cpu"]},
            sizes={"cuda": 90},
            imports={"w": ["torch", deferred("cuda", "m.py")]},
        )
        assert images(plan_split(ground)) == {"w": ["cpu"]}

    def test_figures_are_image_bytes(self) -> None:
        ground = world(
            base=["a", "b"],
            sizes={"a": 10, "b": 50},
            app_bytes=2_000_000,
            imports={"app": ["a"], "w": ["b"]},
            installs={"app": []},
        )
        plan = plan_split(ground)
        app = plan.variants[0]
        assert (app.installed_bytes, app.image_bytes) == (10_000_000, 131_000_000)
        assert (app.before_bytes, app.app_bytes) == (181_000_000, 2_000_000)

    def test_a_group_tells_what_leaves_with_it(self) -> None:
        ground = world(
            base=["a"],
            extras={"x": ["b", "c"], "y": ["c"]},
            sizes={"b": 10, "c": 20},
            kinds={"w": "worker"},
            installs={"w": ["x", "y"]},
            imports={"w": ["b", "c"]},
        )
        x = next(group for group in plan_split(ground).groups if group.name == "x")
        assert (x.installed_bytes, x.retained_bytes) == (30_000_000, 10_000_000)
        assert "w cannot start without" in x.why

    def test_what_a_lean_image_lost_is_told_by_line(self) -> None:
        ground = world(
            base=["a", "big"],
            sizes={"big": 90},
            imports={"app": [], "w": ["a", guarded("big", "m.py", line=7)]},
        )
        lean = plan_split(ground).variants[0]
        assert [(loss.distribution, loss.path, loss.line, loss.guarded) for loss in lean.lost] == [
            ("big", "src/app/m.py", 7, True)
        ]


class TestFixed:
    def test_recorded_variants_keep_their_names_and_entrypoints(self) -> None:
        ground = world(
            base=["a", "big"],
            sizes={"big": 90},
            kinds={"w": "worker"},
            settings=settings(variant("tool", ["app"], []), variant("heavy", ["w"], [])),
            imports={"app": ["a"], "w": ["big"]},
        )
        plan = plan_split(ground)
        assert images(plan) == {"heavy": ["heavy"], "tool": []}
        assert {one.name: one.entrypoints for one in plan.variants} == {
            "tool": ("app",),
            "heavy": ("w",),
        }

    def test_a_fixed_variant_keeps_its_extras_and_what_base_brings_it(self) -> None:
        ground = world(
            base=["a", "big"],
            sizes={"big": 90},
            kinds={"w": "worker"},
            settings=settings(variant("heavy", ["w"], [], fixed=True)),
            imports={"app": ["a"], "w": ["big"]},
        )
        assert homes(plan_split(ground)) == {"": ["a", "big"]}
        assert images(plan_split(ground))["heavy"] == []

    def test_the_extra_of_a_fixed_variant_stays_whole(self) -> None:
        ground = world(
            extras={"x": ["a", "big"]},
            sizes={"a": 20, "big": 90},
            kinds={"w": "worker"},
            settings=settings(variant("heavy", ["w"], ["x"], fixed=True)),
            imports={"app": [], "w": ["a", guarded("big", "m.py")]},
        )
        assert homes(plan_split(ground)) == {"": [], "x": ["a", "big"]}
        assert images(plan_split(ground)) == {"app": [], "heavy": ["x"]}

    def test_a_conflicting_extra_stays_whole_and_what_its_roles_need_stays_in_reach(self) -> None:
        ground = world(
            base=["a", "big"],
            extras={"cpu": ["torch"], "gpu": ["torch"]},
            conflicts=[["cpu", "gpu"]],
            sizes={"big": 90, "torch": 90},
            kinds={"w": "worker", "v": "worker"},
            installs={"w": ["cpu"], "v": []},
            imports={"app": ["a"], "w": ["torch", "big"], "v": ["big"]},
        )
        plan = plan_split(ground)
        assert homes(plan) == {"": ["a", "big"], "cpu": ["torch"], "gpu": ["torch"]}

    def test_configured_groups_stand(self) -> None:
        groups = {canonicalize_name("mine"): (canonicalize_name("a"), canonicalize_name("b"))}
        ground = world(
            base=["a", "b", "c"],
            settings=Settings(groups=groups),
            imports={"app": ["c"], "v": ["a"]},
            sizes={"a": 5},
        )
        assert homes(plan_split(ground)) == {"": ["c"], "mine": ["a", "b"]}

    def test_a_variant_that_must_hold_more_is_recorded_anew(self) -> None:
        ground = world(
            extras={"x": ["big"]},
            sizes={"big": 90},
            kinds={"w": "worker"},
            settings=settings(variant("w", ["w"], [])),
            imports={"w": ["big"]},
        )
        plan = plan_split(ground)
        assert (images(plan), plan.changed) == ({"w": ["x"]}, True)

    def test_requirements_with_markers_and_extras_move_as_they_are(self) -> None:
        line = "uvicorn[standard]>=0.30; sys_platform != 'win32'"
        ground = world(
            base=["a", line], sizes={"uvicorn": 90}, imports={"app": ["a"], "api": ["uvicorn"]}
        )
        plan = plan_split(ground)
        assert [(move.requirement.text, move.to) for move in plan.moves] == [(line, "api")]


class TestToday:
    def test_todays_plan_changes_nothing_and_judges_recorded_images(self) -> None:
        ground = world(
            base=["a", "big"],
            extras={"x": ["b"]},
            sizes={"big": 90},
            settings=settings(variant("img", ["app"], ["x"])),
            imports={"app": ["a"]},
        )
        plan = plan_today(ground)
        assert (plan.changed, plan.moves, plan.additions) == (False, (), ())
        assert (homes(plan), images(plan)) == ({"": ["a", "big"], "x": ["b"]}, {"img": ["x"]})

    def test_where_none_is_recorded_each_role_has_its_extras_of_today(self) -> None:
        ground = world(
            base=["a"],
            extras={"x": ["b"]},
            kinds={"w": "worker"},
            installs={"w": ["x"]},
            imports={"app": ["a"], "w": ["b"]},
        )
        assert images(plan_today(ground)) == {"app": [], "w": ["x"]}


class TestTraps:
    """Section 6, those that a plan decides."""

    def test_what_the_first_lines_import_is_core_though_a_hand_put_it_aside(self) -> None:
        ground = world(
            base=["click"],
            extras={"dash-core": ["streamlit"], "dash-extra": ["streamlit-extras", "pygwalker"]},
            sizes={"streamlit": 60, "streamlit-extras": 80, "pygwalker": 120},
            brings={"streamlit-extras": ["streamlit"]},
            kinds={"board": "streamlit"},
            launchers={"board": "streamlit"},
            installs={"board": ["dash-core"]},
            imports={
                "app": ["click"],
                "board": ["streamlit", "streamlit_extras", guarded("pygwalker", "page.py")],
            },
        )
        plan = plan_split(ground)
        assert "streamlit-extras" in held(plan, "board")
        assert "pygwalker" not in held(plan, "board")
        assert homes(plan)["dash-core"] == ["streamlit"]

    def test_rich_declared_only_in_another_extra_comes_to_base(self) -> None:
        ground = world(
            base=["click"],
            extras={"dash": ["streamlit", "rich"]},
            sizes={"streamlit": 90},
            kinds={"board": "streamlit"},
            installs={"board": ["dash"]},
            imports={"app": ["click", "rich"], "board": ["streamlit"]},
        )
        plan = plan_split(ground)
        assert "rich" in held(plan, "app")
        assert homes(plan) == {"": ["click", "rich"], "dash": ["streamlit"]}

    def test_engines_that_pandas_loads_by_name_go_where_pandas_goes(self) -> None:
        ground = world(
            base=["click", "pandas", "openpyxl", "xlsxwriter"],
            sizes={"pandas": 60},
            facts={"pandas": {"optional_requirements": {"excel": ("openpyxl", "xlsxwriter")}}},
            imports={"app": ["click"], "load": ["pandas"]},
        )
        assert homes(plan_split(ground)) == {
            "": ["click"],
            "load": ["openpyxl", "pandas", "xlsxwriter"],
        }

    def test_a_spawned_dashboard_brings_nothing_into_the_cli(self) -> None:
        ground = world(
            base=["click", "streamlit"],
            sizes={"streamlit": 90},
            kinds={"board": "streamlit"},
            launchers={"board": "streamlit"},
            imports={
                "app": ["click"],
                "board": [startup("streamlit", distribution="streamlit", via="launcher")],
            },
        )
        assert held(plan_split(ground), "app") == {"click"}

    def test_one_page_that_needs_a_whole_extra_from_inside_a_function(self) -> None:
        ground = world(
            base=["click"],
            extras={"dash": ["streamlit"], "reports": ["reportlab", "jinja2"]},
            sizes={"streamlit": 90, "reportlab": 30},
            kinds={"board": "streamlit"},
            installs={"board": ["dash"]},
            imports={
                "app": ["click"],
                "board": [
                    "streamlit",
                    deferred("reportlab", "page.py"),
                    deferred("jinja2", "page.py"),
                ],
            },
        )
        plan = plan_split(ground)
        assert images(plan) == {
            "app": [],
            "board": ["dash"],
            "board-full": ["dash", "reports"],
        }
        assert not plan.changed

    def test_code_that_imports_what_only_another_requirement_brings_keeps_that_one(self) -> None:
        ground = world(
            base=["click", "ocr"],
            brings={"ocr": ["pillow"]},
            sizes={"ocr": 90},
            imports={"app": ["click", startup("pillow")], "scan": ["ocr"]},
        )
        assert "pillow" in held(plan_split(ground), "app")

    def test_one_library_for_five_functions_is_seen_by_what_it_retains(self) -> None:
        ground = world(
            base=["click", "streamlit", "streamlit-extras"],
            sizes={"streamlit": 60, "plotly": 100, "streamlit-extras": 51},
            brings={"streamlit-extras": ["plotly", "streamlit"]},
            imports={"app": ["click"], "board": ["streamlit", "streamlit_extras"]},
        )
        from extrasplit.split.whatif import what_would_shrink

        plan = plan_split(ground)
        board = next(one for one in plan.variants if one.name == "board")
        first = what_would_shrink(ground, plan, board)[0]
        assert (first.distribution, first.retained_bytes) == ("streamlit-extras", 151_000_000)
        assert first.modules == ("app.board",)

    def test_every_target_holds_what_starts_on_it(self) -> None:
        ground = world(
            base=["click", "fast", "slow"],
            ships={"fast": ["engine"], "slow": ["engine"]},
            platforms=["linux/amd64", "linux/arm64"],
            absent={"linux/arm64": ["fast"]},
            sizes={"fast": 30, "slow": 30},
            imports={"app": ["click"], "w": ["engine"]},
        )
        assert homes(plan_split(ground)) == {"": ["click"], "w": ["fast", "slow"]}


def test_a_plan_applied_and_planned_again_is_quiet() -> None:
    ground = world(
        base=["click", "pandas", "streamlit", "plotly", "pygwalker"],
        extras={"reports": ["reportlab"], "all": ["app[reports]"]},
        sizes={"pandas": 60, "streamlit": 30, "plotly": 50, "pygwalker": 120, "reportlab": 20},
        brings={"streamlit": ["pandas"], "pygwalker": ["pandas"]},
        also_locked=["rich"],
        kinds={"board": "streamlit"},
        installs={"board": []},
        launchers={"board": "streamlit"},
        imports={
            "app": ["click", "pandas", "rich"],
            "board": ["streamlit", "plotly", deferred("pygwalker", "page.py")],
        },
    )
    plan = plan_split(ground)
    applied = apply_plan(ground, plan)
    again = plan_split(applied)
    assert plan.changed
    assert not again.changed
    assert (images(again), homes(again)) == (images(plan), homes(plan))
    assert again.moves == ()
