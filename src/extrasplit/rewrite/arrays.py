"""Takes items out of a TOML array's text and puts others in, everything else byte for byte.

An item owns the comment behind it on its line, and the comment lines directly above it, unless
these are a heading: one that ends with a colon or is drawn (`# --- web ---`), or that opens a
paragraph of several items in an array that is divided by blank lines. A heading leaves only when
all of its paragraph leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

_SKIP: Final = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_TAIL: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=\r?\n)")
_LAST_TAIL: Final = re.compile(r"[ \t]*#[^\r\n]*")
_STRING: Final = re.compile(
    r'"""(?:\\.|(?!""").)*"{3,5}'
    r"|'''(?:(?!''').)*'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_HEADING: Final = re.compile(r"#.*(?::|[-=#*~]{3,})\s*$")
LONGEST_LINE: Final = 100
"""A one-line array that would outgrow this many characters is written one item a line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item where it stands; `lead + literal + gap + ',' + tail` are its bytes."""

    lead: str
    """Line breaks, blank lines, comments and indentation before it."""
    literal: str
    """The string with its quotes."""
    gap: str
    """What stands between the string and its comma (comma-first style)."""
    comma: bool
    tail: str
    """Blanks and a comment behind the comma, on the same line."""

    @property
    def starts_line(self) -> bool:
        """Whether a line break stands before it."""
        return "\n" in self.lead

    @property
    def comments(self) -> tuple[str, ...]:
        """The comment lines directly above, without indentation."""
        lines = self.lead.split("\n")[1:-1]
        count = 0
        while count < len(lines) and lines[-1 - count].lstrip().startswith("#"):
            count += 1
        return tuple(line.strip() for line in lines[len(lines) - count :])

    def without_comments(self) -> str:
        """Return `lead` without the comment lines directly above."""
        lines = self.lead.split("\n")
        count = len(self.comments)
        return "\n".join(lines[: len(lines) - 1 - count] + lines[-1:]) if count else self.lead


@dataclass(frozen=True, slots=True)
class Item:
    """One item on its way, with the comments that belong to it."""

    literal: str
    comments: tuple[str, ...] = ()
    """Comment lines above, without indentation."""
    tail: str = ""
    """The comment behind it, with the blanks before the `#`."""

    @property
    def is_commented(self) -> bool:
        """Whether it cannot stand in a one-line array."""
        return bool(self.comments or self.tail)


@dataclass(frozen=True, slots=True)
class Style:
    """How a file writes its arrays."""

    newline: str = "\n"
    indent: str = "    "
    multiline: bool = True
    quote: str = '"'


@dataclass(frozen=True, slots=True)
class Array:
    """An array of strings, as bytes."""

    entries: tuple[Entry, ...]
    closing: str
    """What stands before the `]`."""

    @property
    def text(self) -> str:
        """The array as it is written, brackets included."""
        middle = "".join(
            f"{e.lead}{e.literal}{e.gap}{',' if e.comma else ''}{e.tail}" for e in self.entries
        )
        return f"[{middle}{self.closing}]"

    @property
    def is_multiline(self) -> bool:
        """Whether its items stand on lines of their own, or could at once."""
        return any(entry.starts_line for entry in self.entries) or "\n" in self.closing


def read_array(text: str) -> Array:
    """Split a valid array of strings; `read_array(text).text == text`."""
    entries: list[Entry] = []
    at, end = 1, len(text) - 1
    while True:
        lead_end = _end(_SKIP, text, at)
        if lead_end >= end:
            return Array(tuple(entries), text[at:end])
        literal_end = _end(_STRING, text, lead_end)
        if literal_end == lead_end:
            raise ValueError(f"no array of strings: {text[lead_end : lead_end + 40]!r}")
        gap_end = _end(_SKIP, text, literal_end)
        comma = text.startswith(",", gap_end)
        gap = text[literal_end:gap_end] if comma else ""
        tail_start = gap_end + 1 if comma else literal_end
        tail_end = _end(_TAIL if comma else _LAST_TAIL, text, tail_start)
        entries.append(
            Entry(
                lead=text[at:lead_end],
                literal=text[lead_end:literal_end],
                gap=gap,
                comma=comma,
                tail=text[tail_start:tail_end],
            )
        )
        at = tail_end


def items_of(array: Array, destinations: Mapping[int, str]) -> dict[int, Item]:
    """Return the items that leave, each with its own comments.

    `destinations` maps the index of each item that leaves to where it goes, which decides whether
    a heading leaves with its paragraph.
    """
    return {
        index: _item(
            array.entries[index],
            keep_comments=_is_heading(array, index)
            and not _paragraph_leaves(array, index, destinations),
        )
        for index in sorted(destinations)
    }


def remove(array: Array, leaving: Mapping[int, Item]) -> Array:
    """Return the array without the entries at these positions.

    The comments that an item of `leaving` carries leave with it; all others stay.
    """
    entries = list(array.entries)
    closing = array.closing
    trailing = not entries or entries[-1].comma
    for index in sorted(leaving, reverse=True):
        entry = entries.pop(index)
        kept = entry.without_comments() if leaving[index].comments else entry.lead
        if index == len(entries):
            closing = _rest_of(kept) + closing
        else:
            entries[index] = _inherit(entries[index], kept, first=index == 0)
    if entries and not trailing and entries[-1].comma:
        last = entries[-1]
        tail = last.gap + last.tail if "#" in last.gap else last.tail
        entries[-1] = replace(last, comma=False, gap="", tail=tail)
    if not entries and not closing.strip():
        closing = ""
    return _closed(Array(tuple(entries), closing))


def _closed(array: Array) -> Array:
    """Keep the bracket out of a comment that now stands last."""
    tail = array.entries[-1].tail if array.entries else ""
    last_line = (tail + array.closing).rpartition("\n")[2]
    newline = "\r\n" if "\r\n" in array.text else "\n"
    return replace(array, closing=array.closing + newline) if "#" in last_line else array


def extend(array: Array, items: Sequence[Item], style: Style) -> Array:
    """Return the array with `items` behind its last entry, in the array's own style."""
    if not items:
        return array
    if not array.entries:
        return _fill(array, items, style)
    if not array.is_multiline and _needs_lines(array, items):
        array = _on_lines(array, style)
    entries = list(array.entries)
    trailing = entries[-1].comma
    entries[-1] = replace(entries[-1], comma=True)
    lead = _lead_of(entries)
    commented = "#" in entries[-1].tail or any(item.is_commented for item in items)
    if commented and "\n" not in lead:
        lead = style.newline + style.indent
    entries += [_entry(item, lead, style.newline) for item in items]
    entries[-1] = replace(entries[-1], comma=trailing)
    return _closed(Array(tuple(entries), array.closing))


def reword(array: Array, index: int, literal: str) -> Array:
    """Return the array with another string at one position."""
    entries = list(array.entries)
    entries[index] = replace(entries[index], literal=literal)
    return Array(tuple(entries), array.closing)


def tidy(array: Array) -> Array:
    """Write an array of one uncommented item on one line."""
    if len(array.entries) != 1 or array.closing.strip():
        return array
    entry = array.entries[0]
    if entry.lead.strip() or entry.tail.strip() or entry.gap.strip():
        return array
    return Array((Entry("", entry.literal, "", comma=False, tail=""),), "")


def style_of(arrays: Iterable[Array], newline: str) -> Style:
    """Return how these arrays are written; the first that has several lines decides."""
    found = [array for array in arrays if array.entries]
    literals = [entry.literal for array in found for entry in array.entries]
    quote = "'" if sum(text.startswith("'") for text in literals) * 2 > len(literals) else '"'
    for array in found:
        leads = [entry.lead for entry in array.entries if entry.starts_line]
        if leads:
            return Style(newline, leads[-1].rpartition("\n")[2], True, quote)
    return Style(newline, multiline=not found, quote=quote)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _item(entry: Entry, *, keep_comments: bool) -> Item:
    behind = entry.tail if "#" in entry.tail else ""
    if not behind and "#" in entry.gap:  # comma-first: the comment stands before the comma
        behind = entry.gap.split("\n")[0].rstrip()
    return Item(entry.literal, () if keep_comments else entry.comments, behind)


def _is_heading(array: Array, index: int) -> bool:
    entry = array.entries[index]
    if not entry.comments or len(_paragraph(array, index)) < 2:
        return False
    if _HEADING.fullmatch(entry.comments[-1]):
        return True
    lines = entry.lead.split("\n")[1:-1]
    opens = index == 0 or any(not line.strip() for line in lines)
    divided = any(not line.strip() for e in array.entries[1:] for line in e.lead.split("\n")[1:-1])
    return opens and divided


def _paragraph(array: Array, index: int) -> range:
    """The items under one heading: up to the next comment line, blank line or the end."""
    end = index + 1
    while end < len(array.entries) and array.entries[end].lead.count("\n") < 2:
        end += 1
    return range(index, end)


def _paragraph_leaves(array: Array, index: int, destinations: Mapping[int, str]) -> bool:
    places = {destinations.get(member) for member in _paragraph(array, index)}
    return None not in places


def _rest_of(lead: str) -> str:
    """What stays of a lead when its entry goes: all but the entry's own line."""
    return lead.rpartition("\n")[0].removesuffix("\r")


def _inherit(entry: Entry, kept: str, *, first: bool) -> Entry:
    """Return the entry behind a removed one, with what that one's lead leaves to it."""
    if not entry.starts_line:
        return replace(entry, lead=kept)
    if first and "\n" not in kept and not entry.lead.strip():
        return replace(entry, lead=kept)
    return replace(entry, lead=_rest_of(kept) + entry.lead)


def _entry(item: Item, lead: str, newline: str) -> Entry:
    indent = lead.rpartition("\n")[2]
    above = "".join(f"{newline}{indent}{comment}" for comment in item.comments)
    return Entry(f"{above}{lead}", item.literal, "", comma=True, tail=item.tail)


def _lead_of(entries: Sequence[Entry]) -> str:
    """Return what stands before a further entry: a line's beginning where one is used."""
    for entry in reversed(entries):
        if entry.starts_line:
            before, _, indent = entry.lead.rpartition("\n")
            return ("\r\n" if before.endswith("\r") else "\n") + indent
    return entries[-1].lead if len(entries) > 1 else " "


def _needs_lines(array: Array, items: Sequence[Item]) -> bool:
    if any(item.is_commented for item in items) or any(entry.tail for entry in array.entries):
        return True
    now = len(array.text)
    return now <= LONGEST_LINE < now + sum(len(item.literal) + 2 for item in items)


def _on_lines(array: Array, style: Style) -> Array:
    lead = style.newline + style.indent
    entries = tuple(
        replace(entry, lead=lead, comma=True, gap="", tail=entry.tail.rstrip())
        for entry in array.entries
    )
    return Array(entries, style.newline)


def _fill(array: Array, items: Sequence[Item], style: Style) -> Array:
    lines = style.multiline or any(item.is_commented for item in items) or "\n" in array.closing
    if not lines:
        entries = [_entry(item, " " if at else "", style.newline) for at, item in enumerate(items)]
        entries[-1] = replace(entries[-1], comma=False)
        return Array(tuple(entries), array.closing.strip())
    lead = style.newline + style.indent
    closing = array.closing.rstrip(" \t")
    if not closing.endswith("\n"):
        closing += style.newline
    return Array(tuple(_entry(item, lead, style.newline) for item in items), closing)
