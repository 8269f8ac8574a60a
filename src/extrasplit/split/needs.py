"""Turns uses (modules) into needs (distributions): DESIGN 7.1, and section 3's evidence.

A module of Python itself is no need. The providers of a need are all locked distributions that
ship its module on any target; none at all is `unresolved`. Beside what is imported stands the
evidence that every wheel carries: a declared distribution that nothing imports, but that is an
optional requirement of a needed one, or plugs into an entry-point group that a needed one reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.imports.level import Level
from extrasplit.imports.standard import is_standard
from extrasplit.imports.traced import Site, Use
from extrasplit.places import Place
from extrasplit.project.declared import BASE, ConfiguredNeed
from extrasplit.record import Record
from extrasplit.split.ground import Ground
from extrasplit.wheels.contents import WheelFacts


class Need(Record):
    """A use, with the distributions that ship its module."""

    entrypoint: str
    module: str
    providers: frozenset[NormalizedName]
    """P of DESIGN 7.1: every locked distribution that ships the module; empty: unresolved."""
    level: Level
    via: str
    chain: tuple[Place, ...]
    guarded_by: str | None = None
    sites: tuple[Site, ...] = ()
    """Every line that imports it, its own among them."""

    @property
    def places(self) -> tuple[Site, ...]:
        """Its sites, where none are told the end of its chain."""
        return self.sites or tuple(Site(place, self.level) for place in self.chain[-1:])

    @property
    def site(self) -> Place | None:
        """The line that asks; None where a setting does."""
        return self.chain[-1] if self.chain else None

    @property
    def guarded(self) -> bool:
        """Whether its failure is answered where it is imported."""
        return self.level is Level.GUARDED

    @property
    def asked(self) -> str:
        """What is asked for, as a sentence names it: the module, else the distribution."""
        return self.module or ", ".join(sorted(self.providers))


class Evidence(Record):
    """Why a declared distribution that nothing imports is used all the same."""

    via: str
    """`optional:pandas` or `entry-point`."""
    reader: NormalizedName
    """The needed distribution that loads it."""


GROUP_READERS: Final[dict[str, str]] = {
    # https://docs.pytest.org/en/stable/how-to/writing_plugins.html
    "pytest11": "pytest",
    # https://matplotlib.org/stable/users/explain/figure/backends.html
    "matplotlib.backend": "matplotlib",
    # https://jinja.palletsprojects.com/en/stable/integration/#babel
    "babel.extractors": "babel",
    # https://keyring.readthedocs.io/en/latest/#third-party-backends
    "keyring.backends": "keyring",
    # https://docs.xarray.dev/en/stable/internals/how-to-add-new-backend.html
    "xarray.backends": "xarray",
    # https://opentelemetry-python.readthedocs.io/en/latest/sdk/environment_variables.html
    "opentelemetry_traces_exporter": "opentelemetry-sdk",
    "opentelemetry_metrics_exporter": "opentelemetry-sdk",
    "opentelemetry_logs_exporter": "opentelemetry-sdk",
}
"""Entry-point groups whose first word isn't their reader; all others go by that word."""

ENFORCED: Final = (Level.STARTUP, Level.DEFERRED, Level.GUARDED)
"""The levels at which an import runs in the process of its own entrypoint."""


def assign(ground: Ground) -> Mapping[str, tuple[Need, ...]]:
    """Return the needs of each entrypoint, strongest first and in a stable order."""
    imported = {
        entrypoint.name: _ordered(
            [
                *_from_uses(ground, ground.uses.get(entrypoint.name, ())),
                *_configured(ground, entrypoint.name),
            ]
        )
        for entrypoint in ground.entrypoints
    }
    evidence = find_evidence(ground, imported)
    return {
        name: _ordered([*needs, *_followers(ground, needs, evidence)])
        for name, needs in imported.items()
    }


def providers_of(ground: Ground, module: str, name: str | None) -> frozenset[NormalizedName]:
    """Return P: who ships the module, on any target (DESIGN 7.1)."""
    configured = _configured_module(ground, module)
    if configured is not None:
        return frozenset({configured} if configured in ground.lock.by_name else ())
    found: frozenset[NormalizedName] = frozenset()
    for target in ground.targets:
        found |= target.owners.of(module, name)
    return found or _guess(ground, module)


def find_evidence(
    ground: Ground, needs: Mapping[str, tuple[Need, ...]]
) -> Mapping[NormalizedName, tuple[Evidence, ...]]:
    """Return each declared distribution that only metadata shows to be used (section 3)."""
    facts = _facts_by_name(ground)
    needed = {name for found in needs.values() for need in found for name in need.providers}
    open_names = {requirement.name for requirement in ground.project.requirements} - needed
    evidence: dict[NormalizedName, tuple[Evidence, ...]] = {}
    while True:
        optional = _optional_of(needed, facts)
        fresh = {
            name: found
            for name in sorted(open_names - evidence.keys())
            if (found := _evidence_for(name, optional, needed, facts))
        }
        if not fresh:
            return evidence
        evidence |= fresh
        needed |= fresh.keys()


def _from_uses(ground: Ground, uses: Iterable[Use]) -> Iterator[Need]:
    python = ground.first.target.python
    for use in uses:
        if use.level not in ENFORCED or (use.module and is_standard(use.module, python)):
            continue
        if use.group is not None:
            for name in _plugins(ground, use.group):
                yield _need(use, use.group, frozenset({name}))
            continue
        asked, providers = _asked(ground, use)
        if providers or not use.tentative:
            yield _need(use, asked, providers)


