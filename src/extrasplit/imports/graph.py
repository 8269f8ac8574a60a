"""importlab's graph over our scans: it links a project's files where none was linked before."""

from __future__ import annotations

from collections.abc import Mapping

from importlab import graph, resolve

from extrasplit.imports.modules import LinkedFile, Packages, link_file
from extrasplit.imports.scanned import ScannedFile


class Graph(graph.DependencyGraph):  # type: ignore[misc]
    """A graph that never looks at a file itself."""

    def __init__(self, scans: Mapping[str, ScannedFile], packages: Packages) -> None:
        """Answer from `scans`, which may grow."""
        super().__init__()
        self._scans = scans
        self._packages = packages
        self._linked: dict[str, LinkedFile] = {}

    def link(self, path: str) -> LinkedFile:
        """Add a file and what it imports; return its imports, told apart."""
        self.add_file(path)
        return self._linked[path]

    def get_source_file_provenance(self, filename: str) -> resolve.Direct:
        """Name a file as it would be imported."""
        return resolve.Direct(filename, self._packages.name_of(filename))

    def get_file_deps(self, filename: str) -> tuple[list[str], list[str]]:
        """Return the files that a file's imports run, and the modules that have none."""
        file = link_file(filename, self._scans[filename], self._packages)
        self._linked[filename] = file
        resolved = {path: None for link in file.links for path in link.files}
        return list(resolved), [link.module for link in file.links if not link.files]
