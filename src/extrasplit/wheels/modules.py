"""Tells from a list of files which import packages and modules a distribution ships.

The rules are those of Python's path finder and of PEP 420: a folder with `__init__` is a package,
one without is a namespace that others may share, and only what is named by identifiers can be
imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from extrasplit.record import Record

_MODULE: Final = re.compile(
    r"(?P<name>[^.]+)(\.py|\.pyc|(\.(cpython|pypy|cp3|abi3)[\w.-]*|\.[a-z]+3\d+-[\w-]+)?\.(so|pyd))"
)
"""What the import system's suffixes may look like on any platform (PEP 3149, abi3, sourceless)."""


class ImportNames(Record):
    """What can be imported."""

    modules: frozenset[str]
    """Outermost regular packages and modules: `yaml`, `google.cloud.storage`."""
    namespaces: frozenset[str]
    """The namespace packages around them: `google`, `google.cloud`."""


@dataclass(slots=True)
class _Folder:
    modules: set[str] = field(default_factory=set)
    folders: dict[str, _Folder] = field(default_factory=dict)

    def holds_modules(self) -> bool:
        return bool(self.modules) or any(one.holds_modules() for one in self.folders.values())


def find_modules(paths: Iterable[str], roots: Iterable[str] = ()) -> ImportNames:
    """Return what `paths`, relative to site-packages, let a program import.

    `roots` are further folders on `sys.path` (`.pth` files). A regular package that has nothing
    but packages below its `__init__` may be a namespace of the old kind (pkgutil, pkg_resources),
    which several distributions ship: it is named together with what lies in it.
    """
    top = _tree(paths)
    modules: set[str] = set()
    namespaces: set[str] = set()
    for folder in (top, *(_descend(top, root) for root in roots)):
        _collect(folder, "", modules, namespaces)
    return ImportNames(frozenset(modules), frozenset(namespaces))


def _tree(paths: Iterable[str]) -> _Folder:
    top = _Folder()
    seen: dict[str, _Folder | None] = {"": top}
    for path in paths:
        parent, _, file = path.rpartition("/")
        folder = _folder_at(parent, seen)
        if folder is not None and (found := _MODULE.fullmatch(file)):
            folder.modules.add(found["name"])
    return top


def _folder_at(path: str, seen: dict[str, _Folder | None]) -> _Folder | None:
    """Return the folder, made where it is new; None where no import can reach it."""
    if path not in seen:
        outer, _, name = path.rpartition("/")
        parent = _folder_at(outer, seen)
        reachable = parent is not None and name.isidentifier() and name != "__pycache__"
        if parent is not None and reachable:
            seen[path] = parent.folders.setdefault(name, _Folder())
        else:
            seen[path] = None
    return seen[path]


def _descend(folder: _Folder, path: str) -> _Folder:
    for name in path.split("/"):
        folder = folder.folders.get(name, _Folder())
    return folder


def _collect(folder: _Folder, prefix: str, modules: set[str], namespaces: set[str]) -> None:
    modules |= {
        prefix + name for name in folder.modules if name.isidentifier() and name != "__init__"
    }
    for name, inner in folder.folders.items():
        dotted = prefix + name
        if "__init__" not in inner.modules:
            if inner.holds_modules():
                namespaces.add(dotted)
                _collect(inner, f"{dotted}.", modules, namespaces)
            continue
        modules.add(dotted)
        if inner.modules == {"__init__"}:
            _collect(inner, f"{dotted}.", modules, namespaces)
