"""Changes requirements as they are written, character by character."""

from __future__ import annotations

import re
from typing import Final

_EXTRAS: Final = re.compile(r"^(\s*[\w.-]+)\s*\[[^\]]*\]")


def without_extras(requirement: str) -> str:
    """Return a requirement (PEP 508) without its extras, the rest as it is."""
    return _EXTRAS.sub(r"\1", requirement)
