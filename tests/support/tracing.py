"""Traces small worlds that are written as a mapping of paths to source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.calls import Calls
from extrasplit.imports.handed import follow_handed
from extrasplit.imports.level import Level
from extrasplit.imports.modules import Modules, Packages, Root, link
from extrasplit.imports.rules.evidence import with_evidence
from extrasplit.imports.scan import scan
from extrasplit.imports.trace import trace
from extrasplit.imports.traced import Trace
from extrasplit.places import Place
from extrasplit.project.entrypoints import Entrypoint

LINUX = {
    "python_version": "3.12",
    "python_full_version": "3.12.4",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "os_name": "posix",
}


@dataclass(frozen=True)
class World:
    """The files of one project."""

    files: Mapping[str, bytes]

    def link(self, *roots: Root) -> Modules:
        scans = {
            path: with_evidence(data, scan(data, path))
            for path, data in self.files.items()
            if path.endswith((".py", ".ini"))
        }
        return link(scans, Packages(frozenset(self.files), roots or (Root(""),)))

    def trace(
        self,
        module: str,
        function: str | None = None,
        *,
        roots: tuple[Root, ...] = (Root(""),),
        file: str | None = None,
        environment: Mapping[str, str] = LINUX,
        **fields: object,
    ) -> Trace:
        modules = self.link(*roots)
        found = modules.find(module)
        entrypoint = Entrypoint(
            **{  # type: ignore[arg-type]
                "name": "app",
                "kind": "script",
                "starts": module,
                "module": module,
                "file": file or (found[-1] if found else None),
                "function": function,
                "runs_as_main": False,
                "paths": (),
                "installed": True,
                "launcher": None,
                "argv": (),
                "found_in": Place("pyproject.toml", 1),
                "origin": "script",
            }
            | fields
        )
        calls = follow_handed(Calls(modules, Bodies(self.files.__getitem__)))
        return trace(entrypoint, calls.modules, target_environment=environment, calls=calls)


def world(files: Mapping[str, str]) -> World:
    """Return a world of dedented sources."""
    return World({path: dedent(text).encode() for path, text in files.items()})


def levels(traced: Trace) -> dict[str, str]:
    """Return the strongest level of each module (or distribution) that is used, in words."""
    found: dict[str, Level] = {}
    for use in traced.uses:
        asked = use.module or use.distribution or use.group or use.command or ""
        found[asked] = min(use.level, found.get(asked, use.level))
    return {module: level.word for module, level in found.items()}
