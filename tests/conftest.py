"""Fixtures that all rooms share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.index import LocalIndex


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LocalIndex]:
    """Serve an empty simple index on the loopback: `index.wheel("plotly", "5.0")` fills it."""
    with LocalIndex(tmp_path / "index") as serving:
        yield serving
