"""Tells whether uv.lock still says what pyproject.toml says, without asking uv or an index.

`uv lock --check` resolves anew where it must; this reads what uv recorded of the project when it
was locked (`requires-dist`, `requires-dev`, `provides-extras`, `requires-python`). What
`[tool.uv.sources]` turned a requirement into is only compared by name and extras, so that a
finding is never a false alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as ParsedRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from extrasplit.findings import KINDS, Finding
from extrasplit.lock.conflicts import ALWAYS, ConflictItem, named_extras, settle_extra
from extrasplit.lock.equivalence import allow_the_same, are_equivalent, is_narrower
from extrasplit.lock.uvlock import Lock, LockedPackage, RecordedRequirement
from extrasplit.places import Place
from extrasplit.project.declared import BASE, Project
from extrasplit.record import Record, replace

SHOWN: Final = 3
"""Differences that the message spells out; `count` tells how many there are."""


class _Wish(Record):
    """One requirement, written or recorded, in the form in which they are compared."""

    name: NormalizedName
    extras: frozenset[NormalizedName]
    specifier: str
    marker: str | None
    located: bool
    """It has a source of its own (URL, git, path, workspace): only name and extras count."""
    text: str
    line: int = 0


class _Difference(Record):
    message: str
    line: int = 0


def compare(lock: Lock, project: Project) -> tuple[Finding, ...]:
    """Return one `stale-lock` finding, with all differences counted, or nothing.

    What is dynamic, or what the lock doesn't record, is not compared.
    """
    package = lock.member(project.name)
    if package is None:
        differences = [_Difference(f"`{project.name}` isn't in it")]
    else:
        differences = list(_differences(lock, package, project))
    if not differences:
        return ()
    shown = "; ".join(difference.message for difference in differences[:SHOWN])
    more = len(differences) - SHOWN
    return (
        Finding(
            kind="stale-lock",
            severity=KINDS["stale-lock"].severity,
            message=f"uv.lock was made from another pyproject.toml: {shown}"
            + (f"; and {more} more" if more > 0 else ""),
            fix="uv lock",
            chain=tuple(
                Place("pyproject.toml", difference.line, difference.message)
                for difference in differences
                if difference.line
            ),
            count=len(differences),
        ),
    )


def _differences(lock: Lock, package: LockedPackage, project: Project) -> Iterator[_Difference]:
    yield from _compare_version(package, project)
    yield from _compare_python(lock, project)
    yield from _compare_extras(package, project)
    if package.requires_dist is not None:
        yield from _compare_requirements(lock, package.requires_dist, project)
    else:
        yield from _compare_edges(lock, package, project)
    if package.requires_groups is not None:
        yield from _compare_groups(lock, package.requires_groups, project)
    yield from _compare_conflicts(lock, project)


def _compare_conflicts(lock: Lock, project: Project) -> Iterator[_Difference]:
    """Look for each set of the project's own; uv may have made it larger (included groups)."""
    for conflict in project.conflicts:
        items = {ConflictItem("extra", project.name, name) for name in conflict.extras}
        items |= {ConflictItem("group", project.name, name) for name in conflict.groups}
        if not any(items <= locked for locked in lock.conflicts):
            names = ", ".join(sorted(conflict.extras | conflict.groups))
            yield _Difference(f"it doesn't know that {names} conflict")


def _compare_version(package: LockedPackage, project: Project) -> Iterator[_Difference]:
    locked = package.key.version
    if project.version is None or not locked:
        return
    try:
        same = Version(project.version) == Version(locked)
    except ValueError:
        same = project.version == locked
    if not same:
        yield _Difference(f"the project's version was {locked}")


def _compare_python(lock: Lock, project: Project) -> Iterator[_Difference]:
    if not (lock.requires_python and project.requires_python):
        return
    # The lock's range is that of all workspace members and dependency groups together.
    alone = len(lock.members) < 2 and not project.groups
    same = allow_the_same if alone else is_narrower
    try:
        agrees = same(SpecifierSet(lock.requires_python), SpecifierSet(project.requires_python))
    except ValueError:
        return
    if not agrees:
        yield _Difference(f"requires-python was {lock.requires_python}")


def _compare_extras(package: LockedPackage, project: Project) -> Iterator[_Difference]:
    if package.provides_extras is None or "optional-dependencies" in project.dynamic:
        return
    for name in sorted(set(package.provides_extras) ^ set(project.extras)):
        known = name in project.extras
        yield _Difference(f"extra `{name}` is {'new' if known else 'gone'}")


def _compare_requirements(
    lock: Lock, recorded: Sequence[RecordedRequirement], project: Project
) -> Iterator[_Difference]:
    """Compare home by home: as written, or with references to the project's own extras resolved.

    uv records such references as they are written or flat, and takes either.
    """
    written: dict[str, list[_Wish]] = {
        BASE: [_written(line.text, line.line) for line in project.base]
    }
    for name, extra in project.extras.items():
        written[name] = [_written(line.text, line.line) for line in extra.requirements]
        written[name].append(_own_extras(project.name, extra.includes))
    locked = {home: list(_recorded_in(home, recorded)) for home in written}
    for home in written:
        if _is_dynamic(home, project):
            continue
        lists = _Lists(
            _where(home), written[home], locked[home], lock.requires_python, project.name
        )
        if not any(lists.differences()):
            continue
        yield from replace(
            lists,
            written=_flatten(written, home, project.name),
            locked=_flatten(locked, home, project.name),
        ).differences()


