"""Which optional packages this installation has."""

from __future__ import annotations

from importlib.util import find_spec


def is_package_installed(name: str) -> bool:
    """Return whether `name` can be imported, without importing it."""
    return find_spec(name) is not None
