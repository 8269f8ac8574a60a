"""What one wheel holds and weighs, told from its zip directory and metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName


@dataclass(frozen=True, slots=True)
class WheelFacts:
    """The facts of one file of an index; immutable per hash."""

    filename: str
    installed_bytes: int
    """Uncompressed, as uv writes it to disk, its own RECORD, INSTALLER and scripts counted."""
    wheel_bytes: int
    """The file as it is downloaded."""
    bytecode_bytes: int
    """An estimate of what compiling its .py files adds."""
    exact: bool
    reason: str | None = None
    """Why it isn't exact: `sdist`, `offline`, `no-wheel`, `unknown-source` ..."""
    modules: frozenset[str] = frozenset()
    """Import packages and single modules, dotted where a namespace package holds them."""
    namespaces: frozenset[str] = frozenset()
    """Packages without `__init__` that other distributions may share."""
    scripts: tuple[str, ...] = ()
    """Console and gui scripts, and files of `*.data/scripts`."""
    entry_points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Group to `name = module:object` lines, console scripts left out."""
    script_targets: Mapping[str, str] = field(default_factory=dict)
    """Console script to `module:object`."""
    optional_requirements: Mapping[NormalizedName, tuple[NormalizedName, ...]] = field(
        default_factory=dict
    )
    """Extra to the distributions that `METADATA` requires for it."""
    native_libraries: tuple[str, ...] = ()
    """Compiled files that it ships (`.so`, `.dylib`, `.pyd`, `.dll`)."""
    trim_bytes: Mapping[str, int] = field(default_factory=dict)
    """Category (tests, sources, stubs, sourcemaps, docs, locale) to bytes."""
    root_is_purelib: bool = True
