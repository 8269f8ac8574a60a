"""Turns the answers of the stages into the contract's records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from extrasplit.project.declared import BASE
from extrasplit.report import contract

if TYPE_CHECKING:
    from extrasplit.findings import Finding
    from extrasplit.lock.target import Target
    from extrasplit.lock.uvlock import PackageKey
    from extrasplit.places import Place
    from extrasplit.project.declared import Requirement
    from extrasplit.project.entrypoints import Entrypoint
    from extrasplit.split.ground import Ground
    from extrasplit.split.needs import Need
    from extrasplit.split.unlocks import Unlock, UnlockLine
    from extrasplit.split.values import Plan, Variant
    from extrasplit.wheels.contents import WheelFacts


def suggest_report(
    ground: Ground,
    plan: Plan,
    findings: Sequence[Finding],
    *,
    base_image: str,
    retained: Mapping[PackageKey, int],
    unlocks: Sequence[contract.UnlockRecord] = (),
) -> contract.SuggestReport:
    """Assemble what `suggest` prints."""
    project = ground.project
    held_by = _variants_by_package(plan.variants)
    known = set(held_by)
    for closure in ground.first.requirement_closures.values():
        known |= closure
    direct = {requirement.name for requirement in project.requirements}
    return contract.SuggestReport(
        project=contract.ProjectRecord(
            name=project.written_name,
            version=project.version,
            root=".",
            lock=contract.LockRecord(path="uv.lock", packages=len(ground.lock.packages)),
        ),
        target=target_record(ground.first.target, base_image),
        packages=[
            package_record(
                key,
                ground.first.facts.get(key),
                direct=key.name in direct,
                retained_bytes=retained.get(key, 0),
                variants=held_by.get(key, ()),
            )
            for key in sorted(known)
        ],
        base=contract.BaseRecord(
            requirements=[requirement.text for requirement in plan.base],
            added=[addition.text for addition in plan.additions],
            installed_bytes=plan.base_bytes,
        ),
        entrypoints=entrypoint_records(ground, plan),
        groups=[
            contract.GroupRecord(
                name=group.name,
                requirements=[requirement.text for requirement in group.requirements],
                added=[addition.text for addition in group.additions],
                installed_bytes=group.installed_bytes,
                retained_bytes=group.retained_bytes,
                why=group.why,
            )
            for group in plan.groups
        ],
        variants=[variant_record(variant) for variant in plan.variants],
        unlocks=list(unlocks),
        findings=[finding_record(finding) for finding in findings],
        aliases={name: list(groups) for name, groups in sorted(plan.aliases.items())},
        changed=plan.changed,
    )


def check_report(
    ground: Ground, plan: Plan, findings: Sequence[Finding], *, base_image: str
) -> contract.CheckReport:
    """Assemble what `check` prints; the plan is that of the recorded variants."""
    return contract.CheckReport(
        target=target_record(ground.first.target, base_image),
        variants=[variant_record(variant) for variant in plan.variants],
        findings=[finding_record(finding) for finding in findings],
    )


def target_record(target: Target, base_image: str) -> contract.TargetRecord:
    """Return the target that figures are for."""
    return contract.TargetRecord(
        python=target.python, platform=target.platform, libc=target.libc, base_image=base_image
    )


def package_record(
    key: PackageKey,
    facts: WheelFacts | None,
    *,
    direct: bool,
    retained_bytes: int,
    variants: Iterable[str] = (),
) -> contract.PackageRecord:
    """Return one package; without facts its sizes are None and `exact` is false."""
    kind = key.source.partition("+")[0]
    if facts is None:
        return contract.PackageRecord(
            name=key.name,
            version=key.version,
            installed_bytes=None,
            wheel_bytes=None,
            bytecode_bytes=None,
            exact=False,
            reason="unknown",
            source=kind,
            import_packages=[],
            trim={},
            direct=direct,
            retained_bytes=retained_bytes,
            variants=list(variants),
        )
    return contract.PackageRecord(
        name=key.name,
        version=key.version,
        installed_bytes=facts.installed_bytes,
        wheel_bytes=facts.wheel_bytes,
        bytecode_bytes=facts.bytecode_bytes,
        exact=facts.exact,
        reason=facts.reason,
        source=kind,
        import_packages=sorted(facts.modules),
        trim=dict(sorted(facts.trim_bytes.items())),
        direct=direct,
        retained_bytes=retained_bytes,
        variants=list(variants),
    )


def entrypoint_records(ground: Ground, plan: Plan) -> list[contract.EntrypointRecord]:
    """Return every entrypoint with its needs."""
    homes = homes_by_distribution(ground.project.requirements)
    roles = {role.entrypoint: role for role in plan.roles}
    return [
        entrypoint_record(
            entrypoint,
            roles[entrypoint.name].extras_today if entrypoint.name in roles else (),
            roles[entrypoint.name].needs if entrypoint.name in roles else (),
            homes,
        )
        for entrypoint in ground.entrypoints
    ]


def entrypoint_record(
    entrypoint: Entrypoint,
    extras_today: Sequence[str],
    needs: Sequence[Need],
    homes: Mapping[str, Sequence[str]],
) -> contract.EntrypointRecord:
    """Return one entrypoint."""
    return contract.EntrypointRecord(
        name=entrypoint.name,
        kind=entrypoint.kind,
        starts=entrypoint.starts,
        file=entrypoint.file,
        found_in=contract.FoundRecord(path=entrypoint.found_in.path, line=entrypoint.found_in.line),
        extras_today=list(extras_today),
        needs=[record for need in needs for record in need_records(need, homes)],
    )


def need_records(need: Need, homes: Mapping[str, Sequence[str]]) -> list[contract.NeedRecord]:
    """Return one record for each distribution that ships the module, at least one."""
    providers: list[str | None] = [*sorted(need.providers)] or [None]
    return [
        contract.NeedRecord(
            distribution=provider,
            level=need.level.word,
            via=need.via,
            declared_in=list(homes.get(provider, ())) if provider else [],
            chain=place_records(need.chain),
        )
        for provider in providers
    ]


def variant_record(variant: Variant) -> contract.VariantRecord:
    """Return one image."""
    unlocked = variant.installed_bytes if variant.unlocked_bytes is None else variant.unlocked_bytes
    return contract.VariantRecord(
        name=variant.name,
        entrypoints=list(variant.entrypoints),
        extras=list(variant.extras),
        packages=len(variant.packages),
        installed_bytes=variant.installed_bytes,
        bytecode_bytes=variant.bytecode_bytes,
        app_bytes=variant.app_bytes,
        pull_bytes=variant.pull_bytes,
        image_bytes=variant.image_bytes,
        before_bytes=variant.before_bytes,
        unlocked_bytes=unlocked,
        lost=[
            contract.LossRecord(
                distribution=loss.distribution, path=loss.path, line=loss.line, guarded=loss.guarded
            )
            for loss in variant.lost
        ],
    )


def finding_record(finding: Finding) -> contract.FindingRecord:
    """Return one cause."""
    return contract.FindingRecord(
        kind=finding.kind,
        level=finding.severity.value,
        distribution=finding.distribution,
        entrypoint=finding.entrypoint,
        variant=finding.variant,
        message=finding.message,
        fix=finding.fix,
        chain=place_records(finding.chain),
        count=finding.count,
    )


def unlock_records(unlocks: Iterable[Unlock]) -> list[contract.UnlockRecord]:
    """Return the unlocks in their order."""
    return [
        contract.UnlockRecord(
            variant=unlock.variant,
            entrypoint=unlock.entrypoint,
            requirements=list(unlock.requirements),
            freed_bytes=unlock.freed_bytes,
            cost=unlock.cost,
            used_in=unlock.used_in,
            modules=unlock.modules,
            lines=[unlock_line_record(line) for line in unlock.lines],
        )
        for unlock in unlocks
    ]


def unlock_line_record(line: UnlockLine) -> contract.UnlockLineRecord:
    """Return one import line that could come later."""
    return contract.UnlockLineRecord(
        path=line.path,
        line=line.line,
        names=list(line.names),
        change=line.change,
        used_at=line.used_at,
        into=list(line.into),
    )


def place_records(chain: Iterable[Place]) -> list[contract.PlaceRecord]:
    """Return a chain, link by link."""
    return [
        contract.PlaceRecord(path=place.path, line=place.line, module=place.module)
        for place in chain
    ]


def homes_by_distribution(requirements: Iterable[Requirement]) -> dict[str, list[str]]:
    """Return where each distribution is declared: `base` and extras, in written order."""
    homes: dict[str, list[str]] = {}
    for requirement in requirements:
        home = "base" if requirement.home == BASE else requirement.home
        places = homes.setdefault(requirement.name, [])
        if home not in places:
            places.append(home)
    return homes


def _variants_by_package(variants: Iterable[Variant]) -> dict[PackageKey, list[str]]:
    held: dict[PackageKey, list[str]] = {}
    for variant in variants:
        for key in variant.packages:
            held.setdefault(key, []).append(variant.name)
    return held
