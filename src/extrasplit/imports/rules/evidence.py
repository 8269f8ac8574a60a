"""Holds the rules against one file: what it loads by a string, a call or a setting."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from extrasplit.imports.assigned import binds
from extrasplit.imports.guards import catches_absence
from extrasplit.imports.interest import origins_of_imports
from extrasplit.imports.level import Level, weakest
from extrasplit.imports.loggers import is_logging_file
from extrasplit.imports.names import dotted, origins_of, resolve
from extrasplit.imports.parsing import Parsed, SyntaxFault, parse
from extrasplit.imports.rules.rule import Fact, Rule, Yields, matches, shipped_rules
from extrasplit.imports.rules.sought import places_sought
from extrasplit.imports.scanned import Import, ScannedFile, Spawn, Undecided
from extrasplit.imports.skeleton import read_left, skeleton_of, unify_line_ends
from extrasplit.imports.strings import Constants, constants_of, fold_strings
from extrasplit.record import Record, replace

_MODULE: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_OBJECT: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*(?::[\w.()]+)?")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


class Evidence(Record):
    """What rules read in one file, beside what it imports."""

    imports: tuple[Import, ...] = ()
    spawns: tuple[Spawn, ...] = ()
    undecided: tuple[Undecided, ...] = ()


class _Where(Record):
    """What all nodes of one block have in common."""

    scope: str = ""
    """The function that runs them."""
    within: str = ""
    """The same, or the class in it: what names that are defined here begin with."""
    level: Level = Level.STARTUP
    main_only: bool = False

    def below(self, name: str) -> str:
        """Return the qualified name of what is defined here."""
        return f"{self.within}.{name}" if self.within else name


class _Site(Record):
    """One expression or statement that facts may ask for, and when it runs."""

    node: ast.AST
    where: _Where

    @property
    def scope(self) -> str:
        return self.where.scope

    @property
    def level(self) -> Level:
        return self.where.level


_LEAVES: Final = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.Pass, ast.alias})
"""Nodes below which there is nothing to ask for."""
_SORTED: Final = frozenset({ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Call, ast.Dict})


def with_evidence(
    data: bytes, scan: ScannedFile, rules: Sequence[Rule] | None = None
) -> ScannedFile:
    """Return the scan with all that the rules read in the same file added to it."""
    found = evidence(data, scan, rules)
    if found == Evidence():
        return scan
    return replace(
        scan,
        imports=scan.imports + found.imports,
        spawns=scan.spawns + found.spawns,
        undecided=scan.undecided + found.undecided,
    )


def evidence(data: bytes, scan: ScannedFile, rules: Sequence[Rule] | None = None) -> Evidence:
    """Return what rules (those that extrasplit ships, where none are given) read in a file.

    Of the file is parsed only what may hold that, and only where it imports what enables a rule.
    """
    modules = _modules(scan.imports)
    facts = [
        (rule, fact)
        for rule in (shipped_rules() if rules is None else rules)
        if rule.speaks_of(data, modules)
        for fact in rule.facts
    ]
    asked = [fact for _, fact in facts if fact.reads_source]
    data = unify_line_ends(data)
    sought = places_sought(asked, data, origins_of_imports(scan.imports)) if asked else {}
    facts = [(rule, fact) for rule, fact in facts if fact in sought or not fact.reads_source]
    if not facts:
        return Evidence()

    def read(parsed: Parsed | SyntaxFault | None) -> tuple[Evidence, Iterator[int]]:
        reader = _Reader(scan)
        if isinstance(parsed, Parsed):
            reader.read(parsed.tree, strings=any(fact.reads_any_string for fact in sought))
        for rule, fact in facts:
            reader.hold(rule, fact)
        return reader.found(), reader.unsure(sought, data)

    if not sought:
        return read(None)[0]
    skeleton = skeleton_of(data)
    places = set().union(*sought.values())
    found = skeleton and read_left(skeleton, places | skeleton.places([b"import"]), read)
    return found or read(parse(data))[0]


def _modules(imports: Iterable[Import]) -> frozenset[str]:
    found: set[str] = set()
    for imported in imports:
        if not imported.dots:
            module = f"{imported.module}.{imported.name}" if imported.name else imported.module
            while module:
                found.add(module)
                module = module.rpartition(".")[0]
    return frozenset(found)


class _Reader:
    """Answers the facts of all rules from one walk over a file."""

    def __init__(self, scan: ScannedFile) -> None:
        self._scan = scan
        self._origins: Mapping[str, str] = {}
        self._constants = Constants()
        self._kinds = _SORTED
        self._calls: list[tuple[_Site, ast.Call, str]] = []
        self._settings: list[tuple[_Site, str, ast.expr]] = []
        self._entries: list[tuple[_Site, str, ast.expr]] = []
        self._strings: list[tuple[_Site, str]] = []
        self.imports: list[Import] = []
        self.spawns: list[Spawn] = []
        self.undecided: list[Undecided] = []

    def found(self) -> Evidence:
        """Return what all facts that were held against the file have found."""
        return Evidence(
            tuple(dict.fromkeys(self.imports)),
            tuple(dict.fromkeys(self.spawns)),
            tuple(dict.fromkeys(self.undecided)),
        )

    def unsure(self, facts: Iterable[Fact], data: bytes) -> Iterator[int]:
        """Yield the places of a source that might change what was found in a part of it."""
        for places in places_sought(facts, data, self._origins).values():
            yield from places
        yield from binds(self._constants.asked, data)

    def read(self, tree: ast.Module, *, strings: bool = True) -> None:
        """Sort what the file says by what facts ask for; without `strings` none asks for those."""
        self._origins = origins_of(tree)
        self._constants = constants_of(tree)
        self._kinds = _SORTED | {ast.Constant} if strings else _SORTED
        self._visit(tree.body, _Where())

    def _visit(self, nodes: Iterable[ast.AST], where: _Where) -> None:
        """Sort every node of a block, each with the function that holds it and what catches."""
        for node in nodes:
            kind = type(node)
            if kind in _LEAVES and kind not in self._kinds:
                continue
            if kind in self._kinds:
                self._sort(_Site(node, where))
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    inner = where.below(name)
                    args = [node.args, node.returns] if node.returns else [node.args]
                    self._visit([*node.decorator_list, *args], where)
                    self._visit(node.body, replace(where, scope=inner, within=inner))
                case ast.ClassDef(name=name):
                    self._visit(
                        ast.iter_child_nodes(node), replace(where, within=where.below(name))
                    )
                case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
                    caught = any(catches_absence(handler) for handler in handlers)
                    level = weakest(where.level, Level.GUARDED) if caught else where.level
                    self._visit([*node.body, *node.orelse], replace(where, level=level))
                    self._visit([*handlers, *node.finalbody], where)
                case ast.Expr(value=ast.Constant()):
                    continue  # a docstring
                case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                    self._visit(ast.iter_child_nodes(node), replace(where, main_only=True))
                case _:
                    self._visit(ast.iter_child_nodes(node), where)

    def _sort(self, site: _Site) -> None:
        match site.node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    name = dotted(target)
                    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                        name = str(target.slice.value)
                    if name:
                        self._settings.append((site, name.rpartition(".")[2], value))
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.AugAssign(target=target, value=value)
            ):
                if name := dotted(target):
                    self._settings.append((site, name.rpartition(".")[2], value))
            case ast.Call(func=func):
                self._calls.append((site, site.node, resolve(dotted(func) or "", self._origins)))
            case ast.Dict(keys=keys, values=values):
                for key, entry in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self._entries.append((site, key.value, entry))
            case ast.Constant(value=str(text)):
                self._strings.append((site, text))

    def hold(self, rule: Rule, fact: Fact) -> None:
        """Hold one fact against the file."""
        if fact.reads_any_string:
            for site, text in self._strings:
                self._add(rule, fact, site, _by_scheme(fact, text), text)
        for site, call, origin in self._calls if fact.calls or fact.methods else ():
            is_method = isinstance(call.func, ast.Attribute) and call.func.attr in fact.methods
            if is_method or matches(origin, fact.calls):
                self._hold_call(rule, fact, site, call)
        for site, name, value in self._settings:
            if name in fact.settings:
                self._hold_strings(rule, fact, site, _strings_in(value))
        for site, key, value in self._entries:
            if key in fact.entries:
                folded = fold_strings(value, self._constants)
                self._hold_strings(rule, fact, site, folded or ())
        if fact.imports or fact.scopes:
            self._hold_imports(rule, fact)

    def _hold_imports(self, rule: Rule, fact: Fact) -> None:
        for imported in self._scan.imports:
            if imported.scope and matches(imported.scope, fact.scopes):
                self.imports.append(replace(imported, scope="", via=rule.via, bound=None))
            whole = f"{imported.module}.{imported.name}" if imported.name else imported.module
            if imported.dots or not matches(whole, fact.imports):
                continue
            level = weakest(imported.level, fact.level)
            for text in fact.yields:
                made = _made(text, rule, level, imported.scope, imported.line)
                self.imports.append(
                    replace(
                        made,
                        tentative=fact.tentative,
                        condition=imported.condition,
                        main_only=imported.main_only,
                        asks=imported.asks,
                    )
                )

    def _hold_strings(self, rule: Rule, fact: Fact, site: _Site, texts: Iterable[str]) -> None:
        for text in texts:
            chosen = fact.values.get(text) or _by_scheme(fact, text)
            if chosen or not fact.required:
                self._add(rule, fact, site, chosen or fact.yields, text)

    def _hold_call(self, rule: Rule, fact: Fact, site: _Site, call: ast.Call) -> None:
        if fact.first is not None and not (call.args and _says(call.args[0], fact.first)):
            return
        argument = _argument(call, fact)
        if argument is None:
            if not fact.required and not _needs_text(fact.yields):
                self._add(rule, fact, site, fact.yields, "")
            return
        texts = self._texts(argument)
        if not texts:
            if not _is_false(argument):
                self._tell(rule, site, call)
                if not fact.required and not _needs_text(fact.yields):
                    self._add(rule, fact, site, fact.yields, "")
            return
        for text in texts:
            chosen = fact.values.get(text) or _by_scheme(fact, text) or _by_suffix(fact, text)
            takes_text = not fact.required or _needs_text(fact.yields)
            if chosen is None and takes_text and text not in fact.values:
                chosen = fact.yields
            self._add(rule, fact, site, chosen or (), text)

    def _texts(self, argument: ast.expr) -> tuple[str, ...]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, bool):
            return (str(argument.value),)
        folded = fold_strings(argument, self._constants)
        return folded if folded else tuple(_strings_in(argument))

    def _tell(self, rule: Rule, site: _Site, call: ast.Call) -> None:
        text = f"{rule.name}: {ast.unparse(call.func)}() decides by a value that is computed"
        self.undecided.append(Undecided(text, call.lineno, scope=site.scope, level=site.level))

    def _add(self, rule: Rule, fact: Fact, site: _Site, yields: Yields | None, text: str) -> None:
        level = weakest(site.level, fact.level)
        line = getattr(site.node, "lineno", 0)
        for template in yields or ():
            if template.startswith("entrypoint:"):
                words = template.partition(":")[2].replace("{}", text).split()
                self.spawns.append(
                    Spawn(tuple(words), level, site.scope, line, site.where.main_only)
                )
                continue
            if not _fits(template, text):
                continue
            made = _made(template, rule, level, site.scope, line, text)
            tentative = made.tentative or fact.tentative
            self.imports.append(replace(made, main_only=site.where.main_only, tentative=tentative))


def _made(template: str, rule: Rule, level: Level, scope: str, line: int, text: str = "") -> Import:
    kind, _, distribution = template.rpartition(":")
    base = Import("", 0, None, None, level, scope, line, via=rule.via)
    if kind == "distribution":
        return replace(base, distribution=distribution.replace("{}", text))
    if template == "{object}":
        module, _, name = text.replace(":", ".").partition("(")[0].rpartition(".")
        if ":" in text:
            module, _, name = text.partition("(")[0].partition(":")
        return replace(base, module=module or name, name=name if module else None, tentative=True)
    module, *or_else = template.replace("{}", text).split("|")
    base = replace(base, tentative="{}" in template, or_else=tuple(or_else))
    if module.endswith(".*"):
        return replace(base, module=module.removesuffix(".*"), name="*")
    return replace(base, module=module)


def _fits(template: str, text: str) -> bool:
    if "{object}" in template:
        return _OBJECT.fullmatch(text) is not None and ("." in text or ":" in text)
    if template.startswith("./"):
        return text.endswith(".py") or is_logging_file(text)
    if "{}" in template and not template.startswith("distribution:"):
        return _MODULE.fullmatch(text) is not None
    return True


def _needs_text(yields: Yields) -> bool:
    return any("{" in template for template in yields)


def _says(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _argument(call: ast.Call, fact: Fact) -> ast.expr | None:
    for keyword in call.keywords:
        if fact.keyword is not None and keyword.arg == fact.keyword:
            return keyword.value
    if fact.argument is not None and fact.argument < len(call.args):
        node = call.args[fact.argument]
        return None if isinstance(node, ast.Starred) else node
    return None


def _by_scheme(fact: Fact, text: str) -> Yields | None:
    found = _SCHEME.match(text) if fact.schemes else None
    return fact.schemes.get(found[1].lower()) if found else None


def _by_suffix(fact: Fact, text: str) -> Yields | None:
    for suffix, yields in fact.suffixes.items():
        if text.lower().endswith(suffix):
            return yields
    return None


def _strings_in(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value
