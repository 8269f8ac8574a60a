"""Small projects of one command, and what holds them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Any

from extrasplit.imports.deferral import Sources
from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split
from extrasplit.split.unlocks import Unlocks, find_unlocks
from split.world import Imported, startup, world
from support.starting import graph_of

FILES = {
    "app/__init__.py": "",
    "app/cli.py": """
        import click
        from app.report import build
        @click.group()
        def main(): ...
        @main.command()
        def report():
            build()
        """,
    "app/report.py": "import reportlab\nX = reportlab\ndef build(): ...\n",
}


def study(
    files: Mapping[str, str],
    imports: Sequence[Imported | str],
    *,
    name: str = "cli",
    **more: Any,
) -> tuple[Ground, Unlocks]:
    """Return a project of one command, and what holds it back."""
    ground = world(imports={name: imports, **more.pop("others", {})}, **more)
    graphs = {name: graph_of(files, f"app.{name}", "main")}
    texts = {path: dedent(text).encode() for path, text in files.items()}
    found = find_unlocks(ground, plan_split(ground), graphs, Sources(texts.__getitem__))
    return ground, found


def fleet(**more: Any) -> tuple[Ground, Unlocks]:
    fields: dict[str, Any] = {
        "base": ["click", "reportlab"],
        "sizes": {"click": 1, "reportlab": 26},
    }
    return study(FILES, ["click", startup("reportlab", at="report.py")], **(fields | more))
