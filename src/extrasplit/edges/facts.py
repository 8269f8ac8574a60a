"""Gathers the facts of all locked files: remembered, on disk, or read from their indexes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extrasplit.edges.memory import Memory
from extrasplit.edges.progress import Progress
from extrasplit.errors import ExternalError, ExtrasplitError
from extrasplit.lock.uvlock import LockedFile, LockedPackage, PackageKey
from extrasplit.record import replace
from extrasplit.wheels.bytecode import REFERENCE, bytecode_factor
from extrasplit.wheels.contents import OFFLINE, SDIST_REASON, WheelFacts
from extrasplit.wheels.installation import noted_bytes

if TYPE_CHECKING:
    from concurrent.futures import Future

    from extrasplit.edges.archive import Archive
    from extrasplit.edges.index import Index

_CACHE_NOTE_BYTES: Final = 127
"""Of the uv_cache.json that uv adds for a file on disk; its time stamp may be a digit shorter."""


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """One locked package and the file of it that is to be read."""

    package: LockedPackage
    file: LockedFile
    path: Path | None
    """Where the file lies on disk; None: on an index."""


def read_facts(
    packages: Sequence[tuple[LockedPackage, LockedFile | None]],
    *,
    store: Memory,
    progress: Progress,
    offline: bool,
    lock_root: Path,
    python: str = REFERENCE,
    environ: Mapping[str, str] = os.environ,
) -> dict[PackageKey, WheelFacts]:
    """Return the facts of each package, by the wheel that was chosen for it.

    Bytecode is estimated for `python`, the target's (`3.12`).
    Without a wheel (None) the sdist, the source folder or the project's `.venv` tell what they
    can; `exact` is then false and `reason` says why. So it is with `offline` for what is neither
    remembered nor on disk. Raises ExternalError when an index fails; what was read until then is
    remembered.
    """
    facts: dict[PackageKey, WheelFacts] = {}
    wanted: list[_Wanted] = []
    for package, wheel in packages:
        file = wheel or package.sdist
        if file is None:
            facts[package.key] = _without_file(package, lock_root)
        else:
            wanted.append(_Wanted(package, file, path_of(file.location, lock_root)))
    known = store.recall_facts(one.file.hash for one in wanted if one.file.hash)
    remote: list[_Wanted] = []
    for one in wanted:
        fact = known.get(one.file.hash or "")
        if fact is None and one.path is not None:
            fact = _read_local(one.file, one.path)
        if fact is None and offline:
            fact = _offline(one, lock_root)
        if fact is None:
            remote.append(one)
        else:
            facts[one.package.key] = fact
    if remote:
        facts |= _read_remote(remote, store, progress, lock_root, environ)
    chosen = {one.package.key: one for one in wanted}
    factor = bytecode_factor(python)
    return {key: _adjust(fact, chosen.get(key), factor) for key, fact in facts.items()}


def _read_remote(
    wanted: Sequence[_Wanted],
    store: Memory,
    progress: Progress,
    lock_root: Path,
    environ: Mapping[str, str],
) -> dict[PackageKey, WheelFacts]:
    """Read from indexes, several at a time, and remember what was read."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from extrasplit.edges.connections import CONNECTIONS
    from extrasplit.edges.credentials import read_credentials
    from extrasplit.edges.index import Index

    index = Index(read_credentials(lock_root, environ), spool=store.directory(), environ=environ)
    # The largest first: none of them is then waited for at the end.
    ordered = sorted(wanted, key=lambda one: one.file.size_bytes or 0, reverse=True)
    pool = ThreadPoolExecutor(max_workers=CONNECTIONS)
    running = {pool.submit(_read_url, index, one.file): one for one in ordered}
    progress.start("reading wheels", len(wanted))
    try:
        for future in as_completed(running):
            future.result()
            progress.advance()
    finally:
        pool.shutdown(cancel_futures=True)
        # Also after a failure or an interruption: what was read need not be read again.
        read = {one: future.result() for future, one in running.items() if _succeeded(future)}
        store.remember_facts({one.file.hash: fact for one, fact in read.items() if one.file.hash})
        index.close()
        progress.done()
    return {one.package.key: fact for one, fact in read.items()}


