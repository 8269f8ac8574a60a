"""Closes requirements over the lock: what uv installs for a set of extras on one target.

The walk is uv's own (`uv sync`, `uv export`): breadth first over (package, extra), an edge is
followed where its marker holds. Where the lock records conflicts, a first walk finds the extras
that are active, since markers of edges ask for them; the second one decides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from extrasplit.errors import ExtrasplitError
from extrasplit.lock.conflicts import ConflictItem, decode_marker, named_extras, settle_conflicts
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Dependency, Lock, LockedPackage, PackageKey, RecordedRequirement
from extrasplit.project.pyproject import BASE, Requirement

PACKAGE: Final = canonicalize_name("")
"""The node of a package itself, beside those of its extras."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What uv installs, transitively; the project itself is left out."""

    target: Target
    packages: frozenset[PackageKey]
    """Workspace members that are virtual are walked through, but not installed: not here."""
    edges: frozenset[tuple[PackageKey | None, PackageKey]]
    """Who brings whom; None is the project. Virtual members have theirs."""
    extras: Mapping[PackageKey, frozenset[NormalizedName]]
    """The extras that are active on each package that has any."""


class Node(NamedTuple):
    """What the walk visits: a package (`PACKAGE`), or one of its extras."""

    key: PackageKey
    extra: NormalizedName


def close(
    lock: Lock,
    member: NormalizedName,
    target: Target,
    *,
    extras: Iterable[NormalizedName] = (),
    groups: Iterable[NormalizedName] = (),
    base: bool = True,
) -> Closure:
    """Return what `uv sync --package MEMBER --no-default-groups` installs with extras and groups.

    `base=False` leaves the project's own dependencies out (`--only-group`). A name that the lock
    doesn't hold (it is stale, or the extra is empty) brings nothing.
    """
    walk = _Walk(_wiring(lock, target))
    walk.enter_member(member, sorted(extras), sorted(groups), base)
    return walk.close()


def close_requirement(
    lock: Lock,
    member: NormalizedName,
    requirement: Requirement,
    target: Target,
    *,
    beside: Iterable[NormalizedName] = (),
) -> frozenset[PackageKey]:
    """Return what one declared requirement brings, itself included.

    Empty where its marker is false on the target, where it was excluded, or where no version of
    it is locked. A lock that doesn't know the requirement yet (stale) answers with the version of
    that name that it has. Conflict markers are judged with the requirement's home active and the
    extras `beside` it: `torch` of base may be another one where `cpu` is installed too.
    """
    wiring = _wiring(lock, target)
    walk = _Walk(wiring)
    overridden = requirement.name in lock.overrides
    if requirement.name in lock.excludes:
        return frozenset()
    if not overridden and not wiring.holds(requirement.marker, frozenset()):
        return frozenset()
    package = lock.member(member)
    walk.root = None if package is None else package.key
    walk.active.add(ConflictItem("project", member))
    for extra in (*beside, *filter(None, [requirement.home])):
        walk.active.add(ConflictItem("extra", member, extra))
    if package is not None and requirement.name == member:
        for extra in requirement.extras:
            walk.queue.append(Node(package.key, extra))
        return walk.close().packages
    declared = [] if package is None else _declared(package, requirement)
    for dependency in declared:
        if wiring.holds(dependency.marker, walk.active):
            walk.enter(dependency.key, dependency.extras if overridden else requirement.extras)
    known = package is not None and _is_recorded(package, requirement)
    if not declared and not known:
        walk.enter_best(requirement.name, requirement.extras)
    return walk.close().packages


def close_distribution(
    lock: Lock, name: NormalizedName, target: Target, extras: Iterable[NormalizedName] = ()
) -> frozenset[PackageKey]:
    """Return what a locked distribution would bring if it were declared, itself included.

    Of several versions it is the one that the lock's resolution markers choose for the target.
    """
    walk = _Walk(_wiring(lock, target))
    walk.enter_best(name, extras)
    return walk.close().packages


