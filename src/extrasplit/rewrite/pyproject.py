"""Writes a plan into pyproject.toml; what the plan does not touch stays byte for byte.

The text itself is edited, at the offsets of the values that change, so every other byte is kept by
construction. tomlkit alone does not give that: it renders an array anew once an item is taken out,
and then comments, indentation and comma style are not the author's. It writes what is new (strings
and keys, quoted as TOML wants them). The result is read again and compared with what the plan
says, so a text that could not be edited well is refused, never written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.project.declared import BASE, Project, Requirement
from extrasplit.project.lines import KeyPath, find_spans
from extrasplit.rewrite.arrays import (
    LONGEST_LINE,
    Array,
    Item,
    Style,
    extend,
    items_of,
    read_array,
    remove,
    reword,
    style_of,
    tidy,
)
from extrasplit.rewrite.toml import (
    Table,
    insert_key,
    insert_table,
    newline_of,
    replace_values,
    write_string,
)
from extrasplit.split.plan import Addition, Plan, Variant

_DEPENDENCIES: Final[KeyPath] = ("project", "dependencies")
_OPTIONAL: Final[KeyPath] = ("project", "optional-dependencies")
_VARIANTS: Final[KeyPath] = ("tool", "extrasplit", "variants")


def rewrite_pyproject(
    text: str, project: Project, plan: Plan, *, variants: Sequence[Variant] | None = None
) -> str:
    """Return pyproject.toml with the plan's homes, additions, aliases and recorded variants.

    `variants` are those to record, by default all of the plan's. A requirement that the plan does
    not name stays where it is. A second call, with the project and plan of the result, returns its
    text. Raises ExtrasplitError where the requirements are dynamic (PEP 621): another tool writes
    them.
    """
    _refuse_dynamic(project)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    homes = _wanted_homes(project, plan)
    requirements = _write_requirements(body, project, homes)
    written = _record_variants(requirements, plan.variants if variants is None else variants)
    _compare(body, written, project, homes)
    return mark + written


def refusal(project: Project) -> str | None:
    """Return why a pyproject.toml is not rewritten, None where it can be."""
    dynamic = sorted(project.dynamic & {"dependencies", "optional-dependencies"})
    return f"`dynamic` holds {' and '.join(dynamic)}" if dynamic else None


def _refuse_dynamic(project: Project) -> None:
    reason = refusal(project)
    if reason:
        raise ExtrasplitError(
            f"{project.root / 'pyproject.toml'} is not rewritten: {reason}, so the build backend "
            "makes these lists and not this file",
            hint="write project.dependencies and project.optional-dependencies here, and take "
            "them out of `dynamic`",
        )


@dataclass(slots=True)
class _Home:
    """What one array shall hold."""

    requirements: list[Requirement] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)
    includes: tuple[NormalizedName, ...] = ()
    """The project's own extras that it names."""


def _wanted_homes(project: Project, plan: Plan) -> dict[str, _Home]:
    """Return each array's content, in the order in which new extras are written."""
    homes: dict[str, _Home] = {BASE: _Home()}
    for name, extra in project.extras.items():
        homes[name] = _Home(includes=extra.includes)
    for group in plan.groups:
        homes.setdefault(group.name, _Home())
    for alias, includes in plan.aliases.items():
        home = homes.setdefault(alias, _Home())
        if frozenset(home.includes) != frozenset(includes):
            home.includes = tuple(includes)
    planned = {(r.home, r.index): BASE for r in plan.base}
    for group in plan.groups:
        planned |= {(r.home, r.index): group.name for r in group.requirements}
        homes[group.name].additions += group.additions
    homes[BASE].additions += plan.additions
    order = {(r.home, r.index): at for at, r in enumerate(_in_planned_order(plan))}
    for requirement in sorted(
        project.requirements, key=lambda r: order.get((r.home, r.index), len(order))
    ):
        place = planned.get((requirement.home, requirement.index), requirement.home)
        homes[place].requirements.append(requirement)
    return homes


def _in_planned_order(plan: Plan) -> Iterator[Requirement]:
    yield from plan.base
    for group in plan.groups:
        yield from group.requirements


