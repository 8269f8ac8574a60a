"""Orders variants into a chain of dependency stages, so that images share their layers.

Where everything that one variant installs is also in another, the wider one's stage continues the
narrower one's, and adds a layer of just the difference. Each variant has a small final stage of its
own on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from extrasplit.errors import ExtrasplitError
from extrasplit.rewrite.quoting import stage_name
from extrasplit.split.plan import Variant


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one variant stands in the chain."""

    name: str
    """Its `--target`, its bake target and its compose service."""
    variant: Variant
    parent: str | None
    """The stage whose dependencies it continues; None: it begins on the base."""
    system: tuple[str, ...] = ()
    """Debian packages that its dependency stage adds, for it and all that continue it."""
    own_system: tuple[str, ...] = ()
    """Debian packages that only its final stage adds."""
    compiled: tuple[NormalizedName, ...] = ()
    """Distributions that no wheel serves: they are compiled in a stage of their own."""

    @property
    def dependencies(self) -> str:
        """The name of its dependency stage."""
        return f"deps-{self.name}"

    @property
    def builder(self) -> str:
        """The name of the stage that compiles for it."""
        return f"build-{self.name}"


def chain(
    variants: Sequence[Variant],
    *,
    system: Mapping[str, frozenset[str]] | None = None,
    compiled: Mapping[str, Sequence[NormalizedName]] | None = None,
) -> tuple[Stage, ...]:
    """Return a stage for each variant, parents first.

    `system` maps a variant's name to the Debian packages that its image holds, `compiled` to the
    distributions that no wheel serves. Raises ExtrasplitError where two names are one once they
    are written as Docker wants them.
    """
    names = _stage_names(variants)
    parents = {variant.name: _parent(variant, variants) for variant in variants}
    wanted = {v.name: frozenset((system or {}).get(v.name, ())) for v in variants}
    shared = {
        name: frozenset.intersection(*(wanted[heir] for heir in _heirs(name, parents)))
        for name in wanted
    }
    stages = []
    for variant in sorted(variants, key=lambda v: _depth(v.name, parents)):
        parent = parents[variant.name]
        elders = _elders(parent, parents) if parent else []
        inherited = frozenset(package for elder in elders for package in shared[elder])
        built = {name for elder in elders for name in (compiled or {}).get(elder, ())}
        here = shared[variant.name] - inherited
        stages.append(
            Stage(
                name=names[variant.name],
                variant=variant,
                parent=names[parent] if parent else None,
                system=tuple(sorted(here)),
                own_system=tuple(sorted(wanted[variant.name] - here - inherited)),
                compiled=tuple(sorted(set((compiled or {}).get(variant.name, ())) - built)),
            )
        )
    return tuple(stages)


def _stage_names(variants: Sequence[Variant]) -> dict[str, str]:
    names: dict[str, str] = {}
    for variant in variants:
        name = stage_name(variant.name)
        for other, taken in names.items():
            if taken == name:
                raise ExtrasplitError(
                    f"the variants {other!r} and {variant.name!r} would both be the stage {name!r}",
                    hint="rename one in [tool.extrasplit.variants]",
                )
        names[variant.name] = name
    return names


def _parent(variant: Variant, variants: Sequence[Variant]) -> str | None:
    """Return the largest other variant that this one contains; of equal ones the earlier."""
    position = {other.name: at for at, other in enumerate(variants)}
    found = [
        other
        for other in variants
        if other.packages < variant.packages
        or (other.packages == variant.packages and position[other.name] < position[variant.name])
    ]
    if not found:
        return None
    best = max(found, key=lambda v: (v.installed_bytes, len(v.packages), position[v.name]))
    return best.name


def _elders(name: str, parents: Mapping[str, str | None]) -> list[str]:
    """The variant and all that it continues."""
    found = [name]
    while parent := parents[found[-1]]:
        found.append(parent)
    return found


def _heirs(name: str, parents: Mapping[str, str | None]) -> list[str]:
    """The variant and all that continue it."""
    return [other for other in parents if name in _elders(other, parents)]


def _depth(name: str, parents: Mapping[str, str | None]) -> int:
    return len(_elders(name, parents))
