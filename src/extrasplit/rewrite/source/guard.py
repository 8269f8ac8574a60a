"""Writes the answer of a plain install to an import of what it no longer holds."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from extrasplit.imports.names import Function, dotted

_COMMANDS: Final = frozenset({"command", "group", "callback", "result_callback"})
"""Decorators of Click and Typer that make a function a command."""
LONGEST_LINE: Final = 100

_NAMES: Final = ("error", "absence", "not_installed")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is missing, and how to get it."""

    needs: str
    """The distribution that is absent."""
    install: str
    """The command to type: `pip install 'app[reports]'`."""

    @property
    def message(self) -> str:
        """One sentence that whoever runs the program reads."""
        return f"{self.needs} is not installed: {self.install}"


def write_guard(
    imports: str, answer: Answer, tree: ast.Module, function: Function | None, newline: str
) -> str:
    """Return import statements with the answer to their failure around them.

    A Click command answers as Click's own errors do, a Typer command by its exit; everything else
    raises what it would have raised, with the way out in its text. Only a module that is absent is
    answered: a fault inside one that is there shows itself.
    """
    indent = imports[: len(imports) - len(imports.lstrip(" \t"))]
    step = "\t" if indent.startswith("\t") else "    "
    lines = imports.splitlines(keepends=True)
    inside = "".join(f"{step}{line}" if line.strip() else line for line in lines)
    name = _free_name(function)
    kind, after = _exception(tree, function, name)
    text = '"' + answer.message.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return newline.join(
        [
            f"{indent}try:",
            f"{inside.rstrip()}",
            f"{indent}except ModuleNotFoundError as {name}:",
            f"{indent}{step}raise {kind}(",
            *(f"{indent}{step * 2}{line}" for line in _arguments(text, after, len(indent))),
            f"{indent}{step}) from {name}",
            "",
        ]
    )


def _arguments(text: str, after: str, indent: int) -> list[str]:
    if not after or len(text) + len(after) + indent + 8 <= LONGEST_LINE:
        return [f"{text}{after}"]
    return [f"{text},", f"{after.lstrip(', ')},"]


def _exception(tree: ast.Module, function: Function | None, name: str) -> tuple[str, str]:
    bound = dict(_imports(tree))
    if function is not None and any(map(_is_command, function.decorator_list)):
        click = next((name for name, module in bound.items() if module == "click"), None)
        if click:
            return f"{click}.ClickException", ""
        if "typer" in bound.values():
            return "SystemExit", ""
    return "ModuleNotFoundError", f", name={name}.name"


def _is_command(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (dotted(called) or "").rpartition(".")[2] in _COMMANDS


def _imports(tree: ast.Module) -> Iterable[tuple[str, str]]:
    """Yield what top-level statements bind to a whole module."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom) and node.module == "typer":
            yield "from typer", "typer"


def _free_name(function: Function | None) -> str:
    used = set()
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.arg):
            used.add(node.arg)
    return next((name for name in _NAMES if name not in used), "import_error")
