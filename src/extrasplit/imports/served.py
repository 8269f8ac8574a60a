"""Says which lines of a module `__getattr__` (PEP 562) run when one name is asked for."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from extrasplit.imports.guards import leaves
from extrasplit.imports.names import Function
from extrasplit.imports.parsing import SyntaxFault, parse
from extrasplit.imports.strings import Constants, constants_of, elements_of, fold_string
from extrasplit.record import Record

SERVER: Final = "__getattr__"


class Served(Record):
    """Lines of `__getattr__`, told apart by how surely the name leads there."""

    named: frozenset[int] = frozenset()
    """Behind a test that the name passes."""
    perhaps: frozenset[int] = frozenset()
    """Behind a test that is computed, or behind none."""


class ServedNames:
    """What one file's `__getattr__` does for each name."""

    def __init__(self, data: bytes) -> None:
        parsed = parse(data)
        tree = ast.Module([], []) if isinstance(parsed, SyntaxFault) else parsed.tree
        functions = (node for node in tree.body if isinstance(node, Function))
        self._server = next((node for node in functions if node.name == SERVER), None)
        self._constants = constants_of(tree)

    def lines(self, name: str) -> Served:
        """Return the lines that run for a name; none where the file has no `__getattr__`."""
        arguments = self._server.args.args if self._server is not None else []
        if self._server is None or not arguments:
            return Served()
        reader = _Reader(arguments[0].arg, name, self._constants)
        reader.block(self._server.body, False)
        return Served(frozenset(reader.named), frozenset(reader.perhaps))


class _Reader:
    def __init__(self, parameter: str, name: str, constants: Constants) -> None:
        self._parameter = parameter
        self._name = name
        self._constants = constants
        self.named: set[int] = set()
        self.perhaps: set[int] = set()

    def block(self, body: Sequence[ast.stmt], sure: bool) -> bool:
        """Note the lines of a block that run; False where what follows the block doesn't."""
        for statement in body:
            if not self._statement(statement, sure) or leaves([statement]):
                return False
        return True

    def _statement(self, node: ast.stmt, sure: bool) -> bool:
        match node:
            case ast.If():
                return self._if(node, sure)
            case ast.Match(subject=ast.Name(id=self._parameter)):
                return self._match(node, sure)
            case ast.Try(body=body, handlers=handlers) | ast.TryStar(body=body, handlers=handlers):
                after = self.block([*body, *node.orelse], sure)
                handled = [self.block(handler.body, sure) for handler in handlers]
                return self.block(node.finalbody, sure) and (after or any(handled))
            case ast.With(body=body) | ast.For(body=body) | ast.While(body=body):
                self.block(body, sure)
                return True
        last = node.end_lineno or node.lineno
        (self.named if sure else self.perhaps).update(range(node.lineno, last + 1))
        return True

    def _if(self, node: ast.If, sure: bool) -> bool:
        passes = self._passes(node.test)
        after = [
            self.block(body, sure or passes is holds)
            for body, holds in ((node.body, True), (node.orelse, False))
            if passes in (None, holds)
        ]
        return any(after)

    def _match(self, node: ast.Match, sure: bool) -> bool:
        for case in node.cases:
            passes = self._matches(case.pattern)
            if passes is not False:
                after = self.block(case.body, sure or bool(passes))
                if passes and case.guard is None:
                    return after
        return True

    def _matches(self, pattern: ast.pattern) -> bool | None:
        match pattern:
            case ast.MatchValue(value=ast.Constant(value=str(text))):
                return text == self._name
            case ast.MatchOr(patterns=patterns):
                found = [self._matches(each) for each in patterns]
                return True if True in found else None if None in found else False
        return None

    def _passes(self, test: ast.expr) -> bool | None:
        """Tell whether the name passes a test; None where that is computed."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                passes = self._passes(operand)
                return None if passes is None else not passes
            case ast.BoolOp(op=op, values=values):
                found = [self._passes(value) for value in values]
                decides = isinstance(op, ast.Or)
                if decides in found:
                    return decides
                return None if None in found else not decides
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._compares(left, operator, right)
        return None

    def _compares(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool | None:
        if isinstance(right, ast.Name) and right.id == self._parameter:
            left, right = right, left
        if not (isinstance(left, ast.Name) and left.id == self._parameter):
            return None
        if isinstance(operator, ast.Eq | ast.NotEq):
            text = fold_string(right, self._constants)
            return None if text is None else (text == self._name) is isinstance(operator, ast.Eq)
        if isinstance(operator, ast.In | ast.NotIn):
            elements = elements_of(right, self._constants)
            texts = [fold_string(each, self._constants) for each in elements or ()]
            if self._name in texts:
                return isinstance(operator, ast.In)
            return isinstance(operator, ast.NotIn) if texts and None not in texts else None
        return None
