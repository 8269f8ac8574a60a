"""The target: all that a marker or a wheel tag can ask (PEP 508, PEP 425, PEP 600, PEP 656)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from extrasplit.errors import ExtrasplitError
from extrasplit.record import Record

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.tags import Tag

GLIBC: Final = (2, 41)
"""Of Debian 13, on which `python:3.x-slim` stands."""
MUSL: Final = (1, 2)
"""Of every Alpine Linux since 3.13."""
MACOS: Final = (13, 0)
"""What uv assumes for `--python-platform macos`."""
LATEST_PATCH: Final = 99
"""Above every patch release that a minor version has seen."""


class Machine(NamedTuple):
    """How one architecture is called by each system's `platform.machine()` and by wheel tags."""

    linux: str
    darwin: str | None
    windows: str | None
    windows_tag: str | None
    oldest_manylinux: int
    """The glibc minor version of its first manylinux (PEP 600)."""


MACHINES: Final[dict[str, Machine]] = {
    "amd64": Machine("x86_64", "x86_64", "AMD64", "win_amd64", 5),
    "arm64": Machine("aarch64", "arm64", "ARM64", "win_arm64", 17),
    "386": Machine("i686", None, "x86", "win32", 5),
    "arm/v7": Machine("armv7l", None, None, None, 17),
    "ppc64le": Machine("ppc64le", None, None, None, 17),
    "s390x": Machine("s390x", None, None, None, 17),
    "riscv64": Machine("riscv64", None, None, None, 31),
}
"""By Docker's name for the architecture."""

_SYSTEMS: Final = {
    "linux": ("posix", "linux", "Linux"),
    "darwin": ("posix", "darwin", "Darwin"),
    "windows": ("nt", "win32", "Windows"),
}
"""`os_name`, `sys_platform` and `platform_system` (PEP 508)."""

_LEGACY_MANYLINUX: Final = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
"""The aliases of PEP 600, each after the perfect tag that it stands for."""


class Target(Record):
    """Python version, operating system, architecture and libc.

    A Linux target has the glibc of Debian 13 (2.41) or the musl of Alpine (1.2): what the
    official Python images bring. macOS is taken as 13, as by uv.
    """

    python: str
    """`3.12`, or `3.12.4` where the patch release matters."""
    platform: str = "linux/amd64"
    """As Docker writes it; `darwin/arm64` and `windows/amd64` evaluate too."""
    libc: Literal["glibc", "musl"] = "glibc"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"3\.\d{1,2}(\.\d{1,2})?", self.python):
            raise ExtrasplitError(
                f"`{self.python}` is no Python version", hint="write it as 3.12 or 3.12.4"
            )
        if self.system not in _SYSTEMS or self._machine_name() is None:
            known = ", ".join(f"linux/{name}" for name in MACHINES)
            raise ExtrasplitError(
                f"`{self.platform}` is no platform that extrasplit knows",
                hint=f"write one of {known}, darwin/amd64, darwin/arm64, windows/amd64, "
                "windows/arm64, windows/386",
            )

    @property
    def system(self) -> str:
        """`linux`, `darwin` or `windows`."""
        return self.platform.partition("/")[0]

    @property
    def architecture(self) -> str:
        """A key of `MACHINES`; variants that change no tag (`arm64/v8`) are left out."""
        name = self.platform.partition("/")[2]
        return re.sub(r"^(amd64|arm64)/v\d+$", r"\1", name)

    @property
    def machine(self) -> str:
        """What `platform.machine()` says on the target."""
        name = self._machine_name()
        assert name is not None
        return name

    @property
    def minor(self) -> int:
        """The minor version: 12 of Python 3.12."""
        return int(self.python.split(".")[1])

    @property
    def python_full_version(self) -> str:
        """The version that markers see: where no patch is named, the newest that there may be.

        `FROM python:3.12-slim` and uv's own interpreters bring that one, so that a requirement
        with `python_full_version < "3.11.3"` is not installed on 3.11.
        """
        return self.python if self.python.count(".") == 2 else f"{self.python}.{LATEST_PATCH}"

    def marker_environment(self) -> dict[str, str]:
        """Return all variables of PEP 508, `extra` apart, as CPython has them on the target.

        `platform_release` and `platform_version` are empty, as uv leaves them for a platform that
        it doesn't run on.
        """
        os_name, sys_platform, platform_system = _SYSTEMS[self.system]
        return {
            "implementation_name": "cpython",
            "implementation_version": self.python_full_version,
            "os_name": os_name,
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": platform_system,
            "platform_version": "",
            "python_full_version": self.python_full_version,
            "python_version": f"3.{self.minor}",
            "sys_platform": sys_platform,
        }

    def tags(self) -> tuple[Tag, ...]:
        """Return the wheel tags that CPython takes here, the best first, in the order of uv."""
        return _tags(self)

    def supports(self, specifier: SpecifierSet | str) -> bool:
        """Return whether `requires-python` allows the target.

        Without a patch release the target is the whole minor version: one that is allowed is
        enough.
        """
        from packaging.specifiers import SpecifierSet

        wanted = SpecifierSet(specifier) if isinstance(specifier, str) else specifier
        if wanted.contains(self.python_full_version, prereleases=True):
            return True
        first = f"{self.python}.0"
        return self.python.count(".") == 1 and wanted.contains(first, prereleases=True)

    def _machine_name(self) -> str | None:
        machine = MACHINES.get(self.architecture)
        if machine is None:
            return None
        names = {"linux": machine.linux, "darwin": machine.darwin, "windows": machine.windows}
        return names.get(self.system)


