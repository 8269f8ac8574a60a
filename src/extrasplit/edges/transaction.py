"""Replaces several files together: all of them change or none, interrupted or not.

A folder beside the files takes the new contents, copies of the old ones, and last a journal. The
rename that brings the journal to its name is the moment of decision: before it the files are as
they were, and what was staged is thrown away; after it each file is renamed into its place, by this
process or, where it was killed, by the next that calls `recover`. Everything is flushed to the disk
before it is relied on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from extrasplit.edges.interrupted import FOLDER
from extrasplit.errors import ExternalError, ExtrasplitError

_JOURNAL: Final = "journal.json"
_LOCK: Final = "lock"

Recovery = Literal["nothing", "finished", "rolled back", "busy"]
"""What `recover` found; busy: another process is at work right now."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One file of a transaction, as the journal records it."""

    path: str
    old: str | None
    """The digest of what it held; None: it was not there."""
    new: str | None
    """The digest of what it shall hold; None: it goes."""
    made: tuple[str, ...] = ()
    """Folders that had to be made for it, the outermost first."""


def digest_of_bytes(data: bytes) -> str:
    """Return what a file's content is known by."""
    return hashlib.sha256(data).hexdigest()


def replace_all(
    root: Path, changes: Mapping[str, bytes | None], expected: Mapping[str, str | None]
) -> None:
    """Write these files below `root`, all or none; None removes one.

    `expected` holds, by path, the digest that the change was made from; None: the file was not
    there. Raises ExtrasplitError, with nothing changed, where a path leaves `root`, is a symbolic
    link, is read-only or no longer what was expected, and ExternalError where the disk refuses or
    another process writes here.
    """
    recover(root)
    steps = [_check(root, path, data, expected.get(path)) for path, data in changes.items()]
    try:
        with _staging(root) as folder:
            _stage(root, folder, steps, changes)
            try:
                _finish(root, folder, steps)
            except BaseException:
                _roll_back(root, folder, steps)
                raise
    except OSError as error:
        raise ExternalError(
            f"{error.filename or root} could not be written: {error.strerror}; nothing was changed",
            hint="mend that and run the command again",
        ) from error


def recover(root: Path) -> Recovery:
    """Finish what a killed process had decided on, or throw away what it had not.

    Where a file was edited after the kill, that edit stays and all other files go back to what
    they were.
    """
    folder = root / FOLDER
    if not folder.is_dir():
        return "nothing"
    with _locked(folder) as ours:
        if not ours:
            return "busy"
        journal = folder / _JOURNAL
        if not journal.exists():
            _discard(folder)
            return "rolled back"
        steps = [
            _Step(**(step | {"made": tuple(step["made"])}))
            for step in json.loads(journal.read_bytes())
        ]
        if all(_digest(root / step.path) in (step.old, step.new) for step in steps):
            _finish(root, folder, steps)
            return "finished"
        _roll_back(root, folder, steps)
        return "rolled back"


def _check(root: Path, path: str, data: bytes | None, expected: str | None) -> _Step:
    """Return one file's step; every refusal names the file and the way out."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "\\" in path:
        raise ExtrasplitError(f"{path} lies outside of {root}", hint="nothing was changed")
    target = root / path
    made = []
    for folder in (root / parent for parent in reversed(parts.parents) if parent.parts):
        if folder.is_symlink():
            raise _refuse(folder, "is a symbolic link", "replace the link by the folder")
        if not folder.exists():
            made.append(folder.relative_to(root).as_posix())
        elif not folder.is_dir():
            raise _refuse(folder, "is no folder", "move it away")
    if target.is_symlink():
        raise _refuse(target, "is a symbolic link", "write to the file it leads to, or replace it")
    if target.exists():
        mode = target.stat().st_mode
        if not stat.S_ISREG(mode):
            raise _refuse(target, "is no regular file", "move it away")
        if not mode & stat.S_IWUSR or not os.access(target, os.W_OK):
            raise _refuse(target, "is read-only", f"chmod u+w {path}")
    found = _digest(target)
    if found != expected:
        raise _refuse(target, "changed while the command ran", "run it again")
    return _Step(path, found, None if data is None else digest_of_bytes(data), tuple(made))


def _refuse(path: Path, problem: str, hint: str) -> ExtrasplitError:
    return ExtrasplitError(f"{path} {problem}; nothing was changed", hint=hint)


@contextlib.contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """Make the folder, hold its lock, and leave nothing of it behind."""
    folder = root / FOLDER
    try:
        folder.mkdir()
    except FileExistsError:
        raise ExternalError(
            f"another extrasplit is writing below {root}", hint="wait until it is done"
        ) from None
    with _locked(folder) as ours:
        if not ours:
            raise ExternalError(
                f"another extrasplit is writing below {root}", hint="wait until it is done"
            )
        try:
            yield folder
        finally:
            _discard(folder)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock, which dies with its process; false where another holds it."""
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context((folder / _LOCK).open("ab"))
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            ours = False
        else:
            ours = True
        yield ours


def _stage(
    root: Path, folder: Path, steps: Sequence[_Step], changes: Mapping[str, bytes | None]
) -> None:
    """Write new and old contents, then the journal: from then on the change is decided."""
    for at, step in enumerate(steps):
        target = root / step.path
        data = changes[step.path]
        if data is not None:
            _write(folder / f"new-{at}", data)
            if step.old is not None:
                shutil.copymode(target, folder / f"new-{at}")
        if step.old is not None:
            _write(folder / f"old-{at}", target.read_bytes())
            shutil.copymode(target, folder / f"old-{at}")
    draft = folder / f"{_JOURNAL}.draft"
    _write(draft, json.dumps([asdict(step) for step in steps]).encode())
    _flush_folder(folder)
    draft.replace(folder / _JOURNAL)
    _flush_folder(folder)


def _finish(root: Path, folder: Path, steps: Sequence[_Step]) -> None:
    """Bring every file to its place; a second time is as good as the first."""
    for at, step in enumerate(steps):
        for made in step.made:
            (root / made).mkdir(exist_ok=True)
        target = root / step.path
        if step.new is None:
            target.unlink(missing_ok=True)
        elif (folder / f"new-{at}").exists():
            (folder / f"new-{at}").replace(target)
        _flush_folder(target.parent)
    _discard(folder)


def _roll_back(root: Path, folder: Path, steps: Sequence[_Step]) -> None:
    """Bring back what was replaced; a file that somebody edited since is left alone."""
    for at, step in enumerate(steps):
        target = root / step.path
        if step.old != step.new and _digest(target) == step.new:
            if step.old is None:
                target.unlink(missing_ok=True)
            else:
                (folder / f"old-{at}").replace(target)
            if target.parent.is_dir():
                _flush_folder(target.parent)
        for made in reversed(step.made):
            with contextlib.suppress(OSError):  # not empty: something else lives there
                (root / made).rmdir()
    _discard(folder)


def _discard(folder: Path) -> None:
    """Remove the folder; the journal goes first, for without it nothing is decided."""
    (folder / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _digest(path: Path) -> str | None:
    try:
        return digest_of_bytes(path.read_bytes())
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut; Windows has no such call."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
