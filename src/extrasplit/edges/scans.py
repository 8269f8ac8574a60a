"""Scans the project's files, remembering each scan by the content that it stands on.

One marshal file per project holds all scans: reading 3,000 of them from SQLite takes three times
as long. A file's content digest holds while its size and mtime do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
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


def scan_files(
    listing: Listing,
    paths: Iterable[str],
    configured: Sequence[ConfiguredRule],
    *,
    folder: Path | None,
) -> dict[str, ScannedFile]:
    """Return the scan of every path; only files whose content is new are read.

    `folder` is where scans are kept, one file per project; None: nothing is remembered.
    """
    wanted = sorted(paths)
    store = None if folder is None else folder / digest_of(listing.root)
    key = _key(configured)
    remembered: dict[str, Entry] = (load(store, key) if store else None) or {}
    entries = dict(remembered)
    new: list[tuple[str, bytes, bytes]] = []
    for path in wanted:
        stat = listing.stats.get(path, (0, 0))
        known = remembered.get(path)
        if known is not None and known[:2] == stat:
            continue
        data = listing.read(path)
        digest = digest_of_content(data)
        if known is not None and known[2] == digest:
            entries[path] = (*stat, digest, known[3])
        else:
            new.append((path, data, digest))
    rules = _rules(configured, folder) if new else ()
    for (path, _, digest), blob in zip(new, _scan_all(new, rules), strict=True):
        entries[path] = (*listing.stats.get(path, (0, 0)), digest, blob)
    entries = {path: entry for path, entry in entries.items() if path in listing.stats}
    if store is not None and entries != remembered:
        save(store, key, entries)
    decoder = msgspec.msgpack.Decoder(ScannedFile)
    return {path: decoder.decode(entries[path][3]) for path in wanted}


def _rules(configured: Sequence[ConfiguredRule], folder: Path | None) -> tuple[Rule, ...]:
    shipped = remembered_rules(folder.parent / "rules/shipped") if folder else shipped_rules()
    return (*shipped, *(read_configured(rule) for rule in configured))


def _scan_all(new: Sequence[tuple[str, bytes, bytes]], rules: tuple[Rule, ...]) -> list[bytes]:
    work = partial(_scan_batch, rules=rules)
    batches = map_batches(work, [(path, data) for path, data, _ in new])
    return [blob for batch in batches for blob in batch]


def _scan_batch(files: Sequence[tuple[str, bytes]], rules: tuple[Rule, ...]) -> list[bytes]:
    encode = msgspec.msgpack.Encoder().encode
    with uncollected():
        return [encode(with_evidence(data, scan(data, path), rules)) for path, data in files]


def _key(configured: Sequence[ConfiguredRule]) -> str:
    """Name all that a scan stands on beside the file: us, the Python that parses, the rules."""
    rules = digest_of(tuple((rule.when, rule.reads, rule.yields) for rule in configured))
    return f"{__version__} python{sys.version_info[0]}.{sys.version_info[1]} {rules}"
