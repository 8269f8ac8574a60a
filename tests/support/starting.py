"""Builds the startup graph of a small world, and asks how its lines could come later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.calls import Calls
from extrasplit.imports.deferral import Deferral, Deferrals, Sources
from extrasplit.imports.modules import Root
from extrasplit.imports.startup import StartupGraph, StartupLine, startup_graph
from extrasplit.places import Place
from extrasplit.project.entrypoints import Entrypoint
from support.tracing import LINUX, World, world


def entrypoint_at(path: str, module: str, function: str | None = None, **more: Any) -> Entrypoint:
    """Return a console script."""
    fields: dict[str, Any] = {
        "name": "app",
        "kind": "script",
        "starts": module,
        "module": module,
        "file": path,
        "function": function,
        "runs_as_main": False,
        "paths": (),
        "installed": True,
        "launcher": None,
        "argv": (),
        "found_in": Place("pyproject.toml", 1),
        "origin": "script",
    }
    return Entrypoint(**(fields | more))


def graph_of(
    files: Mapping[str, str] | World, module: str, function: str | None = None, **more: Any
) -> StartupGraph:
    """Return what starting `module` imports."""
    made = files if isinstance(files, World) else world(files)
    modules = made.link(Root(""))
    calls = Calls(modules, Bodies(made.files.__getitem__))
    path = modules.find(module)[-1]
    graph = startup_graph(entrypoint_at(path, module, function, **more), calls, [LINUX])
    assert graph is not None
    return graph


def deferrals_of(files: Mapping[str, str], module: str, function: str | None = None) -> Deferrals:
    """Return what answers for the lines of a start."""
    made = world(files)
    return Deferrals(graph_of(made, module, function), Sources(made.files.__getitem__))


def line_of(graph: StartupGraph, path: str, name: str) -> StartupLine:
    """Return the one line of a file that binds a name."""
    (found,) = [each for each in graph.lines if (each.path, each.name) == (path, name)]
    return found


def how(files: Mapping[str, str], name: str, path: str = "app/cli.py", **more: Any) -> Deferral:
    """Return how one line of the command `app.cli` could be deferred."""
    found = deferrals_of(files, "app.cli", **more)
    return found.of(line_of(found.graph, path, name))