@lru_cache(maxsize=16)
def _tags(target: Target) -> tuple[Tag, ...]:
    from packaging.tags import Tag

    platforms = tuple(_platform_tags(target))
    current, minors = f"cp3{target.minor}", range(target.minor, -1, -1)
    tags = [Tag(current, current, platform) for platform in platforms]
    for minor in minors:
        if minor >= 2:
            tags += [Tag(f"cp3{minor}", "abi3", platform) for platform in platforms]
        if minor == target.minor:
            tags += [Tag(current, "none", platform) for platform in platforms]
    pythons = [f"py3{target.minor}", "py3", *(f"py3{minor}" for minor in minors[1:])]
    tags += [Tag(python, "none", platform) for python in pythons for platform in platforms]
    tags += [Tag(python, "none", "any") for python in (current, *pythons)]
    return tuple(tags)


def _platform_tags(target: Target) -> Iterator[str]:
    match target.system:
        case "linux" if target.libc == "glibc":
            yield from _manylinux_tags(target)
        case "linux":
            for minor in range(MUSL[1], -1, -1):
                yield f"musllinux_{MUSL[0]}_{minor}_{target.machine}"
            yield f"linux_{target.machine}"
        case "darwin":
            yield from _macos_tags(target.machine)
        case _:
            tag = MACHINES[target.architecture].windows_tag
            assert tag is not None
            yield tag


def _manylinux_tags(target: Target) -> Iterator[str]:
    oldest = MACHINES[target.architecture].oldest_manylinux
    for minor in range(GLIBC[1], oldest - 1, -1):
        yield f"manylinux_{GLIBC[0]}_{minor}_{target.machine}"
        if minor in _LEGACY_MANYLINUX:
            yield f"{_LEGACY_MANYLINUX[minor]}_{target.machine}"
    yield f"linux_{target.machine}"


def _macos_tags(machine: str) -> Iterator[str]:
    """Yield from the newest to 10.4; arm64 has only universal2 binaries of before macOS 11."""
    formats: tuple[str, ...] = ("x86_64", "intel", "fat64", "fat32", "universal2", "universal")
    if machine == "arm64":
        formats = ("arm64", "universal2")
    old_formats = ("universal2",) if machine == "arm64" else formats
    for major in range(MACOS[0], 10, -1):
        yield from (f"macosx_{major}_0_{form}" for form in formats)
    for minor in range(16, 3, -1):
        yield from (f"macosx_10_{minor}_{form}" for form in old_formats)
