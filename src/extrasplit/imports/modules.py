"""Links first-party files: which import of which file runs which other files.

importlab resolves, and keeps the graph (`graph`). What it does not know is added here:
importing `a.b.c` runs `a/__init__` and `a/b/__init__` first, a namespace package (PEP 420) has no
file of its own, and a name that no folder of ours offers is external without asking anybody.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from importlab import fs, parsepy, resolve

from extrasplit.imports.scanned import Import, ScannedFile
from extrasplit.imports.standard import STANDARD
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.project.layout import Layout
from extrasplit.record import Record, field


class Root(Record):
    """One folder of sys.path that lies in the project."""

    folder: str
    """Relative to the project's root; empty for the root itself."""
    names: frozenset[str] | None = None
    """The top-level names that are importable from it; None: whatever lies there."""
    first: bool = False
    """Before the standard library, as the script's folder and the working directory are."""


class Link(Record):
    """One import of the project's own code."""

    imported: Import
    files: tuple[str, ...]
    """What it runs, in that order: each parent's `__init__`, the module, the named submodule."""
    module: str
    """Absolute and dotted, as the importing file would name it."""

    @property
    def is_submodule(self) -> bool:
        """Whether the name that it imports is a module."""
        if self.imported.name is None or not self.files:
            return False
        written = ".".join(filter(None, (self.imported.module, self.imported.name)))
        return f".{self.module}".endswith(f".{written}")  # `from .run import run` names no module


class LinkedFile(Record):
    """One file's imports, told apart."""

    links: tuple[Link, ...]
    externals: tuple[Import, ...]
    """Of code that isn't the project's, the standard library included; all absolute."""


class Modules(Record):
    """Who imports whom, as one list of roots on sys.path makes it."""

    roots: tuple[Root, ...]
    scans: Mapping[str, ScannedFile]
    linked: Mapping[str, LinkedFile]
    packages: Packages
    _by_scope: dict[str, Mapping[str, LinkedFile]] = field(default_factory=dict)
    _by_name: dict[str, Mapping[str | None, Link | Import]] = field(default_factory=dict)

    def by_scope(self, path: str) -> Mapping[str, LinkedFile]:
        """Return a file's imports by the function that makes them; empty: its top level.

        A function that only starts commands is among them.
        """
        found = self._by_scope.get(path)
        if found is None:
            found = self._by_scope[path] = _by_scope(self.linked[path], self.scans[path])
        return found

    def find(self, module: str) -> tuple[str, ...]:
        """Return the files that importing `module` runs, its own last; () where it isn't ours."""
        return self.packages.files_run(module)[0]

    def name_of(self, path: str) -> str:
        """Return a file's dotted name, under the last root that offers it."""
        return self.packages.name_of(path)

    def link(self, path: str, scan: ScannedFile) -> LinkedFile:
        """Link code that is no file of the listing as if it stood at `path`."""
        return link_file(path, scan, self.packages)

    def with_imports(self, found: Mapping[str, Iterable[Import]]) -> Modules:
        """Return the modules with more imports, by the file that makes them."""
        linked = dict(self.linked)
        for path, imports in found.items():
            more = self.link(path, ScannedFile(tuple(dict.fromkeys(imports))))
            file = linked[path]
            linked[path] = LinkedFile(
                (*file.links, *more.links), (*file.externals, *more.externals)
            )
        return Modules(self.roots, self.scans, linked, self.packages)

    def origin(self, path: str, name: str) -> tuple[str, str, Import | None]:
        """Return the file that defines `name`, its name there, and the import if that's not ours.

        Follows re-exports (`from .core import name` in an `__init__`), star imports excepted. The
        name is empty where it turns out to be a module.
        """
        seen: set[tuple[str, str]] = set()
        while (path, name) not in seen and path in self.linked:
            seen.add((path, name))
            if path not in self._by_name:
                self._by_name[path] = _by_name(self.linked[path])
            found = self._by_name[path].get(name)
            if isinstance(found, Import):
                return path, name, found
            if found is not None:
                if found.imported.name is None or found.is_submodule:
                    return found.files[-1], "", None
                path, name = found.files[-1], found.imported.name
        return path, name, None

    def unread(self) -> set[str]:
        """Return the files that an import runs and that were not scanned."""
        files = {f for each in self.linked.values() for link in each.links for f in link.files}
        return files - self.linked.keys()

    def importers(self) -> dict[str, frozenset[str]]:
        """Return every external module and `module.name` with the first-party modules that ask."""
        found: dict[str, set[str]] = {}
        for path, file in self.linked.items():
            name = self.name_of(path)
            for imported in file.externals:
                found.setdefault(imported.module, set()).add(name)
                if imported.name and imported.name != "*":
                    found.setdefault(f"{imported.module}.{imported.name}", set()).add(name)
        return {module: frozenset(names) for module, names in found.items()}


