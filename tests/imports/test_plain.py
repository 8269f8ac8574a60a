"""Scans as builtin values."""

from __future__ import annotations

import marshal
from pathlib import Path

import pytest

from extrasplit.imports.plain import from_plain, to_plain
from extrasplit.imports.scan import scan
from extrasplit.imports.worker import scan_batch, scan_plain

CASES = sorted((Path(__file__).parents[1] / "cases" / "scan").glob("*.py"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_scan_comes_back_from_marshal_as_it_went(path: Path) -> None:
    scanned = scan(path.read_bytes(), path.name)
    assert from_plain(marshal.loads(marshal.dumps(to_plain(scanned)))) == scanned


def test_a_worker_gives_the_same_answers_in_order() -> None:
    files = [(path.name, path.read_bytes()) for path in CASES]
    assert scan_batch(files) == [scan(data, name) for name, data in files]
    assert [scan_plain(name, data) for name, data in files] == [
        to_plain(scanned) for scanned in scan_batch(files)
    ]


def test_an_error_comes_back_too() -> None:
    scanned = scan(b"import\n", "module.py")
    assert scanned.error
    assert from_plain(to_plain(scanned)) == scanned
