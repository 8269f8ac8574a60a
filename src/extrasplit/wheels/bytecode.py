"""Estimates what `uv sync --compile-bytecode` adds, from the sizes in the zip directory.

Calibrated on 31,039 modules of 337 distributions, compiled by CPython 3.11: a power law of the
source's size and of its packed size (which comments and repetitions hardly raise), fitted by least
squares on logarithms, weighted by size. Over the whole closure it was exact; over 400 random
closures of 80 top-level packages it was off by 2% in the median and by 6% at the 95th percentile;
of 30, by 4% and 12%. `benchmarks/sizes.py` measures it again.
"""

from __future__ import annotations

import re
from typing import Final

from extrasplit.wheels.directory import STORED, Member

REFERENCE: Final = "3.12"
"""The Python that `WheelFacts.bytecode_bytes` is remembered for."""

_BY_PYTHON: Final = {"3.9": 0.70, "3.10": 0.70, "3.11": 1.09, "3.12": 1.0, "3.13": 0.99}
"""Bytes of bytecode, relative to the reference's: 6,000 of these modules, compiled by each."""
_SCALE: Final = 2.227
_SOURCE_POWER: Final = 0.589
_PACKED_POWER: Final = 0.397
_TESTS_FACTOR: Final = 1.49
"""Tests give half as much again: many short functions, and hardly a docstring."""
_TESTS: Final = re.compile(r"(^|/)_?tests?/|(^|/)(test_[^/]*|conftest)\.py$")
_PACKED_SHARE: Final = 0.21
"""How small deflate makes source code, for wheels that store it as it is."""


def estimate_bytecode(member: Member) -> int:
    """Return the bytes of the `.pyc` that one `.py` member gives on the reference Python."""
    packed = member.packed_bytes
    if member.method == STORED:
        packed = round(member.size_bytes * _PACKED_SHARE)
    source = (member.size_bytes + 50.0) ** _SOURCE_POWER
    estimate: float = _SCALE * source * (packed + 30.0) ** _PACKED_POWER
    return round(estimate * _TESTS_FACTOR if _TESTS.search(member.name) else estimate)


def bytecode_factor(python: str) -> float:
    """Return how much bytecode this Python (`3.11`, `3.11.4`) writes, relative to the reference.

    Of a version that was not measured: as much as the newest that was.
    """
    minor = ".".join(python.split(".")[:2])
    return _BY_PYTHON.get(minor, _BY_PYTHON["3.13"])