def _path_of(project: Project, home: str) -> KeyPath:
    if home == BASE:
        return _DEPENDENCIES
    extra = project.extras.get(canonicalize_name(home))
    return (*_OPTIONAL, extra.written if extra else home)


def _write_requirements(body: str, project: Project, homes: Mapping[str, _Home]) -> str:
    spans = find_spans(body).values
    arrays: dict[str, Array] = {}
    for home in homes:
        span = spans.get(_path_of(project, home))
        if span is not None:
            arrays[home] = read_array(body[span.start : span.end])
    style = style_of(arrays.values(), newline_of(body))
    travelling = _take_travellers(arrays, homes)
    changed: dict[KeyPath, str] = {}
    fresh: dict[str, str] = {}
    for home, wanted in homes.items():
        arriving = _arriving(project, home, wanted, travelling, arrays.get(home), style)
        if home in arrays:
            array = _change(arrays[home], project, home, wanted, travelling, arriving, style)
            changed[_path_of(project, home)] = array.text
        elif arriving:
            fresh[home] = _new_array(arriving, wanted, arrays, style).text
    body = replace_values(body, changed)
    written: dict[str, str] = {}
    for home, text in fresh.items():
        path = _path_of(project, home)
        after = _neighbour(project, homes[home]) if home != BASE else None
        beside = written.get(after, after) if after else None
        body = insert_key(body, path, text, after=(*_OPTIONAL, beside) if beside else None)
        if after:
            written[after] = home
    return body


_Travelling = Mapping[tuple[str, int], Item]


def _take_travellers(arrays: Mapping[str, Array], homes: Mapping[str, _Home]) -> _Travelling:
    """Return the items that change their array, by the home and index that they have today."""
    destinations: dict[str, dict[int, str]] = {}
    for home, wanted in homes.items():
        for requirement in wanted.requirements:
            if requirement.home != home:
                destinations.setdefault(requirement.home, {})[requirement.index] = home
    return {
        (home, index): item
        for home, leaving in destinations.items()
        for index, item in items_of(arrays[home], leaving).items()
    }


def _arriving(
    project: Project,
    home: str,
    wanted: _Home,
    travelling: _Travelling,
    array: Array | None,
    style: Style,
) -> list[Item]:
    """Return the items that are new in an array: moved ones, added ones, a self-reference."""
    standing = {_value(entry.literal): home for entry in array.entries} if array else {}
    found = []
    for requirement in wanted.requirements:
        # a line that is written twice in one array stays so; two homes that meet need it once
        source = standing.setdefault(requirement.text, requirement.home)
        if requirement.home != home and requirement.home == source:
            found.append(travelling[requirement.home, requirement.index])
    found += [
        Item(write_string(addition.text, style.quote))
        for addition in wanted.additions
        if addition.text not in standing
    ]
    if wanted.includes and not (home != BASE and _names_itself(project, home)):
        found.append(Item(write_string(_reference(project, wanted.includes), style.quote)))
    return found


def _change(
    array: Array,
    project: Project,
    home: str,
    wanted: _Home,
    travelling: _Travelling,
    arriving: Sequence[Item],
    style: Style,
) -> Array:
    """Return an existing array as it shall be."""
    leaving = {index: item for (source, index), item in travelling.items() if source == home}
    extra = project.extras.get(canonicalize_name(home)) if home != BASE else None
    if extra and extra.includes and frozenset(extra.includes) != frozenset(wanted.includes):
        own = [
            index
            for index, entry in enumerate(array.entries)
            if _is_own(project, _value(entry.literal))
        ]
        if wanted.includes:
            quote = array.entries[own[0]].literal[0]
            reference = write_string(_reference(project, wanted.includes), quote)
            array = reword(array, own[0], reference)
            own = own[1:]
        leaving |= {index: Item(array.entries[index].literal) for index in own}
    changed = extend(remove(array, leaving), arriving, style)
    became_alias = bool(leaving) and bool(wanted.includes) and not wanted.requirements
    return tidy(changed) if became_alias else changed


