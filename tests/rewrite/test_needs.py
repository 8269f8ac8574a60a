"""What a run showed, written into `[tool.extrasplit.needs]`."""

from __future__ import annotations

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.project.declared import ConfiguredNeed
from extrasplit.rewrite.needs import record_needs

HEAVY = ConfiguredNeed("heavy", "startup")  # type: ignore[arg-type]
LIGHT = ConfiguredNeed("light")  # type: ignore[arg-type]
HEAD = '[project]\nname = "x"  # a comment\n'


def needs_of(text: str) -> dict[str, list[object]]:
    return tomllib.loads(text)["tool"]["extrasplit"]["needs"]


def test_a_table_is_made_where_there_is_none() -> None:
    after = record_needs(HEAD, {"cli": [HEAVY, LIGHT]})
    assert after.startswith(HEAD)
    assert needs_of(after) == {"cli": [{"name": "heavy", "level": "startup"}, "light"]}


def test_an_item_is_put_behind_the_others_with_their_comments_kept() -> None:
    before = f"""{HEAD}
[tool.extrasplit.needs]
cli = [
    "other",  # by hand
    "more"  # without comma
]
web = ["kept"]
"""
    assert record_needs(before, {"cli": [LIGHT]}) == before.replace(
        '"more"  # without comma\n', '"more",  # without comma\n    "light"\n'
    )


def test_a_trailing_comma_is_the_habit_of_the_array() -> None:
    before = f'{HEAD}[tool.extrasplit.needs]\ncli = [\n  "other",\n]\n'
    after = record_needs(before, {"cli": [HEAVY]})
    assert after == before.replace(
        '"other",\n', '"other",\n  { name = "heavy", level = "startup" },\n'
    )


def test_line_ends_of_windows_and_a_byte_order_mark_stay() -> None:
    before = "\ufeff" + f'{HEAD}[tool.extrasplit.needs]\ncli = [\n  "a",\n]\n'.replace("\n", "\r\n")
    after = record_needs(before, {"cli": [LIGHT]})
    assert after == before.replace('"a",\r\n', '"a",\r\n  "light",\r\n')


def test_one_that_stands_already_stays_and_a_weaker_one_is_raised() -> None:
    before = f'{HEAD}[tool.extrasplit.needs]\ncli = ["Heavy", {{ name = "light" }}]\n'
    assert record_needs(before, {"cli": [LIGHT]}) == before
    after = record_needs(before, {"cli": [HEAVY]})
    assert after == before.replace('"Heavy"', '{ name = "heavy", level = "startup" }')
    assert record_needs(after, {"cli": [HEAVY]}) == after


def test_an_empty_array_is_filled() -> None:
    before = f"{HEAD}[tool.extrasplit.needs]\ncli = [ ]\n"
    assert record_needs(before, {"cli": [LIGHT]}) == before.replace("[ ]", '["light"]')


NAMES = st.sampled_from(["a", "b-c", "d.e", "f"])
FORMS = st.sampled_from(['"{}"', "'{}'", '{{ name = "{}", level = "startup" }}'])
GAPS = st.sampled_from([" ", "\n  ", "\n  # above\n  "])


@given(st.lists(st.tuples(NAMES, FORMS, GAPS), max_size=4), NAMES, st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whatever_stands_there_stays_and_the_new_one_is_read_back(
    items: list[tuple[str, str, str]], name: str, comma: bool
) -> None:
    inner = ",".join(gap + form.format(item) for item, form, gap in items)
    inner += "," if comma and items else ""
    before = f"{HEAD}[tool.extrasplit.needs]\ncli = [{inner}\n]\n# end\n"
    new = ConfiguredNeed(name.replace(".", "-"), "startup")  # type: ignore[arg-type]
    after = record_needs(before, {"cli": [new]})
    held = {
        str(item["name"] if isinstance(item, dict) else item) for item in needs_of(after)["cli"]
    }
    assert held.issuperset({item for item, _, _ in items} - {name})
    assert {"name": new.distribution, "level": "startup"} in needs_of(after)["cli"] or name in {
        item for item, form, _ in items if "level" in form
    }
    assert after.endswith("\n]\n# end\n")
    assert after.startswith(f"{HEAD}[tool.extrasplit.needs]\ncli = [")
    assert after.count("# above") == before.count("# above")
    assert record_needs(after, {"cli": [new]}) == after
