"""Scans the project's files, remembering each scan by the content that it stands on.

One marshal file per project holds all scans: reading 3,000 of them from SQLite takes three times
as long. A file's content digest holds while its size and mtime do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from extrasplit import __version__
from extrasplit.edges.batches import map_batches
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


def scan_files(
    listing: Listing,
    paths: Iterable[str],
    configured: Sequence[ConfiguredRule],
    *,
    folder: Path | None,
    meanwhile: Callable[[], object] | None = None,
) -> dict[str, ScannedFile]:
    """Return the scan of every path; only files whose size or mtime is new are read.

    `folder` is where scans are kept, one file per project; None: nothing is remembered. Where other
    processes scan, this one does `meanwhile`.
    """
    wanted = sorted(paths)
    store = None if folder is None else folder / digest_of(listing.root)
    key = _key(configured)
    remembered: dict[str, Entry] = (load(store, key) if store else None) or {}
    entries = dict(remembered)
    new: list[_File] = []
    for path in wanted:
        stat = listing.stats.get(path, (0, 0))
        known = remembered.get(path)
        if known is None or known[:2] != stat:
            new.append((path, stat, known[2] if known else None))
    if new:
        work = partial(_scan_batch, root=listing.root, rules=_rules(configured, folder))
        batches = map_batches(work, new, meanwhile)
        for (path, stat, _), (digest, blob) in zip(new, chain(*batches), strict=True):
            entries[path] = (*stat, digest, remembered[path][3] if blob is None else blob)
    entries = {path: entry for path, entry in entries.items() if path in listing.stats}
    if store is not None and entries != remembered:
        save(store, key, entries)
    decoder = msgspec.msgpack.Decoder(ScannedFile)
    return {path: decoder.decode(entries[path][3]) for path in wanted}


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
