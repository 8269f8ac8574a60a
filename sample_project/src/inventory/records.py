"""One host as it travels between files, database and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

COLUMNS = (
    "name",
    "site",
    "environment",
    "operating_system",
    "cpu_cores",
    "memory_gb",
    "disk_gb",
    "support_ends",
)


class InvalidRow(ValueError):
    """A row of a file does not describe a host."""


@dataclass(frozen=True, slots=True)
class HostRecord:
    """What the inventory knows about one host."""

    name: str
    site: str
    environment: str
    operating_system: str
    cpu_cores: int
    memory_gb: int
    disk_gb: int
    support_ends: date | None = None

    def as_row(self) -> dict[str, Any]:
        """Return the fields by column name, the date as ISO text."""
        row = asdict(self)
        row["support_ends"] = self.support_ends.isoformat() if self.support_ends else ""
        return row


def parse_date(value: object) -> date | None:
    """Return the date that a cell holds, None for an empty cell."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = "" if value is None else str(value).strip()
    return date.fromisoformat(text[:10]) if text else None


def parse_row(row: Mapping[str, Any], number: int) -> HostRecord:
    """Return the host in `row`; raises InvalidRow naming the row's number."""
    missing = [column for column in COLUMNS[:-1] if row.get(column) in (None, "")]
    if missing:
        raise InvalidRow(f"row {number}: no value for {', '.join(missing)}")
    try:
        return HostRecord(
            name=str(row["name"]).strip(),
            site=str(row["site"]).strip(),
            environment=str(row["environment"]).strip(),
            operating_system=str(row["operating_system"]).strip(),
            cpu_cores=int(row["cpu_cores"]),
            memory_gb=int(row["memory_gb"]),
            disk_gb=int(row["disk_gb"]),
            support_ends=parse_date(row.get("support_ends")),
        )
    except ValueError as error:
        raise InvalidRow(f"row {number}: {error}") from error


def parse_rows(rows: Iterable[Mapping[str, Any]]) -> list[HostRecord]:
    """Return the hosts in `rows`, numbered as a spreadsheet does (the header is row 1)."""
    return [parse_row(row, number) for number, row in enumerate(rows, start=2)]
