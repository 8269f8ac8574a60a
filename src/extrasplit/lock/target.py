"""The target: all that a marker or a wheel tag can ask (PEP 508, PEP 425, PEP 600, PEP 656)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """Python version, operating system, architecture and libc."""

    python: str
    """`3.12`: the minor version is what uv's markers and tags ask."""
    platform: str = "linux/amd64"
    """As Docker writes it; `darwin/arm64` and `windows/amd64` evaluate too."""
    libc: Literal["glibc", "musl"] = "glibc"
