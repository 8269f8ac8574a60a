"""Traces a project, and remembers the answer while the files that were read say the same.

A file that was written anew is asked again what it was asked before: its scan, and whatever the
trace wanted to know of its functions. Where all of that is as it was, so is the trace.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Final

import msgspec

from extrasplit import __version__
from extrasplit.edges.bodies import ask_files_again, recall_answers, remember_answers
from extrasplit.edges.collecting import uncollected
from extrasplit.edges.files import Listing, digest_of, digest_of_content
from extrasplit.edges.kept import load, save
from extrasplit.edges.scans import Scans
from extrasplit.imports.scanned import Ignore, ScannedFile
from extrasplit.imports.traced import Traced
from extrasplit.project.declared import ConfiguredRule, Project
from extrasplit.project.layout import Layout
from extrasplit.project.roles import Entrypoint
from extrasplit.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from extrasplit.imports.bodies import Answers
    from extrasplit.imports.calls import Calls

_FEW: Final = 50
"""With more changed files than these the trace is made anew."""


class Scene(Record):
    """What a trace stands on beside the source."""

    entrypoints: tuple[Entrypoint, ...]
    project: Project
    layout: Layout
    rules: tuple[ConfiguredRule, ...]
    environments: tuple[Mapping[str, str], ...]
    """Marker variables of each target."""


_Heard = tuple[int, int, bytes, bytes]
"""Of one file: size in bytes, mtime in ns, digests of its scan and of what else it was asked."""


class _Kept(Record):
    traced: Traced
    ignores: Mapping[str, tuple[Ignore, ...]]


class Tracer:
    """Asks the source of one project what its entrypoints use."""

    def __init__(self, listing: Listing, scene: Scene, folder: Path) -> None:
        """Keep what is found below `folder`, one file per project and kind."""
        self._listing = listing
        self._scene = scene
        self._folder = folder
        self._scanned: dict[str, ScannedFile] = {}
        self._answers: Mapping[str, Answers] = {}

    @property
    def traced(self) -> Traced:
        """Every entrypoint, spawned ones included, with what it uses."""
        return self._known.traced

    @property
    def calls(self) -> Mapping[str, Calls]:
        """Who imports and who surely calls whom, by entrypoint."""
        return self._followed[1]

    @property
    def ignores(self) -> Mapping[str, tuple[Ignore, ...]]:
        """The comments that silence findings, by each file that was read."""
        return self._known.ignores

    @cached_property
    def _known(self) -> _Kept:
        store = self._folder / "traces" / digest_of(self._listing.root)
        return self._recall(store, self._key) or self._remember(store, self._key)

    @cached_property
    def _key(self) -> str:
        python = tuple(sys.version_info[:2])  # whose standard library no folder of ours replaces
        stands_on = (__version__, python, self._scene, self._listing.paths)
        return digest_of(msgspec.msgpack.encode(stands_on, enc_hook=str, order="deterministic"))

    def _recall(self, store: Path, key: str) -> _Kept | None:
        kept = load(store, key)
        if kept is None:
            return None
        heard, blob = kept
        changed = [path for path, (*stat, _, _) in heard.items() if self._stat(path) != tuple(stat)]
        if len(changed) > _FEW or any(self._stat(path) is None for path in changed):
            return None
        now = self._ask(changed) if changed else {}
        if any(heard[path][2:] != now[path][2:] for path in changed):
            return None
        try:
            found = msgspec.msgpack.decode(blob, type=_Kept)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return None
        if changed:
            save(store, key, (heard | now, blob))
        return found

    def _ask(self, changed: Sequence[str]) -> dict[str, _Heard]:
        """Ask files that were written anew what the trace heard of them."""
        with self._open_scans() as scans:
            scanned = scans(changed)
        answers = ask_files_again(self._listing, changed, self._folder / "bodies")
        return {path: self._heard(path, scanned[path], answers.get(path)) for path in changed}

    def _remember(self, store: Path, key: str) -> _Kept:
        traced, _ = self._followed
        known = _Kept(traced, {path: scan.ignores for path, scan in self._scanned.items()})
        heard = {
            path: self._heard(path, scan, self._answers.get(path))
            for path, scan in self._scanned.items()
        }
        save(store, key, (heard, msgspec.msgpack.encode(known)))
        return known

    def _heard(self, path: str, scan: ScannedFile, answers: Answers | None) -> _Heard:
        size, mtime = self._stat(path) or (0, 0)
        return size, mtime, _digest(scan), _digest(answers)

    def _stat(self, path: str) -> tuple[int, int] | None:
        return self._listing.stats.get(path)

    @cached_property
    def _followed(self) -> tuple[Traced, Mapping[str, Calls]]:
        from extrasplit.edges.links import KeptLinks
        from extrasplit.imports.bodies import Bodies
        from extrasplit.imports.follow import trace_all

        store = self._folder / "links" / digest_of(self._listing.root)
        links = KeptLinks(self._listing, store, self._key)
        folder = self._folder / "bodies"
        read = lru_cache(maxsize=None)(self._listing.read)  # several questions ask the same file
        bodies = Bodies(read, recall_answers(self._listing, folder))
        with uncollected(), self._open_scans() as scans:
            followed = trace_all(
                self._scene.entrypoints,
                project=self._scene.project,
                layout=self._scene.layout,
                listing=self._listing.paths,
                environments=self._scene.environments,
                scans=partial(self._scan, scans),
                bodies=bodies,
                links=links,
            )
        links.save()
        self._answers = bodies.answers
        remember_answers(self._listing, folder, bodies.answers)
        return followed

    def _open_scans(self) -> Scans:
        return Scans(self._listing, self._scene.rules, self._folder / "scans")

    def _scan(self, scans: Scans, paths: Iterable[str]) -> Mapping[str, ScannedFile]:
        """Scan files, each once."""
        wanted = tuple(paths)
        self._scanned |= scans(path for path in wanted if path not in self._scanned)
        return {path: self._scanned[path] for path in wanted}


def _digest(said: ScannedFile | Answers | None) -> bytes:
    plain = msgspec.msgpack.encode(said, order="deterministic")
    return digest_of_content(plain)
