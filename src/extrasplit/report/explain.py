"""Says why a group or a distribution stands where it does, and what moving it would cost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec
from packaging.requirements import Requirement as Pep508
from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.imports.level import Level
from extrasplit.imports.startup import StartupGraph, merge
from extrasplit.lock.uvlock import PackageKey
from extrasplit.report import contract
from extrasplit.report.assemble import place_records
from extrasplit.split.ground import Ground
from extrasplit.split.images import weigh_image
from extrasplit.split.needs import Need
from extrasplit.split.unlocks import Unlock
from extrasplit.split.unlocks.severed import severed
from extrasplit.split.values import Group, Plan, Variant
from extrasplit.split.whatif import retained_by_name, what_would_shrink

SHRINKS_SHOWN: Final = 5
SHRINK_BYTES: Final = 5_000_000
"""Below this nobody would change code for it."""


def shrink_records(ground: Ground, plan: Plan) -> list[contract.ShrinkRecord]:
    """Return what would shrink each lean image most: imported by the project, heaviest first."""
    return [
        contract.ShrinkRecord(
            variant=variant.name,
            distribution=one.distribution,
            retained_bytes=one.retained_bytes,
            modules=list(one.modules),
        )
        for variant in plan.variants
        if not variant.full
        for one in [
            one
            for one in what_would_shrink(ground, plan, variant)
            if one.modules and one.retained_bytes >= SHRINK_BYTES
        ][:SHRINKS_SHOWN]
    ]


def explain(ground: Ground, plan: Plan, name: str) -> contract.ExplanationRecord:
    """Return why a group of the plan, or a locked distribution, stands where it does.

    Raises ExtrasplitError where neither has that name.
    """
    wanted = canonicalize_name(name)
    for group in plan.groups:
        if group.name == wanted:
            return _explain_group(ground, plan, group)
    if wanted in ground.first.distribution_closures:
        return _explain_distribution(ground, plan, wanted)
    groups = ", ".join(group.name for group in plan.groups) or "none"
    raise ExtrasplitError(
        f"neither the plan nor uv.lock has {name}",
        hint=f"the groups are {groups}; `extrasplit tree --all-extras` lists distributions",
    )


def with_severed(
    explanation: contract.ExplanationRecord,
    ground: Ground,
    plan: Plan,
    unlocks: Iterable[Unlock],
    graphs: Mapping[str, StartupGraph],
) -> contract.ExplanationRecord:
    """Return the explanation with the import lines that hold it, and the ways that they cut."""
    names = {explanation.name, *_names(explanation.requirements)}
    records = []
    for unlock in unlocks:
        if names.isdisjoint(unlock.leaving | _names(unlock.requirements)):
            continue
        chains = severed(ground, unlock, _graph_of(unlock, plan, graphs))
        lines = [
            contract.SeveredLineRecord(
                path=line.path, line=line.line, names=list(line.names), chain=place_records(chain)
            )
            for line, chain in chains.items()
        ]
        records.append(
            contract.SeveredRecord(
                variant=unlock.variant,
                entrypoint=unlock.entrypoint,
                requirements=list(unlock.requirements),
                freed_bytes=unlock.freed_bytes,
                lines=lines,
            )
        )
    return msgspec.structs.replace(explanation, severed=records)


def _graph_of(unlock: Unlock, plan: Plan, graphs: Mapping[str, StartupGraph]) -> StartupGraph:
    """Return the start that the lines stand in: of the one that asks, else of all in its image."""
    own = graphs[unlock.entrypoint]
    if unlock.names <= {(line.path, line.line, line.name) for line in own.lines}:
        return own
    members = [v.entrypoints for v in plan.variants if v.name == unlock.variant]
    return merge([graphs[name] for names in members for name in names if name in graphs])


def _names(requirements: Iterable[str]) -> set[NormalizedName]:
    return {canonicalize_name(Pep508(text).name) for text in requirements}


def _explain_group(ground: Ground, plan: Plan, group: Group) -> contract.ExplanationRecord:
    others = plan.base_names.union(*(g.names for g in plan.groups if g is not group))
    alone = _brought(ground, group.names) - _brought(ground, others)
    names = group.names | {key.name for key in alone}
    needs = _needs_of(plan, names)
    must = _asking(plan, needs, startup=True)
    return contract.ExplanationRecord(
        name=group.name,
        kind="group",
        stands_in=[group.name],
        requirements=[
            *(requirement.text for requirement in group.requirements),
            *(addition.text for addition in group.additions),
        ],
        brought_by=[],
        installed_bytes=group.installed_bytes,
        why=group.why,
        must=must,
        may=[name for name in _asking(plan, needs, startup=False) if name not in must],
        held_by=[v.name for v in plan.variants if group.name in v.extras],
        needs=_need_records(needs, names),
        moved=[_with_or_without(ground, plan, variant, group) for variant in plan.variants],
    )


def _explain_distribution(
    ground: Ground, plan: Plan, name: NormalizedName
) -> contract.ExplanationRecord:
    homes = ["base"] if name in plan.base_names else []
    homes += [group.name for group in plan.groups if name in group.names]
    why = [group.why for group in plan.groups if name in group.names]
    written = [r.text for r in ground.project.requirements if r.name == name]
    names = frozenset({name})
    needs = _needs_of(plan, names)
    must = _asking(plan, needs, startup=True)
    sizes = ground.first.facts
    mine = [key for key in ground.first.distribution_closures[name] if key.name == name]
    return contract.ExplanationRecord(
        name=name,
        kind="distribution",
        stands_in=homes,
        requirements=list(dict.fromkeys(written)),
        brought_by=[] if homes else _brought_by(ground, name),
        installed_bytes=sum(sizes[key].installed_bytes for key in mine if key in sizes),
        why=why[0] if why else None,
        must=must,
        may=[name for name in _asking(plan, needs, startup=False) if name not in must],
        held_by=[v.name for v in plan.variants if _holds(v, name)],
        needs=_need_records(needs, names),
        moved=[_moved(ground, plan, variant, name) for variant in plan.variants],
    )


def _needs_of(plan: Plan, names: frozenset[NormalizedName]) -> list[Need]:
    needs = [need for role in plan.roles for need in role.needs if need.providers & names]
    return sorted(needs, key=lambda need: (need.level, need.entrypoint, len(need.chain)))


def _need_records(
    needs: Iterable[Need], names: frozenset[NormalizedName]
) -> list[contract.ExplainedNeedRecord]:
    return [
        contract.ExplainedNeedRecord(
            entrypoint=need.entrypoint,
            distribution=min(need.providers & names),
            level=need.level.word,
            via=need.via,
            chain=place_records(need.chain),
        )
        for need in needs
    ]


def _asking(plan: Plan, needs: Iterable[Need], *, startup: bool) -> list[str]:
    asking = {need.entrypoint for need in needs if (need.level is Level.STARTUP) is startup}
    return [v.name for v in plan.variants if not v.full and asking.intersection(v.entrypoints)]


def _with_or_without(
    ground: Ground, plan: Plan, variant: Variant, group: Group
) -> contract.MovedRecord:
    if group.name in variant.extras:
        kept = plan.base_names.union(
            *(g.names for g in plan.groups if g is not group and g.name in variant.extras)
        )
        packages = _brought(ground, kept)
    else:
        packages = variant.packages | _brought(ground, group.names)
    return contract.MovedRecord(
        variant=variant.name,
        before=variant.installed_bytes,
        after=weigh_image(ground, packages).installed_bytes,
    )


def _holds(variant: Variant, name: NormalizedName) -> bool:
    return any(key.name == name for key in variant.packages)


def _moved(
    ground: Ground, plan: Plan, variant: Variant, name: NormalizedName
) -> contract.MovedRecord:
    before = variant.installed_bytes
    if _holds(variant, name):
        after = before - retained_by_name(ground, plan, variant).get(name, 0)
    else:
        packages = variant.packages | ground.first.distribution_closures[name]
        after = weigh_image(ground, packages).installed_bytes
    return contract.MovedRecord(variant=variant.name, before=before, after=after)


def _brought(ground: Ground, names: Collection[NormalizedName]) -> frozenset[PackageKey]:
    """Return what these declared names bring; an added one's closure is its distribution's."""
    found = frozenset[PackageKey]()
    declared = set()
    for requirement, closure in ground.first.requirement_closures.items():
        if requirement.name in names:
            declared.add(requirement.name)
            found |= closure
    for name in set(names) - declared:
        found |= ground.first.distribution_closures.get(name, frozenset())
    return found


def _brought_by(ground: Ground, name: NormalizedName) -> list[list[str]]:
    """Return for each declared requirement that brings a distribution the two ends of the way."""
    closures = ground.first.requirement_closures.items()
    bringing = {r.name for r, closure in closures if any(key.name == name for key in closure)}
    return [[one, name] for one in sorted(bringing)]
