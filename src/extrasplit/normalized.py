"""The type of a normalized distribution name (PEP 503), for records that the hook reads back.

It is packaging's own; importing it from there loads all that tells wheels' tags apart, which takes
as long as everything else that the hook does after a changed comment.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.utils import NormalizedName
else:
    NormalizedName = str

__all__ = ["NormalizedName"]
