"""What if: a requirement went, an extra came along, and what would shrink an image most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.lock.uvlock import PackageKey
from extrasplit.record import Record
from extrasplit.split.ground import Ground
from extrasplit.split.images import weigh_image
from extrasplit.split.values import Plan, Variant


class Shrink(Record):
    """One distribution, and what would leave an image with it."""

    distribution: NormalizedName
    retained_bytes: int
    modules: tuple[str, ...]
    """The first-party modules that import it; none where another distribution brings it."""


class WhatIf(Record):
    """The size that one image would have."""

    variant: str
    installed_bytes: int


def without(ground: Ground, plan: Plan, distribution: str) -> tuple[WhatIf, ...]:
    """Return each image of the plan as if nothing brought a distribution, in bytes.

    Raises ExtrasplitError where uv.lock does not hold it.
    """
    name = canonicalize_name(distribution)
    if name not in ground.lock.by_name:
        raise ExtrasplitError(
            f"uv.lock does not hold {distribution}", hint="`extrasplit tree` lists what it holds"
        )
    return tuple(
        WhatIf(
            variant.name,
            variant.installed_bytes - retained_by_name(ground, plan, variant).get(name, 0),
        )
        for variant in plan.variants
    )


def with_extra(ground: Ground, plan: Plan, extra: str) -> tuple[WhatIf, ...]:
    """Return each image of the plan with one more group, extra or alias, in bytes.

    Raises ExtrasplitError where neither the plan nor pyproject.toml has it.
    """
    packages = _brought(ground, plan, canonicalize_name(extra))
    return tuple(
        WhatIf(variant.name, weigh_image(ground, variant.packages | packages).installed_bytes)
        for variant in plan.variants
    )


def what_would_shrink(ground: Ground, plan: Plan, variant: Variant) -> tuple[Shrink, ...]:
    """Return the distributions of an image by the bytes that would leave with each, most first."""
    importers = _importers(ground)
    retained = retained_by_name(ground, plan, variant)
    found = [
        Shrink(name, size, tuple(sorted(importers.get(name, ()))))
        for name, size in retained.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.retained_bytes, one.distribution)))


def retained_by_name(ground: Ground, plan: Plan, variant: Variant) -> Mapping[NormalizedName, int]:
    """Return the bytes that leave an image with each distribution: all that only it leads to."""
    names = {package.name for package in variant.packages}
    sizes = dict.fromkeys(names, 0)
    for package in variant.packages:
        facts = ground.first.facts.get(package)
        sizes[package.name] += facts.installed_bytes if facts else 0
    brings: dict[NormalizedName, set[NormalizedName]] = {}
    for holder, held in ground.first.edges:
        if holder is not None and holder.name in names and held.name in names:
            brings.setdefault(holder.name, set()).add(held.name)
    roots = _declared(plan, variant.extras) & names
    total = _reached(roots, brings, None)
    return {
        name: sum(sizes[gone] for gone in total - _reached(roots, brings, name))
        for name in sorted(total)
    }


def _reached(
    roots: Iterable[NormalizedName],
    brings: Mapping[NormalizedName, set[NormalizedName]],
    barred: NormalizedName | None,
) -> set[NormalizedName]:
    found: set[NormalizedName] = set()
    open_names = [name for name in roots if name != barred]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += [other for other in brings.get(name, ()) if other != barred]
    return found


def _declared(plan: Plan, extras: Iterable[NormalizedName]) -> set[NormalizedName]:
    """Return the names that base and these extras declare in the plan, aliases resolved."""
    groups = {group.name: group for group in plan.groups}
    names = set(plan.base_names)
    open_names, seen = list(extras), set[NormalizedName]()
    while open_names:
        extra = open_names.pop()
        if extra in seen:
            continue
        seen.add(extra)
        if extra in groups:
            names |= groups[extra].names
        open_names += plan.aliases.get(extra, ())
    return names


def _brought(ground: Ground, plan: Plan, extra: NormalizedName) -> frozenset[PackageKey]:
    known = (
        {group.name for group in plan.groups} | plan.aliases.keys() | ground.project.extras.keys()
    )
    if extra not in known:
        raise ExtrasplitError(
            f'neither pyproject.toml nor the plan has an extra "{extra}"',
            hint=f"there are {', '.join(sorted(known)) or 'none'}",
        )
    target, packages = ground.first, frozenset[PackageKey]()
    lines = [*(line for group in plan.groups for line in group.requirements)]
    lines += [r for x in ground.project.extras.values() for r in x.requirements]
    wanted = _declared(plan, (extra,)) - _declared(plan, ())
    if extra in ground.project.extras and extra not in {g.name for g in plan.groups}:
        wanted |= {r.name for r in ground.project.extras[extra].requirements}
    for name in wanted:
        found = [target.requirement_closures.get(r) for r in lines if r.name == name]
        for closure in found or [target.distribution_closures.get(name)]:
            packages |= closure or frozenset()
    return packages


def _importers(ground: Ground) -> Mapping[NormalizedName, set[str]]:
    found: dict[NormalizedName, set[str]] = {}
    for module, importers in ground.importers.items():
        for name in ground.first.owners.of(module):
            found.setdefault(name, set()).update(importers)
    return found
