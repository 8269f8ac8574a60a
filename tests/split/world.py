"""Builds the ground of a plan from values that read like the domain: no lock, wheel or source.

world(
    base=["click", "pandas"],
    extras={"dashboard": ["streamlit"]},
    sizes={"pandas": 60, "streamlit": 30},          # megabytes, 1 where nothing is said
    brings={"pandas": ["numpy"]},                   # what a distribution requires
    imports={"cli": ["click", deferred("pandas")]}, # by entrypoint; a string is at startup
    kinds={"dashboard": "streamlit"},               # `script` where nothing is said
    installs={"dashboard": ["dashboard"]},          # extras that its Docker stage names
)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from packaging.requirements import Requirement as Pep508
from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.imports.level import Level
from extrasplit.imports.traced import Use
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Lock, LockedPackage, PackageKey
from extrasplit.places import Place
from extrasplit.project.declared import (
    BASE,
    ConfiguredVariant,
    Conflict,
    Extra,
    Project,
    Requirement,
    Settings,
)
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.record import replace
from extrasplit.split.ground import Ground, TargetGround
from extrasplit.split.plan import Plan
from extrasplit.wheels.contents import WheelFacts
from extrasplit.wheels.owners import Owners

MB = 1_000_000


@dataclass(frozen=True)
class Imported:
    """One import that a test plants."""

    module: str
    level: Level = Level.STARTUP
    at: str | None = None
    line: int = 1
    via: str = "import"
    distribution: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)


def startup(module: str, at: str | None = None, **more: Any) -> Imported:
    return Imported(module, Level.STARTUP, at, **more)


def deferred(module: str, at: str | None = None, **more: Any) -> Imported:
    return Imported(module, Level.DEFERRED, at, **more)


def guarded(module: str, at: str | None = None, **more: Any) -> Imported:
    return Imported(module, Level.GUARDED, at, **more)


def key(name: str, version: str = "1.2.3") -> PackageKey:
    return PackageKey(canonicalize_name(name), version, "registry+https://index.example/simple")


def world(
    *,
    base: Sequence[str] = (),
    extras: Mapping[str, Sequence[str]] | None = None,
    sizes: Mapping[str, float] | None = None,
    brings: Mapping[str, Sequence[str]] | None = None,
    ships: Mapping[str, Sequence[str]] | None = None,
    imports: Mapping[str, Sequence[Imported | str]] | None = None,
    kinds: Mapping[str, str] | None = None,
    installs: Mapping[str, Sequence[str] | None] | None = None,
    launchers: Mapping[str, str] | None = None,
    origins: Mapping[str, str] | None = None,
    all_extras: Iterable[str] = (),
    also_locked: Iterable[str] = (),
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    settings: Settings | None = None,
    conflicts: Sequence[Iterable[str]] = (),
    source_extras: Iterable[str] = (),
    platforms: Sequence[str] = ("linux/amd64",),
    absent: Mapping[str, Iterable[str]] | None = None,
    unknown: Iterable[str] = (),
    python: str = "3.12",
    name: str = "app",
    app_bytes: int = 0,
) -> Ground:
    """Return the ground; every distribution that is named anywhere is locked."""
    extras, sizes, brings = dict(extras or {}), dict(sizes or {}), dict(brings or {})
    imports, ships = dict(imports or {}), dict(ships or {})
    project = _project(name, base, extras, conflicts, source_extras)
    locked = {r.name for r in project.requirements} | set(map(canonicalize_name, also_locked))
    open_names = list(locked) + [canonicalize_name(n) for n in (*sizes, *brings)]
    while open_names:
        found = open_names.pop()
        locked.add(found)
        open_names += [
            canonicalize_name(n)
            for n in brings.get(found, ())
            if canonicalize_name(n) not in locked
        ]
    modules = {
        canonicalize_name(n): frozenset(ships.get(n, (n.replace("-", "_"),))) for n in locked
    }
    targets = tuple(
        _target(
            Target(python, platform),
            project,
            locked,
            sizes,
            brings,
            modules,
            facts or {},
            set(map(canonicalize_name, (absent or {}).get(platform, ()))),
            frozenset(map(canonicalize_name, unknown)),
        )
        for platform in platforms
    )
    names = list(dict.fromkeys([*imports, *(kinds or {}), *(installs or {})]))
    return Ground(
        project=project,
        settings=settings or Settings(),
        entrypoints=tuple(
            _entrypoint(
                entrypoint,
                (kinds or {}).get(entrypoint, "script"),
                (installs or {}).get(entrypoint),
                (launchers or {}).get(entrypoint),
                (origins or {}).get(entrypoint),
                entrypoint in set(all_extras),
            )
            for entrypoint in names
        ),
        uses={n: tuple(_use(n, one) for one in imports.get(n, ())) for n in names},
        importers=_importers(imports),
        lock=_lock(locked),
        targets=targets,
        app_bytes=app_bytes,
    )


def _project(
    name: str,
    base: Sequence[str],
    extras: Mapping[str, Sequence[str]],
    conflicts: Sequence[Iterable[str]],
    source_extras: Iterable[str],
) -> Project:
    written = {
        canonicalize_name(extra): _extra(name, extra, lines) for extra, lines in extras.items()
    }
    return Project(
        root=Path("/app"),
        lock_root=Path("/app"),
        name=canonicalize_name(name),
        written_name=name,
        version="1.0",
        requires_python=">=3.11",
        base=tuple(_requirement(line, BASE, at) for at, line in enumerate(base)),
        extras=written,
        dynamic=frozenset(),
        scripts=(),
        build_backend="hatchling.build",
        virtual=False,
        source_roots=("src",),
        packages=(),
        conflicts=tuple(
            Conflict(frozenset(map(canonicalize_name, one)), frozenset()) for one in conflicts
        ),
        source_extras=frozenset(map(canonicalize_name, source_extras)),
        groups={},
        members=(),
    )


def _extra(project: str, name: str, lines: Sequence[str]) -> Extra:
    requirements, includes = [], []
    for at, line in enumerate(lines):
        parsed = Pep508(line)
        if canonicalize_name(parsed.name) == canonicalize_name(project):
            includes += sorted(canonicalize_name(extra) for extra in parsed.extras)
        else:
            requirements.append(_requirement(line, canonicalize_name(name), at))
    return Extra(canonicalize_name(name), name, tuple(requirements), tuple(includes))


def _requirement(line: str, home: str, at: int) -> Requirement:
    parsed = Pep508(line)
    return Requirement(
        line,
        canonicalize_name(parsed.name),
        frozenset(map(canonicalize_name, parsed.extras)),
        str(parsed.marker) if parsed.marker else None,
        home,
        at,
        at + 1,
    )


def _closure(
    name: str, brings: Mapping[str, Sequence[str]], absent: set[NormalizedName]
) -> set[str]:
    found: set[str] = set()
    open_names = [name]
    while open_names:
        one = canonicalize_name(open_names.pop())
        if one not in found and one not in absent:
            found.add(one)
            open_names += brings.get(one, ())
    return found


def _target(
    target: Target,
    project: Project,
    locked: set[NormalizedName],
    sizes: Mapping[str, float],
    brings: Mapping[str, Sequence[str]],
    modules: Mapping[NormalizedName, frozenset[str]],
    facts: Mapping[str, Mapping[str, Any]],
    absent: set[NormalizedName],
    unknown: frozenset[NormalizedName],
) -> TargetGround:
    closures = {
        name: frozenset(map(key, _closure(name, brings, absent))) for name in sorted(locked)
    }
    read = {
        key(name): WheelFacts(
            **{
                "filename": f"{name}-1.2.3-py3-none-any.whl",
                "installed_bytes": round(sizes.get(name, 1) * MB),
                "wheel_bytes": round(sizes.get(name, 1) * MB / 3),
                "bytecode_bytes": 0,
                "exact": True,
                "modules": modules[name],
                **facts.get(name, {}),
            }
        )
        for name in sorted(locked - absent)
    }
    by_module: dict[str, frozenset[NormalizedName]] = {}
    for name in sorted(locked - unknown):
        for module in modules[name]:
            by_module[module] = by_module.get(module, frozenset()) | {name}
    edges = {(None, key(r.name)) for r in project.requirements} | {
        (key(a), key(b)) for a in locked for b in brings.get(a, ())
    }
    return TargetGround(
        target=target,
        requirement_closures={
            r: closures[r.name] for r in project.requirements if r.name not in absent
        },
        distribution_closures=closures,
        edges=frozenset(edges),
        facts=read,
        owners=Owners(by_module, frozenset(), unknown),
    )


def _entrypoint(
    name: str,
    kind: str,
    extras: Sequence[str] | None,
    launcher: str | None,
    origin: str | None,
    all_extras: bool,
) -> Entrypoint:
    origin = origin or ("script" if kind == "script" else "docker")
    return Entrypoint(
        name=name,
        kind=cast(Any, kind),
        starts=f"app.{name}:main",
        module=f"app.{name}",
        file=f"src/app/{name}.py",
        function="main",
        runs_as_main=False,
        paths=(),
        installed=True,
        launcher=canonicalize_name(launcher) if launcher else None,
        argv=(name,),
        found_in=Place("pyproject.toml", 1),
        origin=cast(Any, origin),
        extras_named=None if extras is None else tuple(map(canonicalize_name, extras)),
        all_extras=all_extras,
    )


def _use(entrypoint: str, one: Imported | str) -> Use:
    found = startup(one) if isinstance(one, str) else one
    path = found.at or f"{entrypoint}.py"
    chain = [Place(f"src/app/{entrypoint}.py", 1, found.module)]
    if found.at:
        chain = [Place(f"src/app/{entrypoint}.py", 1, path)]
        chain.append(Place(f"src/app/{path}", found.line, found.module))
    return Use(
        entrypoint,
        "" if found.distribution else found.module,
        None,
        found.level,
        found.via,
        tuple(chain),
        distribution=found.distribution,
        **cast(Any, found.more),
    )


def _importers(imports: Mapping[str, Sequence[Imported | str]]) -> dict[str, frozenset[str]]:
    importers: dict[str, set[str]] = {}
    for entrypoint, found in imports.items():
        for one in found:
            module = one if isinstance(one, str) else one.module
            at = None if isinstance(one, str) else one.at
            path = at or f"{entrypoint}.py"
            importers.setdefault(module, set()).add(f"app.{path.removesuffix('.py')}")
    return {module: frozenset(names) for module, names in importers.items()}


def _lock(locked: Iterable[NormalizedName]) -> Lock:
    packages = {
        key(name): LockedPackage(key(name), "registry", (), (), {}, {}, (), None, None, None)
        for name in sorted(locked)
    }
    return Lock(
        1,
        3,
        ">=3.11",
        (),
        (),
        packages,
        (),
        frozenset(),
        {found.name: (found,) for found in packages},
    )


def apply_plan(ground: Ground, plan: Plan) -> Ground:
    """Return the ground as `apply --write` would leave it: lists rewritten, variants recorded."""
    project = ground.project
    if not plan.changed:
        return ground
    named = {
        (r.home, r.index)
        for found in (plan.base, *(g.requirements for g in plan.groups))
        for r in found
    }
    extras: dict[str, list[str]] = {
        str(name): [r.text for r in extra.requirements if (r.home, r.index) not in named]
        for name, extra in project.extras.items()
    }
    for group in plan.groups:
        lines = [*(r.text for r in group.requirements), *(a.text for a in group.additions)]
        extras[str(group.name)] = list(dict.fromkeys(lines))
    for name, extra in project.extras.items():
        if extra.includes and name not in plan.aliases:
            extras[name] += [f"{project.name}[{','.join(extra.includes)}]"]
    for alias, targets in plan.aliases.items():
        assert not extras.get(alias), f"{alias} is an alias and holds requirements"
        extras[alias] = [f"{project.name}[{','.join(targets)}]"] if targets else []
    base = list(dict.fromkeys([*(r.text for r in plan.base), *(a.text for a in plan.additions)]))
    rebuilt = _project(project.written_name, base, extras, (), ())
    rebuilt = replace(rebuilt, conflicts=project.conflicts, source_extras=project.source_extras)
    variants = {
        variant.name: ConfiguredVariant(
            variant.name,
            variant.entrypoints,
            variant.extras,
            *(
                (old.max_size_bytes, old.max_packages, old.fixed)
                if (old := ground.settings.variants.get(variant.name))
                else ()
            ),
        )
        for variant in plan.variants
    }
    targets = tuple(_reclosed(target, project, rebuilt) for target in ground.targets)
    return replace(
        ground,
        project=rebuilt,
        settings=replace(ground.settings, variants=variants),
        targets=targets,
    )


def _reclosed(target: TargetGround, before: Project, after: Project) -> TargetGround:
    known = {r.text: target.requirement_closures.get(r) for r in before.requirements}
    closures = {}
    for requirement in after.requirements:
        added = target.distribution_closures[requirement.name]
        found = known.get(requirement.text, added)
        if found is not None:
            closures[requirement] = found
    return replace(target, requirement_closures=closures)


def homes(plan: Plan) -> dict[str, list[str]]:
    """Return base (under its empty name) and each group as the names that it holds."""
    found = {BASE: sorted([*(r.name for r in plan.base), *(a.name for a in plan.additions)])}
    for group in plan.groups:
        names = [*(r.name for r in group.requirements), *(a.name for a in group.additions)]
        found[str(group.name)] = sorted(names)
    return found


def images(plan: Plan) -> dict[str, list[str]]:
    """Return each variant with its extras."""
    return {variant.name: list(map(str, variant.extras)) for variant in plan.variants}


def held(plan: Plan, variant: str) -> set[str]:
    """Return the names of the distributions that a variant holds."""
    found = next(one for one in plan.variants if one.name == variant)
    return {package.name for package in found.packages}
