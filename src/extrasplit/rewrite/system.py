"""Says which Debian packages an image needs beside its wheels; the table is data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from packaging.utils import NormalizedName

COMPILERS: Final = ("build-essential",)
"""What any sdist with native code asks for."""


@dataclass(frozen=True, slots=True)
class SystemNeeds:
    """One line of the table."""

    run: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    run_built: tuple[str, ...] = ()
    unless: frozenset[str] = frozenset()
    """Distributions that make them superfluous."""


def runtime_packages(
    distributions: Iterable[NormalizedName], compiled: Iterable[NormalizedName] = ()
) -> tuple[str, ...]:
    """Return the Debian packages that these distributions load, sorted.

    `compiled` are those of them that no wheel serves.
    """
    held, built = frozenset(distributions), frozenset(compiled)
    found: set[str] = set()
    for name in held & _table().keys():
        needs = _table()[name]
        if not needs.unless & held:
            found |= {*needs.run, *(needs.run_built if name in built else ())}
    return tuple(sorted(found))


def build_packages(
    compiled: Iterable[NormalizedName], libc: Literal["glibc", "musl"] = "glibc"
) -> tuple[str, ...]:
    """Return the system's packages that compiling these sdists asks for, sorted.

    Of Alpine (musl) the table knows only the compiler.
    """
    if libc == "musl":
        return ("build-base",)
    table = _table()
    found = {package for name in compiled if name in table for package in table[name].build}
    return tuple(sorted({*COMPILERS, *found}))


@cache
def _table() -> dict[str, SystemNeeds]:
    text = files(__package__ or "extrasplit.rewrite").joinpath("system_packages.toml")
    return {
        name: SystemNeeds(
            run=tuple(entry.get("run", ())),
            build=tuple(entry.get("build", ())),
            run_built=tuple(entry.get("run-built", ())),
            unless=frozenset(entry.get("unless", ())),
        )
        for name, entry in tomllib.loads(text.read_text(encoding="utf-8")).items()
    }
