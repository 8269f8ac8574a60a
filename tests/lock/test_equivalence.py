"""Markers and Python ranges are compared by what they mean."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from extrasplit.lock.equivalence import allow_the_same, are_equivalent, is_narrower


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("python_version < '3.11'", "python_full_version < '3.11'"),
        ("python_version <= '3.11'", "python_full_version < '3.12'"),
        ("python_version < '3.11' and python_version >= '3.8'", "python_full_version < '3.11'"),
        ("platform_system == 'Windows'", "sys_platform == 'win32'"),
        ("os_name == 'nt' and sys_platform == 'win32'", "sys_platform == 'win32'"),
        (
            "platform_machine in 'x86_64 aarch64'",
            "platform_machine == 'aarch64' or platform_machine == 'x86_64'",
        ),
        ("python_version >= '3.9'", None),
    ],
)
def test_what_means_the_same_is_equivalent(one: str, other: str | None) -> None:
    assert are_equivalent(one, other, ">=3.9")
    assert are_equivalent(other, one, ">=3.9")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("python_version < '3.11'", "python_version < '3.12'"),
        ("python_full_version < '3.11.3'", "python_full_version < '3.11.4'"),
        ("sys_platform == 'linux'", "sys_platform != 'win32'"),
        ("platform_machine == 'x86_64'", "platform_machine == 'arm64'"),
        ("implementation_name == 'cpython'", None),
        ("python_version >= '3.10'", None),
        ("sys_platform == 'plan9'", "sys_platform == 'haiku1'"),
        ("platform_release >= '20'", None),
        ("no marker at all", None),
    ],
)
def test_what_differs_anywhere_is_not_equivalent(one: str, other: str | None) -> None:
    assert not are_equivalent(one, other, ">=3.9")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (">=3.9", ">=3.9.0", True),
        (">=3.9,!=3.9.1", ">=3.9", True),
        ("~=3.9", ">=3.9,<4", True),
        ("==3.12.*", ">=3.12,<3.13", True),
        (">=3.9", ">=3.10", False),
        (">=3.9,<3.13", ">=3.9", False),
        (">=3.12.4", ">=3.12", False),
    ],
)
def test_python_ranges_are_compared_without_exclusions(one: str, other: str, same: bool) -> None:
    assert allow_the_same(SpecifierSet(one), SpecifierSet(other)) is same


def test_a_range_within_another_is_narrower() -> None:
    assert is_narrower(SpecifierSet(">=3.11"), SpecifierSet(">=3.9"))
    assert not is_narrower(SpecifierSet(">=3.9"), SpecifierSet(">=3.11"))
