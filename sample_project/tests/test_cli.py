"""The command line, from a workbook to a report."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("rich", reason="`inventory list` needs rich")

from inventory.cli import main

DATA = Path(__file__).parents[1] / "data"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_workbook_is_loaded_and_listed() -> None:
    assert run("load", DATA / "hosts.xlsx").output == "24 hosts added, 0 updated\n"
    listed = run("list", "--site", "Porto")
    assert listed.exit_code == 0
    assert "cache01" in listed.output
    assert "Porto" in run("sites").output


def test_a_dry_run_changes_nothing() -> None:
    assert "nothing changed" in run("load", "--dry-run", DATA / "hosts.csv").output
    assert run("sites").output == ""


def test_a_bad_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("name,site\nweb01,\n", encoding="utf-8")
    result = run("load", path)
    assert result.exit_code == 1
    assert "bad.csv, row 2: no value for site" in result.output


@pytest.mark.parametrize("name", ["fleet.csv", "fleet.xlsx"])
def test_an_export_can_be_loaded_again(name: str, tmp_path: Path) -> None:
    run("load", DATA / "hosts.csv")
    assert run("export", tmp_path / name).exit_code == 0
    assert run("load", tmp_path / name).output == "0 hosts added, 24 updated\n"


def test_a_report_is_written(tmp_path: Path) -> None:
    run("load", DATA / "hosts.csv")
    assert run("report", tmp_path / "fleet.pdf").exit_code == 0
    assert (tmp_path / "fleet.pdf").read_bytes().startswith(b"%PDF")


def test_a_bundle_has_a_label_for_each_host(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf", reason="needs the extra `reports`")
    run("load", DATA / "hosts.csv")
    assert run("report", "--bundle", tmp_path / "fleet.pdf").exit_code == 0
    assert len(pypdf.PdfReader(tmp_path / "fleet.pdf").pages) > 24


@pytest.mark.parametrize("loaded", [True, False])
def test_tables_are_migrated(loaded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DATA.parent)
    if loaded:
        run("load", DATA / "hosts.csv")
    result = run("database", "upgrade")
    assert result.exit_code == 0, result.output
    assert run("load", DATA / "hosts.csv").exit_code == 0


def test_the_dashboard_is_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("streamlit", reason="needs the extra `dashboard`")
    commands: list[list[str]] = []

    def record(command: list[str], check: bool) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", record)
    assert run("dashboard", "--port", "9000").exit_code == 0
    (command,) = commands
    assert command[1:4] == ["-m", "streamlit", "run"]
    assert Path(command[4]).is_file()
    assert command[-4:] == ["--server.port", "9000", "--server.address", "127.0.0.1"]
