"""What each entrypoint is started with today (DESIGN 7.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from extrasplit.errors import ExtrasplitError
from extrasplit.imports.level import Level
from extrasplit.project.declared import ConfiguredVariant
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.record import replace
from extrasplit.split.carriers import DEVELOPMENT, Ledger, Today, close
from extrasplit.split.needs import Need

LIBRARY: Final = "library"
ALL: Final = "all"


def todays_extras(ledger: Ledger, needs: Mapping[str, tuple[Need, ...]]) -> Mapping[str, Today]:
    """Return what each entrypoint is started with today (7.2).

    Raises ExtrasplitError where a recorded variant names what isn't there.
    """
    _check_recorded(ledger)
    return {
        entrypoint.name: _today(ledger, entrypoint, needs.get(entrypoint.name, ()))
        for entrypoint in ledger.ground.entrypoints
    }


def _today(ledger: Ledger, entrypoint: Entrypoint, needs: Sequence[Need]) -> Today:
    if entrypoint.kind == LIBRARY:
        return Today(image=frozenset())
    recorded = [
        v for v in ledger.ground.settings.variants.values() if entrypoint.name in v.entrypoints
    ]
    if recorded:
        return _recorded_today(ledger, recorded)
    named = entrypoint.extras_named
    admits = entrypoint.all_extras or (named is not None and ALL in named)
    spoken = None if named is None else ledger.expand(x for x in named if x != ALL)
    image = frozenset[str]() if spoken is None and admits else spoken
    seen = Today(image=image, image_admits_all=admits)
    answered = spoken is not None and not (admits and not spoken)
    if entrypoint.kind != "script" and answered and spoken is not None:
        return replace(seen, narrowest=spoken, all=spoken)
    found = ledger.compatible(
        extra
        for extra in ledger.real_extras
        if extra not in DEVELOPMENT and _belongs(ledger, extra, entrypoint, needs)
    )
    inferred = bool(found) and entrypoint.kind == "script"
    return replace(seen, narrowest=found, all=found, inferred=inferred)


def _recorded_today(ledger: Ledger, recorded: Sequence[ConfiguredVariant]) -> Today:
    expanded = [ledger.expand(variant.extras) for variant in recorded]
    narrowest = min(expanded, key=lambda extras: width(ledger, extras))
    widest = max(expanded, key=lambda extras: width(ledger, extras))
    carrying = frozenset[str]().union(*expanded)
    if ledger.conflict(carrying):
        carrying = narrowest
    return Today(narrowest, carrying, image=widest)


def width(ledger: Ledger, extras: frozenset[str]) -> tuple[int, int, list[str]]:
    """Order sets of extras by what base and they weigh, in bytes, then by number and name."""
    return ledger.bits[0].weigh(ledger.close(extras)), len(extras), sorted(extras)


def _belongs(ledger: Ledger, extra: str, entrypoint: Entrypoint, needs: Sequence[Need]) -> bool:
    """Whether an extra declares the launcher, or half of its bytes are startup needs (7.2)."""
    carriers = ledger.at({extra})
    if entrypoint.launcher is not None and any(c.name == entrypoint.launcher for c in carriers):
        return True
    base = ledger.close(())
    beyond = close(carriers) & ~base
    total = ledger.bits[0].weigh(beyond)
    if not total:
        return False
    used = 0
    for need in needs:
        if need.level is not Level.STARTUP or ledger.holds(base, need):
            continue
        declaring = [c for c in carriers if c.name in need.providers]
        used |= close(declaring)
        if not declaring:
            used |= _brought(ledger, need, beyond)
    return 2 * ledger.bits[0].weigh(used & beyond) >= total


def _brought(ledger: Ledger, need: Need, beyond: int) -> int:
    """Return what the providers that stand in a closure bring themselves."""
    bits, brought = ledger.bits[0], 0
    for name in need.providers:
        if bits.named((name,)) & beyond:
            brought |= bits.named((name,)) & beyond
            brought |= bits.mask(ledger.ground.first.distribution_closures.get(name, ()))
    return brought


def _check_recorded(ledger: Ledger) -> None:
    known = {entrypoint.name for entrypoint in ledger.ground.entrypoints}
    for name, variant in sorted(ledger.ground.settings.variants.items()):
        where = f"[tool.extrasplit.variants.{name}]"
        for entrypoint in variant.entrypoints:
            if entrypoint not in known:
                raise ExtrasplitError(
                    f'{where} names the entrypoint "{entrypoint}", which isn\'t there',
                    hint="`extrasplit entrypoints` lists them",
                )
        for extra in variant.extras:
            if extra not in ledger.ground.project.extras:
                raise ExtrasplitError(
                    f'{where} names the extra "{extra}", which pyproject.toml does not have',
                    hint="`extrasplit apply --write` records the variants anew",
                )
