"""Every kind of finding fires where it must, and stays silent where it must not (section 8)."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from packaging.utils import canonicalize_name

from extrasplit.findings import KINDS, Finding, Severity
from extrasplit.imports.level import Level
from extrasplit.imports.traced import Site
from extrasplit.places import Place
from extrasplit.project.declared import ConfiguredNeed, ConfiguredVariant, Settings
from extrasplit.record import replace
from extrasplit.split.ground import Ground
from extrasplit.split.judge import judge
from extrasplit.split.plan import plan_split, plan_today
from split.world import deferred, guarded, startup, world


def findings(ground: Ground, kind: str, *, recorded: bool = False) -> list[Finding]:
    plan = plan_today(ground) if recorded else plan_split(ground)
    found = judge(ground, plan, recorded=recorded)
    assert all(finding.kind in KINDS for finding in found)
    return [finding for finding in found if finding.kind == kind]


def only(ground: Ground, kind: str, *, recorded: bool = False) -> Finding:
    (finding,) = findings(ground, kind, recorded=recorded)
    return finding


def recorded_as(name: str, entrypoints: list[str], extras: list[str], **more: Any) -> Settings:
    names = tuple(map(canonicalize_name, extras))
    return Settings(variants={name: ConfiguredVariant(name, tuple(entrypoints), names, **more)})


DASH = {
    "extras": {"dash": ["streamlit", "rich>=13"]},
    "sizes": {"streamlit": 90},
    "kinds": {"board": "streamlit"},
    "installs": {"board": ["dash"]},
}


class TestMissing:
    def test_a_startup_import_that_only_another_extra_declares_crashes(self) -> None:
        ground = world(
            base=["click"],
            imports={
                "app": ["click", startup("rich", "sub.py", line=4)],
                "board": ["streamlit"],
            },
            **DASH,
        )
        finding = only(ground, "missing")
        assert finding.severity is Severity.ERROR
        assert (finding.distribution, finding.entrypoint) == ("rich", "app")
        assert finding.fix == '"rich>=13",  # in [project.dependencies]'
        assert finding.chain[-1] == Place("src/app/sub.py", 4, "rich")
        assert 'declared only in the extra "dash"' in finding.message

    def test_what_nothing_declares_is_bounded_from_the_lock(self) -> None:
        ground = world(also_locked=["rich"], imports={"app": ["rich"]})
        assert only(ground, "missing").fix == '"rich>=1.2",  # in [project.dependencies]'

    def test_it_is_written_where_the_role_looks(self) -> None:
        ground = world(
            base=["click"],
            also_locked=["attrs"],
            imports={"app": ["click"], "board": ["streamlit", "attrs"]},
            **DASH,
        )
        assert only(ground, "missing").fix == '"attrs>=1.2",  # in the extra "dash"'

    def test_fifty_sites_of_one_cause_are_one_finding(self) -> None:
        sites = tuple(Site(Place(f"m{at}.py", 1), Level.STARTUP) for at in range(50))
        ground = world(
            also_locked=["rich"], imports={"app": [startup("rich", more={"sites": sites})]}
        )
        assert only(ground, "missing").count == 50

    def test_two_roles_that_miss_the_same_are_one_finding(self) -> None:
        ground = world(also_locked=["rich"], imports={"app": ["rich"], "cron": ["rich"]})
        assert only(ground, "missing").message.startswith("app and cron import rich")

    def test_a_script_that_only_an_extra_starts_is_a_warning(self) -> None:
        ground = world(
            base=["click"],
            extras={"ui": ["streamlit"]},
            sizes={"streamlit": 90},
            imports={"app": ["click", "streamlit"]},
        )
        finding = only(ground, "missing")
        assert finding.severity is Severity.WARNING
        assert finding.fix == 'pip install "app[ui]"  # what starts app'

    def test_a_recorded_variant_that_lost_a_need_is_named(self) -> None:
        ground = world(
            base=["click"],
            settings=recorded_as("img", ["app"], []),
            imports={"app": ["click", "rich"], "board": ["streamlit"]},
            **DASH,
        )
        assert only(ground, "missing", recorded=True).variant == "img"

    def test_one_target_that_lacks_it_is_named(self) -> None:
        ground = world(
            base=["fast"],
            platforms=["linux/amd64", "linux/arm64"],
            absent={"linux/arm64": ["fast"]},
            imports={"app": ["fast"]},
        )
        assert "on linux/arm64 nothing brings fast" in only(ground, "missing").message

    @pytest.mark.parametrize("how", [deferred, guarded])
    def test_what_is_not_imported_at_startup_is_not_missing(self, how: Any) -> None:
        ground = world(
            base=["click"], imports={"app": [how("rich")], "board": ["streamlit"]}, **DASH
        )
        assert findings(ground, "missing") == []

    def test_what_is_held_through_another_is_not_missing(self) -> None:
        ground = world(base=["typer"], brings={"typer": ["rich"]}, imports={"app": ["rich"]})
        assert findings(ground, "missing") == []

    def test_metadata_alone_is_never_missing(self) -> None:
        ground = world(
            base=["pandas"],
            extras={"x": ["openpyxl"]},
            imports={"app": ["pandas"]},
            facts={"pandas": {"optional_requirements": {"excel": ("openpyxl",)}}},
        )
        assert findings(ground, "missing") == []


class TestUnresolved:
    def test_nothing_ships_it(self) -> None:
        finding = only(
            world(imports={"app": ["nowhere.part", startup("nowhere.other")]}), "unresolved"
        )
        assert (finding.severity, finding.count) == (Severity.ERROR, 1)
        assert (
            finding.fix == "uv add DISTRIBUTION  # the one that ships the import package `nowhere`"
        )

    def test_inside_a_function_it_is_a_warning(self) -> None:
        finding = only(world(imports={"app": [deferred("nowhere")]}), "unresolved")
        assert finding.severity is Severity.WARNING

    def test_a_launcher_is_a_note_for_the_image_may_install_it(self) -> None:
        launcher = startup("gunicorn", distribution="gunicorn", via="launcher")
        finding = only(world(imports={"app": [launcher]}), "unresolved")
        assert (finding.severity, finding.fix) == (Severity.NOTE, "uv add gunicorn")

    def test_it_is_a_note_while_a_wheel_is_unread(self) -> None:
        ground = world(base=["mystery"], unknown=["mystery"], imports={"app": ["nowhere"]})
        assert only(ground, "unresolved").severity is Severity.NOTE

    def test_a_guard_answers(self) -> None:
        assert findings(world(imports={"app": [guarded("nowhere")]}), "unresolved") == []

    def test_a_configured_need_that_is_not_locked_is_told(self) -> None:
        needs = {"app": (ConfiguredNeed(canonicalize_name("plugin")),)}
        ground = world(imports={"app": []}, settings=Settings(needs=needs))
        assert only(ground, "unresolved").fix == "uv add plugin"

    def test_what_is_shipped_is_resolved(self) -> None:
        assert findings(world(base=["rich"], imports={"app": ["rich"]}), "unresolved") == []


class TestUnguarded:
    def test_a_feature_that_leaves_base_needs_a_guard(self) -> None:
        sites = (
            Site(Place("page.py", 3), Level.GUARDED),
            Site(Place("page.py", 9), Level.GUARDED),
            Site(Place("page.py", 20), Level.DEFERRED),
        )
        ground = world(
            base=["a", "pygwalker"],
            sizes={"pygwalker": 120},
            imports={
                "app": [],
                "board": ["a", deferred("pygwalker", more={"sites": sites})],
            },
        )
        finding = only(ground, "unguarded")
        assert (finding.severity, finding.count) == (Severity.WARNING, 1)
        assert "page.py:20 imports pygwalker without a guard" in finding.message
        assert finding.fix is not None
        assert finding.fix.splitlines()[:3] == [
            "try:",
            "    import pygwalker",
            "except ImportError as error:",
        ]
        assert "pip install 'app[pygwalker]'" in finding.fix

    def test_it_is_a_note_where_an_extra_of_today_declares_it(self) -> None:
        ground = world(
            base=["a"],
            extras={"x": ["pdf"]},
            kinds={"w": "worker"},
            installs={"w": []},
            imports={"app": ["a"], "w": ["a", deferred("pdf", "m.py")]},
        )
        finding = only(ground, "unguarded")
        assert finding.severity is Severity.NOTE
        assert "app[x]" in str(finding.fix)

    def test_what_nothing_declares_is_fixed_by_a_requirement(self) -> None:
        ground = world(also_locked=["pdf"], imports={"app": [deferred("pdf", "m.py")]})
        assert only(ground, "unguarded").fix == '"pdf>=1.2",  # in [project.dependencies]'

    def test_a_guarded_import_is_silent(self) -> None:
        ground = world(base=["a", "big"], sizes={"big": 90}, imports={"app": ["a", guarded("big")]})
        assert findings(ground, "unguarded") == []

    def test_what_every_lean_image_holds_is_silent(self) -> None:
        ground = world(base=["a"], imports={"app": [], "w": [deferred("a", "m.py")]})
        assert findings(ground, "unguarded") == []

    def test_check_tells_it_of_the_recorded_image(self) -> None:
        ground = world(
            extras={"x": ["pdf"]},
            settings=recorded_as("img", ["app"], []),
            imports={"app": [deferred("pdf", "m.py")]},
        )
        assert only(ground, "unguarded", recorded=True).variant == "img"


class TestTransitive:
    GROUND: ClassVar[dict[str, Any]] = {
        "base": ["a", "ocr"],
        "brings": {"ocr": ["pillow"]},
        "sizes": {"ocr": 90},
    }

    def test_what_is_there_by_luck_is_a_note(self) -> None:
        finding = only(world(imports={"app": ["ocr", "pillow"]}, **self.GROUND), "transitive")
        assert finding.severity is Severity.NOTE
        assert finding.fix == '"pillow>=1.2",  # in [project.dependencies]'

    def test_it_is_a_warning_where_the_plan_moves_its_holder(self) -> None:
        ground = world(imports={"app": ["a"], "w": ["ocr", "pillow"]}, **self.GROUND)
        assert only(ground, "transitive").severity is Severity.WARNING

    def test_what_is_declared_is_silent(self) -> None:
        ground = world(
            base=["ocr", "pillow"], brings={"ocr": ["pillow"]}, imports={"app": ["pillow"]}
        )
        assert findings(ground, "transitive") == []

    def test_a_guarded_import_is_silent(self) -> None:
        ground = world(imports={"app": ["ocr", guarded("pillow")]}, **self.GROUND)
        assert findings(ground, "transitive") == []


class TestUnclaimed:
    def test_what_no_entrypoint_reaches_is_a_note(self) -> None:
        finding = only(world(base=["idle"], imports={"app": []}), "unclaimed")
        assert finding.severity is Severity.NOTE
        assert (
            finding.fix == '[tool.extrasplit.needs]  # or take the requirement out\napp = ["idle"]'
        )

    def test_it_is_a_warning_where_it_alone_keeps_ten_megabytes_in_base(self) -> None:
        ground = world(
            base=["idle"], brings={"idle": ["big"]}, sizes={"big": 40}, imports={"app": []}
        )
        finding = only(ground, "unclaimed")
        assert finding.severity is Severity.WARNING
        assert "41.0 MB" in finding.message

    def test_what_another_keeps_as_well_is_a_note(self) -> None:
        ground = world(
            base=["idle", "used"],
            brings={"idle": ["big"], "used": ["big"]},
            sizes={"big": 40},
            imports={"app": ["used"]},
        )
        assert only(ground, "unclaimed").severity is Severity.NOTE

    @pytest.mark.parametrize(
        "ground",
        [
            world(
                base=["requests", "urllib3"],
                brings={"requests": ["urllib3"]},
                imports={"app": ["requests"]},
            ),
            world(
                base=["pandas", "openpyxl"],
                imports={"app": ["pandas"]},
                facts={"pandas": {"optional_requirements": {"excel": ("openpyxl",)}}},
            ),
            world(extras={"dev": ["pytest"]}, imports={"app": []}),
            world(base=["a"], imports={"app": [guarded("a")]}),
            world(base=["idle"], unknown=["idle"], imports={"app": []}),
        ],
        ids=["a pin", "an optional requirement", "development", "guarded", "an unread wheel"],
    )
    def test_what_may_be_used_is_silent(self, ground: Ground) -> None:
        assert findings(ground, "unclaimed") == []


class TestNarrowed:
    def test_what_an_image_holds_and_nobody_was_seen_to_need(self) -> None:
        ground = world(
            extras={"x": ["gpu"]},
            all_extras=["w"],
            kinds={"w": "worker"},
            imports={"app": [], "w": []},
        )
        finding = only(ground, "narrowed")
        assert (finding.severity, finding.distribution) == (Severity.WARNING, "gpu")
        assert "nothing that starts was seen to need it" in finding.message

    def test_what_some_planned_image_holds_is_silent(self) -> None:
        ground = world(base=["a", "big"], sizes={"big": 90}, imports={"app": ["a", guarded("big")]})
        assert findings(ground, "narrowed") == []

    def test_todays_images_are_not_narrowed(self) -> None:
        ground = world(
            extras={"x": ["gpu"]}, all_extras=["w"], kinds={"w": "worker"}, imports={"w": []}
        )
        assert findings(ground, "narrowed", recorded=True) == []


class TestNoWheel:
    @pytest.mark.parametrize("reason", ["sdist", "no-wheel"])
    def test_what_would_be_compiled_is_a_warning(self, reason: str) -> None:
        ground = world(
            base=["old"],
            facts={"old": {"exact": False, "reason": reason}},
            imports={"app": ["old"]},
        )
        finding = only(ground, "no-wheel")
        assert finding.severity is Severity.WARNING
        assert "old 1.2.3 has no wheel for Python 3.12 on linux/amd64" in finding.message

    def test_what_no_image_holds_is_silent(self) -> None:
        ground = world(
            extras={"x": ["old"]},
            facts={"old": {"exact": False, "reason": "sdist"}},
            imports={"app": []},
        )
        assert findings(ground, "no-wheel") == []

    def test_a_wheel_is_silent(self) -> None:
        assert findings(world(base=["new"], imports={"app": ["new"]}), "no-wheel") == []


class TestBudget:
    def ground(self, **limits: int) -> Ground:
        return world(
            base=["a", "big"],
            sizes={"big": 90},
            imports={"app": ["a", "big"]},
            settings=recorded_as("img", ["app"], [], **limits),
        )

    @pytest.mark.parametrize("recorded", [True, False])
    def test_an_image_over_its_size_is_an_error(self, recorded: bool) -> None:
        ground = self.ground(max_size_bytes=200_000_000)
        finding = only(ground, "budget", recorded=recorded)
        assert (finding.severity, finding.variant) == (Severity.ERROR, "img")
        assert "10.0 MB over its max-size of 200.0 MB" in finding.message
        assert finding.fix == "extrasplit why big"

    def test_an_image_of_too_many_packages_is_an_error(self) -> None:
        assert "holds 2 packages" in only(self.ground(max_packages=1), "budget").message

    def test_an_image_within_its_limits_is_silent(self) -> None:
        ground = self.ground(max_size_bytes=210_000_000, max_packages=2)
        assert findings(ground, "budget") == []


class TestUndecided:
    def test_a_computed_name_is_a_note_with_its_line(self) -> None:
        place = Place("src/app/load.py", 12, "import_module(name)")
        ground = replace(world(imports={"app": []}), undecided=(place, place))
        finding = only(ground, "undecided")
        assert (finding.severity, finding.chain) == (Severity.NOTE, (place,))

    def test_a_plugin_that_only_metadata_shows_is_a_note(self) -> None:
        ground = world(
            base=["pandas", "openpyxl"],
            imports={"app": ["pandas"]},
            facts={"pandas": {"optional_requirements": {"excel": ("openpyxl",)}}},
        )
        assert only(ground, "undecided").distribution == "openpyxl"

    def test_what_is_plain_is_silent(self) -> None:
        assert findings(world(base=["a"], imports={"app": ["a"]}), "undecided") == []


class TestUnknown:
    def test_a_size_that_is_not_at_hand_is_a_note(self) -> None:
        facts = {"a": {"installed_bytes": 0, "exact": False, "reason": "offline"}}
        ground = world(base=["a", "b"], facts=facts, imports={"app": ["a", "b"]})
        finding = only(ground, "unknown")
        assert (finding.severity, finding.distribution) == (Severity.NOTE, "a")
        assert finding.fix == "extrasplit check --online"

    def test_a_base_image_that_the_table_lacks_is_a_note(self) -> None:
        ground = world(imports={"app": []}, settings=Settings(base_image="corp/python:latest"))
        assert "corp/python:latest" in only(ground, "unknown").message

    def test_known_sizes_are_silent(self) -> None:
        assert findings(world(base=["a"], imports={"app": ["a"]}), "unknown") == []


def test_errors_come_first_and_the_order_is_stable() -> None:
    ground = world(
        base=["idle"], also_locked=["rich"], imports={"app": ["rich", deferred("nowhere"), "gone"]}
    )
    found = judge(ground, plan_split(ground), recorded=False)
    assert [finding.severity.value for finding in found] == ["error", "error", "warning", "note"]
    assert found == judge(ground, plan_split(ground), recorded=False)


def test_a_clean_project_has_nothing_to_hear() -> None:
    ground = world(
        base=["click"],
        extras={"dash": ["streamlit"]},
        sizes={"streamlit": 90},
        kinds={"board": "streamlit"},
        installs={"board": ["dash"]},
        imports={"app": ["click"], "board": ["streamlit"]},
    )
    assert judge(ground, plan_split(ground), recorded=False) == ()
