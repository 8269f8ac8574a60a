"""Figures and words, as all renderers tell them."""

from __future__ import annotations

import pytest

from extrasplit.report.contract import PackageChangeRecord, PlaceRecord, UnlockLineRecord
from extrasplit.report.wording import (
    brought_by,
    chain,
    change,
    megabytes,
    plural,
    signed_megabytes,
    unlock_change,
)


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (None, "?"),
        (0, "0.0 MB"),
        (49_999, "50.0 kB"),
        (50_000, "0.1 MB"),
        (3_140_000, "3.1 MB"),
        (99_499_999, "99.5 MB"),
        (99_500_000, "100 MB"),
        (1_003_900_000, "1,004 MB"),
        (-2_000_000, "-2.0 MB"),
    ],
)
def test_three_digits_are_told_and_no_more(size: int | None, told: str) -> None:
    assert megabytes(size) == told


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(0, 5, "same"), (5, 5, "same"), (1000, 1004, "same"), (1000, 590, "-41%"), (10, 20, "+100%")],
)
def test_a_change_is_told_in_percent(before: int, after: int, told: str) -> None:
    assert change(before, after) == told


def test_a_difference_bears_its_sign() -> None:
    assert [signed_megabytes(size) for size in (0, 3_100_000, -400_000)] == [
        "±0", "+3.1 MB", "-0.4 MB",
    ]  # fmt: skip


def test_one_is_singular() -> None:
    assert [plural(n, "line") for n in (0, 1, 2)] == ["0 lines", "1 line", "2 lines"]
    assert plural(2, "entry", "entries") == "2 entries"


def test_a_chain_ends_with_what_is_imported() -> None:
    steps = [
        PlaceRecord(path="app.py", line=0, module=""),
        PlaceRecord(path="pages/a.py", line=4, module="rich"),
    ]
    assert chain(steps) == "app.py -> pages/a.py:4 (rich)"
    assert chain(steps[:1]) == "app.py"
    assert chain([]) == ""


@pytest.mark.parametrize(
    ("path", "told"),
    [([], ""), (["a"], "a requirement"), (["a", "b", "c"], "a → b")],
)
def test_what_brought_a_change(path: list[str], told: str) -> None:
    entry = PackageChangeRecord(name="c", before=None, after="1", bytes=1, path=path)
    assert brought_by(entry) == told


@pytest.mark.parametrize(
    ("into", "used_at", "told"),
    [
        (["launch"], None, "answer in launch() where cli is absent (app/cli.py:3)"),
        ([], 9, "guard the import of cli (app/cli.py:3, evaluated at line 9)"),
    ],
)
def test_a_guard_is_an_answer_where_the_import_is_late_already(
    into: list[str], used_at: int | None, told: str
) -> None:
    record = UnlockLineRecord(
        path="app/cli.py", line=3, names=["cli"], change="guard", used_at=used_at, into=into
    )
    assert unlock_change(record).partition(", or")[0] == told
