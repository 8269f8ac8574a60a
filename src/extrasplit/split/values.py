"""The values of a plan: groups, images, moves, roles."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import NormalizedName

from extrasplit.lock.uvlock import PackageKey
from extrasplit.project.declared import Requirement
from extrasplit.record import Record
from extrasplit.split.needs import Need


class Addition(Record):
    """A requirement that nothing declares and something needs at startup (7.3)."""

    name: NormalizedName
    text: str
    """The line to write, bounded from the lock: `rich>=14.1`."""
    home: str
    """`BASE` or a planned group."""


class Group(Record):
    """Requirements that the plan keeps under one extra."""

    name: NormalizedName
    requirements: tuple[Requirement, ...]
    additions: tuple[Addition, ...]
    installed_bytes: int
    """Of its closure beyond base."""
    retained_bytes: int
    """What leaves the largest variant that holds it when the group is taken out."""
    why: str
    feature: bool
    """No variant must hold it."""

    @property
    def names(self) -> frozenset[NormalizedName]:
        """What it declares."""
        return _names(self.requirements, self.additions)


class Loss(Record):
    """A deferred or guarded import that a lean variant cannot serve."""

    distribution: NormalizedName
    path: str
    line: int
    guarded: bool


class Variant(Record):
    """One image: entrypoints + extras + target."""

    name: str
    entrypoints: tuple[str, ...]
    extras: tuple[NormalizedName, ...]
    """As they are passed to `uv sync --extra`: planned groups, or today's extras."""
    full: bool
    """With the features that it can start without."""
    packages: frozenset[PackageKey]
    installed_bytes: int
    bytecode_bytes: int
    app_bytes: int
    pull_bytes: int
    image_bytes: int
    before_bytes: int
    """`image_bytes` of today's image for these entrypoints."""
    lost: tuple[Loss, ...]
    unlocked_bytes: int | None = None


class Move(Record):
    """One requirement that changes its home."""

    requirement: Requirement
    to: str


class Role(Record):
    """What one entrypoint has today (7.2) and needs."""

    entrypoint: str
    extras_today: tuple[NormalizedName, ...]
    inferred: bool
    """Found only by the half of 7.2: a plain install does not bring it."""
    needs: tuple[Need, ...]


class Plan(Record):
    """The partition that decides everything, or today's lists where they stay."""

    base: tuple[Requirement, ...]
    additions: tuple[Addition, ...]
    """Those whose home is base; a group's stand in the group."""
    base_bytes: int
    groups: tuple[Group, ...]
    variants: tuple[Variant, ...]
    aliases: Mapping[NormalizedName, tuple[NormalizedName, ...]]
    """Extra to the groups (and extras) that it names."""
    moves: tuple[Move, ...]
    roles: tuple[Role, ...]
    default_entrypoint: str | None
    changed: bool
    """False: nothing at all is to be written."""

    @property
    def base_names(self) -> frozenset[NormalizedName]:
        """What base declares."""
        return _names(self.base, self.additions)


def _names(
    requirements: tuple[Requirement, ...], additions: tuple[Addition, ...]
) -> frozenset[NormalizedName]:
    return frozenset([r.name for r in requirements] + [a.name for a in additions])
