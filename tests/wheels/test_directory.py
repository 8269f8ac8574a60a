"""Zip directories: honest ones are read as zipfile reads them, liars are caught in time."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.wheels.directory import (
    BrokenArchiveError,
    ByteRange,
    Member,
    read_central_directory,
    read_member,
)

END = b"PK\x05\x06"
HEADER = b"PK\x01\x02"


def make_zip(files: dict[str, bytes], comment: bytes = b"") -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        archive.comment = comment
    return raw.getvalue()


def patch(content: bytes, signature: bytes, offset: int, form: str, *values: int) -> bytes:
    """Overwrite a field of the first record with this signature."""
    changed = bytearray(content)
    struct.pack_into(form, changed, content.index(signature) + offset, *values)
    return bytes(changed)


def members_of(content: bytes, first: int | None = None) -> tuple[Member, ...]:
    """Read as the index is read: a tail, and what is then missing before it."""
    tail = content if first is None else content[-first:]
    members = read_central_directory(tail, len(content))
    asked = 0
    while isinstance(members, ByteRange):
        asked += 1
        assert asked < 5
        assert members.start < members.stop == len(content) - len(tail)
        tail = content[members.start : members.stop] + tail
        members = read_central_directory(tail, len(content))
    return members


FILES = {"a/__init__.py": b"", "a/b.py": b"x = 1\n" * 100, "a-1.dist-info/METADATA": b"Name: a\n"}


def test_members_are_those_that_zipfile_sees() -> None:
    content = make_zip(FILES)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        seen = [
            (one.filename, one.file_size, one.compress_size, one.header_offset)
            for one in archive.infolist()
        ]
    members = members_of(content)
    assert [(m.name, m.size_bytes, m.packed_bytes, m.offset) for m in members] == seen


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-zé]{1,8}){0,2}", fullmatch=True), st.binary(max_size=300),
        min_size=1, max_size=8,
    ),
    st.binary(max_size=60).filter(lambda comment: END not in comment),
    st.integers(1, 400),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_tail_leads_to_the_same_members_and_contents(
    files: dict[str, bytes], comment: bytes, first: int
) -> None:
    content = make_zip(files, comment)
    members = members_of(content, first)
    assert members == members_of(content)
    for member in members:
        assert read_member(member, content, len(content)) == files[member.name]


def test_a_member_before_the_tail_is_asked_for_by_its_range() -> None:
    content = make_zip(FILES)
    member = members_of(content)[1]
    wanted = read_member(member, content[-200:], len(content))
    assert wanted == ByteRange(member.offset, member.stop)


def test_zip64_archives_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    content = make_zip({"big.bin": bytes(range(256)) * 4, "other.bin": b"y" * 300})
    assert b"PK\x06\x06" in content
    for first in (30, 60, 100, len(content)):
        members = members_of(content, first)
        assert [(m.name, m.size_bytes) for m in members] == [("big.bin", 1024), ("other.bin", 300)]


def test_an_empty_archive_has_no_members() -> None:
    assert members_of(make_zip({})) == ()


LIES: dict[str, Callable[[bytes], bytes]] = {
    "more files than there are": lambda z: patch(z, END, 8, "<2H", 60000, 60000),
    "a few more files": lambda z: patch(z, END, 8, "<2H", 4, 4),
    "fewer files": lambda z: patch(z, END, 8, "<2H", 2, 2),
    "several disks": lambda z: patch(z, END, 4, "<H", 1),
    "a directory beyond the end": lambda z: patch(z, END, 12, "<2L", 2**31, 2**31),
    "a directory of another place": lambda z: patch(z, END, 16, "<L", 3),
    "a name longer than the directory": lambda z: patch(z, HEADER, 28, "<H", 0xFFFF),
    "a comment longer than the directory": lambda z: patch(z, HEADER, 32, "<H", 0xFFFF),
    "4 GB unpacked from a few bytes": lambda z: patch(z, HEADER, 24, "<L", 2**32 - 2),
    "4 GB packed": lambda z: patch(z, HEADER, 20, "<L", 2**32 - 2),
    "overlapping files": lambda z: patch(z, HEADER, 42, "<L", 60),
    "a file behind the directory": lambda z: patch(z, HEADER, 42, "<L", len(z) - 10),
    "another signature": lambda z: z.replace(HEADER, b"PK\x01\x03"),
    "no end": lambda z: z[:-10],
    "a web page": lambda z: b"<!doctype html>" * 20,
    "nothing": lambda z: b"",
    "a ZIP64 locator that points outside": lambda z: (
        z[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 2**60, 1)
        + patch(z[-22:], END, 8, "<2H", 0xFFFF, 0xFFFF)
    ),
    "a ZIP64 record that is none": lambda z: (
        z[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
        + patch(z[-22:], END, 8, "<2H", 0xFFFF, 0xFFFF)
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_directory_is_one_error_in_time(lie: str) -> None:
    content = LIES[lie](make_zip(FILES))
    begun = time.perf_counter()
    with pytest.raises(BrokenArchiveError):
        members_of(content)
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/passwd", "a\\b", "a\nb", "a\0b", "a\x1b[2J", "a/.."]
)
def test_an_unsafe_name_is_refused(name: str) -> None:
    harmless = "x" * len(name)
    content = make_zip({harmless: b""}).replace(harmless.encode(), name.encode())
    with pytest.raises(BrokenArchiveError, match="unsafe name"):
        members_of(content)


def test_dots_within_a_name_are_fine() -> None:
    assert [m.name for m in members_of(make_zip({"a/b..c/...py": b""}))] == ["a/b..c/...py"]


def test_a_huge_directory_is_refused_before_it_is_fetched() -> None:
    start, size = 0, 100 * 1024 * 1024
    end = struct.pack("<4s4H2LH", END, 0, 0, 60000, 60000, size, start, 0)
    with pytest.raises(BrokenArchiveError, match="unreasonably large"):
        read_central_directory(end, size + len(end))


def test_a_member_whose_content_is_another_is_refused() -> None:
    content = make_zip({"a-1.dist-info/METADATA": b"Name: a\n" * 9})
    member = members_of(content)[0]
    lied = member._replace(checksum=member.checksum ^ 1)
    with pytest.raises(BrokenArchiveError, match="not what the directory says"):
        read_member(lied, content, len(content))


def test_a_bomb_of_a_member_is_not_unpacked() -> None:
    content = make_zip({"a-1.dist-info/METADATA": b"\0" * 40_000_000})
    member = members_of(content)[0]
    with pytest.raises(BrokenArchiveError, match="unreasonably large"):
        read_member(member, content, len(content))
    small = member._replace(size_bytes=1000)
    with pytest.raises(BrokenArchiveError, match="not what the directory says"):
        read_member(small, content, len(content))


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(max_examples=100, deadline=None)
def test_damaged_archives_never_raise_anything_else(noise: bytes, at: int) -> None:
    content = make_zip(FILES)
    broken = content[:at] + noise + content[at + len(noise) :]
    try:
        members_of(broken)
    except BrokenArchiveError:
        return
    assert END in broken
