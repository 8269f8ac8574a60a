"""Says in one sentence why a group is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from extrasplit.imports.level import Level
from extrasplit.split.atoms import contains
from extrasplit.split.carriers import Booked, Carrier
from extrasplit.split.variants import Draft

HOW = {
    Level.STARTUP: "at startup",
    Level.DEFERRED: "inside a function",
    Level.GUARDED: "behind a guard",
}


def explain_group(carriers: Sequence[Carrier], drafts: Iterable[Draft]) -> str:
    """Return who asks for the group, how surely, and the line of the heaviest import."""
    mine, drafts = frozenset(carriers), tuple(drafts)
    booked = [
        one
        for draft in drafts
        for booking in draft.bookings
        for one in booking.booked
        if mine.intersection(one.carriers)
    ]
    if not booked:
        return _unasked(carriers, drafts)
    must = [one for one in booked if one.startup]
    asking = _listed(sorted({one.need.entrypoint for one in must or booked}))
    first = max(must or booked, key=lambda one: (_weight(one, mine), one.need.module))
    site = f" ({first.need.site})" if first.need.site else ""
    how, asked = HOW[first.need.level], first.need.asked
    if not must:
        return f"{asking} can start without {asked}, imported {how}{site}"
    if first.need.level is Level.STARTUP:
        return f"{asking} cannot start without {asked}, imported {how}{site}"
    return f"{asking} has {asked} today and asks for it {how}{site}"


def _unasked(carriers: Sequence[Carrier], drafts: Iterable[Draft]) -> str:
    """Say what keeps requirements somewhere that nobody asks for: who requires them, or nobody."""
    names = _listed(carrier.name for carrier in carriers)
    asked = {
        carrier
        for draft in drafts
        for booking in draft.bookings
        for one in booking.booked
        for carrier in one.carriers
    }
    holders = {one.name for one in asked for pin in carriers if contains(one, pin)}
    if holders:
        return f"nothing imports {names}: required by {_listed(sorted(holders))}, and goes along"
    return f"no entrypoint reaches {names}; it keeps its place"


def _weight(booked: Booked, mine: frozenset[Carrier]) -> int:
    return max(carrier.weight_bytes for carrier in mine.intersection(booked.carriers))


def _listed(names: Iterable[str]) -> str:
    first, *others = names
    return first if not others else ", ".join([first, *others[:-1]]) + f" and {others[-1]}"
