"""Follows imports on into the wheels: which distributions no entrypoint can reach as it starts.

Third-party code is a boundary for every need; here it is crossed only to find what could be pruned.
Compiled modules cannot be read: whoever ships one may import all that it requires.
"""

from __future__ import annotations

import configparser
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.calls import Calls, Unit
from extrasplit.imports.level import Level
from extrasplit.imports.modules import LinkedFile, Modules, Packages, Root, link_file
from extrasplit.imports.scan import scan
from extrasplit.imports.scanned import ScannedFile
from extrasplit.imports.trace import Use
from extrasplit.imports.units import Step, Surroundings
from extrasplit.imports.walk import Walk
from extrasplit.places import Place

COMPILED = (".so", ".pyd", ".dylib")
"""How the names of compiled modules end."""


@dataclass(frozen=True, slots=True)
class WheelSource:
    """The files of one installed distribution."""

    distribution: str
    paths: tuple[str, ...]
    """Relative to site-packages, forward slashes."""
    read: Callable[[str], bytes]
    """Answers one of those paths; asked only for Python source and `entry_points.txt`."""
    requires: tuple[str, ...] = ()
    """The distributions that it requires on the target."""

    @property
    def is_compiled(self) -> bool:
        """Whether it ships modules that no reading can follow."""
        return any(path.endswith(COMPILED) for path in self.paths)

    @property
    def packages(self) -> tuple[str, ...]:
        """The files that importing its top-level packages and modules runs."""
        return tuple(
            path
            for path in self.paths
            if path.endswith(".py")
            and ("/" not in path or (path.count("/") == 1 and path.endswith("/__init__.py")))
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """How surely the code of one distribution runs."""

    distribution: str
    level: Level | None
    """None: nothing that is used leads to it."""
    chain: tuple[Place, ...]
    """Project lines first, then lines in the wheels."""
    opaque: bool = False
    """Reached only because a compiled module may import it."""


def follow_wheels(
    uses: Iterable[Use],
    wheels: Sequence[WheelSource],
    *,
    target_environment: Mapping[str, str],
    scans: dict[str, ScannedFile] | None = None,
) -> dict[str, Reach]:
    """Return for each distribution how its code is reached from what the entrypoints use.

    What is not reached at `startup` is a prune candidate; `uses` are those of all entrypoints that
    share an image. `scans` is filled with what is read, for another image with the same files.
    """
    site = _SitePackages(wheels, {} if scans is None else scans)
    uses = [use for use in uses if use.level is not Level.TYPING]
    surroundings = _InWheels(site.modules, target_environment, site.calls, site=site)
    walk = Walk(surroundings)
    walk.run(step for use in uses for step in _entries(use, site))
    before = {use.chain[-1]: use.chain for use in reversed(uses) if use.chain}
    reached: dict[str, Reach] = {}
    for unit, arrival in walk.arrived.items():
        distribution = site.owner.get(unit.path)
        known = reached.get(distribution or "")
        if distribution is None or (known is not None and known.level is not None):
            continue  # units are settled strongest first
        chain = arrival.chain()
        project = before.get(chain[0], chain[:1]) if chain else ()
        opaque = any(place.module.startswith(_OPAQUE) for place in chain)
        reached[distribution] = Reach(distribution, arrival.level, (*project, *chain[1:]), opaque)
    for wheel in wheels:
        reached.setdefault(wheel.distribution, Reach(wheel.distribution, None, ()))
    return reached


_OPAQUE = "compiled code of "


class _SitePackages:
    """All wheels unpacked into one folder, read as the walk arrives."""

    def __init__(self, wheels: Sequence[WheelSource], scanned: dict[str, ScannedFile]) -> None:
        self.wheels = {wheel.distribution: wheel for wheel in wheels}
        self.owner = {path: wheel.distribution for wheel in wheels for path in wheel.paths}
        packages = Packages(frozenset(self.owner), (Root(""),))
        scans = _Scans(self, scanned)
        linked = _Linked(scans, packages)
        self.modules = Modules(packages.roots, scans, linked, packages)
        self.calls = Calls(self.modules, Bodies(self.read))

    def read(self, path: str) -> bytes:
        """Return the bytes of one file."""
        return self.wheels[self.owner[path]].read(path)


class _Scans(Mapping[str, ScannedFile]):
    def __init__(self, site: _SitePackages, known: dict[str, ScannedFile]) -> None:
        self.site = site
        self._known = known

    def __getitem__(self, path: str) -> ScannedFile:
        if path not in self.site.owner or not path.endswith(".py"):
            raise KeyError(path)
        if path not in self._known:
            self._known[path] = scan(self.site.read(path), path)
        return self._known[path]

    def __iter__(self) -> Iterator[str]:
        return (path for path in self.site.owner if path.endswith(".py"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Linked(Mapping[str, LinkedFile]):
    def __init__(self, scans: _Scans, packages: Packages) -> None:
        self._scans = scans
        self._packages = packages
        self._known: dict[str, LinkedFile] = {}

    def __getitem__(self, path: str) -> LinkedFile:
        if path not in self._known:
            self._known[path] = link_file(path, self._scans[path], self._packages)
        return self._known[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._scans)

    def __len__(self) -> int:
        return len(self._scans)


@dataclass(slots=True)
class _InWheels(Surroundings):
    """Adds what a compiled module may import to what the source says."""

    site: _SitePackages = field(kw_only=True)
    _opened: set[str] = field(default_factory=set)

    def steps(self, unit: Unit, arrived: Level) -> Iterator[Step]:
        yield from Surroundings.steps(self, unit, arrived)
        wheel = self.site.wheels[self.site.owner[unit.path]]
        if wheel.distribution in self._opened or not wheel.is_compiled:
            return
        self._opened.add(wheel.distribution)
        for name in wheel.requires:
            required = self.site.wheels.get(name)
            for path in required.packages if required is not None else ():
                place = Place(unit.path, 0, f"{_OPAQUE}{wheel.distribution}")
                yield Step(Unit(path), Level.STARTUP, place)


def _entries(use: Use, site: _SitePackages) -> Iterator[Step]:
    place = use.chain[-1] if use.chain else None
    if use.module:
        files, _ = site.modules.packages.files_run(use.module, use.name)
        for path in files:
            yield Step(Unit(path), use.level, place)
    elif use.distribution in site.wheels:
        wheel = site.wheels[use.distribution]
        started = [path for module in _scripts(wheel) for path in site.modules.find(module)]
        for path in (*wheel.packages, *started):
            yield Step(Unit(path), use.level, place)


def _scripts(wheel: WheelSource) -> Iterator[str]:
    """Yield the modules of its console scripts (entry points specification)."""
    for path in wheel.paths:
        if posixpath.basename(path) != "entry_points.txt" or ".dist-info/" not in path:
            continue
        table = configparser.ConfigParser(delimiters=("=",), interpolation=None)
        table.read_string(wheel.read(path).decode("utf-8", "replace"))
        for section in ("console_scripts", "gui_scripts"):
            if table.has_section(section):
                for _, target in table.items(section):
                    yield target.partition(":")[0].strip()