def is_supported(lock: Lock, target: Target) -> bool:
    """Return whether uv would install on the target: `requires-python` and `environments`."""
    wiring = _wiring(lock, target)
    environments = lock.supported_markers
    return (not lock.requires_python or target.supports(lock.requires_python)) and (
        not environments or any(wiring.holds(marker, frozenset()) for marker in environments)
    )


def _declared(package: LockedPackage, requirement: Requirement) -> list[Dependency]:
    """Return the locked edges of the requirement's home that bear its name."""
    edges = (
        package.dependencies
        if requirement.home == BASE
        else package.optional.get(canonicalize_name(requirement.home), ())
    )
    return [edge for edge in edges if edge.name == requirement.name]


def _is_recorded(package: LockedPackage, requirement: Requirement) -> bool:
    """Return whether the lock was made with the requirement, though no edge is left of it."""
    return any(
        recorded.name == requirement.name
        and requirement.home in (named_extras(recorded.marker or "") or {BASE})
        for recorded in package.requires_dist or ()
    )


class _Wiring:
    """A lock as it stands on one target: markers are evaluated once, edges filtered once."""

    __slots__ = ("_edges", "_environment", "_known", "lock", "target")

    def __init__(self, lock: Lock, target: Target) -> None:
        self.lock = lock
        self.target = target
        self._environment = {**target.marker_environment(), "extra": ""}
        self._known: dict[str, bool] = {}
        self._edges: dict[Node, tuple[Dependency, ...]] = {}

    def holds(self, marker: str | None, active: Set[ConflictItem]) -> bool:
        """Return whether the marker is true on the target with these extras and groups active."""
        if marker is None:
            return True
        settled = settle_conflicts(marker, active) if decode_marker(marker) else marker
        known = self._known.get(settled)
        if known is None:
            known = self._known[settled] = self._evaluate(settled)
        return known

    def edges(self, node: Node) -> tuple[Dependency, ...]:
        """Return the edges that may hold here: all that is left to ask are conflict markers."""
        found = self._edges.get(node)
        if found is None:
            package = self.lock.packages[node.key]
            every = (
                package.dependencies
                if node.extra == PACKAGE
                else package.optional.get(node.extra, ())
            )
            found = self._edges[node] = tuple(
                edge
                for edge in every
                if (edge.marker is not None and decode_marker(edge.marker))
                or self.holds(edge.marker, frozenset())
            )
        return found

    def best(self, name: NormalizedName) -> PackageKey | None:
        """Return the locked version of `name` that is meant on the target, None without any."""
        keys = self.lock.by_name.get(name, ())
        here = [key for key in keys if self._is_resolved_here(key)]
        return max(here or keys, key=_newest, default=None)

    def _is_resolved_here(self, key: PackageKey) -> bool:
        markers = self.lock.packages[key].resolution_markers
        return not markers or any(self.holds(marker, frozenset()) for marker in markers)

    def _evaluate(self, marker: str) -> bool:
        try:
            return Marker(marker).evaluate(self._environment)
        except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName) as error:
            reason = str(error).partition("\n")[0]
            raise ExtrasplitError(
                f"the marker `{marker}` cannot be evaluated: {reason}",
                hint="mend it in pyproject.toml and run `uv lock`",
            ) from None


@lru_cache(maxsize=8)
def _wiring(lock: Lock, target: Target) -> _Wiring:
    return _Wiring(lock, target)


def _newest(key: PackageKey) -> tuple[Version, PackageKey]:
    return Version(key.version or "0"), key


