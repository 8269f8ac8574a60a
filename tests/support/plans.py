"""Makes plans by hand: what moves where, what is added, which images there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.lock.uvlock import PackageKey
from extrasplit.project.declared import BASE, Project, Requirement
from extrasplit.project.pyproject import read_project
from extrasplit.split.plan import Addition, Group, Move, Plan, Variant


def project_of(text: str, root: Path = Path("/project")) -> Project:
    """Read a project from its pyproject.toml's text."""
    return read_project(text.encode(), root)


def variant(
    name: str,
    extras: Sequence[str] = (),
    *,
    entrypoints: Sequence[str] | None = None,
    packages: Sequence[str] = (),
    full: bool = False,
    installed_bytes: int = 0,
) -> Variant:
    """Make an image; `packages` are names, all of version 1 and one index."""
    return Variant(
        name=name,
        entrypoints=tuple(entrypoints if entrypoints is not None else (name,)),
        extras=tuple(canonicalize_name(extra) for extra in extras),
        full=full,
        packages=frozenset(
            PackageKey(canonicalize_name(p), "1", "registry+https://index.example/simple")
            for p in packages
        ),
        installed_bytes=installed_bytes,
        bytecode_bytes=0,
        app_bytes=0,
        pull_bytes=0,
        image_bytes=0,
        before_bytes=0,
        lost=(),
    )


def plan_of(
    project: Project,
    moves: Mapping[str | tuple[str, int], str] | None = None,
    *,
    add: Mapping[str, str] | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    variants: Sequence[Variant] = (),
) -> Plan:
    """Make the plan in which these requirements move.

    `moves` maps a requirement (its text, or home and index) to its new home; `add` a requirement's
    text to the home in which it is missing; `aliases` an extra to what it shall name.
    """
    moves = moves or {}
    homes: dict[str, list[Requirement]] = {BASE: []}
    for name, extra in project.extras.items():
        if extra.requirements:
            homes[name] = []
    done = []
    for requirement in project.requirements:
        to = moves.get(
            (requirement.home, requirement.index), moves.get(requirement.text, requirement.home)
        )
        homes.setdefault(to, []).append(requirement)
        if to != requirement.home:
            done.append(Move(requirement, to))
    additions: dict[str, list[Addition]] = {}
    for text, home in (add or {}).items():
        name = canonicalize_name(text.split(">")[0].split("[")[0])
        additions.setdefault(home, []).append(Addition(name, text, home))
        homes.setdefault(home, [])
    today = {name: extra.includes for name, extra in project.extras.items() if extra.is_alias}
    planned: dict[NormalizedName, tuple[NormalizedName, ...]] = dict(today)
    for alias, includes in (aliases or {}).items():
        planned[canonicalize_name(alias)] = tuple(canonicalize_name(i) for i in includes)
    return Plan(
        base=tuple(homes.pop(BASE)),
        additions=tuple(additions.get(BASE, ())),
        base_bytes=0,
        groups=tuple(
            Group(
                name=canonicalize_name(name),
                requirements=tuple(requirements),
                additions=tuple(additions.get(name, ())),
                installed_bytes=0,
                retained_bytes=0,
                why="",
                feature=False,
            )
            for name, requirements in homes.items()
            if requirements or additions.get(name)
        ),
        variants=tuple(variants),
        aliases=planned,
        moves=tuple(done),
        roles=(),
        default_entrypoint=None,
        changed=bool(done or additions),
    )


def settled(project: Project, plan: Plan) -> Plan:
    """Return the plan that a second run makes of the project as it now is: all stays."""
    return plan_of(project, variants=plan.variants)
