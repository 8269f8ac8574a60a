"""`missing` and `unresolved`: what stops a role at its first imports."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.findings import Finding, Severity
from extrasplit.imports.level import Level
from extrasplit.project.declared import BASE
from extrasplit.split.carriers import Booking
from extrasplit.split.judge.case import (
    Case,
    TodaysImage,
    is_evidence,
    listed,
    sites_of,
    strongest,
    where,
)
from extrasplit.split.needs import Need


def missing(case: Case) -> Iterator[Finding]:
    """Find what is imported at startup and not in the closure of today's extras: it crashes."""
    yield from _only_by_an_extra(case)
    lacking: dict[NormalizedName, list[tuple[TodaysImage, Need]]] = {}
    for image in case.images:
        for booked in image.booking.booked:
            need = booked.need
            if need.level is not Level.STARTUP or not need.providers or is_evidence(need):
                continue
            if not case.holds_everywhere(image.extras, need):
                names = need.providers & {c.name for c in booked.carriers}
                lacking.setdefault(min(names or need.providers), []).append((image, need))
    for name, found in sorted(lacking.items()):
        yield _missing(case, name, found)


def _missing(case: Case, name: NormalizedName, found: list[tuple[TodaysImage, Need]]) -> Finding:
    needs = [need for _, need in found]
    first = strongest(needs)
    image = next(image for image, need in found if need is first)
    home = _home_for(case, image)
    roles = sorted({need.entrypoint for need in needs})
    declared = sorted({c.home for c in case.ledger.carriers if c.name == name})
    told = _where_it_stands(case, name, declared, image, first)
    verb = "imports" if len(roles) == 1 else "import"
    return Finding(
        "missing",
        Severity.ERROR,
        f"{listed(roles)} {verb} {first.asked} at startup, {told}: it crashes",
        distribution=name,
        entrypoint=first.entrypoint,
        variant=image.variant,
        fix=f'"{case.line(name)}",  # in {where(home)}',
        chain=first.chain,
        count=max(1, len(sites_of(needs))),
    )


def _where_it_stands(
    case: Case, name: NormalizedName, declared: list[str], image: TodaysImage, need: Need
) -> str:
    if case.ledger.holds(case.ledger.close(image.extras), need):
        lacking = [
            target.target.platform
            for at, target in enumerate(case.ground.targets)
            if not case.ledger.holds(case.ledger.close(image.extras, at), need, at)
        ]
        return f"and on {listed(lacking)} nothing brings {name}"
    others = [home for home in declared if home != BASE and home not in image.extras]
    if others:
        return f"and {name} is declared only in {listed(where(home) for home in others)}"
    return f"and nothing that it is started with brings {name}"


def _only_by_an_extra(case: Case) -> Iterator[Finding]:
    """Tell a console script that a plain install starts and crashes (7.2)."""
    for entrypoint, booking in sorted(case.books.bookings.items()):
        if not booking.today.inferred:
            continue
        needs = [
            booked.need
            for booked in booking.booked
            if booked.need.level is Level.STARTUP
            and booked.need.providers
            and not case.holds_everywhere((), booked.need)
            and case.holds_everywhere(booking.today.narrowest, booked.need)
        ]
        if needs:
            yield _plain_install(case, entrypoint, booking, needs)


def _plain_install(case: Case, entrypoint: str, booking: Booking, needs: list[Need]) -> Finding:
    extras = sorted(booking.today.narrowest)
    names = sorted({min(need.providers) for need in needs})
    first = strongest(needs)
    project = case.ground.project.written_name
    return Finding(
        "missing",
        Severity.WARNING,
        f"a plain install of {project} cannot start {entrypoint}: it imports {listed(names)}, "
        f"which only {listed(where(extra) for extra in extras)} brings",
        distribution=names[0],
        entrypoint=entrypoint,
        fix=f'pip install "{project}[{",".join(extras)}]"  # what starts {entrypoint}',
        chain=first.chain,
        count=max(1, len(sites_of(needs))),
    )


def _home_for(case: Case, image: TodaysImage) -> str:
    if image.booking.entrypoint == case.books.default or not image.extras:
        return BASE
    return min(image.extras, key=lambda extra: (case.ledger.extra_bytes(extra), extra))


def unresolved(case: Case) -> Iterator[Finding]:
    """Find what nothing locked provides."""
    needs = [
        booked.need
        for _, booked in case.booked()
        if not booked.need.providers and booked.need.level is not Level.GUARDED
    ]
    needs.sort(key=_import_package)
    for package, group in groupby(needs, key=_import_package):
        found = list(group)
        first = strongest(found)
        yield Finding(
            "unresolved",
            _severity(case, first),
            _unresolved_sentence(first, package),
            entrypoint=first.entrypoint,
            fix=_unresolved_fix(first, package),
            chain=first.chain,
            count=max(1, len(sites_of(found))),
        )


def _import_package(need: Need) -> str:
    if need.via in ("launcher", "configured", "spawn"):
        return need.module
    return need.module.partition(".")[0]


def _severity(case: Case, need: Need) -> Severity:
    if need.via == "launcher" or case.unknown:
        return Severity.NOTE
    return Severity.ERROR if need.level is Level.STARTUP else Severity.WARNING


def _unresolved_sentence(need: Need, package: str) -> str:
    if need.via == "launcher":
        return (
            f"{need.entrypoint} is started by {package}, which uv.lock does not hold: the image "
            "has to install it"
        )
    if need.via == "configured":
        return f"[tool.extrasplit.needs] names {package} for {need.entrypoint}; uv.lock lacks it"
    when = "at startup" if need.level is Level.STARTUP else "inside a function"
    return f"{need.entrypoint} imports {package} {when}, and no locked distribution ships it"


def _unresolved_fix(need: Need, package: str) -> str:
    if need.via in ("launcher", "configured", "spawn"):
        return f"uv add {canonicalize_name(package)}"
    return f"uv add DISTRIBUTION  # the one that ships the import package `{package}`"