class _Walk:
    """One walk over a lock: what stands in the queue is entered, what was entered is closed."""

    __slots__ = ("active", "edges", "queue", "root", "wiring")

    def __init__(self, wiring: _Wiring) -> None:
        self.wiring = wiring
        self.root: PackageKey | None = None
        self.active: set[ConflictItem] = set()
        self.queue: list[Node] = []
        self.edges: set[tuple[PackageKey | None, PackageKey]] = set()

    def enter_member(
        self,
        member: NormalizedName,
        extras: list[NormalizedName],
        groups: list[NormalizedName],
        base: bool,
    ) -> None:
        """Enter the project: its dependencies, extras and groups.

        A group that it doesn't have is looked for at a workspace root that is no project.
        """
        lock = self.wiring.lock
        package = lock.member(member)
        own_groups = package.groups if package is not None else {}
        if package is not None:
            self.root = package.key
        if package is not None and base:
            self.active.add(ConflictItem("project", member))
            self.active.update(ConflictItem("extra", member, extra) for extra in extras)
            self.queue.append(Node(package.key, PACKAGE))
            self.queue.extend(Node(package.key, extra) for extra in extras)
        self.active.update(ConflictItem("group", member, group) for group in groups)
        for group in groups:
            for edge in own_groups.get(group, ()):
                activated = _activated(edge)
                if self.wiring.holds(edge.marker, self.active | activated):
                    self.active |= activated
                    self.enter(edge.key, edge.extras)
            if group not in own_groups:
                for requirement in lock.manifest_groups.get(group, ()):
                    self._enter_recorded(requirement)

    def enter(self, key: PackageKey, extras: Iterable[NormalizedName]) -> None:
        """Enter one package, as the project itself brings it."""
        if key != self.root:
            self.edges.add((None, key))
        self.queue += _nodes(key, extras)

    def enter_best(self, name: NormalizedName, extras: Iterable[NormalizedName]) -> None:
        """Enter the version of `name` that is locked for the target, if there is one."""
        key = self.wiring.best(name)
        if key is not None:
            self.enter(key, extras)

    def close(self) -> Closure:
        """Return all that the queue brings."""
        if self.wiring.lock.conflicts:
            self._activate()
        edges, extras = self.edges, dict[PackageKey, set[NormalizedName]]()
        seen, queue = set(self.queue), deque(self.queue)
        while queue:
            node = queue.popleft()
            parent = None if node.key == self.root else node.key
            if parent is not None and node.extra != PACKAGE:
                extras.setdefault(parent, set()).add(node.extra)
            for edge in self.wiring.edges(node):
                if not self.wiring.holds(edge.marker, self.active):
                    continue
                key = edge.key
                if key != self.root:
                    edges.add((parent, key))
                for reached in _nodes(key, edge.extras):
                    if reached not in seen:
                        seen.add(reached)
                        queue.append(reached)
        packages = self.wiring.lock.packages
        return Closure(
            target=self.wiring.target,
            packages=frozenset(
                node.key
                for node in seen
                if node.key != self.root and packages[node.key].source_kind != "virtual"
            ),
            edges=frozenset(edges),
            extras={key: frozenset(names) for key, names in extras.items()},
        )

    def _activate(self) -> None:
        """Add the extras that edges activate, each edge judged by what is active so far."""
        seen, queue = set(self.queue), deque(self.queue)
        while queue:
            for edge in self.wiring.edges(queue.popleft()):
                activated = _activated(edge)
                if not self.wiring.holds(edge.marker, self.active | activated):
                    continue
                self.active |= activated
                for reached in _nodes(edge.key, edge.extras):
                    if reached not in seen:
                        seen.add(reached)
                        queue.append(reached)

    def _enter_recorded(self, requirement: RecordedRequirement) -> None:
        if self.wiring.holds(requirement.marker, frozenset()):
            self.enter_best(requirement.name, requirement.extras)


def _activated(edge: Dependency) -> set[ConflictItem]:
    """Return the extras that are active once the edge is followed."""
    return {ConflictItem("extra", edge.name, extra) for extra in edge.extras}


def _nodes(key: PackageKey, extras: Iterable[NormalizedName]) -> list[Node]:
    return [Node(key, PACKAGE), *(Node(key, extra) for extra in extras)]
