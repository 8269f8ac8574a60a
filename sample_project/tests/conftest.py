"""A database of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.csv_files import read_hosts
from inventory.records import HostRecord

SAMPLE = Path(__file__).parents[1] / "data" / "hosts.csv"


@pytest.fixture(autouse=True)
def database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'inventory.db'}"
    monkeypatch.setenv("INVENTORY_DATABASE", url)
    return url


@pytest.fixture
def sample_hosts() -> list[HostRecord]:
    return read_hosts(SAMPLE)