_SYMBOL: Final = "<symbol>"
"""Stands for each name of a module that is no submodule: all of them resolve to the same."""


def _by_scope(file: LinkedFile, scan: ScannedFile) -> dict[str, LinkedFile]:
    links: dict[str, list[Link]] = {}
    externals: dict[str, list[Import]] = {}
    for link in file.links:
        links.setdefault(link.imported.scope, []).append(link)
    for imported in file.externals:
        externals.setdefault(imported.scope, []).append(imported)
    scopes = {*links, *externals, *(spawn.scope for spawn in scan.spawns)}
    return {
        scope: LinkedFile(tuple(links.get(scope, ())), tuple(externals.get(scope, ())))
        for scope in sorted(scopes)
    }


def _by_name(file: LinkedFile) -> dict[str | None, Link | Import]:
    """Return the imports at a file's top level by the names that they bind, the first of each."""
    found: dict[str | None, Link | Import] = {}
    for imported in file.externals:
        if not imported.scope:
            found.setdefault(imported.bound, imported)
    for link in file.links:
        if not link.imported.scope and link.files:
            found.setdefault(link.imported.bound, link)
    return found


class _Listing(fs.FileSystem):  # type: ignore[misc]
    """importlab's view of one folder of a listing; paths that begin with `/` are the listing's."""

    def __init__(self, files: frozenset[str], folder: str) -> None:
        self.files = files
        self.folder = folder

    def isfile(self, path: str) -> bool:
        return self.refer_to(path)[1:] in self.files

    def isdir(self, path: str) -> bool:
        below = self.refer_to(path)[1:] + "/"
        return any(file.startswith(below) for file in self.files)

    def read(self, path: str) -> str:
        raise FileNotFoundError(path)  # resolution asks for names only

    def refer_to(self, path: str) -> str:
        path = path.replace("\\", "/")
        return path if path.startswith("/") else "/" + posixpath.join(self.folder, path)

    def relative_path(self, path: str) -> str | None:
        below = posixpath.join("/", self.folder, "")
        return path[len(below) :] if path.startswith(below) else None


Scans = Callable[[Iterable[str]], Mapping[str, ScannedFile]]
"""Scans files by their path, each once."""


