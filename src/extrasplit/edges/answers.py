"""Remembers whole answers by the state of the files they stand on: an unchanged tree costs a walk.

This is all that a hook runs when nothing has changed, so it imports nothing that takes time.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys

from extrasplit import __version__
from extrasplit.edges.cache import cache_folder
from extrasplit.edges.files import digest_of, stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from extrasplit.edges.files import Listing

KEPT: Final = 200
"""Answers beyond these are forgotten, the oldest first."""


class Answer:
    """What a command prints, and its exit code."""

    __slots__ = ("exit_code", "lasting", "text")

    def __init__(self, text: str, exit_code: int = 0, *, lasting: bool = True) -> None:
        self.text = text
        self.exit_code = exit_code
        self.lasting = lasting
        """False where the same files may answer otherwise tomorrow: facts that were not at hand."""


def folder_of(asked: Sequence[str]) -> str | None:
    """Return the folder that these words were about when they were last answered, else None.

    So what was asked before needs no parsing.
    """
    folder = _load(_key_of_folder(asked))
    return folder if isinstance(folder, str) else None


def remember_folder(asked: Sequence[str], folder: str) -> None:
    """Keep which folder these words are about."""
    _save(_key_of_folder(asked), folder)


def key_of(listing: Listing, asked: Sequence[str]) -> str:
    """Return the key of one question about one tree: it changes whenever the answer might.

    `asked` is the command as it was typed, where, and how it is shown. Beside the listed files
    count uv.lock and pyproject.toml of every parent, one of which may be the workspace's root.
    """
    return digest_of((*standing_of(listing.root), tuple(asked), listing.stats))


def standing_of(top: str) -> tuple[object, ...]:
    """Return what every answer about a folder stands on beside the files in it, absolute."""
    above = []
    folder = top
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        above += [stat_of(f"{folder}/uv.lock"), stat_of(f"{folder}/pyproject.toml")]
    return (__version__, tuple(sys.version_info[:2]), top, tuple(above))


def recall(key: str) -> Answer | None:
    """Return the answer that was given, None where there is none."""
    kept = _load(key)
    return Answer(*kept) if isinstance(kept, tuple) and len(kept) == 2 else None


def remember(key: str, answer: Answer) -> None:
    """Keep an answer; an unwritable cache costs time, never an answer."""
    _save(key, (answer.text, answer.exit_code))


def _load(key: str) -> Any:
    try:
        with open(_path(key), "rb") as stream:
            return marshal.load(stream)
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _save(key: str, value: Any) -> None:
    path = _path(key)
    beside = f"{path}.{os.getpid()}"
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(beside, "wb") as stream:
            marshal.dump(value, stream)
        os.replace(beside, path)
        _forget_oldest(os.path.dirname(path))


def _forget_oldest(folder: str) -> None:
    with os.scandir(folder) as entries:
        ages = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    for _, path in ages[:-KEPT]:
        os.unlink(path)


def _key_of_folder(asked: Sequence[str]) -> str:
    return digest_of((__version__, "folder", *asked))


def _folder() -> str:
    return os.path.join(cache_folder(), "answers")


def _path(key: str) -> str:
    return os.path.join(_folder(), key)
