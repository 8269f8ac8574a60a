"""The table of what an image could do without."""

from __future__ import annotations

import pytest

from extrasplit.wheels.trim import CATEGORIES, categorize, trim_bytes


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("numpy/tests/test_linalg.py", "tests"),
        ("numpy/tests/data/big.npz", "tests"),
        ("pkg/conftest.py", "tests"),
        ("numpy/testing/__init__.py", None),
        ("pkg/latest.py", None),
        ("pandas/_libs/lib.pyi", "stubs"),
        ("pkg/py.typed", "stubs"),
        ("torch/include/ATen/ATen.h", "sources"),
        ("pkg/a.F90", "sources"),
        ("pkg/lib.rs", "sources"),
        ("pkg/_fast.pyx", "sources"),
        ("streamlit/static/js/main.abc.js.map", "sourcemaps"),
        ("pkg/world.map", None),
        ("pkg/docs/index.html", "docs"),
        ("../../../share/man/man1/x.1", "docs"),
        ("django/conf/locale/de/LC_MESSAGES/django.mo", "locale"),
        ("babel/locale-data/de.dat", "locale"),
        ("pkg-1.dist-info/licenses/README.md", None),
        ("pkg/core.py", None),
        ("pkg/fast.so", None),
    ],
)
def test_a_path_tells_its_category(path: str, category: str | None) -> None:
    assert categorize(path) == category


def test_the_first_row_decides_and_sums_are_bytes() -> None:
    assert trim_bytes({"a/docs/tests/x.rst": 4, "a/docs/y.rst": 5, "a/z.py": 6}) == {
        "tests": 4,
        "docs": 5,
    }


def test_the_contract_names_every_category() -> None:
    names = [category.name for category in CATEGORIES]
    assert names == ["tests", "stubs", "sources", "sourcemaps", "docs", "locale"]
