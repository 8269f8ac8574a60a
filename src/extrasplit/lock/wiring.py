"""Evaluates the markers of a lock for one target, each once, and keeps the edges that are left."""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache
from typing import Final, NamedTuple

from packaging.markers import Marker
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from extrasplit.errors import ExtrasplitError
from extrasplit.lock.conflicts import ConflictItem, decode_marker, settle_conflicts
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Dependency, Lock, PackageKey

PACKAGE: Final = canonicalize_name("")
"""The node of a package itself, beside those of its extras."""


class Node(NamedTuple):
    """What a walk visits: a package (`PACKAGE`), or one of its extras."""

    key: PackageKey
    extra: NormalizedName


class Wiring:
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
        except (ValueError, RecursionError) as error:
            shown = marker if len(marker) < 100 else f"{marker[:100]}..."
            reason = str(error).partition("\n")[0]
            raise ExtrasplitError(
                f"the marker `{shown}` cannot be evaluated: {reason}",
                hint="mend it in pyproject.toml and run `uv lock`",
            ) from None


@lru_cache(maxsize=8)
def wire(lock: Lock, target: Target) -> Wiring:
    """Return the wiring of a lock on a target; the last eight are remembered."""
    return Wiring(lock, target)


def _newest(key: PackageKey) -> tuple[Version, PackageKey]:
    return Version(key.version or "0"), key
