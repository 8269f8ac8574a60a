"""Decides whether two markers, or two ranges of Python versions, mean the same.

uv rewrites what it records: `python_version < '3.9'` becomes `python_full_version < '3.9'`,
`platform_system == 'Windows'` becomes `sys_platform == 'win32'`, and what `requires-python` says
already is left out. So texts can't be compared; both sides are asked on environments made of
every value that either names, and of its neighbours.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.version import Version

_WORD: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"|\b([a-z_]+)\b")
_VERSION: Final = re.compile(r"(?<![\d.])3\.\d+(?:\.\d+)?(?![\d.])")

_SYSTEMS: Final = (
    ("posix", "linux", "Linux"),
    ("posix", "darwin", "Darwin"),
    ("nt", "win32", "Windows"),
    ("posix", "cygwin", "CYGWIN_NT"),
    ("posix", "emscripten", "Emscripten"),
    ("posix", "freebsd14", "FreeBSD"),
    ("java", "java17", "Java"),
)
"""`os_name`, `sys_platform`, `platform_system` as they really occur together."""
_IMPLEMENTATIONS: Final = (("cpython", "CPython"), ("pypy", "PyPy"), ("graalpy", "GraalVM"))
_MACHINES: Final = ("x86_64", "aarch64", "arm64", "AMD64", "unheard-of")
_PLAIN: Final = ("platform_release", "platform_version")


@lru_cache(maxsize=1024)
def are_equivalent(one: str | None, other: str | None, requires_python: str) -> bool:
    """Return whether two markers hold in the same environments of `requires_python`."""
    if one == other:
        return True
    try:
        markers = [Marker(text) if text else None for text in (one, other)]
        return all(
            _holds(markers[0], environment) == _holds(markers[1], environment)
            for environment in _environments(f"{one or ''} {other or ''}", requires_python)
        )
    except (ValueError, RecursionError):
        return False


def allow_the_same(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Return whether two `requires-python` allow the same versions, excluded ones (`!=`) apart."""
    return is_narrower(one, other) and is_narrower(other, one)


def is_narrower(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Return whether all that `one` allows is allowed by `other`, excluded ones (`!=`) apart."""
    one, other = _without_exclusions(one), _without_exclusions(other)
    return all(
        other.contains(version, prereleases=True)
        for version in _versions(f"{one} {other}")
        if one.contains(version, prereleases=True)
    )


def _holds(marker: Marker | None, environment: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(environment)


def _without_exclusions(specifiers: SpecifierSet) -> SpecifierSet:
    return SpecifierSet(",".join(str(part) for part in specifiers if part.operator != "!="))


@lru_cache(maxsize=64)
def _versions(text: str) -> tuple[str, ...]:
    """Return patch releases of every minor version, and those around each that is named."""
    found = {f"3.{minor}.{patch}" for minor in range(6, 20) for patch in (0, 50)} | {"4.0.0"}
    for named in _VERSION.findall(text):
        version = Version(named)
        around = (version.micro - 1, version.micro, version.micro + 1)
        found |= {f"3.{version.minor}.{patch}" for patch in around if patch >= 0}
    return tuple(sorted(found, key=Version))


def _environments(text: str, requires_python: str) -> Iterator[dict[str, str]]:
    """Yield environments that vary in all that the text of the markers asks."""
    words = _WORD.findall(text)
    asked = {word for _, _, word in words}
    literals = " ".join(single or double for single, double, word in words if not word)
    named = tuple(dict.fromkeys(literals.split()))
    allowed = SpecifierSet(requires_python)
    versions = [
        version for version in _versions(text) if allowed.contains(version, prereleases=True)
    ] or ["3.12.0"]
    known = {value for system in _SYSTEMS for value in system}
    systems = [*_SYSTEMS, *(("posix", value, value) for value in named if value not in known)]
    machines = [*_MACHINES, *named]
    for version, system, implementation, machine, plain in itertools.product(
        versions
        if asked & {"python_version", "python_full_version", "implementation_version"}
        else versions[:1],
        systems if asked & {"os_name", "sys_platform", "platform_system"} else systems[:1],
        _IMPLEMENTATIONS
        if asked & {"implementation_name", "platform_python_implementation"}
        else _IMPLEMENTATIONS[:1],
        machines if "platform_machine" in asked else machines[:1],
        ("", *named) if asked & set(_PLAIN) else ("",),
    ):
        yield {
            "implementation_name": implementation[0],
            "implementation_version": version,
            "os_name": system[0],
            "platform_machine": machine,
            "platform_python_implementation": implementation[1],
            "platform_release": plain,
            "platform_system": system[2],
            "platform_version": plain,
            "python_full_version": version,
            "python_version": version.rpartition(".")[0],
            "sys_platform": system[1],
            "extra": "",
        }
