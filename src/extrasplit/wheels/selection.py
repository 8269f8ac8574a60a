"""Picks the wheel that uv would install for a locked package on a target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import LockedFile, LockedPackage

_NAME: Final = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(-(?P<build>\d[^-]*))?"
    r"-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)
"""The binary distribution format's file name; the build tag begins with a digit."""
_BUILD: Final = re.compile(r"(\d+)(.*)", re.DOTALL)

_Build = tuple[int, str]


def choose_wheel(package: LockedPackage, target: Target) -> LockedFile | None:
    """Return the wheel that uv installs; None where there is none, so only an sdist fits.

    As in uv: the most specific tag of the target decides, then the higher build tag (none is
    lower than any), then the first in the lock. The files' own `requires-python` was heeded when
    the lock was made: what it refuses, the lock does not hold.
    """
    ranks = _ranks(target)
    best: tuple[int, _Build] | None = None
    chosen: LockedFile | None = None
    for wheel in package.wheels:
        found = _NAME.fullmatch(wheel.filename)
        if found is None:
            continue
        rank = _best_rank(found, ranks)
        if rank is None:
            continue
        order = (-rank, _build_tag(found["build"]))
        if best is None or order > best:
            best, chosen = order, wheel
    return chosen


@lru_cache(maxsize=16)
def _ranks(target: Target) -> Mapping[tuple[str, str, str], int]:
    """Return each tag's place, 0 for the most specific."""
    ranks: dict[tuple[str, str, str], int] = {}
    for rank, tag in enumerate(target.tags()):
        ranks.setdefault((tag.interpreter, tag.abi, tag.platform), rank)
    return ranks


def _best_rank(found: re.Match[str], ranks: Mapping[tuple[str, str, str], int]) -> int | None:
    """Return the best place of a compressed tag set (PEP 425), None where none fits."""
    fitting = [
        ranks[tag]
        for python in found["python"].lower().split(".")
        for abi in found["abi"].lower().split(".")
        for platform in found["platform"].lower().split(".")
        if (tag := (python, abi, platform)) in ranks
    ]
    return min(fitting, default=None)


def _build_tag(text: str | None) -> _Build:
    """Return the build tag as it is compared: the number first, then the rest as text."""
    found = _BUILD.fullmatch(text or "")
    return (int(found[1]), found[2]) if found else (-1, "")
