"""The shipped rules, remembered: the same as their tables say, and no older."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from extrasplit.edges import shipped
from extrasplit.edges.kept import load, save
from extrasplit.edges.shipped import remembered_rules
from extrasplit.imports.rules.rule import Fact, Rule, shipped_rules


def content(rules: tuple[Rule, ...]) -> list[object]:
    """Facts are compared by identity; tests compare what they say."""
    return [
        (
            rule.name,
            rule.when,
            rule.tokens,
            [[getattr(fact, name) for name in Fact.__struct_fields__] for fact in rule.facts],
        )
        for rule in rules
    ]


def test_they_are_what_the_tables_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = remembered_rules(tmp_path / "rules")
    monkeypatch.setattr(shipped, "shipped_rules", None)
    again = remembered_rules(tmp_path / "rules")
    assert content(first) == content(again) == content(shipped_rules())


@pytest.mark.parametrize("kept", [b"\xc1", b"\x80"])
def test_what_cannot_be_read_back_is_read_from_the_tables(kept: bytes, tmp_path: Path) -> None:
    remembered_rules(tmp_path / "rules")
    save(tmp_path / "rules", shipped._key(), kept)
    assert content(remembered_rules(tmp_path / "rules")) == content(shipped_rules())
    assert load(tmp_path / "rules", shipped._key()) != kept


def test_a_table_that_was_written_anew_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "shop.toml"
    table.write_text("")
    monkeypatch.setattr(shipped.rule, "__file__", str(tmp_path / "rule.py"))
    before = shipped._key()
    os.utime(table, (1, 1))
    assert shipped._key() != before
