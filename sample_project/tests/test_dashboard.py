"""Each page draws without an exception, with and without hosts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import inventory
from inventory.records import HostRecord
from inventory.services import HostService

testing = pytest.importorskip("streamlit.testing.v1", reason="needs the extra `dashboard`")

DASHBOARD = Path(inventory.__file__).parent / "dashboard"
SCRIPT_PACKAGES = {"pages", "router", "utils"}
PAGES = ["sites", "capacity", "explorer", "upload", "cloud", "reports", "system"]


@pytest.fixture(autouse=True)
def script_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the dashboard's folder on the path, as `streamlit run` does."""
    monkeypatch.syspath_prepend(str(DASHBOARD))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in SCRIPT_PACKAGES]:
        del sys.modules[name]


def draw(path: str) -> testing.AppTest:
    app = testing.AppTest.from_file(str(DASHBOARD / path), default_timeout=60).run()
    assert not app.exception
    return app


def test_the_app_opens_on_the_overview(sample_hosts: list[HostRecord]) -> None:
    HostService().save(sample_hosts)
    assert [metric.value for metric in draw("app.py").metric[:1]] == ["24"]


def test_an_empty_inventory_says_so() -> None:
    assert "empty" in draw("app.py").info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_draws(page: str, sample_hosts: list[HostRecord]) -> None:
    HostService().save(sample_hosts)
    draw(f"pages/{page}.py")


def test_documents_are_prepared(sample_hosts: list[HostRecord]) -> None:
    pytest.importorskip("docx", reason="needs the extra `reports`")
    HostService().save(sample_hosts)
    app = draw("pages/reports.py").button[0].click().run()
    assert not app.exception
    assert app.selectbox[0].label == "Label for"


def test_the_explorer_is_exported(sample_hosts: list[HostRecord]) -> None:
    pytest.importorskip("pygwalker")
    HostService().save(sample_hosts)
    app = draw("pages/explorer.py").button[0].click().run()
    assert not app.exception
