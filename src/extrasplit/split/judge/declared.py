"""`transitive` and `unclaimed`: what is used and not declared, or declared and not used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from packaging.utils import NormalizedName

from extrasplit.findings import Finding, Severity
from extrasplit.imports.level import Level
from extrasplit.project.declared import BASE
from extrasplit.split.atoms import pins
from extrasplit.split.carriers import DEVELOPMENT, Carrier, close
from extrasplit.split.judge.case import Case, listed, megabytes, sites_of, strongest, where
from extrasplit.split.needs import Need

HEAVY_BYTES: Final = 10_000_000
"""What an unclaimed requirement keeps in base before it is a warning (DESIGN section 8)."""


def transitive(case: Case) -> Iterator[Finding]:
    """Find what is there only because another distribution brings it."""
    found: dict[NormalizedName, list[tuple[Need, Carrier]]] = {}
    for _, booked in case.booked():
        need = booked.need
        if need.level is Level.GUARDED or not booked.carriers:
            continue
        declared = any(c.name in need.providers or c.added for c in booked.carriers)
        if declared:
            continue
        holder = booked.carriers[0]
        here = [name for name in sorted(need.providers) if _brings(case, holder, name)]
        if here:
            found.setdefault(here[0], []).append((need, holder))
    moved = {(move.requirement.home, move.requirement.name) for move in case.plan.moves}
    for name, held in sorted(found.items()):
        needs = [need for need, _ in held]
        holders = sorted({holder for _, holder in held})
        first = strongest(needs)
        gone = [holder for holder in holders if (holder.home, holder.name) in moved]
        entrypoints = {need.entrypoint for need in needs}
        # to divide an extra harms nobody; a plain install, or an image, that loses it crashes
        moves = any(h.home == BASE for h in gone) or (gone and _is_lost(case, name, entrypoints))
        yield Finding(
            "transitive",
            Severity.WARNING if moves else Severity.NOTE,
            f"{first.entrypoint} imports {first.asked}, and {name} is there only because "
            f"{listed(sorted({h.name for h in holders}))} brings it"
            + (", which the plan moves" if moves else ""),
            distribution=name,
            entrypoint=first.entrypoint,
            fix=f'"{case.line(name)}",  # in {where(holders[0].home)}',
            chain=first.chain,
            count=max(1, len(sites_of(needs))),
        )


def _is_lost(case: Case, name: NormalizedName, entrypoints: set[str]) -> bool:
    """Whether a planned image of these entrypoints would no longer hold it."""
    return any(
        entrypoints.intersection(variant.entrypoints)
        and all(package.name != name for package in variant.packages)
        for variant in case.plan.variants
    )


def unclaimed(case: Case) -> Iterator[Finding]:
    """Find the requirements that no entrypoint reaches."""
    bookings = case.books.bookings.values()
    if not bookings:
        return
    claimed = {carrier for one in bookings for b in one.booked for carrier in b.carriers}
    bounding = pins(case.ledger.carriers, claimed)
    used = {carrier.name for carrier in claimed}
    idle: dict[NormalizedName, list[Carrier]] = {}
    for carrier in case.ledger.carriers:
        if carrier in claimed or carrier in bounding or carrier.home in DEVELOPMENT:
            continue
        if carrier.name in case.evidence or carrier.name in case.unknown or carrier.name in used:
            continue
        idle.setdefault(carrier.name, []).append(carrier)
    for name, carriers in sorted(idle.items()):
        yield _unclaimed(case, name, carriers)


def _unclaimed(case: Case, name: NormalizedName, carriers: list[Carrier]) -> Finding:
    base = [carrier for carrier in case.ledger.at({BASE}) if carrier.name != name]
    mine = close(carrier for carrier in carriers if carrier.home == BASE)
    kept = case.ledger.bits[0].weigh(mine & ~close(base))
    heavy = kept >= HEAVY_BYTES
    places = listed(where(carrier.home) for carrier in carriers)
    keeps = f", and it alone keeps {megabytes(kept)} in base" if heavy else ""
    return Finding(
        "unclaimed",
        Severity.WARNING if heavy else Severity.NOTE,
        f"no entrypoint reaches {name} ({places}){keeps}",
        distribution=name,
        fix="[tool.extrasplit.needs]  # or take the requirement out\n"
        f'{min(case.books.bookings)} = ["{name}"]',
        count=len(carriers),
    )


def _brings(case: Case, holder: Carrier, name: NormalizedName) -> bool:
    return any(
        bool(mask & bits.named((name,)))
        for mask, bits in zip(holder.masks, case.ledger.bits, strict=True)
    )