class Packages:
    """Resolves modules over one listing and one list of roots, each question once."""

    def __init__(self, listing: frozenset[str], roots: Sequence[Root]) -> None:
        self.listing = listing
        self.roots = tuple(roots)
        self._owners = _owners(listing, self.roots)
        self._folders: dict[str, resolve.Resolver] = {}
        self._known: dict[tuple[str, str | None, str | None], tuple[tuple[str, ...], str]] = {}
        self._names: dict[str, str] = {}

    def owner(self, module: str) -> Root | None:
        """Return the root that offers the module's first name; None: it isn't the project's."""
        return self._owners.get(module.partition(".")[0])

    def files_run(
        self, module: str, name: str | None = None, base: str | None = None
    ) -> tuple[tuple[str, ...], str]:
        """Return what importing `module` (or its submodule `name`) runs, and what it names.

        With `base`, a folder, the module is relative to it. No files: nothing of ours, a namespace
        package, or a module that is not there.
        """
        key = (module, name, base)
        found = self._known.get(key)
        if found is None:
            if name and name not in ("*", _SYMBOL) and not self._is_file(module, name, base):
                found = self.files_run(module, _SYMBOL, base)
            else:
                found = self._files_run(module, name, base)
            self._known[key] = found
        return found

    def _is_file(self, module: str, name: str, base: str | None) -> bool:
        """Whether a submodule has a file: of most names a short look tells that they have none."""
        root = self.owner(module) if base is None else None
        folder = base if base is not None else root.folder if root else ""
        path = "/".join(filter(None, (folder, module.replace(".", "/"), name)))
        return f"{path}.py" in self.listing or f"{path}/__init__.py" in self.listing

    def _files_run(
        self, module: str, name: str | None, base: str | None
    ) -> tuple[tuple[str, ...], str]:
        if base is None:
            root = self.owner(module)
            if root is None:
                return (), module
            folder, before = root.folder, self._inits("", [])
        else:
            folder, before = base, self._inits(posixpath.dirname(base), [posixpath.basename(base)])
        submodule = ".".join(filter(None, (module, name))) if name and name != "*" else None
        written = ("." if base is not None else "") + (submodule or module)
        statement = parsepy.ImportStatement(written, is_from=bool(name), is_star=name == "*")
        try:
            found = self._resolver(folder, relative=base is not None).resolve_import(statement)
        except resolve.ImportException:
            return (*before, *self._inits(folder, module.split("."))), module
        if isinstance(found, resolve.Builtin):
            return (), module  # compiled into the interpreter: a file of that name is never read
        path = found.path.lstrip("/")
        if submodule and path in _paths(folder, submodule):
            module = submodule
        parents = (*before, *self._inits(folder, module.split(".")[:-1]))
        return (parents if path in parents else (*parents, path)), module

    def _inits(self, folder: str, parts: Sequence[str]) -> tuple[str, ...]:
        chain = []
        for part in parts:
            if part:
                folder = f"{folder}/{part}" if folder else part
            init = f"{folder}/__init__.py"
            if part and init in self.listing:
                chain.append(init)
        return tuple(chain)

    def _resolver(self, folder: str, *, relative: bool) -> resolve.Resolver:
        # One for each folder, not for each file: nothing else of the importing file matters.
        key = f"./{folder}" if relative else folder
        if key not in self._folders:
            here = resolve.Direct(f"/{folder}/?", f"{folder.replace('/', '.')}.?")
            listing = _Listing(self.listing, "" if relative else folder)
            self._folders[key] = resolve.Resolver([listing], here)
        return self._folders[key]

    def file_of(self, module: str, base: str | None = None) -> str | None:
        """Return the file of exactly this module; None for namespaces and what is not there."""
        files, _ = self.files_run(module, None, base)
        root = self.owner(module)
        folder = base if base is not None else root.folder if root else ""
        return files[-1] if files and files[-1] in _paths(folder, module) else None

    def is_regular(self, module: str) -> bool:
        """Whether the first name of `module` is a module or a package with an `__init__`."""
        root = self.owner(module)
        top = module.partition(".")[0]
        return root is not None and not self.listing.isdisjoint(_paths(root.folder, top))

    def beside(self, path: str, name: str) -> str | None:
        """Return the file that a path means, beside the script that is started or its own file."""
        folders = [root.folder for root in self.roots if root.first]
        for folder in (*folders, posixpath.dirname(path), ""):
            found = posixpath.normpath(posixpath.join(folder, name))
            if found in self.listing:
                return found
        return None

    def children(self, module: str) -> tuple[str, ...]:
        """Return the files of a package's own modules and subpackages (`pkgutil.iter_modules`)."""
        root = self.owner(module)
        if root is None:
            return ()
        below = posixpath.join(root.folder, *module.split("."), "")
        found = []
        for path in self.listing:
            inside = path[len(below) :] if path.startswith(below) else ""
            module_file = inside.endswith(".py") and "/" not in inside and inside != "__init__.py"
            if module_file or (inside.endswith("/__init__.py") and inside.count("/") == 1):
                found.append(path)
        return tuple(sorted(found))

    def name_of(self, path: str) -> str:
        """Return the dotted name of a file under the last root that offers it; empty for a root."""
        if path not in self._names:
            self._names[path] = self._name(path)
        return self._names[path]

    def _name(self, path: str) -> str:
        for root in reversed(self.roots):
            below = posixpath.join(root.folder, "")
            if not path.startswith(below):
                continue
            name = _dotted(path[len(below) :])
            if root.names is None or name.partition(".")[0] in root.names:
                return name
        return _dotted(path)


def _dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".").removesuffix("__init__").removesuffix(".")


def _paths(folder: str, module: str) -> tuple[str, str]:
    path = posixpath.join(folder, *module.split("."))
    return f"{path}.py", f"{path}/__init__.py"


def _owners(listing: frozenset[str], roots: Iterable[Root]) -> dict[str, Root]:
    owners: dict[str, Root] = {}
    packages: set[str] = set()
    for root in roots:
        below = posixpath.join(root.folder, "")
        for path in listing:
            if not path.endswith(".py") or not path.startswith(below):
                continue
            first, _, rest = path[len(below) :].partition("/")
            name = first if rest else first[: -len(".py")]
            if not _offers(root, name):
                continue
            # A regular package of a later root wins over a namespace portion of an earlier one.
            regular = not rest or rest == "__init__.py"
            if name not in owners or (regular and name not in packages):
                owners[name] = root
            if regular:
                packages.add(name)
    return owners


