"""Gives entrypoints their names (DESIGN section 3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from extrasplit.project.layout import folder_of
from extrasplit.record import Record

GENERIC_FILES: Final = frozenset({"main", "app", "__main__", "asgi", "wsgi", "manage", "__init__"})
"""Stems that say nothing: the folder's name is taken."""
GENERIC_STAGES: Final = frozenset(
    {"app", "application", "base", "build", "builder", "container", "default", "deploy", "final"}
    | {"image", "main", "prod", "production", "python", "release", "root", "run", "runner"}
    | {"runtime", "service", "src", "staging", "target", "python-base", "builder-base"}
)
"""Docker stages that are named after their part in the build, not after a role."""
_PLAIN: Final = frozenset({".", "src", "lib", "python", "source"})
"""Folders that are source roots, whose name says nothing either."""


class Nameable(Record):
    """What a name can be made of."""

    stated: str | None
    """A configured, script's, service's or stage's name."""
    file: str | None
    """Path of the file that is started; or a dotted module."""
    way: str
    """The subcommand, where two start the same file."""


def name_all(items: Sequence[Nameable], project: str) -> list[str]:
    """Return one name for each, all different; stated names are given first.

    A name made of a file gets the folder before it where two collide, then what tells the two
    apart, then a number.
    """
    stems = [item.stated or _stem(item.file, project) for item in items]
    counts = Counter(stem.casefold() for stem in stems)
    names: list[str] = [""] * len(items)
    taken: set[str] = set()
    stated = [i for i, item in enumerate(items) if item.stated]
    for index in (*stated, *(i for i, item in enumerate(items) if not item.stated)):
        item, stem = items[index], stems[index]
        candidates = [stem]
        if item.stated is None and counts[stem.casefold()] > 1:
            longer = _with_folder(item.file, stem)
            clash = [
                other
                for i, other in enumerate(items)
                if i != index and not other.stated and _with_folder(other.file, stem) == longer
            ]
            candidates = [*([longer] if not clash else []), stem]
        if item.way:
            candidates.append(f"{stem}-{item.way}")
        names[index] = _first_free(candidates, taken)
        taken.add(names[index].casefold())
    return names


def meaningful_stage(name: str | None) -> str | None:
    """Return a Docker stage's name where it names a role."""
    return None if name is None or name.lower() in GENERIC_STAGES else name


def _first_free(candidates: Sequence[str], taken: set[str]) -> str:
    for candidate in candidates:
        if candidate.casefold() not in taken:
            return candidate
    number = 2
    while f"{candidates[-1]}-{number}".casefold() in taken:
        number += 1
    return f"{candidates[-1]}-{number}"


def _stem(file: str | None, project: str) -> str:
    if not file:
        return project
    file = file.removesuffix("/__init__.py")
    stem = file.rpartition("/")[2].partition(".")[0]
    if stem in GENERIC_FILES:
        folder = folder_of(file).rpartition("/")[2]
        return project if folder in _PLAIN else folder
    # Streamlit's `1_Home.py`: number and emoji order pages and are no part of a name
    return re.sub(r"^\d+[_-]", "", stem) or stem


def _with_folder(file: str | None, stem: str) -> str:
    """Return the name with the nearest folder before it that says something."""
    folders = (file or "").split("/")[:-1]
    while folders and (folders[-1] in _PLAIN or folders[-1] == stem):
        folders.pop()
    return f"{folders[-1]}-{stem}" if folders else stem
