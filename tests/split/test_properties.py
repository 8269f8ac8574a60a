"""What holds for every plan, whatever the project looks like."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extrasplit.imports.level import Level
from extrasplit.split.ground import Ground
from extrasplit.split.plan import Plan, plan_split
from extrasplit.split.roles import open_books
from split.world import apply_plan, homes, images
from split.worlds import Draft, drafts

some = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@some
@given(drafts())
def test_every_image_holds_the_startup_needs_of_who_starts_in_it(draft: Draft) -> None:
    ground = draft.build()
    plan = plan_split(ground)
    bookings = open_books(ground).bookings
    for variant in plan.variants:
        held = {package.name for package in variant.packages}
        for entrypoint in variant.entrypoints:
            for booked in bookings[entrypoint].booked:
                if booked.startup and booked.carriers:
                    assert booked.need.providers & held, (variant.name, booked.need)


@some
@given(drafts())
def test_every_declared_requirement_has_exactly_one_home(draft: Draft) -> None:
    ground = draft.build()
    plan = plan_split(ground)
    placed = Counter((r.home, r.index) for r in plan.base)
    for group in plan.groups:
        placed.update((r.home, r.index) for r in group.requirements)
    assert all(count == 1 for count in placed.values())
    for requirement in ground.project.requirements:
        at = (requirement.home, requirement.index)
        assert at in placed or requirement.home == "all"


@some
@given(drafts())
def test_no_image_is_larger_than_before_unless_a_crash_was_repaired(draft: Draft) -> None:
    ground = draft.build()
    plan = plan_split(ground)
    if _repaired(ground, tuple(entrypoint.name for entrypoint in ground.entrypoints)):
        return
    for variant in plan.variants:
        assert variant.image_bytes <= variant.before_bytes, variant.name


def _repaired(ground: Ground, entrypoints: tuple[str, ...]) -> bool:
    """Whether today's image lacks an unguarded import that the plan brings."""
    books = open_books(ground)
    for entrypoint in entrypoints:
        booking = books.bookings[entrypoint]
        image = booking.today.image
        image = frozenset(books.ledger.real_extras) if image is None else image
        closure = books.ledger.close(image)
        for booked in booking.booked:
            if booked.need.level is Level.GUARDED or not booked.carriers:
                continue
            if not books.ledger.holds(closure, booked.need):
                return True
        if not booking.today.narrowest <= image:
            return True
    return False


@some
@given(drafts(undeclared=False))
def test_a_plan_that_was_applied_is_planned_again_unchanged(draft: Draft) -> None:
    ground = draft.build()
    plan = plan_split(ground)
    applied = apply_plan(ground, plan)
    again = plan_split(applied)
    assert not again.changed, (homes(plan), images(plan), homes(again), images(again))
    if plan.changed:
        assert images(again) == images(plan)
        assert _sizes(again) == _sizes(plan)


def _sizes(plan: Plan) -> dict[str, int]:
    return {variant.name: variant.installed_bytes for variant in plan.variants}


@some
@given(drafts())
def test_an_unneeded_dependency_changes_no_other_group(draft: Draft) -> None:
    plan = plan_split(draft.build())
    more = plan_split(draft.with_(base=[*draft.arguments["base"], "zz"]).build())
    without = {name: [n for n in held if n != "zz"] for name, held in homes(more).items()}
    assert without == homes(plan)
    assert images(more) == images(plan)


@some
@given(drafts(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(draft: Draft, chance: random.Random) -> None:
    ground = draft.build()
    shuffled = draft.with_(
        base=_shuffled(draft.arguments["base"], chance),
        extras={
            name: _shuffled(lines, chance)
            for name, lines in _shuffled(draft.arguments["extras"].items(), chance)
        },
        imports={
            name: _shuffled(found, chance)
            for name, found in _shuffled(draft.arguments["imports"].items(), chance)
        },
    ).build()
    plan, other = plan_split(ground), plan_split(shuffled)
    assert homes(plan) == homes(other)
    assert images(plan) == images(other)
    assert plan.aliases.keys() == other.aliases.keys()


def _shuffled(items: object, chance: random.Random) -> list:  # type: ignore[type-arg]
    found = list(items)  # type: ignore[call-overload]
    chance.shuffle(found)
    return found
