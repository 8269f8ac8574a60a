"""Reads what a run imported: whose it is, who asked for it, and whether any trace foretold it."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from packaging.utils import NormalizedName

from extrasplit.places import Place
from extrasplit.split.ground import TargetGround
from extrasplit.split.values import Role

LONGEST_CHAIN: Final = 12


@dataclass(frozen=True, slots=True)
class Installed:
    """One environment as a run sees it; all paths are absolute, with forward slashes."""

    project: str
    """The folder of the project's files, where its entrypoints run."""
    own: NormalizedName
    """The project's own distribution."""
    owners: Mapping[str, NormalizedName]
    """Every installed file to its distribution, as the RECORDs say (recording spec)."""
    sources: frozenset[str] = frozenset()
    """The project's files, relative to its root."""
    roots: tuple[str, ...] = ()
    """Its source roots: what lies below them is installed without them."""

    def owner(self, path: str) -> NormalizedName | None:
        """Return whose an installed file is."""
        return self.owners.get(posixpath.normpath(path))

    def own_path(self, path: str) -> str | None:
        """Return a file of the project as its tree names it, None for anybody else's."""
        path = posixpath.normpath(path)
        if path.startswith(f"{self.project}/"):
            inside = path.removeprefix(f"{self.project}/")
            if not self.sources or inside in self.sources:
                return inside
        if self.owners.get(path) != self.own:
            return None
        inside = _inside(path)
        for root in self.roots:
            named = inside if root == "." else f"{root}/{inside}"
            if named in self.sources:
                return named
        return inside

    def place(self, path: str, line: int, module: str) -> Place:
        """Return a line as evidence names it: other people's files as they are installed."""
        return Place(self.own_path(path) or _inside(posixpath.normpath(path)), line, module)


@dataclass(frozen=True, slots=True)
class Import:
    """A distribution that a run really loaded."""

    distribution: NormalizedName
    chain: tuple[Place, ...] = field(default=())
    """From a file of the project to the line that asked for it."""
    asked_by: str | None = None
    """The file of the project that asked for it itself; None where another distribution did."""


def imported(answer: Mapping[str, Any], installed: Installed) -> frozenset[NormalizedName]:
    """Return the distributions of which a run loaded something, the project itself left out."""
    found = {installed.owner(path) for path in answer.get("origins", {}).values()}
    return frozenset(name for name in found if name is not None and name != installed.own)


def read_imports(answer: Mapping[str, Any], installed: Installed) -> tuple[Import, ...]:
    """Return each distribution that a run loaded, once for each file of the project that asked.

    Where only other distributions asked for it, the chain leads back from them to the project.
    """
    origins: Mapping[str, str] = answer.get("origins", {})
    askers: dict[str, tuple[str, int]] = {}
    own: dict[tuple[NormalizedName, str], Import] = {}
    for module, filename, line in answer.get("asked", ()):
        owner = installed.owner(origins[module]) if module in origins else None
        if module in origins:
            askers.setdefault(module, (filename, line))
        path = installed.own_path(filename)
        if owner is not None and owner != installed.own and path is not None:
            found = Import(owner, (Place(path, line, module),), path)
            own.setdefault((owner, path), found)
    direct = {name for name, _ in own}
    others: dict[NormalizedName, Import] = {}
    for module, origin in origins.items():
        owner = installed.owner(origin)
        if owner is None or owner == installed.own or owner in direct or owner in others:
            continue
        others[owner] = Import(owner, _chain_to(module, origins, askers, installed))
    found_imports = [*own.values(), *others.values()]
    return tuple(sorted(found_imports, key=lambda one: (one.distribution, one.asked_by or "")))


def _chain_to(
    module: str,
    origins: Mapping[str, str],
    askers: Mapping[str, tuple[str, int]],
    installed: Installed,
) -> tuple[Place, ...]:
    """Follow who asked for a module first, back to a file of the project."""
    modules = {path: name for name, path in origins.items()}
    chain: list[Place] = []
    seen: set[str] = set()
    while module in askers and module not in seen and len(chain) < LONGEST_CHAIN:
        seen.add(module)
        filename, line = askers[module]
        chain.append(installed.place(filename, line, module))
        if installed.own_path(filename) is not None:
            break
        module = modules.get(filename, "")
    return tuple(reversed(chain))


def unforeseen(imports: Iterable[Import], role: Role, ground: TargetGround) -> tuple[Import, ...]:
    """Return what no trace of the entrypoint foretold.

    Foretold is what provides one of its needs; where another distribution asked, also what these
    bring by the lock.
    """
    needed = frozenset[NormalizedName]().union(*(need.providers for need in role.needs))
    brought = brings(needed, ground)
    return tuple(
        one
        for one in imports
        if one.distribution not in (needed if one.asked_by is not None else brought)
    )


def brings(names: Collection[NormalizedName], ground: TargetGround) -> frozenset[NormalizedName]:
    """Return these distributions with all that the lock lets them bring along."""
    edges: dict[NormalizedName, set[NormalizedName]] = {}
    for source, target in ground.edges:
        if source is not None:
            edges.setdefault(source.name, set()).add(target.name)
    found = set(names)
    waiting = list(names)
    while waiting:
        for name in edges.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return frozenset(found)


def modules_of(
    names: Collection[NormalizedName], ground: TargetGround, held: Collection[NormalizedName] = ()
) -> dict[str, NormalizedName]:
    """Return the import packages of some distributions that no held one ships too."""
    kept = {
        module
        for key, facts in ground.facts.items()
        if key.name in held
        for module in facts.modules
    }
    return {
        module: key.name
        for key, facts in sorted(ground.facts.items(), key=lambda item: item[0])
        if key.name in names
        for module in sorted(facts.modules - kept)
    }


def _inside(path: str) -> str:
    """Return a file's place below site-packages."""
    return path.rpartition("-packages/")[2]
