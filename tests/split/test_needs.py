"""Modules become distributions (7.1), and metadata bears witness (section 3)."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from extrasplit.imports.level import Level
from extrasplit.imports.traced import Site
from extrasplit.places import Place
from extrasplit.project.declared import ConfiguredNeed, Settings
from extrasplit.split.ground import Ground
from extrasplit.split.needs import Need, assign, find_evidence
from split.world import deferred, guarded, startup, world


def needs_of(ground: Ground, entrypoint: str = "app") -> dict[str, Need]:
    return {need.asked: need for need in assign(ground)[entrypoint]}


def test_a_need_names_every_locked_distribution_that_ships_its_module() -> None:
    ground = world(
        base=["opencv", "opencv-headless"],
        ships={"opencv": ["cv2"], "opencv-headless": ["cv2"]},
        imports={"app": ["cv2"]},
    )
    assert needs_of(ground)["cv2"].providers == {"opencv", "opencv-headless"}


def test_a_module_of_python_itself_is_no_need() -> None:
    assert assign(world(imports={"app": ["json", "tomllib"]}))["app"] == ()


def test_what_python_dropped_is_a_need_on_the_versions_without_it() -> None:
    cases = {"3.11": [], "3.12": ["distutils"]}
    for python, expected in cases.items():
        ground = world(base=["setuptools"], imports={"app": ["distutils"]}, python=python)
        assert [need.asked for need in assign(ground)["app"]] == expected
        for need in assign(ground)["app"]:
            assert need.providers == {"setuptools"}


def test_any_distribution_that_would_do_as_well_is_a_provider() -> None:
    engine = startup("xlsxwriter", more={"or_else": ("openpyxl", "odfpy")})
    ground = world(base=["openpyxl"], imports={"app": [engine]})
    assert needs_of(ground)["xlsxwriter"].providers == {"openpyxl"}
    both = world(base=["openpyxl", "xlsxwriter"], imports={"app": [engine]})
    assert needs_of(both)["xlsxwriter"].providers == {"openpyxl", "xlsxwriter"}


def test_nothing_locked_provides_it() -> None:
    assert needs_of(world(imports={"app": ["nowhere"]}))["nowhere"].providers == frozenset()


def test_a_tentative_use_counts_only_where_something_owns_it() -> None:
    tentative = {"tentative": True}
    ground = world(
        base=["django"],
        imports={"app": [startup("django", more=tentative), startup("a.b", more=tentative)]},
    )
    assert list(needs_of(ground)) == ["django"]


def test_a_rule_may_name_a_distribution() -> None:
    found = startup("psycopg", distribution="psycopg", via="rule:sqlalchemy")
    ground = world(base=["psycopg"], imports={"app": [found]})
    assert needs_of(ground)["psycopg"].providers == {"psycopg"}
    assert needs_of(ground)["psycopg"].via == "rule:sqlalchemy"


def test_typing_and_spawned_uses_are_no_needs() -> None:
    uses = [startup("aa"), startup("bb")]
    ground = world(base=["aa", "bb"], imports={"app": uses})
    levels = (Level.TYPING, Level.SPAWNED)
    silent = tuple(
        type(use)(use.entrypoint, use.module, None, level, "import", use.chain)
        for use, level in zip(ground.uses["app"], levels, strict=True)
    )
    assert assign(_with_uses(ground, silent))["app"] == ()


def _with_uses(ground: Ground, uses: tuple[object, ...]) -> Ground:
    from extrasplit.record import replace

    return replace(ground, uses={"app": uses})  # type: ignore[dict-item]


def test_a_configured_module_belongs_to_the_distribution_that_is_named() -> None:
    settings = Settings(modules={"odd": canonicalize_name("strange")})
    ground = world(
        base=["strange"], ships={"strange": []}, settings=settings, imports={"app": ["odd.part"]}
    )
    assert needs_of(ground)["odd.part"].providers == {"strange"}


def test_a_configured_need_is_a_need_without_evidence() -> None:
    configured = {"app": (ConfiguredNeed(canonicalize_name("plugin"), "startup"),)}
    ground = world(base=["plugin"], imports={"app": []}, settings=Settings(needs=configured))
    need = needs_of(ground)["plugin"]
    assert (need.via, need.level, need.chain) == ("configured", Level.STARTUP, ())


def test_an_unread_wheel_is_trusted_to_ship_what_bears_its_name() -> None:
    ground = world(base=["rich"], unknown=["rich"], imports={"app": ["rich.table"]})
    assert needs_of(ground)["rich.table"].providers == {"rich"}


def test_a_command_belongs_to_the_distribution_that_ships_the_script() -> None:
    ground = world(
        base=["alembic"],
        facts={"alembic": {"scripts": ("alembic-run",)}},
        imports={"app": [startup("", more={"command": "alembic-run", "tentative": True})]},
    )
    assert needs_of(ground)["alembic-run"].providers == {"alembic"}


def test_a_group_of_entry_points_asks_for_every_plugin() -> None:
    ground = world(
        base=["one", "two"],
        facts={"one": {"entry_points": {"app.plugins": ("x = one:x",)}}},
        imports={"app": [startup("", via="entry-point", more={"group": "app.plugins"})]},
    )
    assert [sorted(need.providers) for need in assign(ground)["app"]] == [["one"]]


def test_the_sites_of_a_use_stay_with_the_need() -> None:
    sites = (Site(Place("a.py", 3), Level.GUARDED), Site(Place("b.py", 9), Level.DEFERRED))
    ground = world(base=["aa"], imports={"app": [deferred("aa", more={"sites": sites})]})
    assert needs_of(ground)["aa"].places == sites


OPTIONAL = {"pandas": {"optional_requirements": {"excel": ("openpyxl",)}}}


def test_an_optional_requirement_in_base_goes_where_its_reader_goes() -> None:
    for how, level in (
        (startup, Level.STARTUP),
        (deferred, Level.DEFERRED),
        (guarded, Level.GUARDED),
    ):
        ground = world(
            base=["pandas", "openpyxl"], facts=OPTIONAL, imports={"app": [how("pandas", "load.py")]}
        )
        need = needs_of(ground)["openpyxl"]
        assert (need.via, need.level) == ("optional:pandas", level)
        assert need.chain == needs_of(ground)["pandas"].chain


def test_an_optional_requirement_that_somebody_imports_needs_no_evidence() -> None:
    ground = world(
        base=["pandas", "openpyxl"], facts=OPTIONAL, imports={"app": ["pandas", "openpyxl"]}
    )
    assert needs_of(ground)["openpyxl"].via == "import"
    assert find_evidence(ground, assign(ground)) == {}


def test_an_optional_requirement_of_what_nobody_needs_is_no_evidence() -> None:
    ground = world(base=["pandas", "openpyxl"], facts=OPTIONAL, imports={"app": []})
    assert assign(ground)["app"] == ()


def test_a_plugin_of_a_needed_distribution_goes_where_that_one_goes() -> None:
    ground = world(
        base=["fsspec", "s3fs"],
        facts={"s3fs": {"entry_points": {"fsspec.specs": ("s3 = s3fs:S3",)}}},
        imports={"app": ["fsspec"]},
    )
    assert needs_of(ground)["s3fs"].via == "entry-point"


def test_evidence_reaches_what_evidence_found() -> None:
    ground = world(
        base=["pandas", "fsspec", "s3fs"],
        facts={
            "pandas": {"optional_requirements": {"fss": ("fsspec",)}},
            "s3fs": {"entry_points": {"fsspec.specs": ("s3 = s3fs:S3",)}},
        },
        imports={"app": ["pandas"]},
    )
    assert needs_of(ground)["s3fs"].level is Level.STARTUP
