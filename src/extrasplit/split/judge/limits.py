"""`budget`: a recorded variant is over its limit."""

from __future__ import annotations

from collections.abc import Iterator

from extrasplit.findings import Finding, Severity
from extrasplit.split.judge.case import Case, megabytes
from extrasplit.split.values import Variant
from extrasplit.split.whatif import what_would_shrink


def budget(case: Case) -> Iterator[Finding]:
    """Find the variants that weigh, or hold, more than `[tool.extrasplit.variants]` allows."""
    for variant in case.plan.variants:
        limits = case.ground.settings.variants.get(variant.name)
        if limits is None:
            continue
        size, count = limits.max_size_bytes, limits.max_packages
        if size is not None and variant.image_bytes > size:
            yield _over(
                case,
                variant,
                f"weighs {megabytes(variant.image_bytes)}, which is "
                f"{megabytes(variant.image_bytes - size)} over its max-size of {megabytes(size)}",
            )
        if count is not None and len(variant.packages) > count:
            yield _over(
                case,
                variant,
                f"holds {len(variant.packages)} packages, and its max-packages is {count}",
            )


def _over(case: Case, variant: Variant, excess: str) -> Finding:
    heaviest = what_would_shrink(case.ground, case.plan, variant)[:1]
    told = "".join(
        f"; without {one.distribution} it would be {megabytes(one.retained_bytes)} lighter"
        for one in heaviest
    )
    name = heaviest[0].distribution if heaviest else None
    return Finding(
        "budget",
        Severity.ERROR,
        f"the {variant.name} image {excess}{told}",
        distribution=name,
        entrypoint=variant.entrypoints[0] if variant.entrypoints else None,
        variant=variant.name,
        fix=f"extrasplit why {name}" if name else None,
    )
