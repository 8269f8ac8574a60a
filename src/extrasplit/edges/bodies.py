"""Remembers what was asked of the bodies of source files, by the content that it stands on."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from extrasplit import __version__
from extrasplit.edges.files import Listing, digest_of
from extrasplit.edges.kept import load, load_as, save
from extrasplit.imports.bodies import Answers, ask_again

Entry = tuple[int, int, Answers]
"""Of the store: size in bytes, mtime in ns, what was answered."""


def recall_answers(listing: Listing, folder: Path) -> dict[str, Answers]:
    """Return what is remembered of the files that have not changed, by path."""
    return {
        path: answers
        for path, (size, mtime, answers) in _load(listing, folder).items()
        if listing.stats.get(path) == (size, mtime)
    }


def remember_answers(listing: Listing, folder: Path, answers: Mapping[str, Answers]) -> None:
    """Keep what was answered, one file per project; the same answers are not written again."""
    entries = {
        path: (*listing.stats[path], answered)
        for path, answered in sorted(answers.items())
        if path in listing.stats
    }
    blob = msgspec.msgpack.encode(entries)
    store = folder / digest_of(listing.root)
    if load(store, _key()) != blob:
        save(store, _key(), blob)


def ask_files_again(listing: Listing, paths: Iterable[str], folder: Path) -> dict[str, Answers]:
    """Return what files that were written anew answer now to all that they were asked before."""
    entries = _load(listing, folder)
    asked = {path: entries[path][2] for path in paths if path in entries}
    return {path: ask_again(before, listing.read(path)) for path, before in asked.items()}


def _load(listing: Listing, folder: Path) -> dict[str, Entry]:
    return load_as(folder / digest_of(listing.root), _key(), dict[str, Entry]) or {}


def _key() -> str:
    return f"{__version__} python{sys.version_info[0]}.{sys.version_info[1]}"
