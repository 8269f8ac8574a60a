"""What an sdist lets guess."""

from __future__ import annotations

import gzip
from pathlib import Path

from extrasplit.wheels.contents import WheelFacts
from extrasplit.wheels.sdist import describe_sdist
from support.wheelsmith import make_sdist


def facts_of(path: Path, first: int | None = None) -> WheelFacts:
    content = path.read_bytes()
    return describe_sdist(path.name, len(content), content[:first], content[-4:])


def test_the_size_is_that_of_the_gzip_trailer(tmp_path: Path) -> None:
    path = make_sdist("demo", directory=tmp_path, files={"demo.py": "x = 1\n" * 1000})
    facts = facts_of(path, first=10)
    assert facts.installed_bytes == len(gzip.decompress(path.read_bytes()))
    assert (facts.exact, facts.reason, facts.modules) == (False, "sdist", frozenset())


def test_import_names_are_believed(tmp_path: Path) -> None:
    path = make_sdist(
        "demo", directory=tmp_path, metadata=["Import-Name: yaml", "Import-Namespace: google"]
    )
    facts = facts_of(path)
    assert (facts.modules, facts.namespaces) == ({"yaml"}, {"google"})


def test_setuptools_top_level_comes_next(tmp_path: Path) -> None:
    files = {"src/demo.egg-info/top_level.txt": "alpha\nbeta\n", "src/alpha/__init__.py": ""}
    assert facts_of(make_sdist("demo", directory=tmp_path, files=files)).modules == {
        "alpha",
        "beta",
    }


def test_the_files_tell_where_all_of_it_was_read(tmp_path: Path) -> None:
    files = {"src/alpha/__init__.py": "", "src/beta.py": "", "tests/test_a.py": "", "setup.py": ""}
    assert facts_of(make_sdist("demo", directory=tmp_path, files=files)).modules == {
        "alpha",
        "beta",
    }


def test_extras_are_read_from_pkg_info(tmp_path: Path) -> None:
    path = make_sdist("demo", directory=tmp_path, extras={"fast": ["orjson"]})
    assert facts_of(path).optional_requirements == {"fast": ("orjson",)}


def test_what_is_no_archive_is_an_estimate_without_modules() -> None:
    facts = describe_sdist("demo-1.0.tar.gz", 3000, b"<html>", b"\0\0\0\0")
    assert (facts.installed_bytes, facts.modules) == (3000, frozenset())
