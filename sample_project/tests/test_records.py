"""Rows become hosts, or say what is wrong with them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from inventory.records import HostRecord, InvalidRow, parse_date, parse_row

ROW = {
    "name": "web01",
    "site": "Hamburg",
    "environment": "production",
    "operating_system": "Debian 12",
    "cpu_cores": "4",
    "memory_gb": 8.0,
    "disk_gb": 80,
    "support_ends": "2028-06-30",
}


def test_a_complete_row_is_a_host() -> None:
    host = parse_row(ROW, 2)
    assert host == HostRecord(
        "web01", "Hamburg", "production", "Debian 12", 4, 8, 80, date(2028, 6, 30)
    )
    assert parse_row(host.as_row(), 2) == host


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("2028-06-30", date(2028, 6, 30)),
        (datetime(2028, 6, 30, 12), date(2028, 6, 30)),
    ],
)
def test_a_date_is_read_from_text_and_cells(value: object, expected: date | None) -> None:
    assert parse_date(value) == expected


def test_a_missing_value_names_row_and_column() -> None:
    with pytest.raises(InvalidRow, match="row 7: no value for site, cpu_cores"):
        parse_row({**ROW, "site": "", "cpu_cores": None}, 7)


def test_a_wrong_number_names_the_row() -> None:
    with pytest.raises(InvalidRow, match="row 3: "):
        parse_row({**ROW, "cpu_cores": "four"}, 3)
