"""Reads the facts of one wheel from wherever it lies, with as few reads as there can be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from extrasplit.wheels.contents import WheelFacts, describe, wanted_members
from extrasplit.wheels.directory import (
    ByteRange,
    Member,
    read_central_directory,
    read_member,
    unpack_member,
)
from extrasplit.wheels.sdist import HEAD_BYTES, TRAILER_BYTES, describe_sdist

SMALLEST_TAIL_BYTES: Final = 16 * 1024
LARGEST_TAIL_BYTES: Final = 64 * 1024
TAIL_SHARE: Final = 50
"""One fiftieth of a wheel, within the two bounds, mostly holds its directory and METADATA."""
_GAP_BYTES: Final = 32 * 1024
"""Reading so much in vain is quicker than asking once more."""
_LONGEST_SPAN_BYTES: Final = 32 * 1024**2


class Archive(Protocol):
    """A file that can be read piece by piece."""

    @property
    def size_bytes(self) -> int:
        """The whole file; known once its tail was read."""

    def read_tail(self, length: int) -> bytes:
        """Return the last `length` bytes, or all where there are fewer."""

    def read(self, span: ByteRange) -> bytes:
        """Return just these bytes; called after `read_tail`."""


class LocalArchive:
    """A file on disk, read in place."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def size_bytes(self) -> int:
        """The whole file."""
        return self._path.stat().st_size

    def read_tail(self, length: int) -> bytes:
        """Return the last `length` bytes."""
        size = self.size_bytes
        return self.read(ByteRange(max(0, size - length), size))

    def read(self, span: ByteRange) -> bytes:
        """Return just these bytes."""
        with self._path.open("rb") as file:
            file.seek(span.start)
            return file.read(span.stop - span.start)


def tail_bytes(file_bytes: int | None) -> int:
    """Return how much of a wheel's end to ask for at first."""
    if file_bytes is None:
        return LARGEST_TAIL_BYTES
    return min(max(file_bytes // TAIL_SHARE, SMALLEST_TAIL_BYTES), LARGEST_TAIL_BYTES)


def read_wheel(filename: str, archive: Archive, file_bytes: int | None = None) -> WheelFacts:
    """Return the facts of a wheel; `file_bytes` is its size where it is known beforehand.

    Raises BrokenArchiveError.
    """
    members, tail = read_directory(archive, file_bytes)
    texts = read_members(archive, wanted_members(members), tail)
    return describe(filename, archive.size_bytes, members, texts)


def read_directory(
    archive: Archive, file_bytes: int | None = None
) -> tuple[tuple[Member, ...], bytes]:
    """Return the members of a zip archive, and the end of it that was read to know them.

    Raises BrokenArchiveError.
    """
    tail = archive.read_tail(tail_bytes(file_bytes))
    size = archive.size_bytes
    members = read_central_directory(tail, size)
    while isinstance(members, ByteRange):
        tail = archive.read(members) + tail
        members = read_central_directory(tail, size)
    return members, tail


def read_members(
    archive: Archive, members: Iterable[Member], tail: bytes, *, gap_bytes: int = _GAP_BYTES
) -> dict[str, bytes]:
    """Return what each member holds, by its name; members that stand close are read together.

    Raises BrokenArchiveError.
    """
    texts: dict[str, bytes] = {}
    absent: list[tuple[Member, ByteRange]] = []
    for member in members:
        content = read_member(member, tail, archive.size_bytes)
        if isinstance(content, ByteRange):
            absent.append((member, content))
        else:
            texts[member.name] = content
    absent.sort(key=lambda one: one[1])
    for span in _join([where for _, where in absent], gap_bytes):
        content = archive.read(span)
        while absent and absent[0][1].stop <= span.stop:
            member, where = absent.pop(0)
            piece = content[where.start - span.start : where.stop - span.start]
            texts[member.name] = unpack_member(member, piece)
    return texts


def read_sdist(filename: str, archive: Archive, file_bytes: int | None = None) -> WheelFacts:
    """Return what an sdist's beginning and its last bytes tell; never exact."""
    small = file_bytes is not None and file_bytes <= HEAD_BYTES
    tail = archive.read_tail(HEAD_BYTES if small else TRAILER_BYTES)
    size = archive.size_bytes
    whole = len(tail) == size
    head = tail if whole else archive.read(ByteRange(0, min(size, HEAD_BYTES)))
    return describe_sdist(filename, size, head, tail[-TRAILER_BYTES:])


def _join(spans: Iterable[ByteRange], gap_bytes: int) -> list[ByteRange]:
    """Return the ranges to ask for, neighbours joined, in order."""
    joined: list[ByteRange] = []
    for span in sorted(spans):
        before = joined[-1] if joined else None
        near = before is not None and span.start - before.stop <= gap_bytes
        if before is not None and near and span.stop - before.start <= _LONGEST_SPAN_BYTES:
            joined[-1] = ByteRange(before.start, max(before.stop, span.stop))
        else:
            joined.append(span)
    return joined
