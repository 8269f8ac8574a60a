"""A small application whose files are followed: from its entrypoints to what they use."""

from __future__ import annotations

from collections.abc import Mapping

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.follow import trace_all
from extrasplit.imports.level import Level
from extrasplit.imports.scan import scan
from extrasplit.imports.traced import Traced
from support.started import APP, make_world
from support.tracing import LINUX

SCRIPTS = APP + '[project.scripts]\nshop = "shop.cli:main"\n'


def traced(files: Mapping[str, str]) -> Traced:
    world = make_world(files, SCRIPTS)
    sources = {path: text.encode() for path, text in files.items()}
    found, _ = trace_all(
        world.entrypoints,
        project=world.project,
        layout=world.layout,
        listing=world.listing,
        environments=[LINUX],
        scans=lambda paths: {path: scan(sources[path], path) for path in paths},
        bodies=Bodies(sources.__getitem__),
    )
    return found


def startup(found: Traced, name: str) -> set[str]:
    return {
        use.distribution or use.module
        for use in found.traces[name].uses
        if use.level is Level.STARTUP
    }
