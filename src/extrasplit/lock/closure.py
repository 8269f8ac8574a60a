"""Closes requirements over the lock: what uv installs for a set of extras on one target.

The walk is uv's own (`uv sync`, `uv export`): breadth first over (package, extra), an edge is
followed where its marker holds. Where the lock records conflicts, a first walk finds the extras
that are active, since markers of edges ask for them; the second one decides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.lock.conflicts import ConflictItem, named_extras
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Dependency, Lock, LockedPackage, PackageKey, RecordedRequirement
from extrasplit.lock.wiring import PACKAGE, Node, Wiring, wire
from extrasplit.project.declared import BASE, Requirement
from extrasplit.record import Record


class Closure(Record):
    """What uv installs, transitively; the project itself is left out."""

    target: Target
    packages: frozenset[PackageKey]
    """Workspace members that are virtual are walked through, but not installed: not here."""
    edges: frozenset[tuple[PackageKey | None, PackageKey]]
    """Who brings whom; None is the project. Edges lead straight through virtual members."""
    extras: Mapping[PackageKey, frozenset[NormalizedName]]
    """The extras that are active on each package that has any."""


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
    walk = _Walk(wire(lock, target))
    walk.enter_member(member, sorted(extras), sorted(groups), base)
    return walk.close()


def close_requirement(
    lock: Lock, member: NormalizedName, requirement: Requirement, target: Target
) -> frozenset[PackageKey]:
    """Return what one declared requirement brings, itself included.

    Empty where its marker is false on the target, where it was excluded, or where no version of
    it is locked. A lock that doesn't know the requirement yet (stale) answers with the version of
    that name that it has. Conflict markers are judged with the requirement's home active and no
    other extra: `torch` of base may be another one where `cpu` is installed too.
    """
    wiring = wire(lock, target)
    walk = _Walk(wiring)
    overridden = requirement.name in lock.overrides
    if requirement.name in lock.excludes:
        return frozenset()
    if not overridden and not wiring.holds(requirement.marker, frozenset()):
        return frozenset()
    package = lock.member(member)
    walk.root = None if package is None else package.key
    walk.active.add(ConflictItem("project", member))
    if requirement.home:
        walk.active.add(ConflictItem("extra", member, NormalizedName(requirement.home)))
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
    walk = _Walk(wire(lock, target))
    walk.enter_best(name, extras)
    return walk.close().packages


def find_conflict(
    lock: Lock,
    member: NormalizedName,
    extras: Iterable[NormalizedName],
    groups: Iterable[NormalizedName] = (),
) -> frozenset[ConflictItem]:
    """Return what of these uv refuses to install together, empty where nothing conflicts."""
    wanted = {ConflictItem("extra", member, extra) for extra in extras}
    wanted |= {ConflictItem("group", member, group) for group in groups}
    clashes = (conflict & wanted for conflict in lock.conflicts)
    return next((clash for clash in clashes if len(clash) > 1), frozenset())


def is_supported(lock: Lock, target: Target) -> bool:
    """Return whether uv would install on the target: `requires-python` and `environments`."""
    wiring = wire(lock, target)
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


class _Walk:
    """One walk over a lock: what stands in the queue is entered, what was entered is closed."""

    __slots__ = ("active", "edges", "queue", "root", "wiring")

    def __init__(self, wiring: Wiring) -> None:
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
        reached_keys = {node.key for node in seen if node.key != self.root}
        virtual = {key for key in reached_keys if packages[key].source_kind == "virtual"}
        return Closure(
            target=self.wiring.target,
            packages=frozenset(reached_keys - virtual),
            edges=frozenset(_bridge(edges, virtual)),
            extras={key: frozenset(names) for key, names in extras.items() if key not in virtual},
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


def _bridge(
    edges: set[tuple[PackageKey | None, PackageKey]], virtual: set[PackageKey]
) -> set[tuple[PackageKey | None, PackageKey]]:
    """Return the edges without virtual packages: who brings one brings what it brings."""
    for key in virtual:
        above = {parent for parent, child in edges if child == key}
        below = {child for parent, child in edges if parent == key}
        edges = {(parent, child) for parent, child in edges if key not in (parent, child)}
        edges |= {(parent, child) for parent in above for child in below if parent != child}
    return edges


def _activated(edge: Dependency) -> set[ConflictItem]:
    """Return the extras that are active once the edge is followed."""
    return {ConflictItem("extra", edge.name, extra) for extra in edge.extras}


def _nodes(key: PackageKey, extras: Iterable[NormalizedName]) -> list[Node]:
    return [Node(key, PACKAGE), *(Node(key, extra) for extra in extras)]
