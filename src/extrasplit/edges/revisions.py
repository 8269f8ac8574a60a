"""Lays a git revision of the project out in a folder of its own, without touching the work tree."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extrasplit.errors import ExternalError, ExtrasplitError


@contextmanager
def checked_out(root: Path, revision: str) -> Iterator[Path]:
    """Yield a folder that holds `root` as it was at `revision`.

    Raises ExtrasplitError where git knows no such revision, ExternalError where there is no git.
    """
    name = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").strip()
    if not name:
        raise ExtrasplitError(
            f"{revision!r} is no git revision of {root}, and no file of that name is there",
            hint="name a revision, a saved report (.json) or another uv.lock",
        )
    prefix = _git(root, "rev-parse", "--show-prefix").decode().strip().rstrip("/")
    # from the top: in a folder below it git archives only what the tree holds of that folder
    top = Path(_git(root, "rev-parse", "--show-toplevel").decode().strip())
    archive = _git(top, "archive", "--format=tar", f"{name.decode()}:{prefix}")
    if not archive:
        raise ExtrasplitError(
            f"{root} holds nothing at {revision}", hint="name a revision in which it is there"
        )
    with tempfile.TemporaryDirectory(prefix="extrasplit-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            members.extractall(folder, filter="data")
        yield Path(folder)


def _git(root: Path, *arguments: str) -> bytes:
    """Return what git says; nothing where it refuses."""
    try:
        finished = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError:
        raise ExternalError("git was not found", hint="install git, or name a file") from None
    return finished.stdout if finished.returncode == 0 else b""
