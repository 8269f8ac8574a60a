"""What no start of an image runs, and what may be left out of the lock for all images."""

from __future__ import annotations

from collections.abc import Mapping

from extrasplit.imports.deep import WheelSource
from extrasplit.imports.level import Level
from extrasplit.lock.uvlock import PackageKey
from extrasplit.split.plan import plan_today
from extrasplit.split.prune import excludable, find_prunes
from split.world import deferred, key, world

GROUND = world(
    base=["client", "pretty"],
    sizes={"client": 1, "pretty": 1, "transport": 2, "heavy": 50, "below": 30, "later": 5},
    brings={"client": ["transport", "heavy", "later"], "heavy": ["below"]},
    imports={"app": ["client"], "worker": [deferred("client")]},
)
PLAN = plan_today(GROUND)


def sources(without: str = "", **files: str) -> Mapping[PackageKey, WheelSource]:
    texts = {
        "client": "import transport\ndef run():\n    import later\n",
        "transport": "",
        "heavy": "import below\n",
        "below": "",
        "later": "",
        "pretty": "",
    } | files
    return {
        key(name): WheelSource(name, (f"{name}.py",), lambda _, text=text: text.encode())  # type: ignore[misc]
        for name, text in texts.items()
        if name != without
    }


def test_what_nothing_imports_is_a_candidate_with_all_that_only_it_brings() -> None:
    found = {one.distribution: one for one in find_prunes(GROUND, PLAN, sources())}
    assert set(found) == {"heavy", "below", "later"}
    assert (found["heavy"].level, found["heavy"].retained_bytes) == (None, 80_000_000)
    assert found["heavy"].holders == ("client",)
    assert found["later"].level is Level.DEFERRED
    assert [place.line for place in found["later"].chain][-1] == 3


def test_only_what_nothing_leads_to_may_be_excluded_and_the_rest_goes_with_it() -> None:
    prunes = find_prunes(GROUND, PLAN, sources())
    assert excludable(prunes, PLAN) == ("heavy",)


def test_what_one_image_runs_stays_in_the_lock_of_all() -> None:
    ground = world(
        base=["client"],
        extras={"more": ["tool"]},
        sizes={"client": 1, "tool": 20, "heavy": 50},
        brings={"client": ["heavy"], "tool": ["heavy"]},
        imports={"app": ["client"], "worker": ["tool"]},
        installs={"app": [], "worker": ["more"]},
    )
    plan = plan_today(ground)
    found = find_prunes(ground, plan, sources(client="", tool="import heavy", heavy=""))
    assert {one.variant for one in found if one.distribution == "heavy"} == {"app"}
    assert excludable(found, plan) == ()


def test_what_is_declared_is_no_candidate() -> None:
    assert "pretty" not in {one.distribution for one in find_prunes(GROUND, PLAN, sources())}


def test_what_cannot_be_read_may_import_all_that_it_requires() -> None:
    found = find_prunes(GROUND, PLAN, sources(without="heavy"))
    assert {one.distribution for one in found} == {"later"}


def test_what_python_reads_without_an_import_is_no_candidate() -> None:
    ground = world(
        base=["client"],
        sizes={"client": 1, "tzdata": 1},
        brings={"client": ["tzdata"]},
        imports={"app": ["client"]},
    )
    plan = plan_today(ground)
    assert find_prunes(ground, plan, sources(client="", tzdata="")) == ()
