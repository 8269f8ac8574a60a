"""Follows entry points that the project registers itself to the source that loads their group.

Entry points specification: what an object reference `package.module:name` means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from extrasplit.imports.level import Level, weakest
from extrasplit.imports.modules import Modules
from extrasplit.imports.scanned import Import
from extrasplit.record import replace


def with_own_plugins(modules: Modules, plugins: Iterable[tuple[str, str]]) -> Modules:
    """Return the modules with an import of each own entry point where its group is read.

    `plugins` are (group, object reference), as `[project.entry-points]` holds them. Where no loop
    loads them all, one is loaded once somebody asks for it: they are deferred.
    """
    by_group: dict[str, list[str]] = {}
    for group, reference in plugins:
        by_group.setdefault(group, []).append(reference.partition("[")[0])
    if not by_group:
        return modules
    return modules.with_imports(
        {
            path: [
                made
                for imported in file.externals
                for made in _imports_of(imported, by_group.get(imported.group or "", ()))
            ]
            for path, file in modules.linked.items()
        }
    )


def _imports_of(loading: Import, references: Iterable[str]) -> Iterator[Import]:
    level = loading.level if loading.name == "*" else weakest(loading.level, Level.DEFERRED)
    for reference in references:
        module, _, name = reference.replace(" ", "").partition(":")
        name = name.partition(".")[0]
        yield replace(loading, module=module, name=name or None, level=level, group=None)
