"""Folds expressions to the strings that they can be, as far as reading one file can tell."""

from __future__ import annotations

import ast
import itertools
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from extrasplit.imports.names import Function, dotted, statements
from extrasplit.record import Record, field

OWN_NAMES: Final = {
    "__name__": "{module}",
    "__package__": "{package}",
    "__spec__.parent": "{package}",
    "__file__": "{file}",
}
"""What a module knows of itself; the scan doesn't, so that it can be cached by content."""

_MOST_VALUES: Final = 256
_MOST_STEPS: Final = 3000
_LONGEST: Final = 2000

_PURE_METHODS: Final = frozenset(
    {"lower", "upper", "strip", "lstrip", "rstrip", "replace", "removeprefix", "removesuffix"}
)
_COPIES: Final = frozenset({"sorted", "list", "tuple", "set", "frozenset", "reversed"})


class Binding(Record):
    """One way in which a name gets its value."""

    value: ast.expr
    element: bool = False
    """The name takes each element of `value` in turn: it is a loop's target."""
    index: int | None = None
    """The name takes this item of a tuple that is unpacked."""


class Constants(Record):
    """The names of one scope, and of those around it, whose values can be read in the source."""

    bindings: Mapping[str, tuple[Binding, ...]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """The names that were looked up, in all scopes."""

    def of(self, name: str) -> tuple[Binding, ...]:
        """Return the ways in which a name gets its value; none where it isn't known."""
        self.asked.add(name)
        return self.bindings.get(name, ())

    def inside(self, function: Function | ast.Lambda) -> Constants:
        """Return the names as the body of a function sees them: parameters hide, locals add."""
        arguments = function.args
        hidden = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        hidden |= {a.arg for a in (arguments.vararg, arguments.kwarg) if a}
        local = {} if isinstance(function, ast.Lambda) else bindings_of(function.body)
        outer = {name: found for name, found in self.bindings.items() if name not in hidden}
        local = {name: found for name, found in local.items() if name not in hidden}
        return Constants(outer | local, self.asked)

    def looping(self, loops: Iterable[ast.comprehension]) -> Constants:
        """Return the names as the element of a comprehension sees them."""
        found: dict[str, list[Binding]] = {}
        for loop in loops:
            _bind(loop.target, loop.iter, found, element=True)
        looped = {name: tuple(each) for name, each in found.items()}
        return Constants({**self.bindings, **looped}, self.asked)


def constants_of(tree: ast.Module) -> Constants:
    """Return the names that a file binds at module level, class bodies left out."""
    return Constants(bindings_of(tree.body))


def fold_string(node: ast.expr, constants: Constants) -> str | None:
    """Return the one string that an expression always is, or None."""
    values = fold_strings(node, constants)
    return values[0] if values is not None and len(values) == 1 else None


def fold_strings(node: ast.expr, constants: Constants) -> tuple[str, ...] | None:
    """Return all strings that an expression can be, in order; None where one can't be read."""
    try:
        return tuple(dict.fromkeys(_Folding(constants).strings(node))) or None
    except _UndecidableError:
        return None


def fold_prefix(node: ast.expr, constants: Constants) -> str:
    """Return the literal text that an expression surely begins with, possibly empty."""
    parts: list[ast.expr]
    if isinstance(node, ast.JoinedStr):
        parts = node.values
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [node.left, node.right]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return (fold_string(node.left, constants) or "").partition("%")[0]
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
    ):
        return (fold_string(node.func.value, constants) or "").partition("{")[0]
    elif isinstance(node, ast.Name) and len(found := constants.of(node.id)) == 1:
        binding = found[0]
        if binding.element or isinstance(binding.value, ast.Name):
            return ""
        return fold_prefix(binding.value, constants)
    else:
        return ""
    text = ""
    for part in parts:
        folded = fold_string(part, constants)
        if folded is None:
            return text + fold_prefix(part, constants) if part is parts[0] else text
        text += folded
    return text


def elements_of(node: ast.expr, constants: Constants) -> list[ast.expr] | None:
    """Return the expressions that a loop over `node` visits, or None where it can't be read."""
    try:
        return _Folding(constants).elements(node)
    except _UndecidableError:
        return None


def bindings_of(body: Iterable[ast.AST]) -> dict[str, tuple[Binding, ...]]:
    """Return how each name that a block binds gets its value; nested scopes are left out.

    A name that is also bound in a way that isn't followed (`with ... as name`) is left out.
    """
    found: dict[str, list[Binding]] = {}
    dropped: set[str] = set()
    for node in _same_scope(body):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    _bind(target, value, found)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _bind(target, value, found)
            case ast.AugAssign(target=ast.Name(id=name)):
                _augment(name, node, found)
            case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
                _bind(target, iterable, found, element=True)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                dropped.update(
                    item.optional_vars.id
                    for item in items
                    if isinstance(item.optional_vars, ast.Name)
                )
            case ast.ExceptHandler(name=str(name)):
                dropped.add(name)
    return {name: tuple(each) for name, each in found.items() if name not in dropped}


