"""Which module lies in which file: source roots, packages, namespaces, notebooks.

Paths are relative to the project's root with forward slashes; the root itself is `.`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from extrasplit.project.declared import Project, Settings
from extrasplit.record import Record

DEVELOPMENT: Final = frozenset(
    {"benchmark", "benchmarks", "build", "conftest", "dist", "doc", "docs", "documentation"}
    | {"example", "examples", "e2e", "htmlcov", "integration_tests", "noxfile", "setup", "test"}
    | {"testing", "tests"}
)
"""Names at the root that are no part of the app; below a package they are as good as any."""
RESERVED: Final = DEVELOPMENT | {
    *("bench", "ci", "demo", "demos", "fixtures", "samples", "scripts", "stubs", "tasks"),
    *("tools", "tutorials", "typings", "utils"),
}
"""Names that a flat layout's discovery passes over as well, much as setuptools' does: installed,
they are no package of the project; on the sys.path of a script they are."""
NEVER: Final = frozenset(("__pycache__", "node_modules", "site-packages", "venv", "env"))
_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")


class Layout(Record):
    """The modules that the installed project holds, and where they lie."""

    roots: tuple[str, ...]
    """Source roots: their children are importable once the project is installed."""
    modules: Mapping[str, str]
    """Dotted name to file; a package has its `__init__.py`."""
    namespaces: frozenset[str]
    """Packages without `__init__` (PEP 420), which other distributions may share."""
    top_names: frozenset[str]
    """First names of `modules`."""
    public_package: str | None
    """What a user of the library imports; dotted where its parents are namespaces."""
    notebooks: tuple[str, ...] = ()
    """Not read, only named."""

    def file_of(self, module: str) -> str | None:
        """Return the file of a module, None where it isn't the project's or is a namespace."""
        return self.modules.get(module)

    def module_of(self, path: str) -> str | None:
        """Return the name under which the installed project would import a file."""
        for root in self.roots:
            name = module_name(path, root)
            if name and self.modules.get(name) == path:
                return name
        return None


def find_modules(project: Project, settings: Settings, listing: frozenset[str]) -> Layout:
    """Return the layout of a project from its tables and the list of its files.

    What the build backend's table leaves open is found as the backends themselves do: `src/` where
    it holds modules, else the package at the root that bears the project's name.
    """
    roots = _find_roots(project, settings, listing)
    modules: dict[str, str] = {}
    for root in roots:
        found = modules_under(root, listing)
        tops = _own_names(project, settings, root, found)
        for name, path in found.items():
            if name.partition(".")[0] in tops:
                modules.setdefault(name, path)
    top_names = frozenset(name.partition(".")[0] for name in modules)
    return Layout(
        roots=roots,
        modules=modules,
        namespaces=find_namespaces(modules),
        top_names=top_names,
        public_package=_public_package(project, modules, top_names),
        notebooks=tuple(sorted(p for p in listing if p.endswith(".ipynb") and "/." not in p)),
    )


def modules_under(root: str, listing: Iterable[str]) -> dict[str, str]:
    """Return every module that Python would find below a folder on `sys.path`, with its file.

    Stubs are passed over; where both `x.py` and `x/__init__.py` are there, the package wins (the
    order of `importlib.machinery.FileFinder`).
    """
    prefix = "" if root == "." else f"{root}/"
    found: dict[str, str] = {}
    for path in listing:
        if path.endswith(".py") and path.startswith(prefix):
            name = module_name(path, root)
            if name and (name not in found or path.endswith("/__init__.py")):
                found[name] = path
    return dict(sorted(found.items()))


def module_name(path: str, root: str) -> str | None:
    """Return the dotted name of a file below a root, None where no import statement reaches it."""
    prefix = "" if root == "." else f"{root}/"
    if not path.endswith(".py") or not path.startswith(prefix):
        return None
    parts = path[len(prefix) : -3].split("/")
    if parts[-1] == "__init__":
        parts.pop()
    if not parts or not all(_IDENTIFIER.fullmatch(part) for part in parts):
        return None
    return None if NEVER.intersection(parts[:-1]) else ".".join(parts)


def find_namespaces(modules: Mapping[str, str]) -> frozenset[str]:
    """Return the packages that modules lie in and that have no `__init__.py`."""
    parents: set[str] = set()
    for name in modules:
        parent = name.rpartition(".")[0]
        while parent and parent not in parents:
            parents.add(parent)
            parent = parent.rpartition(".")[0]
    return frozenset(p for p in parents if not modules.get(p, "").endswith("__init__.py"))


def is_development(path: str) -> bool:
    """Whether a file lies among tests, docs or tools at the root, which are not the app's."""
    top = path.partition("/")[0].removesuffix(".py")
    return top in DEVELOPMENT or top.startswith((".", "test_")) or top.endswith("_test")


def join(folder: str, path: str) -> str | None:
    """Return a path below a folder in normal form; None where it leaves the project."""
    parts: list[str] = []
    for part in f"{folder}/{path}".split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or "."


def folder_of(path: str) -> str:
    """Return the folder of a file (`.` for one at the root)."""
    return path.rpartition("/")[0] or "."


def _find_roots(project: Project, settings: Settings, listing: frozenset[str]) -> tuple[str, ...]:
    stated = settings.source or project.source_roots
    present = tuple(root for root in stated if root == "." or _holds_python(root, listing))
    if present:
        return present
    if _holds_python("src", listing) and "src/__init__.py" not in listing:
        return ("src",)
    return (".",)


def _holds_python(root: str, listing: frozenset[str]) -> bool:
    return any(path.startswith(f"{root}/") and path.endswith(".py") for path in listing)


def _own_names(
    project: Project, settings: Settings, root: str, modules: Mapping[str, str]
) -> frozenset[str]:
    """Return the top-level names below a root that belong to the project."""
    tops = {name.partition(".")[0] for name in modules}
    stated = tops.intersection(project.packages)
    if stated and not settings.source:
        return frozenset(stated)
    if root != ".":
        return frozenset(tops)
    passed_over = DEVELOPMENT if project.virtual or settings.source else RESERVED
    app = {top for top in tops if not is_development(top) and top not in passed_over}
    named = {top for top in tops if _same_name(top, project.name)}
    if project.virtual or settings.source:
        return frozenset(app | named)
    packages = {top for top in app if modules.get(top, "").endswith("__init__.py")}
    scripts = {script.target.partition(":")[0].partition(".")[0] for script in project.scripts}
    return frozenset(named | (tops & scripts) or packages or app)


def _same_name(module: str, project: str) -> bool:
    from packaging.utils import canonicalize_name

    return canonicalize_name(module).replace("-", "") == project.replace("-", "")


def _public_package(
    project: Project, modules: Mapping[str, str], tops: frozenset[str]
) -> str | None:
    if project.virtual:
        return None
    named = sorted(top for top in tops if _same_name(top, project.name))
    scripts = [s.target.partition(":")[0].partition(".")[0] for s in project.scripts]
    single = list(tops) if len(tops) == 1 else []
    for top in (*named, *single, *(s for s in scripts if s in tops)):
        return _first_regular(top, modules)
    return None


def _first_regular(name: str, modules: Mapping[str, str]) -> str:
    """Descend from a namespace to the one package below it."""
    while name not in modules:
        below = {n[len(name) + 1 :].partition(".")[0] for n in modules if n.startswith(f"{name}.")}
        if len(below) != 1:
            break
        name = f"{name}.{below.pop()}"
    return name
