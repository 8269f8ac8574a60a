"""Small projects in text, and the entrypoints that are found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from extrasplit.findings import Finding
from extrasplit.project.declared import Project
from extrasplit.project.entrypoints import Entrypoint, Start, find_entrypoints
from extrasplit.project.layout import Layout, find_modules
from extrasplit.project.pyproject import read_project, read_tables
from extrasplit.project.settings import read_settings
from extrasplit.project.starts.catalog import is_start_file, read_starts

APP = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "shop"
version = "1"
dependencies = ["alembic>=1"]
[project.optional-dependencies]
web = ["uvicorn"]
worker = ["celery"]
"""
VIRTUAL = """
[project]
name = "shop"
version = "1"
dependencies = ["alembic>=1"]
"""


@dataclass(frozen=True)
class World:
    """One project, read."""

    project: Project
    layout: Layout
    listing: frozenset[str]
    starts: tuple[Start, ...]
    entrypoints: tuple[Entrypoint, ...]
    findings: tuple[Finding, ...]

    @property
    def names(self) -> list[str]:
        return [entrypoint.name for entrypoint in self.entrypoints]

    def __getitem__(self, name: str) -> Entrypoint:
        return next(e for e in self.entrypoints if e.name == name)


def make_world(
    files: Mapping[str, str], pyproject: str = APP, tools: Mapping[str, str] | None = None
) -> World:
    """Return a project whose files have these texts (an empty text will do for a module)."""
    project = read_project(pyproject.encode(), Path("shop"))
    table = read_tables(pyproject.encode(), "pyproject.toml").get("tool", {}).get("extrasplit")
    settings = read_settings(table, "pyproject.toml")
    listing = frozenset({*files, "pyproject.toml"})
    layout = find_modules(project, settings, listing)
    texts = {path: text for path, text in files.items() if is_start_file(path)}
    starts = read_starts(texts, listing, project.name)
    entrypoints, findings = find_entrypoints(project, settings, layout, starts, listing, tools)
    return World(project, layout, listing, starts, entrypoints, findings)
