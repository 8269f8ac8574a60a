"""Reads `[tool.extrasplit]`; an unknown key is an error (DESIGN section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from packaging.utils import NormalizedName


@dataclass(frozen=True, slots=True)
class ConfiguredEntrypoint:
    """`[tool.extrasplit.entrypoints.NAME]`, or one `--entrypoint NAME=COMMAND`."""

    name: str
    run: str
    smoke: str | None = None


@dataclass(frozen=True, slots=True)
class ConfiguredNeed:
    """One need of `[tool.extrasplit.needs]` that no reading can see."""

    distribution: NormalizedName
    level: Literal["startup", "deferred", "guarded"] = "deferred"


@dataclass(frozen=True, slots=True)
class ConfiguredRule:
    """One table of `[[tool.extrasplit.rules]]`."""

    when: str
    reads: str
    yields: str


@dataclass(frozen=True, slots=True)
class ConfiguredVariant:
    """`[tool.extrasplit.variants.NAME]`: an image as it is recorded."""

    name: str
    entrypoints: tuple[str, ...]
    extras: tuple[NormalizedName, ...]
    max_size_bytes: int | None = None
    """Of `image_bytes`."""
    max_packages: int | None = None
    fixed: bool = False
    """Its extras are never changed by a plan."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of `[tool.extrasplit]`."""

    python: str | None = None
    platforms: tuple[str, ...] = ("linux/amd64",)
    libc: Literal["glibc", "musl"] | None = None
    base_image: str | None = None
    default_entrypoint: str | Literal[False] | None = None
    """None: chosen by DESIGN section 7.4; False: there is none."""
    library: bool = False
    source: tuple[str, ...] = ()
    """Source roots that overrule those of the build backend."""
    ignore: tuple[str, ...] = ()
    """`KIND` or `KIND:DISTRIBUTION`."""
    entrypoints: Mapping[str, ConfiguredEntrypoint] = field(default_factory=dict)
    modules: Mapping[str, NormalizedName] = field(default_factory=dict)
    needs: Mapping[str, tuple[ConfiguredNeed, ...]] = field(default_factory=dict)
    groups: Mapping[NormalizedName, tuple[NormalizedName, ...]] = field(default_factory=dict)
    rules: tuple[ConfiguredRule, ...] = ()
    variants: Mapping[str, ConfiguredVariant] = field(default_factory=dict)
