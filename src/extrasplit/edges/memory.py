"""Remembers what was read once: wheel facts by hash, and other stages' scans and answers.

One SQLite file in the user's cache folder, shared by all projects and safe for concurrent
processes. Losing it costs time, never an answer: where it is unwritable, corrupt or of a newer
version there is a note, and the work goes on without it. It is opened by the first who asks.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from extrasplit.edges.cache import cache_folder

if TYPE_CHECKING:
    import sqlite3

    from extrasplit.wheels.contents import WheelFacts

SCHEMA: Final = 1
"""`user_version` of the file; it rises when a table changes."""
FACTS: Final = "facts-1"
"""The kind under which wheel facts are kept; its number rises when WheelFacts changes."""

_FILE: Final = "memory.sqlite3"
_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS remembered (
    kind TEXT NOT NULL, key TEXT NOT NULL, blob BLOB NOT NULL, PRIMARY KEY (kind, key)
);
PRAGMA user_version = {SCHEMA};
"""
_WAIT_SECONDS: Final = 5.0
_MOST_VARIABLES: Final = 500
"""Of one statement; every SQLite takes 999."""


class Memory:
    """One open store; every method may be called from any thread."""

    def __init__(self, folder: Path | None = None) -> None:
        """The store lies in `folder` (default: `cache_folder()`), and is made where it is new."""
        self._folder = folder or Path(cache_folder())
        self._guard = threading.RLock()
        self._note: str | None = None
        self._opened: sqlite3.Connection | None = None
        self._was_opened = False
        self._writable = True

    @property
    def note(self) -> str | None:
        """Why nothing is remembered, for the user; None while all is well, or nobody asked."""
        return self._note

    def directory(self) -> Path:
        """Return the folder, whether or not it could be made."""
        return self._folder

    def size_bytes(self) -> int:
        """Return what the store takes on disk, its write-ahead log included."""
        files = (self._folder / f"{_FILE}{end}" for end in ("", "-wal", "-shm"))
        return sum(file.stat().st_size for file in files if file.is_file())

    def recall(self, kind: str, key: str) -> bytes | None:
        """Return what was remembered, None where there is nothing."""
        return self.recall_all(kind, (key,)).get(key)

    def recall_all(self, kind: str, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what was remembered for each of `keys` that is known."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, bytes] = {}
        with self._forgiving():
            for first in range(0, len(wanted), _MOST_VARIABLES):
                part = wanted[first : first + _MOST_VARIABLES]
                marks = ",".join("?" * len(part))
                rows = self._read(
                    f"SELECT key, blob FROM remembered WHERE kind = ? AND key IN ({marks})",
                    (kind, *part),
                )
                found.update(rows)
        return found

    def remember(self, kind: str, key: str, blob: bytes) -> None:
        """Keep `blob`; what is already there under this key stays."""
        self.remember_all(kind, {key: blob})

    def remember_all(self, kind: str, blobs: Mapping[str, bytes]) -> None:
        """Keep all of `blobs` in one short transaction."""
        rows = [(kind, key, blob) for key, blob in blobs.items()]
        with self._forgiving(), self._guard:
            if self._connection is not None and rows and self._writable:
                with self._connection:
                    self._connection.executemany(
                        "INSERT OR IGNORE INTO remembered VALUES (?, ?, ?)", rows
                    )

    def recall_facts(self, hashes: Iterable[str]) -> dict[str, WheelFacts]:
        """Return the facts that are known, by hash; a blob that can't be read is unknown."""
        import msgspec

        from extrasplit.wheels.contents import WheelFacts

        decoder = msgspec.msgpack.Decoder(WheelFacts)
        facts = {}
        for key, blob in self.recall_all(FACTS, hashes).items():
            try:
                facts[key] = decoder.decode(blob)
            except (msgspec.DecodeError, msgspec.ValidationError):
                continue
        return facts

    def remember_facts(self, facts: Mapping[str, WheelFacts]) -> None:
        """Keep facts by hash."""
        import msgspec

        encoder = msgspec.msgpack.Encoder()
        self.remember_all(FACTS, {key: encoder.encode(fact) for key, fact in facts.items()})

    def clear(self, *, scans_only: bool = False) -> None:
        """Forget everything but, with `scans_only`, what was read from indexes."""
        condition = "WHERE kind NOT LIKE 'facts-%'" if scans_only else ""
        with self._forgiving(), self._guard:
            if self._connection is not None and self._writable:
                with self._connection:
                    self._connection.execute(f"DELETE FROM remembered {condition}")
                self._connection.execute("VACUUM")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if self._connection is None and not scans_only:
            self._remove()

    def close(self) -> None:
        """Close the file; the store then remembers nothing."""
        with self._guard:
            if self._opened is not None:
                self._opened.close()
            self._opened, self._was_opened = None, True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def _connection(self) -> sqlite3.Connection | None:
        with self._guard:
            if not self._was_opened:
                self._was_opened = True
                path = self._folder / _FILE
                with self._forgiving():
                    self._folder.mkdir(parents=True, exist_ok=True)
                    self._writable = os.access(self._folder, os.W_OK)
                    self._opened = _open(path) if self._writable else _open_sealed(path)
            return self._opened

    def _read(self, statement: str, values: tuple[str, ...]) -> list[tuple[str, bytes]]:
        with self._guard:
            if self._connection is None:
                return []
            return self._connection.execute(statement, values).fetchall()

    def _remove(self) -> None:
        """Delete a store that can't be opened; the next one starts anew."""
        for end in ("", "-wal", "-shm"):
            (self._folder / f"{_FILE}{end}").unlink(missing_ok=True)

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        """Go on without the store when it fails, and say so once."""
        import sqlite3

        try:
            yield
        except (sqlite3.Error, OSError, _NewerError) as error:
            self.close()
            if self._note is None:
                self._note = (
                    f"nothing is remembered: {self._folder / _FILE} cannot be used ({error}); "
                    "`extrasplit cache clear` removes it, EXTRASPLIT_CACHE_DIR names another folder"
                )


class _NewerError(Exception):
    """The file was written by a later extrasplit."""


def _open_sealed(path: Path) -> sqlite3.Connection:
    """Open a store that nobody can write: a read-only mount, or another user's folder."""
    import sqlite3

    connection = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True, check_same_thread=False)
    _check_version(connection)
    return connection


def _open(path: Path) -> sqlite3.Connection:
    import sqlite3

    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, check_same_thread=False)
    try:
        if _check_version(connection) < SCHEMA:
            # WAL isn't to be had on some network file systems: then the default journal serves.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_TABLES)
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection) -> int:
    """Return the file's version; 0: it is new."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA:
        raise _NewerError("a newer extrasplit wrote it")
    return version