def _compare_edges(lock: Lock, package: LockedPackage, project: Project) -> Iterator[_Difference]:
    """Compare names alone, where uv recorded no requirements (it had none, or was told not to)."""
    written = _written_homes(project)
    for home in written:
        if _is_dynamic(home, project):
            continue
        wishes = _flatten(written, home, project.name)
        edges = package.optional.get(canonicalize_name(home), ()) if home else package.dependencies
        locked, where = {edge.name for edge in edges}, _where(home)
        for wish in wishes:
            sure = wish.marker is None and wish.name not in lock.excludes | lock.overrides
            if sure and wish.name not in locked:
                yield _Difference(f"`{wish.text}` is new in {where}", wish.line)
        for name in sorted(locked - {wish.name for wish in wishes} - {project.name}):
            yield _Difference(f"`{name}` is gone from {where}")


def _compare_groups(
    lock: Lock, recorded: Mapping[NormalizedName, tuple[RecordedRequirement, ...]], project: Project
) -> Iterator[_Difference]:
    for name in sorted(set(recorded) | set(project.groups)):
        written = [_written(text, 0) for text in project.groups.get(name, ())]
        locked = list(_recorded_in(BASE, recorded.get(name, ())))
        if bool(written) != bool(locked):
            yield _Difference(f"dependency group `{name}` is {'new' if written else 'gone'}")
        else:
            where = f"dependency group `{name}`"
            yield from _Lists(where, written, locked, lock.requires_python).differences()


class _Lists(Record):
    """The two lists of one home or group, which are compared as sets."""

    where: str
    written: list[_Wish]
    locked: list[_Wish]
    requires_python: str
    own: NormalizedName | None = None
    """The project: what it requires of itself is compared extra by extra."""

    def differences(self) -> Iterator[_Difference]:
        wanted, known = self._own_extras(self.written), self._own_extras(self.locked)
        for extra in sorted(wanted ^ known):
            verb = "is new in" if extra in wanted else "is gone from"
            yield _Difference(f"`{self.own}[{extra}]` {verb} {self.where}")
        names = {wish.name for wish in (*self.written, *self.locked)} - {self.own}
        for name in sorted(names):
            ours = [wish for wish in self.written if wish.name == name]
            theirs = [wish for wish in self.locked if wish.name == name]
            located = any(wish.located for wish in (*ours, *theirs))
            for wish in ours:
                if not any(self._agree(wish, other, located) for other in theirs):
                    yield _Difference(f"`{wish.text}` is new in {self.where}", wish.line)
            for wish in theirs:
                if not any(self._agree(other, wish, located) for other in ours):
                    yield _Difference(f"`{wish.text}` is gone from {self.where}")

    def _own_extras(self, wishes: list[_Wish]) -> set[NormalizedName]:
        return {extra for wish in wishes if wish.name == self.own for extra in wish.extras}

    def _agree(self, one: _Wish, other: _Wish, located: bool) -> bool:
        return one.extras == other.extras and (
            located
            or (
                _same_specifier(one.specifier, other.specifier)
                and are_equivalent(one.marker, other.marker, self.requires_python)
            )
        )


def _same_specifier(one: str, other: str) -> bool:
    try:
        return SpecifierSet(one) == SpecifierSet(other)
    except ValueError:
        return one == other


def _written_homes(project: Project) -> dict[str, list[_Wish]]:
    homes: dict[str, list[_Wish]] = {}
    homes[BASE] = [_written(line.text, line.line) for line in project.base]
    for name, extra in project.extras.items():
        homes[name] = [_written(line.text, line.line) for line in extra.requirements]
        homes[name].append(_own_extras(project.name, extra.includes))
    return homes


def _is_dynamic(home: str, project: Project) -> bool:
    return ("dependencies" if home == BASE else "optional-dependencies") in project.dynamic


def _where(home: str) -> str:
    return "[project.dependencies]" if home == BASE else f"extra `{home}`"


def _written(text: str, line: int) -> _Wish:
    try:
        parsed = ParsedRequirement(text)
    except InvalidRequirement:
        name = canonicalize_name(text)
        return _Wish(name, frozenset(), "", None, located=True, text=text, line=line)
    return _Wish(
        name=canonicalize_name(parsed.name),
        extras=frozenset(canonicalize_name(extra) for extra in parsed.extras),
        specifier=str(parsed.specifier),
        marker=str(parsed.marker) if parsed.marker else None,
        located=parsed.url is not None,
        text=text,
        line=line,
    )


def _own_extras(project: NormalizedName, extras: tuple[NormalizedName, ...]) -> _Wish:
    return _Wish(project, frozenset(extras), "", None, located=False, text=project)


def _recorded_in(home: str, lines: Iterable[RecordedRequirement]) -> Iterator[_Wish]:
    """Yield what stands in one home; which one that is, uv says by `extra == 'home'`."""
    for line in lines:
        named = named_extras(line.marker) if line.marker else frozenset()
        if home not in named and (home != BASE or named):
            continue
        extras = f"[{','.join(line.extras)}]" if line.extras else ""
        yield _Wish(
            name=line.name,
            extras=frozenset(line.extras),
            specifier=line.specifier,
            marker=_within(home, line.marker) if line.marker else None,
            located=bool(line.source),
            text=f"{line.name}{extras}{line.specifier}",
        )


def _within(home: str, marker: str) -> str | None:
    """Return the marker without the clause that says the home, None where nothing else is left."""
    settled = settle_extra(marker, home).removesuffix(f" and {ALWAYS}")
    return None if settled == ALWAYS else settled


def _flatten(
    homes: Mapping[str, list[_Wish]], home: str, own: NormalizedName, above: tuple[str, ...] = ()
) -> list[_Wish]:
    """Return a home's requirements, those of the project's own extras that it names included."""
    found: list[_Wish] = []
    for wish in homes.get(home, ()):
        if wish.name != own:
            found.append(wish)
            continue
        for extra in sorted(wish.extras - {home, *above}):
            found += _flatten(homes, extra, own, (*above, home))
    return found
