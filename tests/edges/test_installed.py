"""What lies on disk is read, and no further than it should be."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from extrasplit.edges.installed import read_installed, read_source_tree

NAME = canonicalize_name("demo")


def install(root: Path, record: str, **texts: str) -> Path:
    info = root / ".venv/lib/python3.12/site-packages/Demo-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text(record)
    for name, text in texts.items():
        (info / name).write_text(text)
    return info


def test_a_record_tells_sizes_and_modules(tmp_path: Path) -> None:
    record = (
        "demo/__init__.py,sha256=x,100\n"
        "demo/__pycache__/__init__.cpython-312.pyc,sha256=x,900\n"
        "../../../bin/demo,sha256=x,50\n"
        "Demo-1.0.dist-info/METADATA,sha256=x,70\n"
        "Demo-1.0.dist-info/RECORD,,\n"
    )
    install(tmp_path, record, METADATA="Name: demo\nRequires-Dist: a; extra == 'b'\n")
    facts = read_installed(tmp_path, NAME, "1.0")
    assert facts is not None
    assert facts.installed_bytes == 100 + 50 + 70 + len(record)
    assert (facts.modules, facts.exact) == ({"demo"}, False)
    assert facts.optional_requirements == {"b": ("a",)}


def test_another_version_is_not_it(tmp_path: Path) -> None:
    install(tmp_path, "demo.py,,1\nDemo-1.0.dist-info/METADATA,,1\n")
    assert read_installed(tmp_path, NAME, "1.1") is None
    assert read_installed(tmp_path, canonicalize_name("other"), "1.0") is None
    assert read_installed(tmp_path / "nowhere", NAME, "1.0") is None


@pytest.mark.parametrize("record", ["", "\0\0", "demo.py,,1\n", 'a"b,c\n,,,\n', "x,y,-3\n"])
def test_a_record_that_tells_nothing_is_nothing(tmp_path: Path, record: str) -> None:
    install(tmp_path, record)
    assert read_installed(tmp_path, NAME, "1.0") is None


def test_paths_that_lead_outside_are_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / ".venv/lib/python3.12/secret.pth"
    record = "../secret.pth,,5\n/etc/other.pth,,5\nDemo-1.0.dist-info/METADATA,,1\ndemo.py,,1\n"
    install(tmp_path, record)
    secret.write_text("hidden\n")
    facts = read_installed(tmp_path, NAME, "1.0")
    assert facts is not None
    assert facts.modules == {"demo"}


@pytest.mark.parametrize("layout", ["src", "."])
def test_a_source_folder_counts_its_packages_only(tmp_path: Path, layout: str) -> None:
    root = tmp_path / layout
    (root / "demo" / "data").mkdir(parents=True)
    (root / "demo" / "__init__.py").write_text("x" * 100)
    (root / "demo" / "data" / "a.bin").write_text("x" * 50)
    (root / "single.py").write_text("x" * 10)
    for aside in ("tests", "docs", ".git", "build"):
        (root / aside).mkdir()
        (root / aside / "test_a.py").write_text("x" * 1000)
    (root / "setup.py").write_text("x" * 1000)
    facts = read_source_tree(tmp_path, "editable")
    assert facts.modules == {"demo", "single"}
    assert 160 <= facts.installed_bytes < 900
    assert (facts.exact, facts.reason) == (False, "editable")
