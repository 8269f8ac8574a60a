"""Where what is remembered lies; imports nothing that takes time to load."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def cache_folder(environ: Mapping[str, str] = os.environ) -> str:
    """Return `$EXTRASPLIT_CACHE_DIR`, or `extrasplit` where the system keeps caches.

    That is `$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on
    Windows.
    """
    join = os.path.join
    if chosen := environ.get("EXTRASPLIT_CACHE_DIR"):
        return chosen
    if shared := environ.get("XDG_CACHE_HOME"):
        return join(shared, "extrasplit")
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        local = environ.get("LOCALAPPDATA") or join(home, "AppData", "Local")
        return join(local, "extrasplit", "cache")
    if sys.platform == "darwin":
        return join(home, "Library", "Caches", "extrasplit")
    return join(home, ".cache", "extrasplit")


def folder_bytes(folder: str) -> int:
    """Return what all files below a folder take, in bytes; 0 where it isn't there."""
    return sum(
        os.lstat(os.path.join(parent, name)).st_size
        for parent, _, names in os.walk(folder)
        for name in names
    )


READ_OF_PROJECTS = (
    *("answers", "bodies", "links", "locks", "parsed", "premises", "rules", "scans", "traces"),
)
READ_OF_WHEELS = ("sources",)


def clear_folders(folder: str, *, scans_only: bool) -> None:
    """Remove what was read of projects and, without `scans_only`, the source of wheels."""
    import shutil

    for name in READ_OF_PROJECTS if scans_only else READ_OF_PROJECTS + READ_OF_WHEELS:
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
