"""`no-wheel`, `undecided` and `unknown`: what the ground itself cannot promise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from extrasplit.findings import Finding, Severity
from extrasplit.lock.uvlock import PackageKey
from extrasplit.places import Place
from extrasplit.split.ground import TargetGround
from extrasplit.split.images import base_image
from extrasplit.split.judge.case import Case, listed

FROM_SOURCE: Final = ("sdist", "no-wheel")
"""The reasons for which a package has no wheel on a target."""


def no_wheel(case: Case) -> Iterator[Finding]:
    """Find what a target would compile from source."""
    compiled: dict[PackageKey, list[TargetGround]] = {}
    for target in case.ground.targets:
        for key, facts in sorted(target.facts.items(), key=lambda item: item[0]):
            if facts.reason in FROM_SOURCE:
                compiled.setdefault(key, []).append(target)
    for key, targets in sorted(compiled.items()):
        holding = [v for v in case.plan.variants if any(p.name == key.name for p in v.packages)]
        if not holding:
            continue
        platforms = listed(target.target.platform for target in targets)
        yield Finding(
            "no-wheel",
            Severity.WARNING,
            f"{key.name} {key.version} has no wheel for Python {targets[0].target.python} on "
            f"{platforms}: the image would compile it from source",
            distribution=key.name,
            variant=holding[0].name,
            fix="RUN apt-get update && apt-get install -y --no-install-recommends build-essential",
            count=len(targets),
        )


def undecided(case: Case) -> Iterator[Finding]:
    """Tell what no reading could decide: a computed name, or a plugin found by metadata alone."""
    computed: dict[str, list[Place]] = {}
    for place in sorted(set(case.ground.undecided)):
        computed.setdefault(_cause(place), []).append(place)
    for cause, places in sorted(computed.items()):
        text = places[0].module or "something"
        yield Finding(
            "undecided",
            Severity.NOTE,
            f"{places[0]} loads what cannot be told without running it: "
            f"{text.removeprefix(cause).removeprefix(': ') or text}",
            fix="extrasplit verify --record",
            chain=(places[0],),
            count=len(places),
        )
    for name, found in sorted(case.evidence.items()):
        readers = listed(dict.fromkeys(one.reader for one in found))
        yield Finding(
            "undecided",
            Severity.NOTE,
            f"nothing imports {name}, but {readers} can load it: it goes where {found[0].reader} "
            "goes, or stays in its extra",
            distribution=name,
            fix=f'[tool.extrasplit.needs]\n{min(case.books.bookings)} = ["{name}"]',
        )


def _cause(place: Place) -> str:
    """Return the rule that could not decide (`pandas: ...`), else the text itself."""
    rule, separator, _ = place.module.partition(": ")
    return rule if separator else place.module


def unknown(case: Case) -> Iterator[Finding]:
    """Tell which figures rest on nothing."""
    held = sorted({key for variant in case.plan.variants for key in variant.packages})
    facts = case.ground.first.facts
    weightless = [key for key in held if key not in facts or _is_weightless(case, key)]
    if weightless:
        names = [key.name for key in weightless[:3]]
        others = len(weightless) - len(names)
        more = f" and {others} more" if others else ""
        yield Finding(
            "unknown",
            Severity.NOTE,
            f"the size of {', '.join(names)}{more} is not at hand; it counts as nothing",
            distribution=weightless[0].name,
            fix="extrasplit check --online",
            count=len(weightless),
        )
    image = base_image(case.ground)
    if not image.known:
        yield Finding(
            "unknown",
            Severity.NOTE,
            f'the size of the base image "{image.name}" is not known; a slim one\'s is taken',
            fix=f'[tool.extrasplit]\nbase-image = "python:{case.ground.first.target.python}-slim"',
        )


def _is_weightless(case: Case, key: PackageKey) -> bool:
    facts = case.ground.first.facts[key]
    return not facts.exact and not facts.installed_bytes