def _succeeded(future: Future[WheelFacts]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _read_url(index: Index, file: LockedFile) -> WheelFacts:
    with closing(index.open(file.location, file.size_bytes)) as archive:
        return _read_archive(file, archive)


def _read_local(file: LockedFile, path: Path) -> WheelFacts:
    from extrasplit.edges.archive import LocalArchive

    try:
        return _read_archive(file, LocalArchive(path))
    except OSError as error:
        raise ExtrasplitError(
            f"{path} cannot be read: {error.strerror}", hint="run `uv lock` if it has moved"
        ) from error


def _read_archive(file: LockedFile, archive: Archive) -> WheelFacts:
    from extrasplit.edges.archive import read_sdist, read_wheel
    from extrasplit.edges.credentials import strip_login
    from extrasplit.wheels.directory import BrokenArchiveError

    try:
        if file.filename.endswith(".whl"):
            return read_wheel(file.filename, archive, file.size_bytes)
        return read_sdist(file.filename, archive, file.size_bytes)
    except BrokenArchiveError as error:
        raise ExternalError(
            f"{strip_login(file.location)} is broken: {error.sentence}",
            hint="nothing was installed from it; ask its index or its maintainers",
        ) from error


def path_of(location: str, lock_root: Path) -> Path | None:
    """Return the file on disk that a lock's location means, None for one on an index."""
    if location.startswith("file:"):
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return Path(url2pathname(urlsplit(location).path))
    return None if "://" in location else lock_root / location


def _offline(one: _Wanted, lock_root: Path) -> WheelFacts:
    """Return what the project's `.venv` tells; else that nothing is known."""
    from extrasplit.edges.installed import read_installed

    name, version, _ = one.package.key
    fact = read_installed(lock_root, name, version)
    if fact is not None:
        return replace(fact, filename=one.file.filename, wheel_bytes=one.file.size_bytes or 0)
    return _unknown(one.file.filename, OFFLINE, one.file.size_bytes or 0)


def _without_file(package: LockedPackage, lock_root: Path) -> WheelFacts:
    """Return what can be told of a source that is neither a wheel nor an sdist."""
    from extrasplit.edges.installed import read_installed, read_source_tree

    name, version, source = package.key
    kind, _, location = source.partition("+")
    folder = lock_root / location.partition("#")[0]
    if kind in ("directory", "editable", "virtual") and folder.is_dir():
        return read_source_tree(folder, kind)
    fact = read_installed(lock_root, name, version)
    return fact or _unknown(f"{name}-{version}", "no-wheel" if package.wheels else kind, 0)


def _unknown(filename: str, reason: str, wheel_bytes: int) -> WheelFacts:
    return WheelFacts(filename, 0, wheel_bytes, 0, exact=False, reason=reason)


def _adjust(fact: WheelFacts, one: _Wanted | None, factor: float) -> WheelFacts:
    """Add what depends on lock and target, not on the file: bytecode, uv's notes on its source."""
    if factor != 1.0:
        fact = replace(fact, bytecode_bytes=round(fact.bytecode_bytes * factor))
    if one is None:
        return fact
    if fact.reason == SDIST_REASON and one.package.wheels:
        return replace(fact, reason="no-wheel")
    if not fact.exact:
        return fact
    notes: dict[str, int] = {}
    if one.package.source_kind in ("url", "path"):
        url = one.path.absolute().as_uri() if one.path else one.file.location.partition("#")[0]
        notes["direct_url.json"] = len(f'{{"url":"{url}","archive_info":{{}}}}')
    if one.path is not None:
        notes["uv_cache.json"] = _CACHE_NOTE_BYTES
    if not notes:
        return fact
    return replace(fact, installed_bytes=fact.installed_bytes + noted_bytes(fact.filename, notes))
