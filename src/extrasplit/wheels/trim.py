"""What an image could do without: one table of categories, told by a file's path alone."""

from __future__ import annotations

import re
from typing import Final, Literal

Category = Literal["tests", "sources", "stubs", "sourcemaps", "docs", "locale"]

CATEGORIES: Final[tuple[tuple[Category, str], ...]] = (
    # pytest's and unittest's folders and files; `testing` is left alone, since numpy, pandas,
    # torch and others import theirs at run time.
    ("tests", r"(^|/)(tests?|_tests?|unit_?tests)/|(^|/)(conftest|test_[^/]*|[^/]*_test)\.py$"),
    # PEP 484 and PEP 561: for type checkers only.
    ("stubs", r"\.pyi$|(^|/)py\.typed$"),
    # What compilers read: C, C++, CUDA, Cython, Fortran, Rust, assembler, and headers.
    (
        "sources",
        r"\.(c|cc|cpp|cxx|cu|cuh|h|hh|hpp|hxx|inl|pyx|pxd|pxi|f|f77|f90|f95|for|rs|s|asm)$",
    ),
    # For the debuggers of browsers.
    ("sourcemaps", r"\.(js|mjs|cjs|css|ts)\.map$"),
    ("docs", r"(^|/)docs?/|(^|/)share/man/|\.(rst|md)$"),
    # GNU gettext's and Babel's catalogues.
    ("locale", r"(^|/)(locale|locales|locale-data|translations)/|\.(po|pot|mo)$"),
)
"""Category and the paths in it, relative to site-packages; the first that fits decides."""

_PATTERN: Final = re.compile("|".join(f"(?P<{name}>{paths})" for name, paths in CATEGORIES), re.I)


def categorize(path: str) -> Category | None:
    """Return the category of an installed file; None: it is needed, or nobody can tell.

    What lies in `.dist-info` is never trimmed: licenses have to travel with what they license.
    """
    if ".dist-info/" in path:
        return None
    found = _PATTERN.search(path)
    if found is None:
        return None
    # An alternative may match earlier in the path than one that stands before it in the table.
    return next(name for name, _ in CATEGORIES if _SEPARATE[name].search(path))


_SEPARATE: Final = {name: re.compile(paths, re.I) for name, paths in CATEGORIES}
