"""Lists and reads the project's files; what is remembered stands on a listing's digest.

The hook walks this module on each commit, so it imports nothing that takes time to load.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Final

SUFFIXES: Final = (
    ".py", ".toml", ".lock", ".yml", ".yaml", ".sh", ".bash", ".conf", ".cfg", ".ini", ".ipynb",
    ".dockerfile", ".mk", ".env", ".just",
)  # fmt: skip
"""Files that some stage may read; a file without any suffix is read too (Dockerfile, s6's run)."""
NAMES: Final = ("dockerfile", "containerfile", "procfile", "makefile", ".python-version")
HIDDEN_KEPT: Final = frozenset({".streamlit", ".github"})
PRUNED: Final = frozenset({"__pycache__", "node_modules", "site-packages", "__pypackages__"})
PRUNED_AT_ROOT: Final = frozenset({"build", "dist"})
LARGEST_READ_BYTES: Final = 8_000_000
FILE_TYPE: Final = 0o170000
REGULAR: Final = 0o100000
"""The bits of a mode that tell its type, and those of a file (`inode(7)`): no folder, no pipe."""


class Listing:
    """Every file below one folder that a stage may read, with size and time of change."""

    __slots__ = ("_paths", "root", "stats", "unreadable")

    def __init__(
        self, root: str, stats: dict[str, tuple[int, int]], unreadable: tuple[str, ...] = ()
    ) -> None:
        self.root = root
        self.unreadable = unreadable
        """Folders that could not be listed."""
        self.stats = stats
        """Relative path with forward slashes to (size in bytes, mtime in ns), sorted by path."""
        self._paths: frozenset[str] | None = None

    @property
    def paths(self) -> frozenset[str]:
        """All paths, as a set."""
        if self._paths is None:
            self._paths = frozenset(self.stats)
        return self._paths

    def digest(self) -> str:
        """Return what changes whenever a listed file comes, goes, grows or is written anew."""
        return digest_of(self.stats)

    def read(self, path: str) -> bytes:
        """Return a file's bytes; empty where it is gone or larger than any source should be."""
        size, _ = self.stats.get(path, (0, 0))
        if size > LARGEST_READ_BYTES:
            return b""
        try:
            with open(os.path.join(self.root, path), "rb") as stream:
                return stream.read()
        except OSError:
            return b""


def list_files(root: Path | str) -> Listing:
    """Walk `root`; virtual environments, caches and build output are left out."""
    found: dict[str, tuple[int, int]] = {}
    top = os.fspath(root)
    pending = [("", top)]
    unreadable: list[str] = []
    while pending:
        prefix, folder = pending.pop()
        try:
            with os.scandir(folder) as scanned:
                entries = list(scanned)
        except OSError:
            unreadable.append(prefix)
            continue
        for entry in entries:
            name = entry.name
            if not (name.endswith(".py") and entry.is_file()):  # what most of them are
                if entry.is_dir(follow_symlinks=False):
                    if _is_entered(name, prefix) and not _is_environment(entry.path):
                        pending.append((f"{prefix}{name}/", entry.path))
                    continue
                if not _is_read(name):
                    continue
            try:
                stat = entry.stat()
            except OSError:  # a dangling link
                continue
            if stat.st_mode & FILE_TYPE == REGULAR:
                found[prefix + name] = (stat.st_size, stat.st_mtime_ns)
    stats = {path: found[path] for path in sorted(found)}  # half the time of sorting the pairs
    return Listing(top, stats, tuple(sorted(unreadable)))


def stat_of(path: str) -> tuple[int, int] | None:
    """Return (size in bytes, mtime in ns) of one file, None where it isn't there."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def digest_of(plain: Any) -> str:
    """Return the digest of builtin values (tuples, ordered dictionaries, strings, numbers)."""
    import marshal

    return digest_of_content(marshal.dumps(plain, 2)).hex()


def digest_of_content(data: bytes) -> bytes:
    """Return what a file's content is known by."""
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b  # loads OpenSSL first, which takes as long as 1,000 files
    return blake2b(data, digest_size=20).digest()


def _is_entered(name: str, prefix: str) -> bool:
    if name.startswith("."):
        return name in HIDDEN_KEPT
    if name in PRUNED or name.endswith((".egg-info", ".dist-info")):
        return False
    return bool(prefix) or name not in PRUNED_AT_ROOT


def _is_environment(folder: str) -> bool:
    # one more stat only where the name may be that of a virtual environment
    name = os.path.basename(folder)
    return "env" in name and os.path.exists(f"{folder}/pyvenv.cfg")


def _is_read(name: str) -> bool:
    if name.endswith(SUFFIXES) or "." not in name:
        return True
    lowered = name.lower()
    return lowered.startswith(NAMES) or lowered.endswith(SUFFIXES)
