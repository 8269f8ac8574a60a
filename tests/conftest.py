"""Fixtures that all rooms share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.index import LocalIndex


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes rendered output anew; the change is reviewed as a diff."""
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Hold a text against a golden file beside the test, or write it: `golden("a.md", text)`."""

    def hold(name: str, text: str) -> None:
        path = request.path.parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text("utf-8"), f"{path} differs: pytest --update-golden"

    return hold


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LocalIndex]:
    """Serve an empty simple index on the loopback: `index.wheel("plotly", "5.0")` fills it."""
    with LocalIndex(tmp_path / "index") as serving:
        yield serving
