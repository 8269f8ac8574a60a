"""What if."""

from __future__ import annotations

import pytest

from extrasplit.errors import ExtrasplitError
from extrasplit.split.plan import plan_split
from extrasplit.split.whatif import what_would_shrink, with_extra, without
from split.world import guarded, world

GROUND = world(
    base=["a", "big"],
    extras={"x": ["pdf"], "all": ["app[x]"]},
    sizes={"a": 2, "big": 50, "core": 40, "pdf": 30},
    brings={"big": ["core"], "pdf": ["a"]},
    imports={"app": ["a"], "w": ["big", guarded("a")]},
)
PLAN = plan_split(GROUND)


def test_without_a_distribution_goes_all_that_only_it_leads_to() -> None:
    sizes = {one.variant: one.installed_bytes for one in without(GROUND, PLAN, "Big")}
    assert sizes == {"app": 2_000_000, "w": 2_000_000}


def test_without_what_is_not_locked_is_an_error() -> None:
    with pytest.raises(ExtrasplitError, match="nowhere"):
        without(GROUND, PLAN, "nowhere")


@pytest.mark.parametrize("extra", ["x", "all"])
def test_with_an_extra_comes_all_that_is_not_there_yet(extra: str) -> None:
    sizes = {one.variant: one.installed_bytes for one in with_extra(GROUND, PLAN, extra)}
    assert sizes["app"] >= 32_000_000


def test_with_an_extra_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ExtrasplitError, match="nothing"):
        with_extra(GROUND, PLAN, "nothing")


def test_what_would_shrink_an_image_most_comes_first_with_who_uses_it() -> None:
    image = next(one for one in PLAN.variants if one.name == "w")
    found = what_would_shrink(GROUND, PLAN, image)
    assert [(one.distribution, one.retained_bytes) for one in found] == [
        ("big", 90_000_000),
        ("core", 40_000_000),
        ("a", 2_000_000),
    ]
    assert found[0].modules == ("app.w",)
    assert found[1].modules == ()
