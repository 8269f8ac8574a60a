"""`unguarded` and `narrowed`: what a lean image, or any image, no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import NormalizedName

from extrasplit.findings import Finding, Severity
from extrasplit.imports.level import Level
from extrasplit.project.declared import BASE
from extrasplit.split.carriers import Carrier, close
from extrasplit.split.judge.case import Case, listed, sites_of, strongest, where
from extrasplit.split.needs import Need
from extrasplit.split.variants import todays_image


def unguarded(case: Case) -> Iterator[Finding]:
    """Find deferred imports without a guard that an image, today's or lean, cannot serve."""
    lost: dict[NormalizedName, dict[Need, str | None]] = {}
    for booking, booked in case.booked():
        need = booked.need
        if booked.startup or need.level is not Level.DEFERRED or not need.providers:
            continue
        loser = _loser(case, booking.entrypoint, need)
        if loser is not None:
            names = need.providers & {carrier.name for carrier in booked.carriers}
            lost.setdefault(min(names or need.providers), {})[need] = loser or None
    for name, found in sorted(lost.items()):
        yield _unguarded(case, name, found)


def _loser(case: Case, entrypoint: str, need: Need) -> str | None:
    """Return the variant that loses a need, empty for an image of today, None where none does."""
    for variant in case.plan.variants:
        if variant.full or entrypoint not in variant.entrypoints:
            continue
        if not need.providers & {package.name for package in variant.packages}:
            return variant.name
    for image in case.images:
        if image.booking.entrypoint == entrypoint and not case.holds_everywhere(image.extras, need):
            return image.variant or ""
    return None


def _unguarded(case: Case, name: NormalizedName, found: dict[Need, str | None]) -> Finding:
    first = strongest(found)
    places = [site.place for site in sites_of(found) if site.level is Level.DEFERRED]
    declared = any(c.name == name and c.home != BASE for c in case.ledger.carriers)
    variant = found[first]
    image = f"the {variant} image" if variant else f"today's image of {first.entrypoint}"
    at = f"{places[0]} imports" if places else f"{first.entrypoint} asks for"
    return Finding(
        "unguarded",
        Severity.NOTE if declared else Severity.WARNING,
        f"{image} lacks {name}, and {at} {first.asked} without a guard",
        distribution=name,
        entrypoint=first.entrypoint,
        variant=variant,
        fix=_guard(case, name, first, variant),
        chain=first.chain,
        count=max(1, len(places)),
    )


def _guard(case: Case, name: NormalizedName, need: Need, variant: str | None) -> str:
    """Return the lines to write around the import, or the requirement where nothing declares it.

    It then belongs to what the image that loses it installs.
    """
    extra = case.group_of(name)
    if extra is None:
        extras = [one.extras for one in case.plan.variants if one.name == variant and one.extras]
        return f'"{case.line(name)}",  # in {where(extras[0][0] if extras else BASE)}'
    install = f"pip install '{case.ground.project.written_name}[{extra}]'"
    return (
        "try:\n"
        f"    import {need.module or name}\n"
        "except ImportError as error:\n"
        f'    raise RuntimeError("this needs {name}: {install}") from error'
    )


def narrowed(case: Case) -> Iterator[Finding]:
    """Find what a plain install or an image holds today, and no planned variant would."""
    if case.recorded or not case.plan.variants:
        return
    held = {package.name for variant in case.plan.variants for package in variant.packages}
    base = close(case.ledger.at({BASE}))
    bookings = case.books.bookings
    imaged = {
        name: todays_image(case.ledger, (booking.today,))
        for name, booking in sorted(bookings.items())
        if booking.today.image is not None
    }
    lost: dict[str, list[tuple[Carrier, list[str]]]] = {}
    for carrier in case.ledger.carriers:
        mine = case.ledger.bits[0].named((carrier.name,)) & carrier.masks[0]
        if not mine or carrier.name in held:
            continue
        holders = [name for name, image in imaged.items() if image & mine]
        if holders or base & mine:
            lost.setdefault(carrier.home, []).append((carrier, holders))
    for home, found in sorted(lost.items()):
        yield _narrowed(case, home, found)


def _narrowed(case: Case, home: str, found: list[tuple[Carrier, list[str]]]) -> Finding:
    names = [carrier.name for carrier, _ in found]
    holders = sorted({name for _, held in found for name in held})
    claimed = {
        carrier
        for _, booked in case.booked()
        for carrier in booked.carriers
        if booked.need.level is Level.GUARDED
    }
    why = (
        "a guard answers for it"
        if any(carrier in claimed for carrier, _ in found)
        else "nothing that starts was seen to need it"
    )
    image = f"the image of {listed(holders)}" if holders else "a plain install"
    role = holders[0] if holders else min(case.books.bookings)
    wanted = ", ".join(f'"{name}"' for name in names)
    return Finding(
        "narrowed",
        Severity.WARNING,
        f"{image} holds {listed(names)} today ({where(home)}), and no planned variant would: {why}",
        distribution=names[0],
        entrypoint=holders[0] if holders else None,
        fix=f"[tool.extrasplit.needs]\n{role} = [{wanted}]",
        count=len(names),
    )
