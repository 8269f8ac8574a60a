"""Which transitive distributions no start of an image runs: candidates to be left out of the lock.

A maintainer may exclude one (`[tool.uv] exclude-dependencies`) and prove it with `verify`; reading
alone is no proof, since a wheel may load another by a name that nobody can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.imports.deep import Reach, Wheels, WheelSource, follow_wheels
from extrasplit.imports.level import Level
from extrasplit.imports.traced import Use
from extrasplit.lock.uvlock import PackageKey
from extrasplit.places import Place
from extrasplit.record import Record, replace
from extrasplit.split.ground import Ground
from extrasplit.split.needs import Need
from extrasplit.split.values import Plan, Variant
from extrasplit.split.whatif import retained_by_name

_DATA: Final = frozenset({canonicalize_name("tzdata")})
"""What Python itself reads without an import: https://docs.python.org/3/library/zoneinfo.html"""


class Prune(Record):
    """One distribution that an image holds, and that no start of it runs."""

    distribution: NormalizedName
    variant: str
    level: Level | None
    """How code that does run leads to it later; None: nothing does."""
    retained_bytes: int
    """What leaves the image with it."""
    chain: tuple[Place, ...]
    """Where it would be imported: project lines first, then lines in the wheels."""
    holders: tuple[NormalizedName, ...]
    """What requires it in this image."""


def find_prunes(
    ground: Ground, plan: Plan, sources: Mapping[PackageKey, WheelSource]
) -> tuple[Prune, ...]:
    """Return the candidates of every image, by the bytes that would leave with them.

    What is declared is none: `unclaimed` tells of it. Nor is a distribution without source at hand,
    and what such a one requires, since it may import it.
    """
    wheels = _wheels(ground, plan, sources)
    found: list[Prune] = []
    for variant in plan.variants:
        reached = _reach(ground, plan, variant, wheels)
        retained = retained_by_name(ground, plan, variant)
        holders = _holders(ground, variant)
        barred = _barred(ground, plan, variant, sources)
        for name, reach in reached.items():
            if reach.level is not Level.STARTUP and name not in barred and name in retained:
                found.append(
                    Prune(
                        name,
                        variant.name,
                        reach.level,
                        retained[name],
                        reach.chain,
                        tuple(sorted(holders.get(name, ()))),
                    )
                )
    order = {variant.name: at for at, variant in enumerate(plan.variants)}
    found.sort(key=lambda one: (order[one.variant], -one.retained_bytes, one.distribution))
    return tuple(found)


def excludable(prunes: Iterable[Prune], plan: Plan) -> tuple[NormalizedName, ...]:
    """Return what `[tool.uv] exclude-dependencies` may name for all images at once.

    A distribution that some image runs, or that any line may import, is none, guarded or not:
    what answers a guard may need another in its place. One that only others of them bring goes
    with them.
    """
    held = {v.name: {package.name for package in v.packages} for v in plan.variants}
    safe: dict[NormalizedName, set[str]] = {}
    for one in prunes:
        if one.level is None:
            safe.setdefault(one.distribution, set()).add(one.variant)
    names = {
        name
        for name, variants in safe.items()
        if all(variant in variants for variant, packages in held.items() if name in packages)
    }
    outermost = {
        one.distribution
        for one in prunes
        if one.distribution in names and not names.issuperset(one.holders)
    }
    return tuple(sorted(outermost))


def _wheels(ground: Ground, plan: Plan, sources: Mapping[PackageKey, WheelSource]) -> Wheels:
    """Return what is held by any image, each with what it requires on the first target."""
    held = {key for variant in plan.variants for key in variant.packages} & sources.keys()
    requires: dict[NormalizedName, set[str]] = {}
    for holder, required in ground.first.edges:
        if holder is not None:
            requires.setdefault(holder.name, set()).add(required.name)
    return Wheels(
        replace(sources[key], requires=tuple(sorted(requires.get(key.name, ()))))
        for key in sorted(held)
    )


def _reach(
    ground: Ground, plan: Plan, variant: Variant, wheels: Wheels
) -> Mapping[NormalizedName, Reach]:
    """Return what is reached once all that the project imports, at any time, was imported."""
    uses = [use for name in variant.entrypoints for use in ground.uses.get(name, ())]
    for role in plan.roles:
        if role.entrypoint in variant.entrypoints:
            uses += [use for need in role.needs if not need.module for use in _as_uses(need)]
    reached = follow_wheels(
        [replace(use, level=Level.STARTUP) for use in uses if use.level is not Level.TYPING],
        wheels,
        target_environment=ground.first.target.marker_environment(),
        held={package.name for package in variant.packages},
    )
    return {NormalizedName(name): reach for name, reach in reached.items()}


def _as_uses(need: Need) -> Iterable[Use]:
    """Yield what a rule, a setting or metadata asks for by its distribution's name."""
    for provider in sorted(need.providers):
        yield Use(
            need.entrypoint, "", None, need.level, need.via, need.chain, distribution=provider
        )


def _barred(
    ground: Ground,
    plan: Plan,
    variant: Variant,
    sources: Mapping[PackageKey, WheelSource],
) -> frozenset[NormalizedName]:
    """Return what is declared, and what may be run by code that cannot be read."""
    barred = set(plan.base_names).union(*(group.names for group in plan.groups))
    barred |= {requirement.name for requirement in ground.project.requirements} | _DATA
    waiting = [key for key in variant.packages if key not in sources]
    unread = set(waiting)
    while waiting:
        holder = waiting.pop()
        barred.add(holder.name)
        for other, held in ground.first.edges:
            if other == holder and held in variant.packages and held not in unread:
                unread.add(held)
                waiting.append(held)
    return frozenset(barred)


def _holders(ground: Ground, variant: Variant) -> Mapping[NormalizedName, set[NormalizedName]]:
    holders: dict[NormalizedName, set[NormalizedName]] = {}
    for holder, held in ground.first.edges:
        if holder is not None and holder in variant.packages and held in variant.packages:
            holders.setdefault(held.name, set()).add(holder.name)
    return holders
