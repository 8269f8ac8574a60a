"""What `--deep` prints: candidates by image, and lines that can be pasted."""

from __future__ import annotations

import tomllib

from extrasplit.report.contract import PlaceRecord, PruneRecord
from extrasplit.report.prunes import exclusion, prune_block, prune_lines
from extrasplit.report.screen import render


def record(distribution: str, variant: str = "web", **more: object) -> PruneRecord:
    fields: dict[str, object] = {
        "distribution": distribution,
        "variant": variant,
        "level": "never",
        "bytes": 47_400_000,
        "holders": ["streamlit"],
        "excludable": True,
        "chain": [],
    }
    return PruneRecord(**(fields | more))  # type: ignore[arg-type]


LATER = record(
    "pyarrow",
    level="deferred",
    excludable=False,
    chain=[
        PlaceRecord(path="app.py", line=1, module="pandas"),
        PlaceRecord(path="pandas/io.py", line=9, module="pyarrow"),
    ],
)


def test_the_lines_to_paste_are_what_uv_reads() -> None:
    text = "\n".join(exclusion([record("pydeck"), record("pydeck", "other"), LATER]))
    assert tomllib.loads(text) == {"tool": {"uv": {"exclude-dependencies": ["pydeck"]}}}
    assert exclusion([LATER]) == []


def test_the_terminal_tells_size_holder_and_reason() -> None:
    text = render([prune_block([record("pydeck"), LATER])], columns=100, terminal=False)
    assert "pydeck  47.4 MB, held by streamlit: nothing that runs leads to it" in text
    assert "imported later, at pandas/io.py:9 (pyarrow)" in text
    assert '"pydeck",' in text


def test_candidates_beyond_the_first_are_counted() -> None:
    many = [record(f"d{number}") for number in range(13)]
    assert "and 3 more" in render([prune_block(many)], columns=100, terminal=False)


def test_nothing_found_is_said() -> None:
    text = render([prune_block([])], columns=100, terminal=False)
    assert "every distribution is run by a start, or declared" in text
    assert "exclude" not in text


def test_markdown_holds_a_table_and_the_lines_to_paste() -> None:
    lines = prune_lines([record("pydeck"), LATER])
    assert lines[0] == "### Not run by any start: 2 candidates"
    assert "```toml" in lines
    assert any("`pyarrow`" in line and "pandas/io.py:9" in line for line in lines)
