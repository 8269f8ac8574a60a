"""Follows imports on into the wheels: which distributions no entrypoint can reach as it starts.

Third-party code is a boundary for every need; here it is crossed only to find what could be pruned.
Compiled modules cannot be read: whoever ships one may import all that it requires.
"""

from __future__ import annotations

import configparser
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.calls import Calls, Unit
from extrasplit.imports.level import Level
from extrasplit.imports.modules import LinkedFile, Modules, Packages, Root, link_file
from extrasplit.imports.scan import scan
from extrasplit.imports.scanned import ScannedFile
from extrasplit.imports.traced import Use
from extrasplit.imports.units import Step, Surroundings
from extrasplit.imports.walk import Walk
from extrasplit.places import Place
from extrasplit.record import Record

COMPILED = (".so", ".pyd", ".dylib")
"""How the names of compiled modules end."""


class WheelSource(Record):
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


class Reach(Record):
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
    wheels: Wheels,
    *,
    target_environment: Mapping[str, str],
    held: Collection[str] | None = None,
) -> dict[str, Reach]:
    """Return for each distribution how its code is reached from what the entrypoints use.

    What is not reached at `startup` is a prune candidate; `uses` are those of all entrypoints that
    share an image, `held` the distributions in it (None: all).
    """
    uses = [use for use in uses if use.level is not Level.TYPING]
    held = wheels.sources.keys() if held is None else held
    surroundings = _InWheels(
        wheels.modules, target_environment, wheels.calls, wheels=wheels, held=held
    )
    walk = Walk(surroundings)
    walk.run(step for use in uses for step in _entries(use, wheels, held))
    before = {use.chain[-1]: use.chain for use in reversed(uses) if use.chain}
    reached: dict[str, Reach] = {}
    for unit, arrival in walk.arrived.items():
        distribution = wheels.owner.get(unit.path)
        known = reached.get(distribution or "")
        if distribution is None or (known is not None and known.level is not None):
            continue  # units are settled strongest first
        chain = arrival.chain()
        project = before.get(chain[0], chain[:1]) if chain else ()
        opaque = any(place.module.startswith(_OPAQUE) for place in chain)
        reached[distribution] = Reach(distribution, arrival.level, (*project, *chain[1:]), opaque)
    for distribution in held:
        reached.setdefault(distribution, Reach(distribution, None, ()))
    return reached


_OPAQUE = "compiled code of "


class Wheels:
    """Wheels unpacked into one folder, read as a walk arrives and each file once for all walks."""

    def __init__(self, sources: Iterable[WheelSource]) -> None:
        """Read nothing yet; no two of `sources` are the same distribution."""
        self.sources = {source.distribution: source for source in sources}
        self.owner = {path: name for name, one in self.sources.items() for path in one.paths}
        self.compiled = {name for name, source in self.sources.items() if source.is_compiled}
        packages = Packages(frozenset(self.owner), (Root(""),))
        scans = _Scans(self)
        linked = _Linked(scans, packages)
        self.modules = Modules(packages.roots, scans, linked, packages)
        self.calls = Calls(self.modules, Bodies(self.read))
        self._named: dict[str, tuple[tuple[str, int, str], ...]] = {}

    def read(self, path: str) -> bytes:
        """Return the bytes of one file."""
        return self.sources[self.owner[path]].read(path)

    def named(self, path: str) -> tuple[tuple[str, int, str], ...]:
        """Return the files whose modules stand as strings in a file, with line and module.

        `"uvicorn.protocols.http.auto:AutoHTTPProtocol"`: whoever writes it may well load it.
        """
        if path not in self._named:
            data = self.read(path)
            files: dict[str, tuple[str, int, str]] = {}
            for found in _NAMED.finditer(data):
                module = found[1].decode()
                file = self.modules.packages.file_of(module)
                if file is not None and file != path and file not in files:
                    files[file] = (file, data.count(b"\n", 0, found.start()) + 1, module)
            self._named[path] = tuple(files.values())
        return self._named[path]


_NAMED = re.compile(rb"""["']([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?::[\w.]+)?["']""")


class _Scans(Mapping[str, ScannedFile]):
    def __init__(self, wheels: Wheels) -> None:
        self.wheels = wheels
        self._known: dict[str, ScannedFile] = {}

    def __getitem__(self, path: str) -> ScannedFile:
        if path not in self.wheels.owner or not path.endswith(".py"):
            raise KeyError(path)
        if path not in self._known:
            self._known[path] = scan(self.wheels.read(path), path)
        return self._known[path]

    def __iter__(self) -> Iterator[str]:
        return (path for path in self.wheels.owner if path.endswith(".py"))

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

    wheels: Wheels = field(kw_only=True)
    held: Collection[str] = field(kw_only=True)
    _opened: set[str] = field(default_factory=set)

    def steps(self, unit: Unit, arrived: Level) -> Iterator[Step]:
        for step in Surroundings.steps(self, unit, arrived):
            if step.level is Level.TYPING:
                continue
            if not isinstance(step.target, Unit) or self._holds(step.target.path):
                yield step
        if not unit.scope:
            for path, line, module in self.wheels.named(unit.path):
                if self._holds(path):
                    yield Step(Unit(path), Level.DEFERRED, Place(unit.path, line, module))
        distribution = self.wheels.owner[unit.path]
        if distribution in self.wheels.compiled and distribution not in self._opened:
            self._opened.add(distribution)
            yield from self._required(unit, distribution)

    def _holds(self, path: str) -> bool:
        return self.wheels.owner[path] in self.held

    def _required(self, unit: Unit, distribution: str) -> Iterator[Step]:
        """Yield all that compiled code may import."""
        place = Place(unit.path, 0, f"{_OPAQUE}{distribution}")
        for name in self.wheels.sources[distribution].requires:
            required = self.wheels.sources.get(name) if name in self.held else None
            for path in required.packages if required is not None else ():
                yield Step(Unit(path), Level.STARTUP, place)


def _entries(use: Use, wheels: Wheels, held: Collection[str]) -> Iterator[Step]:
    place = use.chain[-1] if use.chain else None
    if use.module:
        files, _ = wheels.modules.packages.files_run(use.module, use.name)
        for path in files:
            if wheels.owner[path] in held:
                yield Step(Unit(path), use.level, place)
    elif use.distribution in wheels.sources and use.distribution in held:
        wheel = wheels.sources[use.distribution]
        started = [path for module in _scripts(wheel) for path in wheels.modules.find(module)]
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
