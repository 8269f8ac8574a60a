"""What the machine that runs us is, in the words of a target."""

from __future__ import annotations

import platform
import sys
from typing import Final, Literal

_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_SYSTEMS: Final = {"linux": "linux", "darwin": "darwin", "win32": "windows"}


def host_platform() -> str:
    """Return the platform as Docker writes it (`linux/amd64`)."""
    machine = platform.machine().lower()
    return f"{_SYSTEMS.get(sys.platform, sys.platform)}/{_MACHINES.get(machine, machine)}"


def platform_of(machine: str) -> str:
    """Return the Linux platform of what `platform.machine()` says (`x86_64`) in a container."""
    return f"linux/{_MACHINES.get(machine.lower(), machine.lower())}"


def host_libc() -> Literal["glibc", "musl"]:
    """Return the C library that this Python was built against."""
    name, _ = platform.libc_ver()
    return "musl" if sys.platform == "linux" and name != "glibc" else "glibc"
