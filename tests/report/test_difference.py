"""Limits, and how two reports are matched."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.errors import ExtrasplitError
from extrasplit.report import contract
from extrasplit.report.difference import compare, read_limit

REPORT = contract.read_suggest((Path(__file__).parent / "golden" / "suggest.json").read_bytes())


@pytest.mark.parametrize(
    ("text", "before", "after", "over"),
    [
        ("5MB", 10, 5_000_010, False),
        ("5MB", 10, 5_000_011, True),
        ("300 kB", 0, 300_001, True),
        ("0.5GB", 0, 500_000_000, False),
        ("0B", 7, 8, True),
        ("2%", 100, 102, False),
        ("2%", 100, 103, True),
        ("0%", 100, 99, False),
    ],
)
def test_a_limit_is_over_only_beyond_it(text: str, before: int, after: int, over: bool) -> None:
    assert read_limit(text).is_over(before, after) is over


@pytest.mark.parametrize("text", ["", "5", "MB", "-5MB", "5 mb", "5MB or so", "%"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ExtrasplitError, match="is no size"):
        read_limit(text)


def test_a_report_beside_itself_differs_in_nothing() -> None:
    report = compare(REPORT, REPORT, names=("a", "b"), paths={}, limit=read_limit("0B"))
    assert report.exceeded == []
    for variant in report.variants:
        assert (variant.added, variant.removed, variant.changed) == ([], [], [])
        assert variant.installed_bytes.before == variant.installed_bytes.after


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sets(st.sampled_from([package.name for package in REPORT.packages])))
def test_what_went_one_way_comes_the_other(gone: set[str]) -> None:
    less = msgspec.structs.replace(
        REPORT, packages=[package for package in REPORT.packages if package.name not in gone]
    )
    there = compare(REPORT, less, names=("a", "b"), paths={})
    back = compare(less, REPORT, names=("b", "a"), paths={})
    for one, other in zip(there.variants, back.variants, strict=True):
        assert one.added == other.removed == []
        assert [entry.name for entry in one.removed] == [entry.name for entry in other.added]
        assert [-entry.bytes for entry in one.removed] == [entry.bytes for entry in other.added]


def test_a_variant_of_one_side_only_has_no_other_figure() -> None:
    fewer = msgspec.structs.replace(REPORT, variants=REPORT.variants[1:])
    report = compare(fewer, REPORT, names=("a", "b"), paths={}, limit=read_limit("0B"))
    first = report.variants[0]
    assert first.name == REPORT.variants[0].name
    assert first.installed_bytes.before is None
    assert report.exceeded == []
