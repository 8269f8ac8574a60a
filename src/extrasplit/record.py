"""The kind of value that stages hand on: frozen, slotted, equal where all its fields are.

A frozen dataclass costs about a millisecond to define, and the hook defines a hundred of them; a
msgspec struct costs a fortieth, and memory and contract encode it either way. This is msgspec's
door for values.
"""

from __future__ import annotations

from typing import dataclass_transform

from msgspec import Struct, field
from msgspec.structs import replace

__all__ = ["Draft", "Record", "field", "replace"]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record(Struct, frozen=True):
    """The base of every value; its fields are its annotations, in their order."""


@dataclass_transform(field_specifiers=(field,))
class Draft(Struct):
    """The base of what is still being written: as a record, but its fields may be set."""
