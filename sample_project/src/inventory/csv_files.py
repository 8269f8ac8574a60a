"""Hosts in comma-separated files."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from inventory.records import COLUMNS, HostRecord, parse_rows


def read_hosts(path: Path) -> list[HostRecord]:
    """Return the hosts of a CSV file with a header row."""
    with path.open(newline="", encoding="utf-8") as stream:
        return parse_rows(csv.DictReader(stream))


def write_hosts(path: Path, hosts: Iterable[HostRecord]) -> int:
    """Write `hosts` with a header row and return how many there were."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=COLUMNS)
        writer.writeheader()
        for count, host in enumerate(hosts, start=1):
            writer.writerow(host.as_row())
    return count
