from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.errors import ExtrasplitError
from extrasplit.rewrite.stages import chain
from support.plans import variant


def test_a_wider_variant_continues_the_widest_that_it_contains() -> None:
    stages = chain(
        [
            variant("full", packages="abcd", installed_bytes=40),
            variant("cli", packages="a", installed_bytes=10),
            variant("web", packages="abc", installed_bytes=30),
            variant("worker", packages="az", installed_bytes=20),
        ]
    )
    assert [(s.name, s.parent) for s in stages] == [
        ("cli", None),
        ("web", "cli"),
        ("worker", "cli"),
        ("full", "web"),
    ]


def test_equal_variants_share_one_environment() -> None:
    stages = chain([variant("a", packages="xy"), variant("b", packages="xy")])
    assert [(s.name, s.parent) for s in stages] == [("a", None), ("b", "a")]


def test_system_packages_stand_once_where_all_that_continue_need_them() -> None:
    images = [
        variant("cli", packages="a"),
        variant("web", packages="ab"),
        variant("x", packages="ac"),
    ]
    stages = {
        s.name: s
        for s in chain(
            images,
            system={
                "cli": frozenset({"fonts", "git"}),
                "web": frozenset({"fonts", "libgl1"}),
                "x": frozenset({"fonts", "git"}),
            },
        )
    }
    assert stages["cli"].system == ("fonts",)
    assert stages["cli"].own_system == ("git",)
    assert stages["web"].system == ("libgl1",)
    assert stages["x"].system == ("git",)
    assert not stages["web"].own_system


def test_what_a_parent_compiled_is_not_compiled_again() -> None:
    images = [variant("cli", packages="a"), variant("web", packages="ab")]
    stages = chain(images, compiled={"cli": ["a"], "web": ["a", "b"]})  # type: ignore[list-item]
    assert [s.compiled for s in stages] == [("a",), ("b",)]


def test_two_variants_of_one_stage_name_are_refused() -> None:
    with pytest.raises(ExtrasplitError, match="'my app' and 'My-App' would both be the stage"):
        chain([variant("my app"), variant("My-App")])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.frozensets(st.sampled_from("abcde")), min_size=1, max_size=6))
def test_each_image_holds_its_system_packages_and_stands_behind_its_parent(
    wanted: list[frozenset[str]],
) -> None:
    images = [variant(f"v{n}", packages=sorted(held)) for n, held in enumerate(wanted)]
    system = {image.name: wanted[-1 - n] for n, image in enumerate(images)}
    stages = chain(images, system=system)
    seen: dict[str, frozenset[str]] = {}
    for stage in stages:
        inherited = seen[stage.parent] if stage.parent else frozenset()
        seen[stage.name] = inherited | frozenset(stage.system)
        assert seen[stage.name] | frozenset(stage.own_system) == system[stage.variant.name]
        assert not inherited & frozenset(stage.system)
    assert len(seen) == len(images)
