"""What one wheel holds and weighs, told from its zip directory and metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from packaging.utils import NormalizedName

from extrasplit.record import Record, field
from extrasplit.wheels.bytecode import estimate_bytecode
from extrasplit.wheels.directory import Member
from extrasplit.wheels.installation import (
    ENVIRONMENT,
    SCRIPT_GROUPS,
    data_scripts,
    find_dist_info,
    lay_out,
    script_targets,
)
from extrasplit.wheels.metadata import read_entry_points, read_metadata, read_path_file
from extrasplit.wheels.modules import find_modules
from extrasplit.wheels.trim import trim_bytes

SDIST_REASON: Final = "sdist"
"""Why facts that were read from an sdist aren't exact."""
OFFLINE: Final = "offline"
"""Why facts are missing that an index would tell."""

_NATIVE: Final = (".so", ".dylib", ".pyd", ".dll")
_VERSIONED: Final = re.compile(r".*\.so(\.\d+)+")

_TEXTS: Final = ("METADATA", "WHEEL", "entry_points.txt")


class WheelFacts(Record):
    """The facts of one file of an index; immutable per hash."""

    filename: str
    installed_bytes: int
    """Uncompressed, as uv writes it to disk, its own RECORD, INSTALLER and scripts counted.

    Scripts name the Python at `installation.PYTHON`; another path makes each of `shebangs`
    longer or shorter."""
    wheel_bytes: int
    """The file as it is downloaded."""
    bytecode_bytes: int
    """An estimate of what compiling its .py files adds (`bytecode.py` says how good)."""
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
    shebangs: int = 0
    """Scripts whose first line names the environment's Python."""

    @property
    def lasts(self) -> bool:
        """Whether the same file tells the same tomorrow: nothing was out of reach today."""
        return self.exact or self.reason != OFFLINE

    @property
    def knows_modules(self) -> bool:
        """Whether `modules` was read at all; a distribution may well ship none."""
        return self.exact or bool(self.modules)


def wanted_members(members: Sequence[Member]) -> tuple[Member, ...]:
    """Return the members whose text `describe` needs beside the directory itself.

    They are METADATA, WHEEL, entry_points.txt, `.pth` files, and what in `*.data/scripts` may be
    a Python script: all small, and mostly at the end of a wheel.
    """
    info = find_dist_info(members)
    names = {f"{info}/{text}" for text in _TEXTS}
    wanted = [one for one in members if one.name in names or _is_path_file(one.name)]
    return (*wanted, *data_scripts(members))


def describe(
    filename: str, wheel_bytes: int, members: Sequence[Member], texts: Mapping[str, bytes]
) -> WheelFacts:
    """Return the facts of one wheel, sizes as `uv sync` writes it.

    `texts` maps the names of `wanted_members` to their content. Raises BrokenArchiveError where
    there is no `.dist-info`.
    """
    info = find_dist_info(members)
    groups = read_entry_points(texts.get(f"{info}/entry_points.txt", b""))
    targets = script_targets(groups)
    installation = lay_out(members, targets, texts)
    inside = [path for path in installation.sizes if not path.startswith(ENVIRONMENT)]
    roots = [root for name in texts if _is_path_file(name) for root in read_path_file(texts[name])]
    names = find_modules(inside, roots)
    compiled = (one for path, one in installation.origins.items() if _is_compiled(path))
    return WheelFacts(
        filename=filename,
        installed_bytes=installation.total_bytes,
        wheel_bytes=wheel_bytes,
        bytecode_bytes=sum(map(estimate_bytecode, compiled)),
        exact=True,
        modules=names.modules,
        namespaces=names.namespaces,
        scripts=installation.scripts,
        entry_points=_plugins(groups),
        script_targets=targets,
        optional_requirements=read_metadata(
            texts.get(f"{info}/METADATA", b"")
        ).optional_requirements,
        native_libraries=tuple(sorted(filter(_is_native, installation.sizes))),
        trim_bytes=trim_bytes(installation.sizes),
        root_is_purelib=b"root-is-purelib: false" not in texts.get(f"{info}/WHEEL", b"").lower(),
        shebangs=installation.shebangs,
    )


def _is_path_file(name: str) -> bool:
    return name.endswith(".pth") and "/" not in name


def _is_native(path: str) -> bool:
    return path.endswith(_NATIVE) or (".so." in path and _VERSIONED.fullmatch(path) is not None)


def _is_compiled(path: str) -> bool:
    """Tell whether uv compiles the file: all of site-packages, nothing else."""
    return path.endswith(".py") and not path.startswith(ENVIRONMENT)


def _plugins(groups: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    return {
        group: tuple(f"{name} = {target}" for name, target in names.items())
        for group, names in groups.items()
        if group not in SCRIPT_GROUPS and names
    }
