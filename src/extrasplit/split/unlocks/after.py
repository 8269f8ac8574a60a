"""What a project would be once some unlocks were made: the ground that a plan would stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extrasplit.imports.level import Level
from extrasplit.imports.scanned import Import
from extrasplit.imports.startup import StartupGraph
from extrasplit.imports.traced import Use
from extrasplit.record import replace
from extrasplit.split.ground import Ground
from extrasplit.split.needs import providers_of
from extrasplit.split.unlocks.values import Unlock, Unlocks
from extrasplit.split.values import Plan


def unlocked_ground(
    ground: Ground, unlocks: Sequence[Unlock], graphs: Mapping[str, StartupGraph]
) -> Ground:
    """Return the ground once these unlocks were made in the source.

    What an entrypoint then no longer imports at startup is deferred; guarded, where it is freed
    from base. A line is everybody's: others that start by way of it are changed too.
    """
    gone = frozenset(name for unlock in unlocks for name in unlock.names)
    guarded = frozenset(n for unlock in unlocks if unlock.from_base for n in unlock.leaving)
    owners = {unlock.entrypoint for unlock in unlocks if unlock.from_base}
    uses = dict(ground.uses)
    for name, graph in graphs.items():
        cut = frozenset(line for line in graph.lines if (line.path, line.line, line.name) in gone)
        if not cut and name not in owners:
            continue
        _, running = graph.run(cut)
        left = {
            _asked(imported)
            for line in running
            for one in (line, *graph.origins(line))
            for imported in one.outside
        }
        before = {_asked(imported) for line in graph.lines for imported in line.outside}
        found = []
        for use in ground.uses.get(name, ()):
            asked = (use.module, use.name, use.distribution)
            providers = providers_of(ground, use.module, use.name) if use.module else frozenset()
            answers = bool(providers) and providers <= guarded
            later = use.level is Level.STARTUP and asked in before and asked not in left
            if later:
                found.append(_weakened(use, Level.GUARDED if answers else Level.DEFERRED))
            elif use.level is Level.DEFERRED and answers and name in owners:
                found.append(_weakened(use, Level.GUARDED))
            else:
                found.append(use)
        uses[name] = tuple(sorted(found, key=lambda use: use.level))
    return replace(ground, uses=uses)


def _asked(imported: Import) -> tuple[str, str | None, str | None]:
    return imported.module, imported.name, imported.distribution


def _weakened(use: Use, level: Level) -> Use:
    sites = tuple(replace(site, level=max(site.level, level)) for site in use.sites)
    return replace(use, level=level, sites=sites)


def with_unlocked_bytes(plan: Plan, unlocks: Unlocks) -> Plan:
    """Return the plan, its images told what they would weigh once all unlocks were made."""
    variants = (
        replace(one, unlocked_bytes=unlocks.unlocked_bytes.get(one.name, one.installed_bytes))
        for one in plan.variants
    )
    return replace(plan, variants=tuple(variants))
