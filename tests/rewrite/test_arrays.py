from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.rewrite.arrays import (
    Array,
    Item,
    Style,
    extend,
    items_of,
    read_array,
    remove,
    style_of,
    tidy,
)


def without(text: str, *indices: int, to: str = "x") -> str:
    array = read_array(text)
    return remove(array, items_of(array, dict.fromkeys(indices, to))).text


def moved(text: str, index: int, others: Mapping[int, str] | None = None) -> Item:
    return items_of(read_array(text), {index: "x", **(others or {})})[index]


def with_items(text: str, *items: Item, style: Style | None = None) -> str:
    return extend(read_array(text), items, style or Style()).text


@pytest.mark.parametrize(
    ("before", "index", "after"),
    [
        ('["a", "b", "c"]', 0, '["b", "c"]'),
        ('["a", "b", "c"]', 1, '["a", "c"]'),
        ('["a", "b", "c"]', 2, '["a", "b"]'),
        ('["a", "b",]', 1, '["a",]'),
        ('[ "a", "b" ]', 0, '[ "b" ]'),
        ('["a"]', 0, "[]"),
        ('[\n  "a",\n  "b",\n]', 0, '[\n  "b",\n]'),
        ('[\n  "a",\n  "b"\n]', 1, '[\n  "a"\n]'),
        ('["a",\n "b",\n "c"]', 0, '["b",\n "c"]'),
        ('[\n  "a"\n  , "b"\n  , "c"\n]', 2, '[\n  "a"\n  , "b"\n]'),
        ('[\r\n  "a",\r\n  "b",\r\n]', 0, '[\r\n  "b",\r\n]'),
        ('[\n  "a", "b",  # both\n  "c",\n]', 0, '[\n  "b",  # both\n  "c",\n]'),
        ('[\n  # all\n\n  # of a\n  "a",\n  "b",\n]', 0, '[\n  # all\n\n  "b",\n]'),
        ('[\n  "a",\n  "b",\n\n  # "old",\n]', 1, '[\n  "a",\n\n  # "old",\n]'),
    ],
)
def test_an_item_leaves_and_the_others_keep_their_bytes(
    before: str, index: int, after: str
) -> None:
    assert without(before, index) == after


def test_a_moved_item_takes_the_comment_behind_it_and_the_lines_above_it() -> None:
    text = '[\n  "a",\n  # why b\n  # is here\n  "b",   # see 12\n  "c",\n]'
    assert moved(text, 1) == Item('"b"', ("# why b", "# is here"), "   # see 12")
    assert without(text, 1) == '[\n  "a",\n  "c",\n]'


def test_a_heading_stays_until_all_of_its_paragraph_leaves() -> None:
    text = '[\n  "z",\n\n  # --- web ---\n  "a",\n  "b",\n\n  "c",\n]'
    assert moved(text, 1).comments == ()
    assert without(text, 1) == '[\n  "z",\n\n  # --- web ---\n  "b",\n\n  "c",\n]'
    assert moved(text, 1, {2: "x"}).comments == ("# --- web ---",)
    assert without(text, 1, 2) == '[\n  "z",\n\n\n  "c",\n]'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["a"]', '["a", "n"]'),
        ('["a","b"]', '["a","b","n"]'),
        ('["a", "b",]', '["a", "b", "n",]'),
        ('[ "a" ]', '[ "a", "n" ]'),
        ("[]", '[\n    "n",\n]'),
        ('[\n\t"a"\n]', '[\n\t"a",\n\t"n"\n]'),
        ('[\n  "a",\n]', '[\n  "a",\n  "n",\n]'),
        ('[\r\n  "a",\r\n]', '[\r\n  "a",\r\n  "n",\r\n]'),
        ('[\n  "a"  # why\n]', '[\n  "a",  # why\n  "n"\n]'),
        ('["a",\n "b"]', '["a",\n "b",\n "n"]'),
        ("[\n  # nothing yet\n]", '[\n    "n",\n  # nothing yet\n]'),
    ],
)
def test_an_item_arrives_in_the_arrays_own_style(before: str, after: str) -> None:
    assert with_items(before, Item('"n"')) == after


def test_a_comment_opens_a_one_line_array() -> None:
    item = Item('"n"', ("# above",), "  # behind")
    assert with_items('["a"]', item) == '[\n    "a",\n    # above\n    "n",  # behind\n]'


def test_nothing_is_written_behind_a_comment() -> None:
    text = '["a","b", # end\n  "c"]'
    assert extend(read_array(without(text, 2)), [Item('"n"')], Style()).text == (
        '["a","b", # end\n    "n"\n]'
    )


def test_a_line_that_grows_too_long_is_opened() -> None:
    long = Item('"' + "n" * 96 + '"')
    assert with_items('["a"]', long) == f'[\n    "a",\n    {long.literal},\n]'


def test_one_bare_item_is_tidied_onto_one_line_and_comments_stay() -> None:
    assert tidy(read_array('[\n  "a",\n]')).text == '["a"]'
    kept = '[\n  "a",\n  # "b",\n]'
    assert tidy(read_array(kept)).text == kept


def test_the_first_array_of_several_lines_gives_the_style() -> None:
    arrays = [read_array("['a']"), read_array("[\n\t'a',\n]")]
    assert style_of(arrays, "\n") == Style("\n", "\t", multiline=True, quote="'")
    assert not style_of(arrays[:1], "\n").multiline


_names = st.lists(st.sampled_from(["a", "b>=1", "c[x]>2", "d; e<'3'"]), min_size=1, max_size=6)
_blank = st.sampled_from(
    ["", " ", "\n", "\n  ", "\n  # note\n  ", "\r\n\t", " # end\n  ", "\n\n  "]
)


@st.composite
def array_texts(draw: st.DrawFn) -> str:
    items = draw(_names)
    text = "["
    for at, item in enumerate(items):
        last = at == len(items) - 1
        comma = "," if not last or draw(st.booleans()) else ""
        gap = draw(st.sampled_from(["", " ", "\n  "])) if comma else ""
        text += f'{draw(_blank)}"{item}"{gap}{comma}'
    return f"{text}{draw(_blank)}]"


@settings(max_examples=150, deadline=None)
@given(array_texts())
def test_reading_an_array_loses_no_byte(text: str) -> None:
    assert read_array(text).text == text


@settings(max_examples=250, deadline=None)
@given(array_texts(), st.data())
def test_any_removal_leaves_valid_toml_with_the_other_items_and_all_comments(
    text: str, data: st.DataObject
) -> None:
    import tomllib

    array = read_array(text)
    leaving = data.draw(st.sets(st.integers(0, len(array.entries) - 1)))
    items = items_of(array, dict.fromkeys(leaving, "x"))
    changed = remove(array, items)
    after = extend(changed, list(items.values()), Style())
    stay = [e.literal for i, e in enumerate(array.entries) if i not in leaving]
    held = tomllib.loads(f"x = {changed.text}")["x"]
    assert [f'"{text}"' for text in held] == stay
    assert [e.literal for e in after.entries] == stay + [item.literal for item in items.values()]
    assert len(tomllib.loads(f"x = {after.text}")["x"]) == len(array.entries)
    assert after.text.count("#") == text.count("#")


def test_an_array_of_anything_but_strings_is_refused() -> None:
    with pytest.raises(ValueError, match="no array of strings"):
        read_array("[1, 2]")


def test_an_empty_array_stays_empty() -> None:
    assert remove(Array((), ""), {}).text == "[]"
