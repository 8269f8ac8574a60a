"""Scans, remembered by the content that they stand on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from extrasplit.edges import batches, scans
from extrasplit.edges.files import list_files
from extrasplit.edges.scans import Scans
from extrasplit.imports.scanned import ScannedFile
from extrasplit.project.declared import ConfiguredRule

Scan = Callable[..., dict[str, ScannedFile]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.py").write_text("import rich\n")
    (folder / "b.py").write_text("def f():\n    import click\n")
    return folder


@pytest.fixture
def scanned(project: Path, tmp_path: Path) -> Scan:
    def scan(*rules: ConfiguredRule, keep: bool = True) -> dict[str, ScannedFile]:
        listing = list_files(project)
        folder = tmp_path / "kept" if keep else None
        with Scans(listing, rules, folder) as scanned:
            return scanned(listing.stats)

    return scan


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really scanned, in order."""
    paths: list[str] = []
    real = scans.scan

    def counted(data: bytes, path: str) -> ScannedFile:
        paths.append(path)
        return real(data, path)

    monkeypatch.setattr(scans, "scan", counted)
    return paths


def test_a_scan_is_the_same_read_or_remembered(scanned: Scan) -> None:
    assert scanned() == scanned() == scanned(keep=False)
    assert scanned()["a.py"].imports[0].module == "rich"


def test_what_did_not_change_is_not_scanned_again(scanned: Scan, read: list[str]) -> None:
    scanned()
    scanned()
    assert read == ["a.py", "b.py"]


def test_only_what_changed_is_scanned_again(scanned: Scan, read: list[str], project: Path) -> None:
    scanned()
    (project / "b.py").write_text("import plotly\n")
    assert scanned()["b.py"].imports[0].module == "plotly"
    assert read == ["a.py", "b.py", "b.py"]


def test_a_file_with_a_new_time_and_the_old_content_is_not_scanned(
    scanned: Scan, read: list[str], project: Path
) -> None:
    scanned()
    os.utime(project / "a.py", ns=(1, 1))
    scanned()
    scanned()
    assert read == ["a.py", "b.py"]


def test_without_a_folder_nothing_is_remembered(scanned: Scan, read: list[str]) -> None:
    scanned(keep=False)
    scanned(keep=False)
    assert read == ["a.py", "b.py"] * 2


def test_another_rule_reads_all_anew(scanned: Scan, read: list[str]) -> None:
    scanned()
    scanned(ConfiguredRule(when="rich", reads="load", yields="click"))
    assert read == ["a.py", "b.py"] * 2


def test_what_is_gone_is_forgotten(scanned: Scan, project: Path, tmp_path: Path) -> None:
    scanned()
    (store,) = (tmp_path / "kept").iterdir()
    (project / "b.py").unlink()
    (project / "a.py").write_text("import click\n")
    assert scanned().keys() == {"a.py"}
    assert b"b.py" not in store.read_bytes()


def test_many_files_are_scanned_by_several_processes_to_the_same_end(
    scanned: Scan, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        (project / f"m{number}.py").write_text(f"import m{number + 1}\n")
    alone = scanned(keep=False)
    monkeypatch.setattr(batches, "FILES_PER_WORKER", 4)
    monkeypatch.setattr(batches, "FILES_PER_BATCH", 4)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert scanned(keep=False) == alone
