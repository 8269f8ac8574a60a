"""Data frames for tables and charts."""

from __future__ import annotations

import pandas as pd

from inventory.records import COLUMNS, HostRecord
from inventory.services import SiteSummary


def frame_hosts(hosts: list[HostRecord]) -> pd.DataFrame:
    """Return one row a host, the date as a timestamp."""
    frame = pd.DataFrame([host.as_row() for host in hosts], columns=list(COLUMNS))
    frame["support_ends"] = pd.to_datetime(frame["support_ends"], errors="coerce")
    return frame


def frame_sites(sites: list[SiteSummary]) -> pd.DataFrame:
    """Return one row a site."""
    return pd.DataFrame(
        [(site.name, site.hosts, site.cpu_cores, site.memory_gb, site.disk_gb) for site in sites],
        columns=["site", "hosts", "cpu_cores", "memory_gb", "disk_gb"],
    )
