"""The search (7.9) against all partitions, and the rules of 7.7."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings

from extrasplit.split.atoms import form_atoms
from extrasplit.split.cost import GROUP_BYTES, LEAVING_BYTES, Partition, Scale
from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split
from extrasplit.split.roles import form_variants, open_books
from extrasplit.split.solve import Rules, descend, finest, solve, todays_lists
from split.world import deferred, guarded, homes, images, world
from split.worlds import Draft, drafts


def weighed(ground: Ground) -> tuple[Scale, Rules]:
    books = open_books(ground)
    seats = form_variants(books)
    scale = Scale(books.ledger, seats, form_atoms(books.ledger, seats))
    return scale, Rules(scale.atoms, books.ledger.bits[0])


def every_partition(scale: Scale, rules: Rules) -> Iterator[Partition]:
    """Yield every partition that the rules admit: the oracle of the search."""

    def place(at: int, base: int, groups: tuple[int, ...]) -> Iterator[Partition]:
        if at == len(scale.atoms):
            if all(rules.admit(group) for group in groups):
                yield Partition(base, tuple(sorted(groups)))
            return
        bit = 1 << at
        if rules.to_base & bit:
            yield from place(at + 1, base | bit, groups)
        if not rules.forced & bit:
            for index, group in enumerate(groups):
                yield from place(at + 1, base, (*groups[:index], group | bit, *groups[index + 1 :]))
            yield from place(at + 1, base, (*groups, bit))

    yield from place(0, 0, ())


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(drafts())
def test_the_search_is_within_two_percent_of_all_partitions_of_seven_atoms(draft: Draft) -> None:
    scale, rules = weighed(draft.build())
    if len(scale.atoms) > 7:
        return
    best = min(scale.cost(partition) for partition in every_partition(scale, rules))
    starts = (todays_lists(scale.atoms), finest(scale.atoms, rules))
    found = min(scale.cost(descend(scale, rules, start, movable=~0)) for start in starts)
    assert best <= found <= best * 1.02


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(drafts())
def test_a_step_is_weighed_as_its_result_is(draft: Draft) -> None:
    from extrasplit.split.solve import _steps, _Weighed

    scale, rules = weighed(draft.build())
    start = finest(scale.atoms, rules)
    now = _Weighed(scale, start)
    assert now.cost == scale.cost(start)
    for step in _steps(scale, rules, start, ~0):
        assert now.after(step) == scale.cost(step.apply(start))


def test_the_cost_counts_bytes_groups_leavers_and_losses() -> None:
    ground = world(
        base=["a", "big", "also"],
        sizes={"a": 2, "big": 30, "also": 40},
        imports={"app": ["a"], "w": [deferred("big", "m.py"), guarded("also", "n.py")]},
    )
    scale, _ = weighed(ground)
    everything = Partition(0b111, ())
    assert scale.cost(everything) == 72_000_000
    a, also, big = (1 << at for at in range(3))
    assert [atom.carriers[0].name for atom in scale.atoms] == ["a", "also", "big"]
    apart = Partition(a, (also, big))
    structure = 2 * GROUP_BYTES + 2 * LEAVING_BYTES
    assert scale.cost(apart) == 2_000_000 + structure + 10_000_000 + 1_000_000
    seats = len(scale.variants)
    assert seats == 1  # w needs nothing at startup, so it shares the default's image


def test_todays_lists_stay_unless_ten_megabytes_are_saved() -> None:
    for size, changed in ((20, False), (22, True)):
        ground = world(base=["a", "b"], sizes={"b": size}, imports={"app": ["a"], "w": ["a", "b"]})
        assert plan_split(ground).changed is changed  # a group and a leaver cost 11 of them


def test_a_well_split_project_is_left_alone() -> None:
    ground = world(
        base=["click"],
        extras={"dash": ["streamlit", "plotly"]},
        sizes={"streamlit": 30, "plotly": 50},
        kinds={"board": "streamlit"},
        installs={"board": ["dash"]},
        imports={"app": ["click"], "board": ["streamlit", "plotly"]},
    )
    plan = plan_split(ground)
    assert (plan.changed, plan.moves) == (False, ())
    assert images(plan) == {"app": [], "board": ["dash"]}


def test_the_missing_requirement_is_written_even_where_todays_lists_stay() -> None:
    plan = plan_split(
        world(base=["click"], also_locked=["rich"], imports={"app": ["click", "rich"]})
    )
    assert plan.changed
    assert homes(plan) == {"": ["click", "rich"]}


def test_features_that_nothing_relates_do_not_share_a_group() -> None:
    ground = world(
        base=["a", "big", "fat"],
        sizes={"big": 60, "fat": 60},
        imports={"app": ["a", guarded("big", "m.py"), guarded("fat", "n.py")]},
    )
    assert homes(plan_split(ground)) == {"": ["a"], "big": ["big"], "fat": ["fat"]}


def test_features_that_the_same_modules_import_share_one() -> None:
    ground = world(
        base=["a", "big", "fat"],
        sizes={"big": 60, "fat": 60},
        imports={"app": ["a", guarded("big", "m.py"), guarded("fat", "m.py")]},
    )
    assert homes(plan_split(ground)) == {"": ["a"], "big": ["big", "fat"]}


def test_features_that_have_half_of_the_lighters_bytes_in_common_share_one() -> None:
    ground = world(
        base=["a", "big", "fat"],
        sizes={"big": 5, "fat": 5, "core": 60},
        brings={"big": ["core"], "fat": ["core"]},
        imports={"app": ["a", guarded("big", "m.py"), guarded("fat", "n.py")]},
    )
    assert homes(plan_split(ground)) == {"": ["a"], "big": ["big", "fat"]}


def test_the_pins_of_a_feature_go_with_it_though_nothing_relates_them() -> None:
    ground = world(
        base=["a", "ui", "arrow", "maps"],
        sizes={"ui": 20, "arrow": 60, "maps": 30},
        brings={"ui": ["arrow", "maps"]},
        imports={"app": ["a", guarded("ui", "m.py")]},
    )
    assert homes(plan_split(ground)) == {"": ["a"], "ui": ["arrow", "maps", "ui"]}


def test_no_group_mixes_two_extras() -> None:
    ground = world(
        extras={"x": ["a"], "y": ["b"]},
        sizes={"a": 30, "b": 30},
        kinds={"w": "worker"},
        installs={"w": ["x", "y"]},
        imports={"app": [], "w": ["a", "b"]},
    )
    assert homes(plan_split(ground)) == {"": [], "x": ["a"], "y": ["b"]}


def test_what_leaves_base_joins_an_extra_only_where_every_user_must_hold_that_extra() -> None:
    for extra_user, expected in (
        ([], {"": ["a"], "x": ["b", "c"]}),
        (["c"], {"": ["a"], "v-w": ["c"], "x-core": ["b"]}),
    ):
        ground = world(
            base=["a", "c"],
            extras={"x": ["b"]},
            sizes={"b": 40, "c": 50},
            kinds={"w": "worker", "v": "worker"},
            installs={"w": ["x"], "v": []},
            imports={"app": ["a"], "w": ["b", "c"], "v": [*extra_user, "a"]},
        )
        assert homes(plan_split(ground)) == expected


def test_base_takes_nothing_from_an_extra_but_what_the_default_must_hold() -> None:
    ground = world(
        base=["click"],
        extras={"x": ["rich", "b"]},
        sizes={"b": 40},
        kinds={"w": "worker"},
        installs={"w": ["x"]},
        imports={"app": ["click", "rich"], "w": ["b", "rich"]},
    )
    assert homes(plan_split(ground)) == {"": ["click", "rich"], "x": ["b"]}


def test_where_there_is_no_default_base_keeps_what_all_variants_must_hold() -> None:
    ground = world(
        base=["a", "b", "c"],
        sizes={"a": 30, "b": 40, "c": 50},
        kinds={"v": "worker", "w": "worker"},
        imports={"v": ["a", "b"], "w": ["a", "c"]},
    )
    assert homes(plan_split(ground)) == {"": ["a"], "v": ["b"], "w": ["c"]}


def test_the_today_solution_is_kept_beside_the_winner() -> None:
    scale, _ = weighed(world(base=["a"], imports={"app": ["a"]}))
    books = open_books(world(base=["a"], imports={"app": ["a"]}))
    solution = solve(scale, books.ledger.bits[0])
    assert solution.partition == solution.today
    assert solution.saved == 0