def _new_array(
    items: Sequence[Item], wanted: _Home, arrays: Mapping[str, Array], style: Style
) -> Array:
    """Return a new extra's array, on one line where that is how its requirements stood before."""
    sources = {requirement.home for requirement in wanted.requirements}
    stood_on_lines = any(arrays[home].is_multiline for home in sources) if sources else True
    fits = sum(len(item.literal) + 2 for item in items) <= LONGEST_LINE
    is_alias = bool(wanted.includes) and len(items) == 1
    lines = style.multiline and not is_alias and (stood_on_lines or not fits)
    return extend(Array((), ""), items, replace(style, multiline=lines))


def _neighbour(project: Project, wanted: _Home) -> str | None:
    """Return the extra behind which a new one is written: most of it comes from there."""
    sources = [r.home for r in wanted.requirements if r.home != BASE]
    sources += [extra for extra in wanted.includes if extra in project.extras]
    if sources:
        return project.extras[canonicalize_name(max(sources, key=sources.count))].written
    written = [extra.written for extra in project.extras.values()]
    return written[-1] if written else None


def _names_itself(project: Project, home: str) -> bool:
    extra = project.extras.get(canonicalize_name(home))
    return bool(extra and extra.includes)


def _is_own(project: Project, text: str) -> bool:
    from packaging.requirements import Requirement as ParsedRequirement

    return canonicalize_name(ParsedRequirement(text).name) == project.name


def _reference(project: Project, extras: Sequence[NormalizedName]) -> str:
    return f"{project.written_name}[{','.join(extras)}]"


def _value(literal: str) -> str:
    return str(tomllib.loads(f"x = {literal}")["x"])


def _record_variants(body: str, variants: Sequence[Variant]) -> str:
    """Write `[tool.extrasplit.variants.NAME]` for each variant (DESIGN section 5)."""
    for variant in variants:
        path = (*_VARIANTS, variant.name)
        lists = {"entrypoints": variant.entrypoints, "extras": variant.extras}
        recorded = _tables_at(tomllib.loads(body), _VARIANTS).get(variant.name)
        if recorded is None:
            pairs = {key: _list(names) for key, names in lists.items()}
            body = insert_table(body, Table(path, pairs))
            continue
        for key, names in lists.items():
            if set(recorded.get(key, ())) != set(names):
                body = _set_list(body, (*path, key), names)
    return body


def _set_list(body: str, path: KeyPath, names: Sequence[str]) -> str:
    """Make a recorded list hold these names, those that it holds untouched."""
    span = find_spans(body).values.get(path)
    if span is None:
        return insert_key(body, path, _list(names))
    array = read_array(body[span.start : span.end])
    values = [_value(entry.literal) for entry in array.entries]
    gone = {
        at: Item(array.entries[at].literal) for at, value in enumerate(values) if value not in names
    }
    style = style_of([array], newline_of(body))
    style = replace(style, multiline=array.is_multiline)
    new = [Item(write_string(name, style.quote)) for name in names if name not in values]
    return replace_values(body, {path: extend(remove(array, gone), new, style).text})


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(write_string(name) for name in names)}]"


def _tables_at(document: Mapping[str, Any], path: KeyPath) -> Mapping[str, Any]:
    for key in path:
        document = document.get(str(key), {})
    return document


def _compare(before: str, after: str, project: Project, homes: Mapping[str, _Home]) -> None:
    """Read the result and hold it against the plan.

    Raises ExtrasplitError where anything but the planned lists and recorded variants differs.
    """
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:  # an edit that broke the text: never written
        raise _lossy(project, str(error)) from error
    for home, wanted in homes.items():
        path = _path_of(project, home)
        held = list(_tables_at(new, path[:-1]).get(str(path[-1]), []))
        texts = {r.text for r in wanted.requirements} | {a.text for a in wanted.additions}
        if {text for text in held if not _is_own(project, text)} != texts:
            raise _lossy(project, f"`{home or 'dependencies'}` would hold {held}")
    for document in (old, new):
        document["project"].pop("dependencies", None)
        document["project"].pop("optional-dependencies", None)
        tool = document.setdefault("tool", {})
        tool.setdefault("extrasplit", {}).pop("variants", None)
    if old != new:
        raise _lossy(project, "another key would change")


def _lossy(project: Project, reason: str) -> ExtrasplitError:
    return ExtrasplitError(
        f"{project.root / 'pyproject.toml'} is not rewritten: {reason}, which was not planned",
        hint="please report this file; nothing was changed",
    )
