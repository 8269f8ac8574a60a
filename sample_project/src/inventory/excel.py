"""Hosts in Excel workbooks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO

import pandas as pd

from inventory.records import COLUMNS, HostRecord, parse_rows

SHEET = "Hosts"


def read_hosts(source: Path | IO[bytes]) -> list[HostRecord]:
    """Return the hosts on the first sheet of a workbook."""
    frame = pd.read_excel(source)
    frame.columns = [str(column).strip().lower().replace(" ", "_") for column in frame.columns]
    rows = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    return parse_rows(rows)


def write_hosts(target: Path | IO[bytes], hosts: Iterable[HostRecord]) -> int:
    """Write a workbook with a frozen header and return how many hosts it holds."""
    frame = pd.DataFrame([host.as_row() for host in hosts], columns=list(COLUMNS))
    with pd.ExcelWriter(target, engine="xlsxwriter") as writer:
        frame.to_excel(writer, sheet_name=SHEET, index=False)
        sheet = writer.sheets[SHEET]
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS) - 1, 18)
    return len(frame)
