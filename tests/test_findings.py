"""Kinds, ignores and baselines."""

from __future__ import annotations

import pytest

from extrasplit.errors import ExtrasplitError
from extrasplit.findings import (
    KINDS,
    OF_A_PLAN,
    OF_A_RUN,
    Baseline,
    Finding,
    Severity,
    Silencer,
    fingerprint,
    may_be_accepted,
    read_baseline,
    read_silencer,
    render_baseline,
    silence,
)
from extrasplit.places import Place
from extrasplit.record import replace

LINE = Place("src/shop/cli.py", 3, "rich")
MISSING = Finding(
    "missing", Severity.ERROR, "it crashes", "rich", "shop", "lean", chain=(Place("a.py", 1), LINE)
)


def test_every_kind_stands_under_its_own_name_with_a_meaning() -> None:
    assert all(kind.name == name and kind.meaning for name, kind in KINDS.items())
    assert KINDS.keys() >= OF_A_PLAN | OF_A_RUN


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"unused-ignore"}))
def test_any_kind_is_silenced_by_name_and_by_name_and_distribution(kind: str) -> None:
    finding = replace(MISSING, kind=kind)
    assert silence([finding], [read_silencer(kind)]) == ()
    assert silence([finding], [read_silencer(f"{kind}: Rich")]) == ()


@pytest.mark.parametrize(
    "silencer",
    [
        read_silencer("transitive"),
        read_silencer("missing:click"),
        Silencer("missing", place=Place("src/shop/cli.py", 4)),
        Silencer("missing", place=Place("src/shop/other.py", 3)),
    ],
    ids=str,
)
def test_what_is_not_meant_stays_and_the_ignore_is_told(silencer: Silencer) -> None:
    kept, unused = silence([MISSING], [silencer])
    assert kept is MISSING
    assert unused.kind == "unused-ignore"
    assert silencer.kind in unused.message
    assert unused.chain == ((silencer.place,) if silencer.place else ())


def test_a_comment_silences_what_runs_through_its_line() -> None:
    assert silence([MISSING], [Silencer("missing", place=Place("a.py", 1))]) == ()
    assert silence([MISSING], [Silencer("missing", place=LINE)]) == ()


def test_an_unused_ignore_is_never_silenced() -> None:
    found = silence([], [read_silencer("missing"), read_silencer("unused-ignore")])
    assert [finding.kind for finding in found] == ["unused-ignore", "unused-ignore"]


def test_what_nobody_looked_for_is_no_unused_ignore() -> None:
    silencers = [read_silencer("blocked"), read_silencer("broken")]
    assert [f.message for f in silence([], silencers)] != []
    assert silence([], silencers, unjudged=OF_A_PLAN | OF_A_RUN) == ()


def test_a_baseline_holds_what_it_was_made_of_whatever_the_line() -> None:
    baseline = read_baseline(render_baseline([MISSING]), "b.json")
    moved = replace(MISSING, message="other words", chain=(replace(LINE, line=90),), count=4)
    assert baseline.split([moved]) == ((), 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "unguarded"},
        {"distribution": "click"},
        {"entrypoint": "web"},
        {"variant": "fat"},
        {"chain": (Place("src/shop/other.py", 3, "rich"),)},
        {"chain": (Place("src/shop/cli.py", 3, "rich.table"),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_baseline_accepts_nothing_else(change: dict) -> None:
    baseline = Baseline(frozenset({fingerprint(MISSING)}))
    other = replace(MISSING, **change)
    assert baseline.split([other]) == ((other,), 0, 1)


def test_a_baseline_never_accepts_what_is_not_known() -> None:
    unknown = replace(MISSING, kind="unknown")
    assert not may_be_accepted(unknown)
    baseline = read_baseline(render_baseline([unknown, MISSING]), "b.json")
    assert baseline.split([unknown, MISSING]) == ((unknown,), 1, 0)


def test_a_baseline_is_the_same_text_in_any_order() -> None:
    other = replace(MISSING, kind="unguarded")
    assert render_baseline([MISSING, other]) == render_baseline([other, MISSING, other])


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 2, "findings": []}', '{"schema": 1, "findings": 3}', "nul"]
)
def test_what_is_no_baseline_is_refused_by_name(text: str) -> None:
    with pytest.raises(ExtrasplitError, match=r"accepted\.json is no baseline"):
        read_baseline(text, "accepted.json")
