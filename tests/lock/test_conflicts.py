"""Conflict markers name extras, groups and projects, several at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker

from extrasplit.lock.conflicts import (
    ConflictItem,
    decode_item,
    decode_marker,
    named_extras,
    settle_conflicts,
    settle_extra,
)
from extrasplit.lock.target import Target

ENVIRONMENT = {**Target("3.12").marker_environment(), "extra": ""}
GPU = ConflictItem("extra", "my-app", "gpu")
CPU = ConflictItem("extra", "my-app", "cpu-only")
DEV = ConflictItem("group", "my-app", "dev")


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("extra-6-my-app-gpu", GPU),
        ("extra-6-my-app-cpu-only", CPU),
        ("group-6-my-app-dev", DEV),
        ("project-6-my-app", ConflictItem("project", "my-app")),
        ("extra-1-x-b", ConflictItem("extra", "x", "b")),
        ("socks", None),
        ("extra-9-my-app-gpu", None),
        ("extra-6-my-app", None),
        ("extra-6-my-app-", None),
        ("extra-six-my-app-gpu", None),
        ("extra-99999999999999999999-x-b", None),
        ("project-3-my-app", None),
        ("", None),
    ],
)
def test_an_item_is_decoded_by_the_length_of_its_package(
    text: str, item: ConflictItem | None
) -> None:
    assert decode_item(text) == item


NAMES = st.from_regex(r"\A[a-z0-9]+(-[a-z0-9]+){0,3}\Z")


@settings(max_examples=50)
@given(package=NAMES, name=NAMES)
def test_what_uv_encodes_is_decoded_whatever_dashes_it_has(package: str, name: str) -> None:
    assert decode_item(f"extra-{len(package)}-{package}-{name}") == ("extra", package, name)


MARKER = (
    "(python_full_version >= '3.12' and extra == 'extra-6-my-app-gpu') or "
    "(extra != 'extra-6-my-app-cpu-only' and extra == \"group-6-my-app-dev\")"
)


def test_a_marker_names_all_its_items() -> None:
    assert decode_marker(MARKER) == {GPU, CPU, DEV}
    assert decode_marker("extra == 'socks' and os_name == 'nt'") == frozenset()


@pytest.mark.parametrize(
    ("active", "holds"),
    [
        ((), False),
        ((GPU,), True),
        ((DEV,), True),
        ((DEV, CPU), False),
        ((DEV, CPU, GPU), True),
        ((CPU,), False),
    ],
)
def test_several_extras_and_groups_are_active_at_once(
    active: tuple[ConflictItem, ...], holds: bool
) -> None:
    assert Marker(settle_conflicts(MARKER, set(active))).evaluate(ENVIRONMENT) is holds


def test_the_home_of_a_recorded_requirement_is_its_plain_extra() -> None:
    marker = "sys_platform == 'linux' and extra == 'Data_Frames'"
    assert named_extras(marker) == {"data-frames"}
    assert Marker(settle_extra(marker, "data-frames")).evaluate(ENVIRONMENT)
    assert not Marker(settle_extra(marker, "other")).evaluate(ENVIRONMENT)
