"""What pyproject.toml says of a project, as values; `pyproject` and `settings` read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from extrasplit.normalized import NormalizedName
from extrasplit.record import Record, field

BASE: Final = ""
"""The home of a requirement of `[project.dependencies]`; any other home is an extra's name."""


class Requirement(Record):
    """One PEP 508 line at one place of pyproject.toml."""

    text: str
    """As it is written, without quotes."""
    name: NormalizedName
    extras: frozenset[NormalizedName]
    marker: str | None
    """The marker as `packaging` writes it."""
    home: str
    """`BASE`, or the normalized name of the one extra in which this line stands."""
    index: int
    """Its position in the array, aliases counted too."""
    line: int
    """Its line in pyproject.toml, counted from 1; 0 where it cannot be told (dynamic)."""


class Extra(Record):
    """One key of `[project.optional-dependencies]`."""

    name: NormalizedName
    written: str
    """The key as it is written."""
    requirements: tuple[Requirement, ...]
    """Without references to the project's own extras."""
    includes: tuple[NormalizedName, ...]
    """The project's own extras that it names (`app[a,b]` inside `app`)."""

    @property
    def is_alias(self) -> bool:
        """Whether it holds only the project's own extras."""
        return bool(self.includes) and not self.requirements


class Script(Record):
    """One line of `[project.scripts]` or `[project.gui-scripts]`."""

    name: str
    target: str
    """`package.module:function`, as written."""
    gui: bool
    line: int


class Conflict(Record):
    """One set of `[tool.uv] conflicts`: no environment holds two of its members."""

    extras: frozenset[NormalizedName]
    groups: frozenset[NormalizedName]


class Project(Record):
    """One project: what its pyproject.toml says, and nothing that its files say."""

    root: Path
    """The folder of its pyproject.toml."""
    lock_root: Path
    """The folder of its uv.lock: the workspace's root, mostly the same."""
    name: NormalizedName
    written_name: str
    version: str | None
    """None where it is dynamic."""
    requires_python: str | None
    base: tuple[Requirement, ...]
    extras: Mapping[NormalizedName, Extra]
    """In the order in which they are written."""
    dynamic: frozenset[str]
    scripts: tuple[Script, ...]
    build_backend: str | None
    """None where there is no `[build-system]`."""
    virtual: bool
    """uv installs only its dependencies: no build system, or `tool.uv.package = false`."""
    source_roots: tuple[str, ...]
    """Folders relative to the root whose children are importable once installed (`src`, `.`)."""
    packages: tuple[str, ...]
    """Importable top-level names where the build backend's table names them, else empty."""
    conflicts: tuple[Conflict, ...]
    source_extras: frozenset[NormalizedName]
    """Extras that an entry of `[tool.uv.sources]` names: they cannot be divided."""
    groups: Mapping[NormalizedName, tuple[str, ...]]
    """PEP 735 dependency groups, as written; development, never touched."""
    members: tuple[str, ...]
    """Folders of the uv workspace's members, relative to the workspace's root."""
    readme: str | None = None
    fastapi_entrypoint: str | None = None
    """`[tool.fastapi] entrypoint`: what `fastapi run` starts without a path."""
    plugins: tuple[tuple[str, str], ...] = ()
    """Group and object reference (`app.plugin:Plugin`) of each of `[project.entry-points]`."""

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement, base first, then the extras in written order."""
        return self.base + tuple(r for extra in self.extras.values() for r in extra.requirements)


class ConfiguredEntrypoint(Record):
    """`[tool.extrasplit.entrypoints.NAME]`, or one `--entrypoint NAME=COMMAND`."""

    name: str
    run: str
    smoke: str | None = None


class ConfiguredNeed(Record):
    """One need of `[tool.extrasplit.needs]` that no reading can see."""

    distribution: NormalizedName
    level: Literal["startup", "deferred", "guarded"] = "deferred"


class ConfiguredRule(Record):
    """One table of `[[tool.extrasplit.rules]]`."""

    when: str
    reads: str
    yields: str


class ConfiguredVariant(Record):
    """`[tool.extrasplit.variants.NAME]`: an image as it is recorded."""

    name: str
    entrypoints: tuple[str, ...]
    extras: tuple[NormalizedName, ...]
    max_size_bytes: int | None = None
    """Of `image_bytes`."""
    max_packages: int | None = None
    fixed: bool = False
    """Its extras are never changed by a plan."""


class Settings(Record):
    """All of `[tool.extrasplit]`."""

    python: str | None = None
    platforms: tuple[str, ...] = ("linux/amd64",)
    libc: Literal["glibc", "musl"] | None = None
    base_image: str | None = None
    default_entrypoint: str | bool | None = None
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
