"""Finds the few import lines that hold a split back (DESIGN 7.11).

A heavy carrier that a role imports at startup cannot leave its image. Often a line or two bring
it, and could run later: an *unlock* names those lines, what deferring them frees, and how. Unlocks
never enter the plan by themselves; `unlocked_ground` is what one would stand on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from packaging.utils import NormalizedName

from extrasplit.imports.deferral import Sources
from extrasplit.imports.startup import StartupGraph, merge
from extrasplit.record import replace
from extrasplit.split.atoms import contains
from extrasplit.split.carriers import Carrier
from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split
from extrasplit.split.roles import WORTH_AN_IMAGE_BYTES, Books, open_books
from extrasplit.split.unlocks.after import unlocked_ground, with_unlocked_bytes
from extrasplit.split.unlocks.blocked import blocked
from extrasplit.split.unlocks.image import LeanImage
from extrasplit.split.unlocks.lines import Lines
from extrasplit.split.unlocks.spare import is_server, spare_extras
from extrasplit.split.unlocks.values import Unlock, UnlockLine, Unlocks
from extrasplit.split.values import Plan, Variant

__all__ = [
    "Unlock",
    "UnlockLine",
    "Unlocks",
    "blocked",
    "find_unlocks",
    "unlocked_ground",
    "with_unlocked_bytes",
]

_Found = tuple[Unlock, tuple[Carrier, ...]]
"""An unlock, and the carriers that leave by it."""

WORTH_BYTES: Final = 5_000_000
"""What each point of cost must free for an unlock to be shown."""
OUTWEIGHING_SHARE: Final = 2 / 3
"""What is late and so large is shown whoever asks for it."""
FEW_POINTS: Final = 5.0
"""What one role may cost to leave a shared image: its others go on without any change."""


def find_unlocks(
    ground: Ground,
    plan: Plan,
    graphs: Mapping[str, StartupGraph],
    sources: Sources,
    books: Books | None = None,
) -> Unlocks:
    """Return the unlocks of every lean image of a plan.

    `graphs` are the startup graphs, by entrypoint; one that starts nothing of the project's has
    none.
    """
    books = books or open_books(ground)
    shown: list[Unlock] = []
    together: list[Unlock] = []
    unlocked: dict[str, int] = {}
    for variant in plan.variants:
        members = _members(books, variant, graphs)
        if variant.full or not members:
            continue
        image = LeanImage(books, plan, variant, members)
        lines = Lines(image, merge([graphs[name] for name in members]), sources)
        found = list(_worth_showing(lines))
        late = [one for one in _worth_answering(lines) if _leaves(ground, *one, graphs)]
        shown += [unlock for unlock, _ in (*found, *late)]
        shown += _not_among(shown, spare_extras(image))
        carriers = tuple(dict.fromkeys(c for _, leave in (*found, *late) for c in leave))
        whole = lines.unlock(carriers) if carriers else None
        if whole is not None:
            together.append(_with_answers(whole, [unlock for unlock, _ in late]))
            unlocked[variant.name] = variant.installed_bytes - whole.freed_bytes
        if len(members) > 1:
            known = frozenset(text for one in shown for text in one.requirements)
            for name in members:
                image = LeanImage(books, plan, variant, (name,), alone=True)
                leave = list(_worth_leaving(Lines(image, graphs[name], sources), known))
                shown += leave
                together += leave
    shown.sort(key=lambda one: (-one.freed_bytes, one.variant, one.requirements))
    return Unlocks(tuple(shown), tuple(together), unlocked)


def _members(books: Books, variant: Variant, graphs: Mapping[str, StartupGraph]) -> tuple[str, ...]:
    """Return whose start decides: the default entrypoint alone where it sits there.

    Those that share its image only because they need no more would go on without it.
    """
    if books.default in variant.entrypoints and books.default in graphs:
        return (books.default,)
    return tuple(name for name in variant.entrypoints if name in graphs)


def _not_among(shown: Sequence[Unlock], spare: Iterator[Unlock]) -> list[Unlock]:
    known = {(one.variant, one.leaving) for one in shown}
    return [one for one in spare if (one.variant, one.leaving) not in known]


def _worth_showing(lines: Lines) -> Iterator[_Found]:
    """Yield what is worth showing for each heavy carrier alone, with what leaves."""
    seen: set[frozenset[NormalizedName]] = set()
    for carrier in lines.image.candidates():
        carriers = lines.image.with_companions(carrier)
        unlock = lines.unlock(carriers)
        if unlock is None or unlock.leaving in seen or lines.role_is_made_of(unlock):
            continue
        if not unlock.lines and (is_server(carrier) or lines.image.is_asked_for(unlock.leaving)):
            continue
        seen.add(unlock.leaving)
        if unlock.freed_bytes >= WORTH_BYTES * unlock.cost:
            yield unlock, carriers


def _worth_answering(lines: Lines) -> Iterator[_Found]:
    """Yield what only lacks an answer to leave base, where somebody must ask for it to run.

    A client that is loaded late is no feature: what every run comes to isn't shown, unless it
    outweighs all else in the image.
    """
    seen: set[frozenset[NormalizedName]] = set()
    for carrier in lines.image.late_candidates():
        carriers = lines.image.with_companions(carrier)
        unlock = lines.answers(carriers)
        if unlock is None or unlock.leaving in seen:
            continue
        seen.add(unlock.leaving)
        functions = {(line.path, line.into) for line in unlock.lines}
        if len(functions) > 1 or unlock.freed_bytes < WORTH_BYTES * unlock.cost:
            continue
        outweighs = unlock.freed_bytes >= OUTWEIGHING_SHARE * lines.image.lean_bytes
        for one, leave in (_with_followers(lines, (unlock, carriers)), (unlock, carriers)):
            asked = lines.asked_for(one) or (one if outweighs else None)
            if asked is not None:
                yield asked, leave
                break


def _leaves(
    ground: Ground,
    unlock: Unlock,
    carriers: tuple[Carrier, ...],
    graphs: Mapping[str, StartupGraph],
) -> bool:
    """Whether the next plan would take out what is answered: a group has its price too (7.8).

    Answers have no other use, while a line that moved makes the start quicker in any case.
    """
    after = plan_split(unlocked_ground(ground, (unlock,), graphs))
    serving = [one for one in after.variants if unlock.entrypoint in one.entrypoints]
    lean = min(serving, key=lambda one: one.installed_bytes)
    return all(key.name != carriers[0].name for key in lean.packages)


def _with_followers(lines: Lines, found: _Found) -> _Found:
    """Let what it requires go along where its own file alone imports that, late as well."""
    unlock, carriers = found
    paths = {line.path for line in unlock.lines}
    for other in lines.image.late():
        if other in carriers or not contains(carriers[0], other):
            continue
        more = lines.answers((*carriers, other))
        if more is None or len(more.lines) == len(unlock.lines):
            continue  # only metadata shows it to be used: it has no line of its own
        if {line.path for line in more.lines} == paths:
            unlock, carriers = more, (*carriers, other)
    return unlock, carriers


def _worth_leaving(lines: Lines, known: frozenset[str]) -> Iterator[Unlock]:
    """Yield what one role would shed by leaving a shared image, where that is worth an image."""
    for unlock, _ in _worth_showing(lines):
        worth = unlock.freed_bytes >= WORTH_AN_IMAGE_BYTES and unlock.cost <= FEW_POINTS
        if worth and not known.intersection(unlock.requirements):
            yield unlock


def _with_answers(whole: Unlock, late: Sequence[Unlock]) -> Unlock:
    """Return the cut for all with the answers of those that are late already."""
    lines = dict.fromkeys(line for unlock in late for line in unlock.lines)
    return replace(whole, lines=(*whole.lines, *lines), cost=whole.cost + len(lines))
