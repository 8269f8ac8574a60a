"""Reads the central directory of a zip archive from the archive's last bytes.

The rules are those of PKWARE's APPNOTE.TXT (sections 4.3.12 to 4.3.16, 4.5.3), and of the binary
distribution format for the names. Nothing that an archive says about itself is believed before it
was held against the archive's real size: a lie is one `BrokenArchiveError`, found in bounded time.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from extrasplit.errors import ExternalError

STORED: Final = 0
DEFLATED: Final = 8

MAX_DIRECTORY_BYTES: Final = 64 * 1024 * 1024
"""A directory of half a million files; the largest wheels have some twenty thousand."""
MAX_TEXT_BYTES: Final = 16 * 1024 * 1024
"""More than any METADATA."""
MAX_DEFLATE_RATIO: Final = 1032
"""What deflate can reach at most (zlib's technical notes)."""

_END: Final = struct.Struct("<4s4H2LH")
_END_SIGNATURE: Final = b"PK\x05\x06"
_LOCATOR: Final = struct.Struct("<4sLQL")
_LOCATOR_SIGNATURE: Final = b"PK\x06\x07"
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_END64_SIGNATURE: Final = b"PK\x06\x06"
_HEADER: Final = struct.Struct("<4s6H3L5H2L")
_HEADER_SIGNATURE: Final = b"PK\x01\x02"
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_LONGEST_END: Final = _END.size + 0xFFFF + _LOCATOR.size + _END64.size
_ZIP64: Final = 0x0001
_UTF8: Final = 0x800
_NONE32: Final = 0xFFFFFFFF
_NONE16: Final = 0xFFFF
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f\\]|(^|/)\.\.(/|$)|^/")
"""Control characters, backslashes, `..`, absolute paths."""


class BrokenArchiveError(ExternalError):
    """An archive that contradicts itself; the sentence says how, the caller adds its name."""


class ByteRange(NamedTuple):
    """The bytes of a file from `start` up to, not with, `stop`."""

    start: int
    stop: int


class Member(NamedTuple):
    """One entry of the central directory."""

    name: str
    size_bytes: int
    """Unpacked."""
    packed_bytes: int
    method: int
    checksum: int
    offset: int
    """Where its local header begins."""
    stop: int
    """Where the next one begins, or the directory."""

    @property
    def is_directory(self) -> bool:
        """Whether it is a folder, which holds no bytes."""
        return self.name.endswith("/")


_Entry = tuple[str, int, int, int, int, int]
"""The fields of a Member but for its `stop`."""


class _Directory(NamedTuple):
    """Where the end record says that the directory is."""

    start: int
    size_bytes: int
    entries: int


def read_central_directory(tail: bytes, file_size: int) -> tuple[Member, ...] | ByteRange:
    """Return the members in the order of the directory, or the bytes that are missing before tail.

    `tail` is the end of an archive of `file_size` bytes. Where it is too short, the answer is the
    range that has to be put before it. Raises BrokenArchiveError.
    """
    if len(tail) > file_size:
        raise BrokenArchiveError("it is shorter than its own end")
    tail_start = file_size - len(tail)
    end = _find_end(tail)
    if end is None:
        if tail_start == 0 or len(tail) >= _LONGEST_END:
            raise BrokenArchiveError("it has no end record, so it is no zip archive")
        return ByteRange(max(0, file_size - _LONGEST_END), tail_start)
    directory = _locate(tail, tail_start, end)
    if isinstance(directory, ByteRange):
        return directory
    if directory.start < tail_start:
        return ByteRange(directory.start, tail_start)
    first = directory.start - tail_start
    entries = list(_parse(tail[first : first + directory.size_bytes], directory))
    return _check_extents(entries, directory.start)


def read_member(member: Member, tail: bytes, file_size: int) -> bytes | ByteRange:
    """Return what a small member holds, or the range that has to be fetched to know it.

    Raises BrokenArchiveError, also for a member of more than `MAX_TEXT_BYTES`.
    """
    if max(member.size_bytes, member.packed_bytes) > MAX_TEXT_BYTES:
        raise BrokenArchiveError(f"`{member.name}` is unreasonably large")
    tail_start = file_size - len(tail)
    if member.offset < tail_start:
        # A local header may be followed by padding of any length: never fetch up to `stop`.
        reach = member.offset + _LOCAL.size + 2 * _NONE16 + member.packed_bytes
        return ByteRange(member.offset, min(member.stop, reach))
    return unpack_member(member, tail[member.offset - tail_start : member.stop - tail_start])


def unpack_member(member: Member, span: bytes) -> bytes:
    """Return what the member holds, whose local header stands at the beginning of `span`."""
    if len(span) < _LOCAL.size or not span.startswith(_LOCAL_SIGNATURE):
        raise BrokenArchiveError(f"`{member.name}` has no local header")
    *_, name_bytes, extra_bytes = _LOCAL.unpack_from(span)
    start = _LOCAL.size + name_bytes + extra_bytes
    packed = span[start : start + member.packed_bytes]
    if len(packed) < member.packed_bytes:
        raise BrokenArchiveError(f"`{member.name}` reaches into its neighbour")
    content = _decompress(member, packed)
    if len(content) != member.size_bytes or zlib.crc32(content) != member.checksum:
        raise BrokenArchiveError(f"`{member.name}` is not what the directory says")
    return content


def _decompress(member: Member, packed: bytes) -> bytes:
    if member.method == STORED:
        return packed
    if member.method != DEFLATED:
        raise BrokenArchiveError(f"`{member.name}` is compressed by method {member.method}")
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.size_bytes + 1)
    except zlib.error as error:
        raise BrokenArchiveError(f"`{member.name}` cannot be unpacked") from error