def _asked(ground: Ground, use: Use) -> tuple[str, frozenset[NormalizedName]]:
    """Return what a use asks for, and who provides it."""
    if use.distribution is not None:
        name = canonicalize_name(use.distribution)
        return use.module or name, frozenset({name} if name in ground.lock.by_name else ())
    if use.command is not None:
        facts = _facts_by_name(ground)
        owners = {n for n, found in facts.items() if any(use.command in f.scripts for f in found)}
        return use.command, frozenset(owners)
    modules = (use.module, *use.or_else)  # the framework takes the first that is installed
    found = [providers_of(ground, module, use.name) for module in modules]
    return use.module, frozenset[NormalizedName]().union(*found)


def _need(use: Use, asked: str, providers: frozenset[NormalizedName]) -> Need:
    sites = tuple(site for site in use.sites if site.level in ENFORCED)
    return Need(
        *(use.entrypoint, asked, providers, use.level, use.via, use.chain),
        guarded_by=use.guarded_by,
        sites=sites,
    )


def _configured(ground: Ground, entrypoint: str) -> Iterator[Need]:
    configured: tuple[ConfiguredNeed, ...] = ground.settings.needs.get(entrypoint, ())
    for need in configured:
        name = need.distribution
        yield Need(
            entrypoint,
            name,
            frozenset({name} if name in ground.lock.by_name else ()),
            Level[need.level.upper()],
            "configured",
            (),
        )


def _configured_module(ground: Ground, module: str) -> NormalizedName | None:
    while module:
        if module in ground.settings.modules:
            return ground.settings.modules[module]
        module = module.rpartition(".")[0]
    return None


def _guess(ground: Ground, module: str) -> frozenset[NormalizedName]:
    """Trust a name where nothing better is at hand: a wheel that nobody has read yet."""
    top = module.partition(".")[0]
    if top == "distutils":  # gone from Python 3.12 on; setuptools puts its own copy there
        return frozenset({canonicalize_name("setuptools")} & ground.lock.by_name.keys())
    unknown = frozenset(name for target in ground.targets for name in target.owners.unknown)
    names = {canonicalize_name(module), canonicalize_name(top)}
    return frozenset(unknown & names)


def _facts_by_name(ground: Ground) -> Mapping[NormalizedName, tuple[WheelFacts, ...]]:
    found: dict[NormalizedName, tuple[WheelFacts, ...]] = {}
    for target in ground.targets:
        for key, facts in sorted(target.facts.items(), key=lambda item: item[0]):
            found[key.name] = (*found.get(key.name, ()), facts)
    return found


def _plugins(ground: Ground, group: str) -> list[NormalizedName]:
    facts = _facts_by_name(ground)
    return sorted(
        name for name, found in facts.items() if any(group in one.entry_points for one in found)
    )


def _optional_of(
    needed: set[NormalizedName], facts: Mapping[NormalizedName, tuple[WheelFacts, ...]]
) -> Mapping[NormalizedName, set[NormalizedName]]:
    """Map each distribution that a needed one can use to those that can."""
    found: dict[NormalizedName, set[NormalizedName]] = {}
    for reader in sorted(needed):
        for one in facts.get(reader, ()):
            for names in one.optional_requirements.values():
                for name in names:
                    found.setdefault(name, set()).add(reader)
    return found


def _evidence_for(
    name: NormalizedName,
    optional: Mapping[NormalizedName, set[NormalizedName]],
    needed: set[NormalizedName],
    facts: Mapping[NormalizedName, tuple[WheelFacts, ...]],
) -> tuple[Evidence, ...]:
    found = [Evidence(f"optional:{reader}", reader) for reader in sorted(optional.get(name, ()))]
    groups = sorted({group for one in facts.get(name, ()) for group in one.entry_points})
    for group in groups:
        reader = canonicalize_name(GROUP_READERS.get(group, group.partition(".")[0]))
        if reader in needed and reader != name:
            found.append(Evidence("entry-point", reader))
    return tuple(dict.fromkeys(found))


def _followers(
    ground: Ground,
    needs: tuple[Need, ...],
    evidence: Mapping[NormalizedName, tuple[Evidence, ...]],
) -> Iterator[Need]:
    """Yield a need for what stands in base and goes where its reader goes (section 3)."""
    in_base = {r.name for r in ground.project.requirements if r.home == BASE}
    readers: dict[NormalizedName, Need] = {}
    for need in needs:
        for name in need.providers:
            readers.setdefault(name, need)
    waiting = [name for name in evidence if name in in_base]
    while waiting:
        followed = []
        for name in waiting:
            found = [one for one in evidence[name] if one.reader in readers]
            if not found:
                continue
            first = min(found, key=lambda one: readers[one.reader].level)
            leader = readers[first.reader]
            follower = Need(
                *(leader.entrypoint, "", frozenset({name}), leader.level, first.via),
                chain=leader.chain,
            )
            readers[name] = follower
            followed.append(name)
            yield follower
        if not followed:
            return
        waiting = [name for name in waiting if name not in followed]


def _ordered(needs: Iterable[Need]) -> tuple[Need, ...]:
    unique = dict.fromkeys(needs)
    return tuple(
        sorted(unique, key=lambda n: (n.level, n.module, sorted(n.providers), n.via, n.chain))
    )
