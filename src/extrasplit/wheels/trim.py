"""What an image could do without: one table of categories, told by a file's path alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from extrasplit.record import Record


class Category(Record):
    """One row of the table; a file belongs to it by a folder above it, its suffix, or its name."""

    name: str
    folders: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    """The last one, lower case and without its dot."""
    files: tuple[str, str] | None = None
    """A suffix, and a pattern for the names with it, where the suffix alone can't decide."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CATEGORIES: Final = (
    # pytest's and unittest's folders and files; `testing` is left alone, since numpy, pandas,
    # torch and others import theirs at run time.
    Category(
        "tests",
        _words("test tests _test _tests unit_tests unittests"),
        files=("py", r"(test_.*|.*_test|conftest)\.py"),
    ),
    # PEP 484 and PEP 561: for type checkers only.
    Category("stubs", suffixes=_words("pyi"), files=("typed", r"py\.typed")),
    # What compilers read: C, C++, CUDA, Cython, Fortran, Rust, assembler, and headers.
    Category(
        "sources",
        suffixes=_words(
            "c cc cpp cxx cu cuh h hh hpp hxx inl pyx pxd pxi f f77 f90 f95 for rs s asm"
        ),
    ),
    # For the debuggers of browsers: `app.js.map`.
    Category("sourcemaps", files=("map", r".*\.(m?js|cjs|css|ts)\.map")),
    Category("docs", _words("doc docs man"), _words("rst md")),
    # GNU gettext's and Babel's catalogues.
    Category(
        "locale", _words("locale locales locale-data translations"), suffixes=_words("po pot mo")
    ),
)
"""The first row that a file fits decides."""

_NONE: Final = len(CATEGORIES)
_BY_FOLDER: Final = {folder: rank for rank, row in enumerate(CATEGORIES) for folder in row.folders}
_BY_SUFFIX: Final = {end: rank for rank, row in enumerate(CATEGORIES) for end in row.suffixes}
_BY_FILE: Final = {
    row.files[0]: (rank, re.compile(row.files[1]))
    for rank, row in enumerate(CATEGORIES)
    if row.files
}


def trim_bytes(sizes: Mapping[str, int]) -> dict[str, int]:
    """Return category to bytes for installed files, by their path.

    What lies in `.dist-info` is never trimmed: licenses have to travel with what they license.
    """
    found: Counter[int] = Counter()
    ranks: dict[str, int] = {}
    for path, size in sizes.items():
        folder, _, file = path.rpartition("/")
        rank = ranks.get(folder)
        if rank is None:
            rank = ranks[folder] = _rank_folder(folder)
        found[min(rank, _rank_file(file)) if rank >= 0 else _NONE] += size
    return {CATEGORIES[rank].name: size for rank, size in found.items() if rank < _NONE and size}


def categorize(path: str) -> str | None:
    """Return the category of one installed file; None: it is needed, or nobody can tell."""
    return next(iter(trim_bytes({path: 1})), None)


def _rank_folder(folder: str) -> int:
    """Return the best rank of the folders on the way; negative for what must stay."""
    names = folder.lower().split("/")
    if names[0].endswith(".dist-info"):
        return -1
    return min((_BY_FOLDER.get(name, _NONE) for name in names), default=_NONE)


def _rank_file(file: str) -> int:
    lowered = file.lower()
    suffix = lowered.rpartition(".")[2]
    rank = _BY_SUFFIX.get(suffix, _NONE)
    if suffix in _BY_FILE:
        other, pattern = _BY_FILE[suffix]
        if other < rank and pattern.fullmatch(lowered):
            return other
    return rank
