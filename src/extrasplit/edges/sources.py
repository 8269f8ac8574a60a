"""Opens the Python source inside locked wheels: the project's `.venv`, the cache, or the index.

Only `suggest --deep` asks. Of a wheel on an index just the spans that hold source are read, few
requests each, and kept by the wheel's hash as the deflated source of every module.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extrasplit.edges.facts import path_of
from extrasplit.edges.installed import find_installed
from extrasplit.edges.kept import load, save
from extrasplit.edges.progress import Progress
from extrasplit.errors import ExternalError, ExtrasplitError
from extrasplit.imports.deep import COMPILED, WheelSource
from extrasplit.lock.uvlock import LockedFile, LockedPackage, PackageKey
from extrasplit.wheels.installation import ENVIRONMENT, lay_out

if TYPE_CHECKING:
    from extrasplit.edges.archive import Archive
    from extrasplit.edges.index import Index

KEPT_BYTES: Final = 512 * 1024**2
"""What is kept of all wheels together; what was used longest ago goes first."""
_FORMAT: Final = "sources-1"
_GAP_BYTES: Final = 256 * 1024
"""Between two modules: so much is quicker read in vain than asked for around."""

Kept = Mapping[str, bytes]
"""Path in site-packages to its deflated content; compiled modules are empty."""


def open_sources(
    packages: Sequence[tuple[LockedPackage, LockedFile | None]],
    *,
    folder: Path,
    lock_root: Path,
    offline: bool,
    progress: Progress,
    environ: Mapping[str, str] = os.environ,
) -> dict[PackageKey, WheelSource]:
    """Return the source of each package that can be read, by the wheel that was chosen for it.

    `folder` is where what was read is kept. Without an entry stays what has no wheel, and with
    `offline` what is neither kept nor on disk. Raises ExternalError when an index fails.
    """
    sources: dict[PackageKey, WheelSource] = {}
    remote: list[tuple[LockedPackage, LockedFile, Path | None]] = []
    for package, wheel in packages:
        name, version, _ = package.key
        found = find_installed(lock_root, name, version)
        if found is not None:
            sources[package.key] = _of_installed(name, *found)
            continue
        if wheel is None:
            continue
        kept = _recall(wheel, folder)
        path = path_of(wheel.location, lock_root)
        if kept is not None:
            sources[package.key] = _of_kept(name, kept)
        elif path is not None or not offline:
            remote.append((package, wheel, path))
    if remote:
        sources |= _read_all(remote, folder, lock_root, progress, environ)
        _forget_oldest(folder, KEPT_BYTES)
    return sources


def _of_installed(name: str, site: Path, paths: tuple[str, ...]) -> WheelSource:
    return WheelSource(name, paths, lambda path: (site / path).read_bytes())


def _of_kept(name: str, kept: Kept) -> WheelSource:
    return WheelSource(name, tuple(kept), lambda path: zlib.decompress(kept[path]))


def _read_all(
    wanted: Sequence[tuple[LockedPackage, LockedFile, Path | None]],
    folder: Path,
    lock_root: Path,
    progress: Progress,
    environ: Mapping[str, str],
) -> dict[PackageKey, WheelSource]:
    """Read wheels, several at a time, and keep their source."""
    from concurrent.futures import ThreadPoolExecutor

    from extrasplit.edges.connections import CONNECTIONS
    from extrasplit.edges.credentials import read_credentials
    from extrasplit.edges.index import Index

    index = Index(read_credentials(lock_root, environ), spool=folder.parent, environ=environ)

    def read(one: tuple[LockedPackage, LockedFile, Path | None]) -> Kept:
        _, file, path = one
        kept = _read_wheel(file, path, index)
        if file.hash:
            save(_place(file, folder), _FORMAT, kept)
        progress.advance()
        return kept

    progress.start("reading sources", len(wanted))
    pool = ThreadPoolExecutor(max_workers=CONNECTIONS)
    try:
        read_now = list(pool.map(read, wanted))
    finally:
        pool.shutdown(cancel_futures=True)
        index.close()
        progress.done()
    return {
        package.key: _of_kept(package.key.name, kept)
        for (package, _, _), kept in zip(wanted, read_now, strict=True)
    }


def _read_wheel(file: LockedFile, path: Path | None, index: Index) -> Kept:
    from extrasplit.edges.archive import LocalArchive
    from extrasplit.edges.credentials import strip_login
    from extrasplit.wheels.directory import BrokenArchiveError

    try:
        if path is not None:
            return _read_sources(LocalArchive(path), file.size_bytes)
        with closing(index.open(file.location, file.size_bytes)) as archive:
            return _read_sources(archive, file.size_bytes)
    except BrokenArchiveError as error:
        raise ExternalError(
            f"{strip_login(file.location)} is broken: {error.sentence}",
            hint="nothing was installed from it; ask its index or its maintainers",
        ) from error
    except OSError as error:
        raise ExtrasplitError(
            f"{path} cannot be read: {error.strerror}", hint="run `uv lock` if it has moved"
        ) from error


def _read_sources(archive: Archive, file_bytes: int | None) -> Kept:
    """Return what is worth keeping of one wheel, by its path once installed."""
    from extrasplit.edges.archive import read_directory, read_members

    members, tail = read_directory(archive, file_bytes)
    inside = {
        path: member
        for path, member in lay_out(members, {}, {}).origins.items()
        if not path.startswith(ENVIRONMENT)
    }
    read = {path: one for path, one in inside.items() if _is_source(path)}
    texts = read_members(archive, read.values(), tail, gap_bytes=_GAP_BYTES)
    kept = {path: b"" for path in inside if path.endswith(COMPILED)}
    return kept | {path: zlib.compress(texts[one.name], 1) for path, one in read.items()}


def _is_source(path: str) -> bool:
    return path.endswith((".py", ".dist-info/entry_points.txt"))


def _recall(file: LockedFile, folder: Path) -> Kept | None:
    if not file.hash:
        return None
    place = _place(file, folder)
    kept: Kept | None = load(place, _FORMAT)
    if kept is not None:
        with contextlib.suppress(OSError):
            os.utime(place)  # used just now: among the last to go
    return kept


def _place(file: LockedFile, folder: Path) -> Path:
    return folder / (file.hash or "").replace(":", "-")


def _forget_oldest(folder: Path, most_bytes: int) -> None:
    """Remove what was used longest ago until `folder` takes no more than `most_bytes`."""
    with contextlib.suppress(OSError):
        stats = {path: path.stat() for path in folder.iterdir()}
        total = sum(stat.st_size for stat in stats.values())
        for path in sorted(stats, key=lambda path: stats[path].st_mtime_ns):
            if total <= most_bytes:
                break
            path.unlink()
            total -= stats[path].st_size
