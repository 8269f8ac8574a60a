"""What a module as a whole gets: `__getattr__` (PEP 562), and imports for type checkers only."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from extrasplit.imports.names import statements
from extrasplit.imports.standard import STANDARD
from extrasplit.rewrite.source.guard import write_guard
from extrasplit.rewrite.source.late import LateImport
from extrasplit.rewrite.source.places import NoPlaceError, gap_below, gap_in
from extrasplit.rewrite.source.statement import Statement, bound_name
from extrasplit.rewrite.source.text import Edits, Source

_FLAG: Final = "TYPE_CHECKING"


def keep_for_types(
    source: Source, statements: Sequence[tuple[Statement, list[str]]], edits: Edits
) -> None:
    """Keep imports where only type checkers read them.

    They join the file's own `if TYPE_CHECKING:` where it has one, else a new one below the imports
    that the file begins with; one from further down stays in its place.
    """
    if not statements:
        return
    block = next((node for node in source.tree.body if _is_block(node)), None)
    if isinstance(block, ast.If):
        closing = block.body[-1]
        number = closing.end_lineno or closing.lineno
        gap = gap_below(source, number, source.indent(closing.lineno))
        text = "".join(s.text(names, gap.indent, gap.newline) for s, names in statements)
        edits.insert(gap.offset, gap.before + text)
        return
    leading = _leading_imports(source)
    last = max((node.end_lineno or node.lineno for node in leading), default=0)
    own_place = [one for one in statements if one[0].node.lineno > last]
    together = [one for one in statements if one[0].node.lineno <= last]
    first = leading[0].lineno if leading else own_place[0][0].node.lineno
    flag = _flag_before(source, first if together else own_place[0][0].node.lineno)
    if flag is None:
        _import_flag(source, leading, first, edits)
        flag = _FLAG
    if together:
        gap = gap_below(source, last, "")
        text = "".join(s.text(names, "    ", gap.newline) for s, names in together)
        edits.insert(gap.offset, f"{gap.before}{gap.newline}if {flag}:{gap.newline}{text}", rank=1)
    for statement, names in own_place:
        newline = source.newline(statement.node.lineno)
        text = statement.text(names, "    ", newline)
        edits.insert(statement.span()[1], f"if {flag}:{newline}{text}")


def _import_flag(
    source: Source, leading: Sequence[ast.Import | ast.ImportFrom], first: int, edits: Edits
) -> None:
    """Import the flag among the standard library's modules, where it sorts."""
    standard = [node for node in leading if _top(node) in STANDARD]
    before = [n for n in standard if isinstance(n, ast.Import) or (n.module or "") < "typing"]
    newline = source.newline(first)
    text = f"from typing import {_FLAG}{newline}"
    if before:
        edits.insert(source.line_end(before[-1].end_lineno or before[-1].lineno), text, rank=-1)
    elif standard:
        edits.insert(source.line_start(standard[0].lineno), text, rank=-1)
    else:
        edits.insert(source.line_start(first), text + newline, rank=-1)


def _top(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        return "" if node.level else (node.module or "").partition(".")[0]
    return node.names[0].name.partition(".")[0]


def _leading_imports(source: Source) -> list[ast.Import | ast.ImportFrom]:
    """Return the imports that the file begins with, `__future__` (which must be first) left out."""
    found: list[ast.Import | ast.ImportFrom] = []
    for at, node in enumerate(source.tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                found.append(node)
        elif at or not isinstance(node, ast.Expr):
            break
    return found


def _is_block(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If) or node.orelse or node.body[0].lineno == node.lineno:
        return False
    test = node.test
    return (isinstance(test, ast.Name) and test.id == _FLAG) or (
        isinstance(test, ast.Attribute) and test.attr == _FLAG
    )


def _flag_before(source: Source, line: int) -> str | None:
    """Return how the file calls `typing.TYPE_CHECKING` above a line, None where it doesn't."""
    for node in source.tree.body:
        if node.lineno > line or not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                if node.module == "typing" and alias.name == _FLAG:
                    return bound_name(node, alias)
            elif alias.name == "typing":
                return f"{bound_name(node, alias)}.{_FLAG}"
    return None


def check_servant(source: Source) -> None:
    """Raise NoPlaceError where the file has a `__getattr__` that can't be added to."""
    found = _function(source, "__getattr__")
    if found is None:
        if _binds(source, "__getattr__"):
            raise NoPlaceError("its __getattr__ is no plain function")
        return
    if len([*found.args.posonlyargs, *found.args.args]) != 1:
        raise NoPlaceError("its __getattr__ takes other arguments")
    gap_in(source, found.body, docstring=True)


def serve_lazily(
    source: Source, served: Sequence[tuple[Statement, LateImport]], edits: Edits
) -> None:
    """Let the module's `__getattr__` import these names when they are asked for."""
    if not served:
        return
    found = _function(source, "__getattr__")
    if found is not None:
        gap = gap_in(source, found.body, docstring=True)
        argument = [*found.args.posonlyargs, *found.args.args][0].arg
        branches = _branches(source, served, argument, gap.indent, gap.newline)
        edits.insert(gap.offset, gap.before + branches)
        return
    newline = source.newline(1)
    number = _end(source)
    lines = [
        "def __getattr__(name: str) -> object:",
        '    """Import what is rarely asked for when it is (PEP 562)."""',
        _branches(source, served, "name", "    ", newline).removesuffix(newline),
        '    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
    ]
    if not _binds(source, "__dir__"):
        names = ", ".join(f'"{one.name}"' for _, one in served)
        lines += [
            *("", "", "def __dir__() -> list[str]:"),
            f"    return sorted({{*globals(), {names}}})",
        ]
    gap = gap_below(source, number, "")
    text = newline.join([gap.before, "", *lines, ""])
    edits.insert(gap.offset, text, rank=1)


def _branches(
    source: Source,
    served: Sequence[tuple[Statement, LateImport]],
    argument: str,
    indent: str,
    newline: str,
) -> str:
    step = "\t" if indent.startswith("\t") else "    "
    texts = []
    for statement, one in served:
        imports = statement.text([one.name], indent + step, newline)
        if one.submodule is not None:  # `from . import x` would ask this very function for x
            imports = f"{indent}{step}import {one.submodule} as {one.name}{newline}"
        if one.answer is not None:
            imports = write_guard(imports, one.answer, source.tree, None, newline)
        texts.append(
            f'{indent}if {argument} == "{one.name}":{newline}{imports}{newline}'
            f"{indent}{step}return {one.name}{newline}"
        )
    return "".join(texts)


def _function(source: Source, name: str) -> ast.FunctionDef | None:
    """Return the function that the file defines for all cases, None where it has none."""
    found = [n for n in source.tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    return found[0] if len(found) == 1 else None


def _binds(source: Source, name: str) -> bool:
    """Whether any statement of the top level binds a name."""
    for node in statements(source.tree.body, functions=False):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return True
        if isinstance(node, ast.Import | ast.ImportFrom):
            if name in (bound_name(node, alias) for alias in node.names):
                return True
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            return True
    return False


def _end(source: Source) -> int:
    """Return the line below which a function may be added: above a closing `__main__` block."""
    body = source.tree.body
    last = body[-1]
    main = isinstance(last, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(last.test)
    )
    before = body[-2] if main and len(body) > 1 else last
    return before.end_lineno or before.lineno