def _same_scope(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    skipped: set[int] = set()
    for node in statements(body, functions=False):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ClassDef):
            skipped.update(id(inner) for inner in statements(node.body))
            continue
        yield node


def _bind(
    target: ast.expr, value: ast.expr, found: dict[str, list[Binding]], *, element: bool = False
) -> None:
    if isinstance(target, ast.Name):
        found.setdefault(target.id, []).append(Binding(value, element))
    elif isinstance(target, ast.Tuple | ast.List):
        for index, part in enumerate(target.elts):
            if isinstance(part, ast.Name):
                found.setdefault(part.id, []).append(Binding(value, element, index))


def _augment(name: str, node: ast.AugAssign, found: dict[str, list[Binding]]) -> None:
    """Read `name += value` as what the name was, joined with the value."""
    before = found.get(name, [])
    if len(before) == 1 and not before[0].element and before[0].index is None:
        joined = ast.BinOp(left=before[0].value, op=node.op, right=node.value)
        found[name] = [Binding(ast.copy_location(joined, node))]
    else:
        found.setdefault(name, []).append(Binding(node.value))


class _UndecidableError(Exception):
    """The expression depends on what only running it can tell."""


class _Folding:
    """One folding, with a budget: names that stand for names can grow without bounds."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._steps = 0
        self._depth = 0

    def strings(self, node: ast.expr) -> list[str]:
        """Return every string that the expression can be."""
        self._steps += 1
        self._depth += 1
        if self._steps > _MOST_STEPS or self._depth > 60:
            raise _UndecidableError
        values = self._strings(node)
        self._depth -= 1
        if len(values) > _MOST_VALUES or any(len(value) > _LONGEST for value in values):
            raise _UndecidableError
        return values

    def _strings(self, node: ast.expr) -> list[str]:
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=parts):
                return self._join("", [self.strings(part) for part in parts])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._join("", [self.strings(left), self.strings(right)])
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                return self._percent(left, right)
            case ast.IfExp(body=body, orelse=orelse):
                return self.strings(body) + self.strings(orelse)
            case ast.BoolOp(op=ast.Or(), values=values):
                return [text for value in values for text in self.strings(value)]
            case (
                ast.NamedExpr(value=value)
                | ast.FormattedValue(value=value, conversion=-1 | 115, format_spec=None)
            ):  # 115 is the `s` of `!s`
                return self.strings(value)
            case ast.Subscript(value=value, slice=key):
                return [text for item in self._items(value, key) for text in self.strings(item)]
            case ast.Call():
                return self._call(node)
            case ast.Name() | ast.Attribute():
                return self._name(dotted(node) or "")
        raise _UndecidableError

    def _name(self, name: str) -> list[str]:
        if name in OWN_NAMES:
            return [OWN_NAMES[name]]
        return [text for value in self._values(name) for text in self.strings(value)]

    def _values(self, name: str) -> list[ast.expr]:
        """Return the expressions that a name can stand for."""
        bindings = self._constants.of(name)
        if not bindings:
            raise _UndecidableError
        values: list[ast.expr] = []
        for binding in bindings:
            found = self.elements(binding.value) if binding.element else [binding.value]
            if binding.index is not None:
                found = [self._item(value, binding.index) for value in found]
            values += found
        return values

    def _item(self, node: ast.expr, index: int) -> ast.expr:
        if isinstance(node, ast.Tuple | ast.List) and index < len(node.elts):
            return node.elts[index]
        if isinstance(node, ast.Subscript):
            # `module, name = TABLE[key]`: every row of the table
            rows = self._items(node.value, node.slice)
            picked = [self._item(row, index) for row in rows]
            return ast.BoolOp(op=ast.Or(), values=picked)
        raise _UndecidableError

    def _items(self, container: ast.expr, key: ast.expr) -> list[ast.expr]:
        """Return what `container[key]` can be: every value where the key isn't known."""
        container = self._only(container)
        if isinstance(container, ast.Dict):
            if None in container.keys:
                raise _UndecidableError
            if isinstance(key, ast.Constant):
                exact = [
                    value
                    for known, value in zip(container.keys, container.values, strict=True)
                    if isinstance(known, ast.Constant) and known.value == key.value
                ]
                if exact:
                    return exact[-1:]
            return container.values
        if isinstance(container, ast.Tuple | ast.List):
            if isinstance(key, ast.Constant) and isinstance(key.value, int):
                return container.elts[key.value : key.value + 1 or None]
            if not isinstance(key, ast.Slice):
                return container.elts
        raise _UndecidableError

    def _only(self, node: ast.expr) -> ast.expr:
        """Follow a name to the one expression that it stands for."""
        for _ in range(20):
            if not isinstance(node, ast.Name):
                return node
            values = self._values(node.id)
            if len(values) != 1:
                break
            node = values[0]
        raise _UndecidableError

    def elements(self, node: ast.expr) -> list[ast.expr]:
        """Return the expressions that a loop over `node` visits."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise _UndecidableError
        node = self._only(node)
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                found: list[ast.expr] = []
                for element in elements:
                    starred = isinstance(element, ast.Starred)
                    found += self.elements(element.value) if starred else [element]  # type: ignore[attr-defined]
                return found
            case ast.Dict(keys=keys) if None not in keys:
                return [key for key in keys if key is not None]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.elements(left) + self.elements(right)
            case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _COPIES:
                return self.elements(inner)
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                return [_pair(ast.Constant(0), element) for element in self.elements(inner)]
            case ast.Call(func=ast.Attribute(value=owner, attr=method), args=[]):
                return self._view(owner, method)
        raise _UndecidableError

    def _view(self, owner: ast.expr, method: str) -> list[ast.expr]:
        table = self._only(owner)
        if isinstance(table, ast.Dict) and None not in table.keys:
            keys = [key for key in table.keys if key is not None]
            if method == "keys":
                return keys
            if method == "values":
                return table.values
            if method == "items":
                return [_pair(k, v) for k, v in zip(keys, table.values, strict=True)]
        raise _UndecidableError

    def _join(self, separator: str, parts: list[list[str]]) -> list[str]:
        count = 1
        for part in parts:
            count *= len(part)
            if count > _MOST_VALUES:
                raise _UndecidableError
        return [separator.join(each) for each in itertools.product(*parts)]

    def _percent(self, left: ast.expr, right: ast.expr) -> list[str]:
        values = right.elts if isinstance(right, ast.Tuple) else [right]
        folded = itertools.product(*(self.strings(value) for value in values))
        templates = self.strings(left)
        if not all(map(_only_plain_fields, templates)):
            raise _UndecidableError
        try:
            return [t % each for each in itertools.islice(folded, _MOST_VALUES) for t in templates]
        except (TypeError, ValueError):
            raise _UndecidableError from None

    def _call(self, node: ast.Call) -> list[str]:
        match node:
            case ast.Call(func=ast.Name(id="str"), args=[value], keywords=[]):
                return self.strings(value)
            case ast.Call(func=ast.Attribute(value=owner, attr="join"), args=[parts], keywords=[]):
                (separator, *more) = self.strings(owner)
                if more:
                    raise _UndecidableError
                return self._join(separator, [self.strings(each) for each in self.elements(parts)])
            case ast.Call(func=ast.Attribute(value=owner, attr="format")):
                return self._format(owner, node)
            case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[key, *default]):
                values = [*self._items(owner, key), *default]
                return [text for value in values for text in self.strings(value)]
            case ast.Call(func=ast.Attribute(value=owner, attr=method), keywords=[]) if (
                method in _PURE_METHODS
            ):
                arguments = [self.strings(each) for each in node.args]
                if any(len(each) != 1 for each in arguments):
                    raise _UndecidableError
                return self._method(owner, method, [each[0] for each in arguments])
        raise _UndecidableError

    def _method(self, owner: ast.expr, method: str, arguments: list[str]) -> list[str]:
        try:
            return [str(getattr(text, method)(*arguments)) for text in self.strings(owner)]
        except TypeError:
            raise _UndecidableError from None

    def _format(self, owner: ast.expr, node: ast.Call) -> list[str]:
        names = [keyword.arg for keyword in node.keywords]
        if None in names:
            raise _UndecidableError
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        templates = self.strings(owner)
        results: list[str] = []
        folded = [self.strings(value) for value in values]
        for each in itertools.islice(itertools.product(*folded), _MOST_VALUES):
            positional = each[: len(node.args)]
            named = dict(zip((str(name) for name in names), each[len(node.args) :], strict=True))
            try:
                results += [_plain_format(text, positional, named) for text in templates]
            except (IndexError, KeyError, ValueError, AttributeError):
                raise _UndecidableError from None
        return results


def _only_plain_fields(template: str) -> bool:
    """Tell whether a template holds `%s` only: `%999999999s` would build what it says."""
    return re.search("%(?![s%])", template) is None


def _plain_format(template: str, positional: tuple[str, ...], named: dict[str, str]) -> str:
    """Format with plain fields only: a width such as `{:>999999999}` would build what it says."""
    for _, name, spec, conversion in string.Formatter().parse(template):
        if spec or conversion or (name and ("." in name or "[" in name)):
            raise _UndecidableError
    return template.format(*positional, **named)


def _pair(first: ast.expr, second: ast.expr) -> ast.expr:
    return ast.Tuple(elts=[first, second], ctx=ast.Load())