def _find_end(tail: bytes) -> int | None:
    """Return where the end record begins: its comment must reach exactly to the end."""
    lowest = max(0, len(tail) - _END.size - _NONE16)
    found = tail.rfind(_END_SIGNATURE, lowest)
    while found >= 0:
        if found + _END.size <= len(tail):
            comment_bytes = _END.unpack_from(tail, found)[-1]
            if found + _END.size + comment_bytes == len(tail):
                return found
        found = tail.rfind(_END_SIGNATURE, lowest, found + len(_END_SIGNATURE) - 1)
    return None


def _locate(tail: bytes, tail_start: int, end: int) -> _Directory | ByteRange:
    _, disk, first_disk, here, count, size_bytes, start, _ = _END.unpack_from(tail, end)
    stop = tail_start + end
    if _NONE16 in (count, here) or _NONE32 in (size_bytes, start):
        locator = end - _LOCATOR.size
        if locator < 0 and tail_start > 0:
            return ByteRange(max(0, tail_start + locator - _END64.size), tail_start)
        if locator >= 0 and tail.startswith(_LOCATOR_SIGNATURE, locator):
            return _locate64(tail, tail_start, locator)
    if disk or first_disk or here != count:
        raise BrokenArchiveError("it claims to span several disks")
    return _bounded(start, size_bytes, count, stop)


def _locate64(tail: bytes, tail_start: int, locator: int) -> _Directory | ByteRange:
    _, disk, offset, disks = _LOCATOR.unpack_from(tail, locator)
    stop = tail_start + locator
    if disk or disks > 1 or offset + _END64.size > stop:
        raise BrokenArchiveError("its ZIP64 end record lies outside of it")
    if offset < tail_start:
        return ByteRange(offset, tail_start)
    record = _END64.unpack_from(tail, offset - tail_start)
    if record[0] != _END64_SIGNATURE:
        raise BrokenArchiveError("its ZIP64 end record is missing")
    here, count, size_bytes, start = record[-4:]
    if here != count:
        raise BrokenArchiveError("it claims to span several disks")
    return _bounded(start, size_bytes, count, offset)


def _bounded(start: int, size_bytes: int, count: int, stop: int) -> _Directory:
    if start + size_bytes > stop:
        raise BrokenArchiveError("its directory lies outside of it")
    if size_bytes > MAX_DIRECTORY_BYTES:
        raise BrokenArchiveError("its directory is unreasonably large")
    if count * _HEADER.size > size_bytes:
        raise BrokenArchiveError(f"its directory cannot hold {count} files")
    return _Directory(start, size_bytes, count)


def _parse(content: bytes, directory: _Directory) -> Iterator[_Entry]:
    position, size = 0, len(content)
    for _ in range(directory.entries):
        if position + _HEADER.size > size:
            raise BrokenArchiveError("its directory holds fewer files than it says")
        header = _HEADER.unpack_from(content, position)
        if header[0] != _HEADER_SIGNATURE:
            raise BrokenArchiveError("its directory is garbled")
        flags, method, checksum, packed, unpacked = header[3], header[4], *header[7:10]
        name_stop = position + _HEADER.size + header[10]
        extra_stop = name_stop + header[11]
        raw = content[position + _HEADER.size : name_stop]
        position = extra_stop + header[12]
        if position > size:
            raise BrokenArchiveError("its directory holds names longer than itself")
        offset = header[16]
        if _NONE32 in (unpacked, packed, offset):
            extra = content[name_stop:extra_stop]
            unpacked, packed, offset = _widen(extra, unpacked, packed, offset)
        name = _decode_name(raw, flags)
        _check_sizes(name, unpacked, packed, method)
        yield name, unpacked, packed, method, checksum, offset
    if position != size:
        raise BrokenArchiveError("its directory holds more files than it says")


def _widen(extra: bytes, *sizes: int) -> list[int]:
    """Replace each 32-bit value that is full by its 64-bit one, in the order of 4.5.3."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        field = extra[position + 4 : position + 4 + length]
        position += 4 + length
        if kind == _ZIP64:
            wide = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
            return [next(wide, size) if size == _NONE32 else size for size in sizes]
    return list(sizes)


def _decode_name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _UTF8 or raw.isascii() else "cp437")
    except UnicodeDecodeError:
        raise BrokenArchiveError("it holds a name that is not UTF-8") from None
    suspicious = not name.isprintable() or "\\" in name or ".." in name or name[:1] in ("", "/")
    if suspicious and (not name or _UNSAFE.search(name)):
        raise BrokenArchiveError(f"it holds the unsafe name {name[:80]!a}")
    return name


def _check_sizes(name: str, unpacked: int, packed: int, method: int) -> None:
    most = packed * MAX_DEFLATE_RATIO if method == DEFLATED else packed
    if unpacked > most and method in (STORED, DEFLATED):
        raise BrokenArchiveError(f"`{name}` claims more bytes than it can hold")


def _check_extents(entries: Sequence[_Entry], directory_start: int) -> tuple[Member, ...]:
    """Return the members, each with its `stop`; no two may share a byte."""
    stop = directory_start
    members: list[Member | None] = [None] * len(entries)
    for at in sorted(range(len(entries)), key=lambda at: entries[at][-1], reverse=True):
        member = members[at] = Member(*entries[at], stop)
        # A local header is at least as long as its fixed part.
        if member.offset + _LOCAL.size + member.packed_bytes > stop:
            raise BrokenArchiveError(f"`{member.name}` overlaps what follows it")
        stop = member.offset
    return tuple(member for member in members if member is not None)
