"""Scans the project's files, remembering each scan by the content that it stands on.

One marshal file per project holds all scans: reading 3,000 of them from SQLite takes three times
as long. A file's content digest holds while its size and mtime do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Self

import msgspec

from extrasplit import __version__
from extrasplit.edges.batches import Workers
from extrasplit.edges.collecting import uncollected
from extrasplit.edges.files import Listing, digest_of, digest_of_content
from extrasplit.edges.kept import load, save
from extrasplit.edges.shipped import remembered_rules
from extrasplit.imports.rules.evidence import with_evidence
from extrasplit.imports.rules.rule import Rule, read_configured, shipped_rules
from extrasplit.imports.scan import scan
from extrasplit.imports.scanned import ScannedFile
from extrasplit.project.declared import ConfiguredRule

Entry = tuple[int, int, bytes, bytes]
"""Of the store: size in bytes, mtime in ns, content digest, encoded scan."""
_File = tuple[str, tuple[int, int], bytes | None]
"""Path, size and mtime now, and the digest of the content that was scanned before."""


class Scans:
    """The scans of one project: what is remembered, and what is asked for anew."""

    def __init__(
        self, listing: Listing, configured: Sequence[ConfiguredRule], folder: Path | None
    ) -> None:
        """Keep scans in `folder`, one file per project; None: nothing is remembered."""
        self._listing = listing
        self._configured = configured
        self._folder = folder
        self._store = None if folder is None else folder / digest_of(listing.root)
        self._key = _key(configured)
        self._remembered: dict[str, Entry] = {}
        if self._store is not None:
            self._remembered = load(self._store, self._key) or {}
        self._entries = dict(self._remembered)
        self._decode = msgspec.msgpack.Decoder(ScannedFile).decode
        new = sum(1 for path in listing.stats if path.endswith(".py") and self._is_new(path))
        self._workers = Workers(new)

    def __call__(self, paths: Iterable[str]) -> dict[str, ScannedFile]:
        """Return the scan of every path; only files whose size or mtime is new are read."""
        wanted = sorted(paths)
        new = [self._file(path) for path in wanted if self._is_new(path)]
        if new:
            batches = self._workers.map(self._work, new)
            for (path, stat, _), (digest, blob) in zip(new, chain(*batches), strict=True):
                known = self._remembered[path][3] if blob is None else blob
                self._entries[path] = (*stat, digest, known)
        return {path: self._decode(self._entries[path][3]) for path in wanted}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Save what is new; what is gone is forgotten."""
        self._workers.__exit__()
        stats = self._listing.stats
        entries = {path: entry for path, entry in self._entries.items() if path in stats}
        if self._store is not None and entries != self._remembered:
            save(self._store, self._key, entries)

    def _is_new(self, path: str) -> bool:
        known = self._entries.get(path)
        return known is None or known[:2] != self._stat(path)

    def _file(self, path: str) -> _File:
        known = self._remembered.get(path)
        return path, self._stat(path), known[2] if known else None

    def _stat(self, path: str) -> tuple[int, int]:
        return self._listing.stats.get(path, (0, 0))

    @cached_property
    def _work(self) -> Callable[[Sequence[_File]], list[tuple[bytes, bytes | None]]]:
        rules = _rules(self._configured, self._folder)
        return partial(_scan_batch, root=self._listing.root, rules=rules)


def _rules(configured: Sequence[ConfiguredRule], folder: Path | None) -> tuple[Rule, ...]:
    shipped = remembered_rules(folder.parent / "rules/shipped") if folder else shipped_rules()
    return (*shipped, *(read_configured(rule) for rule in configured))


def _scan_batch(
    files: Sequence[_File], root: str, rules: tuple[Rule, ...]
) -> list[tuple[bytes, bytes | None]]:
    """Return content digest and encoded scan of each file, no scan where the content is known."""
    encode = msgspec.msgpack.Encoder().encode
    listing = Listing(root, {path: stat for path, stat, _ in files})
    found: list[tuple[bytes, bytes | None]] = []
    with uncollected():
        for path, _, known in files:
            data = listing.read(path)
            digest = digest_of_content(data)
            new = digest != known
            said = encode(with_evidence(data, scan(data, path), rules)) if new else None
            found.append((digest, said))
    return found


def _key(configured: Sequence[ConfiguredRule]) -> str:
    """Name all that a scan stands on beside the file: us, the Python that parses, the rules."""
    rules = digest_of(tuple((rule.when, rule.reads, rule.yields) for rule in configured))
    return f"{__version__} python{sys.version_info[0]}.{sys.version_info[1]} {rules}"