def _offers(root: Root, name: str) -> bool:
    if not name.isidentifier() or (root.names is not None and name not in root.names):
        return False
    return root.first or name not in STANDARD


def link_file(path: str, scan: ScannedFile, packages: Packages) -> LinkedFile:
    """Resolve the imports of one file."""
    links: list[Link] = []
    externals: list[Import] = []
    for imported in (*scan.imports, *_by_prefix(scan)):
        link = _link(path, imported, packages) if imported.dots or imported.module else None
        if link is not None:
            links.append(link)
        elif not imported.dots:
            externals.append(imported)
    return LinkedFile(tuple(links), tuple(externals))


def _by_prefix(scan: ScannedFile) -> Iterator[Import]:
    """Yield what computed names with a literal prefix (`import_module(f"app.{x}")`) may load."""
    for computed in scan.undecided:
        prefix = computed.prefix or ""
        dots = len(prefix) - len(prefix.lstrip("."))
        package = prefix.lstrip(".").rpartition(".")[0]
        if package or dots:
            yield Import(
                *(package, dots, "*", None, computed.level, computed.scope, computed.line),
                via="dynamic",
                tentative=True,
            )


def _link(path: str, imported: Import, packages: Packages) -> Link | None:
    if imported.module.startswith("./"):
        started = packages.beside(path, imported.module[2:])
        return Link(imported, (started,) if started else (), imported.module)
    base = folder_above(path, imported.dots) if imported.dots else None
    if imported.dots and base is None:
        return None  # above the top of the project
    if base is None and packages.owner(imported.module) is None:
        return None
    files, module = packages.files_run(imported.module, imported.name, base)
    if base is not None:
        module = ".".join(filter(None, (packages.name_of(f"{base}/__init__.py"), module)))
    elif not files and not packages.is_regular(imported.module):
        return None  # a namespace that other distributions share, or that one of them owns
    if imported.name == "*" and imported.via != "import":
        files = (*files, *packages.children(module))
    if path in files:
        files = tuple(file for file in files if file != path)
    return Link(imported, files, module)


def folder_above(filename: str, dots: int) -> str | None:
    """Return the folder that so many leading dots mean in a file; None above the project."""
    folder = posixpath.dirname(filename)
    for _ in range(dots - 1):
        if not folder:
            return None
        folder = posixpath.dirname(folder)
    return folder


def roots_for(entrypoint: Entrypoint, layout: Layout) -> tuple[Root, ...]:
    """Return the project's folders on sys.path when this entrypoint is started."""
    started = [Root(_folder(path), first=True) for path in entrypoint.paths]
    if entrypoint.installed or not started:
        started += [Root(_folder(root), layout.top_names) for root in layout.roots]
    return tuple(dict.fromkeys(started))


def _folder(path: str) -> str:
    return "" if path == "." else path.strip("/")


def link(
    scans: Mapping[str, ScannedFile],
    packages: Packages,
    more: Scans | None = None,
    before: Mapping[str, LinkedFile] | None = None,
) -> Modules:
    """Resolve every import of every scanned file.

    `scans` is keyed by the file's path relative to the project's root, forward slashes; stub files
    are never resolved to. `more` scans what these import beside them, in turn. `before` holds files
    that were linked over the same listing and have not changed: it stands for the graph, which
    takes as long to load as some hundred files to link.
    """
    known = dict(scans)
    linked: dict[str, LinkedFile] = {}
    link_one: Callable[[str], LinkedFile]
    if before:
        link_one = partial(_link_again, known, packages, before)
    else:
        from extrasplit.imports.graph import Graph

        link_one = Graph(known, packages).link
    waiting = sorted(known)
    while waiting:
        linked |= {path: link_one(path) for path in waiting}
        run = {file for path in waiting for each in linked[path].links for file in each.files}
        waiting = sorted(run - known.keys()) if more is not None else []
        if more is not None and waiting:
            known |= more(waiting)
    return Modules(packages.roots, known, linked, packages)


def _link_again(
    scans: Mapping[str, ScannedFile],
    packages: Packages,
    before: Mapping[str, LinkedFile],
    path: str,
) -> LinkedFile:
    return before.get(path) or link_file(path, scans[path], packages)
