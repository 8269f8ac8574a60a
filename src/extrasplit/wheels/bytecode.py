"""Estimates what `uv sync --compile-bytecode` adds, from the sizes in the zip directory."""

from __future__ import annotations

from typing import Final

from extrasplit.wheels.directory import DEFLATED, Member

HEAD_BYTES: Final = 150
PER_BYTE: Final = 0.1
PER_PACKED_BYTE: Final = 3.0


def estimate_bytecode(member: Member) -> int:
    """Return the bytes of the `.pyc` that one `.py` member gives."""
    packed = member.packed_bytes if member.method == DEFLATED else member.size_bytes * 0.3
    return round(HEAD_BYTES + PER_BYTE * member.size_bytes + PER_PACKED_BYTE * packed)
