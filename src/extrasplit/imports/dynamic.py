"""Reads the calls that import by a string: `import_module`, entry points, `iter_modules` loops."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from extrasplit.imports.level import Level
from extrasplit.imports.names import dotted, resolve
from extrasplit.imports.strings import (
    Constants,
    elements_of,
    fold_prefix,
    fold_string,
    fold_strings,
)
from extrasplit.record import Record, replace

IMPORTERS: Final = {
    "importlib.import_module": "module",
    "importlib.__import__": "__import__",
    "builtins.__import__": "__import__",
    "__import__": "__import__",
    "lazy_loader.load": "lazy",
    "importlib.util.find_spec": "test",
    "importlib.find_loader": "test",
    "pkgutil.find_loader": "test",
    "pytest.importorskip": "test",
    "runpy.run_module": "module",
    "importlib.resources.files": "resource",
    "pkgutil.get_data": "resource",
    "pkgutil.resolve_name": "object",
    "pydoc.locate": "object",
}
"""Functions that take the name of a module, or of an object in one, and import it."""

BY_LAST_NAME: Final = frozenset({"import_string", "import_from_string", "import_object"})
"""Functions that take the name of an object and import it, whatever module they come from:
Django, Werkzeug, Starlette, Tornado and others have one of these."""

WALKERS: Final = frozenset({"pkgutil.iter_modules", "pkgutil.walk_packages"})
ATTACHERS: Final = frozenset({"lazy_loader.attach", "lazy_loader.attach_stub"})
ENTRY_POINTS: Final = frozenset(
    {"importlib.metadata.entry_points", "importlib_metadata.entry_points"}
)
GROUP_READERS: Final = {
    "pkg_resources.iter_entry_points": "group",
    "stevedore.ExtensionManager": "namespace",
    "stevedore.DriverManager": "namespace",
    "stevedore.NamedExtensionManager": "namespace",
    "stevedore.EnabledExtensionManager": "namespace",
    "stevedore.HookManager": "namespace",
}

_FROM_ENV: Final = ("getenv", "environ.get")
_MODULE_NAME: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class HandedName(Record):
    """A name in a function whose value, which others may hand to it, tells what is imported."""

    name: str
    tests: bool = False
    """Absence is no error."""
    walks: bool = False
    """All submodules are imported as well."""
    each: bool = False
    """The name stands for several names of modules."""
    whole: bool = False
    """It stands for the module itself, not for its name."""


class Found(Record):
    """What one call imports, without the place and context, which the scan knows."""

    module: str = ""
    dots: int = 0
    name: str | None = None
    level: Level = Level.STARTUP
    group: str | None = None
    undecided: bool = False
    prefix: str | None = None
    handed: HandedName | None = None


UNDECIDED: Final = Found(undecided=True)


def imports_of(
    call: ast.Call, origins: Mapping[str, str], constants: Constants, *, is_init: bool
) -> Iterator[Found]:
    """Yield what a call imports; `Found.undecided` where it imports what only running it tells."""
    origin = _origin(call.func, origins)
    kind = _kind_of(origin)
    reader = _Reader(constants, is_init)
    if kind is not None and (call.args or call.keywords):
        yield from reader.named(call, kind)
    elif origin in WALKERS:
        yield from reader.walked(call, origins)
    elif origin in ATTACHERS:
        yield from reader.attached(call, origin)
    elif origin.rpartition(".")[2] in ("map", "imap", "partial", "submit", "to_thread"):
        yield from reader.handed_on(call, origin.rpartition(".")[2], origins)
    else:
        yield from groups_of(call, origins, constants)


def groups_of(
    node: ast.Call | ast.Subscript, origins: Mapping[str, str], constants: Constants
) -> Iterator[Found]:
    """Yield the entry-point groups that a call, or `entry_points()["group"]`, reads."""
    argument: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        if isinstance(node.value, ast.Call) and _origin(node.value.func, origins) in ENTRY_POINTS:
            argument = node.slice
    else:
        argument = _group_argument(node, origins)
    if argument is None:
        return
    groups = fold_strings(argument, constants)
    if groups is None:
        yield UNDECIDED
        return
    # a manager of stevedore loads what it finds
    whole = isinstance(node, ast.Call) and _origin(node.func, origins).startswith("stevedore.")
    yield from (Found(group=group, name="*" if whole else None) for group in groups)


def _group_argument(call: ast.Call, origins: Mapping[str, str]) -> ast.expr | None:
    origin = _origin(call.func, origins)
    first = call.args[0] if call.args else None
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if origin in ENTRY_POINTS:
        return keywords.get("group")
    parts = origin.split(".")
    reader = GROUP_READERS.get(f"{parts[0]}.{parts[-1]}")
    if reader is not None:
        return keywords.get(reader, first)
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("select", "get"):
        owner = call.func.value
        if isinstance(owner, ast.Call) and _origin(owner.func, origins) in ENTRY_POINTS:
            return keywords.get("group", first)
        if call.func.attr == "select" and ENTRY_POINTS.intersection(origins.values()):
            return keywords.get("group")
    return None


def _origin(node: ast.expr, origins: Mapping[str, str]) -> str:
    return resolve(dotted(node) or "", origins)


def _kind_of(origin: str) -> str | None:
    if origin.rpartition(".")[2] in BY_LAST_NAME:
        return "object"
    return IMPORTERS.get(origin)


class _Reader:
    def __init__(self, constants: Constants, is_init: bool) -> None:
        self._constants = constants
        self._is_init = is_init

    def named(self, call: ast.Call, kind: str) -> Iterator[Found]:
        """Read a call whose first argument is the name of what it imports."""
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        argument = call.args[0] if call.args else keywords.get("name")
        if argument is None or isinstance(argument, ast.Starred):
            yield UNDECIDED
            return
        package: str | None = None
        if kind in ("module", "test"):
            anchor = call.args[1] if len(call.args) > 1 else keywords.get("package")
            package = fold_string(anchor, self._constants) if anchor is not None else None
        names = fold_strings(argument, self._constants)
        if names is None and kind != "resource":
            tests = kind == "test"
            handed = self._handed(argument, tests=tests) if kind != "object" else None
            prefix = None if tests else self._prefix(argument, package)
            if handed or not tests:
                yield Found(undecided=not tests, prefix=prefix, handed=handed)
            names = self._defaults(argument)
        for name in names or ():
            yield from self._one(name, kind, package, call)

    def _defaults(self, node: ast.expr) -> tuple[str, ...] | None:
        """Return the names that are used where nobody has set an environment variable."""
        if isinstance(node, ast.Name) and len(found := self._constants.of(node.id)) == 1:
            node = found[0].value
        match node:
            case ast.Call(func=func, args=[_, default]) if (dotted(func) or "").endswith(_FROM_ENV):
                return fold_strings(default, self._constants)
        return None

    def _handed(self, node: ast.expr, *, tests: bool = False) -> HandedName | None:
        """Return the name that an argument stands for, be it each element of its value."""
        each = False
        for _ in range(5):
            if not isinstance(node, ast.Name):
                return None
            bindings = self._constants.of(node.id)
            if not bindings:
                return HandedName(node.id, tests=tests, each=each)
            if len(bindings) > 1 or bindings[0].index is not None:
                return None
            each |= bindings[0].element
            node = bindings[0].value
        return None

    def _one(self, name: str, kind: str, package: str | None, call: ast.Call) -> Iterator[Found]:
        attribute = None
        if kind == "object":
            name, colon, attribute = name.partition(":")
            if not colon and "." in name:
                name, _, attribute = name.rpartition(".")
        dots = 0
        if kind == "__import__":
            dots = _relative_level(call)
            name = "." * dots + name
        place = self._place(name, "{package}" if dots else package)
        if place is None:
            yield UNDECIDED
            return
        level = {"test": Level.GUARDED, "lazy": Level.DEFERRED}.get(kind, Level.STARTUP)
        members = self._fromlist(call) if kind == "__import__" else [attribute or None]
        for member in members:
            yield Found(place[0], place[1], member and member.partition(".")[0], level)

    def _fromlist(self, call: ast.Call) -> list[str | None]:
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        node = call.args[3] if len(call.args) > 3 else keywords.get("fromlist")
        elements = elements_of(node, self._constants) if node is not None else None
        names = [fold_string(element, self._constants) for element in elements or []]
        return [name for name in names if name] or [None]

    def _place(self, name: str, package: str | None) -> tuple[str, int] | None:
        """Return module and leading dots of a name that is imported, or None."""
        dots = len(name) - len(name.lstrip("."))
        rest = name[dots:]
        if dots and package == "{module}" and self._is_init:
            package = "{package}"
        if dots and package != "{package}":
            if package is None or "{" in package or package.count(".") < dots - 1:
                return None
            rest = ".".join([package.rsplit(".", dots - 1)[0], rest]) if rest else package
            dots = 0
        owns = ("{package}", "{module}") if self._is_init else ("{package}",)
        for own in owns:
            if rest == own or rest.startswith(f"{own}."):
                rest, dots = rest[len(own) + 1 :], 1
        if rest and not _MODULE_NAME.fullmatch(rest):
            return None
        return (rest, dots) if rest or dots else None

    def _prefix(self, argument: ast.expr, package: str | None) -> str | None:
        prefix = fold_prefix(argument, self._constants)
        for own in ("{package}", "{module}") if self._is_init else ("{package}",):
            if prefix.startswith(f"{own}."):
                return prefix[len(own) :]
        if "{" in prefix:
            return None
        if prefix.startswith(".") and package and "{" not in package:
            return package + prefix
        return prefix or None

    def walked(self, call: ast.Call, origins: Mapping[str, str]) -> Iterator[Found]:
        """Read the loop over a package's modules; `name="*"` stands for all of them."""
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        path = call.args[0] if call.args else keywords.get("path")
        if path is None:
            return
        if isinstance(path, ast.List) and len(path.elts) == 1:
            # `[str(Path(__file__).parent)]`, `[os.path.dirname(__file__)]`
            names = {n.id for n in ast.walk(path.elts[0]) if isinstance(n, ast.Name)}
            if "__file__" in names:
                yield Found(dots=1, name="*")
                return
        text = dotted(path)
        if text == "__path__":
            yield Found(dots=1, name="*")
        elif text is not None and text.endswith(".__path__"):
            text = text.removesuffix(".__path__")
            if "." not in text and text not in origins:
                yield self._walked_variable(text)
                return
            origin = resolve(text, origins)
            dots = len(origin) - len(origin.lstrip("."))
            yield Found(origin[dots:], dots, "*")
        else:
            yield UNDECIDED

    def _walked_variable(self, name: str) -> Found:
        """Read the loop over a package that a parameter is, or that a call by its name returns."""
        bindings = self._constants.of(name)
        if not bindings:
            return Found(undecided=True, handed=HandedName(name, walks=True, whole=True))
        match bindings[0].value:
            case ast.Call(args=[argument, *_]):
                module = fold_string(argument, self._constants)
                if module is not None and _MODULE_NAME.fullmatch(module):
                    return Found(module, name="*")
                handed = self._handed(argument)
                return Found(undecided=True, handed=handed and replace(handed, walks=True))
        return UNDECIDED

    def attached(self, call: ast.Call, origin: str) -> Iterator[Found]:
        """Read `lazy_loader.attach(__name__, submodules, submod_attrs)` (scientific-python SPEC 1).

        `attach_stub` names them in a stub file, which isn't read: all submodules count.
        """
        if origin.endswith("attach_stub"):
            yield Found(dots=1, name="*", level=Level.DEFERRED)
            return
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        submodules = call.args[1] if len(call.args) > 1 else keywords.get("submodules")
        attributes = call.args[2] if len(call.args) > 2 else keywords.get("submod_attrs")
        for node in (submodules, attributes):
            if node is None or (isinstance(node, ast.Constant) and node.value is None):
                continue
            elements = elements_of(node, self._constants)
            if elements is None:
                yield Found(dots=1, name="*", level=Level.DEFERRED)
                continue
            for element in elements:
                name = fold_string(element, self._constants)
                yield Found(name, 1, None, Level.DEFERRED) if name else UNDECIDED

    def handed_on(self, call: ast.Call, how: str, origins: Mapping[str, str]) -> Iterator[Found]:
        """Read `map(import_module, names)` and `partial(import_module, name)`."""
        if len(call.args) < 2 or (kind := _kind_of(_origin(call.args[0], origins))) is None:
            return
        if how not in ("map", "imap"):
            inner = ast.Call(func=call.args[0], args=call.args[1:], keywords=call.keywords)
            yield from self.named(inner, kind)
            return
        elements = elements_of(call.args[1], self._constants)
        if elements is None:
            yield UNDECIDED
            return
        for element in elements:
            yield from self.named(ast.Call(func=call.args[0], args=[element], keywords=[]), kind)


def _relative_level(call: ast.Call) -> int:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    node = call.args[4] if len(call.args) > 4 else keywords.get("level")
    value = node.value if isinstance(node, ast.Constant) else 0
    return value if isinstance(value, int) and 0 < value < 100 else 0
