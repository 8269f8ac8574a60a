"""Tells which top-level modules a Python version brings itself."""

from __future__ import annotations

import sys
from typing import Final

_REMOVED: Final = {
    (3, 12): "asynchat asyncore distutils imp smtpd",
    (3, 13): (
        "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib "
        "ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib"
    ),
}
"""By the version that no longer has them: "What's New In Python", Removed (PEP 594, PEP 632)."""

_ADDED: Final = {
    (3, 9): "graphlib zoneinfo",
    (3, 11): "tomllib",
    (3, 14): "annotationlib compression",
}
"""By the first version that has them: "What's New In Python", New Modules."""

_BY_VERSION: Final = [
    *((version, name, True) for version, names in _ADDED.items() for name in names.split()),
    *((version, name, False) for version, names in _REMOVED.items() for name in names.split()),
]

STANDARD: Final = (
    sys.stdlib_module_names
    | {name for _, name, _ in _BY_VERSION}
    | {"__future__", "__main__", "_distutils_hack"}
)
"""What any supported Python version brings."""


def is_standard(module: str, python_version: str) -> bool:
    """Whether Python `3.12` itself brings `module`, so that no distribution need do so."""
    top = module.partition(".")[0]
    if top not in STANDARD:
        return False
    major, _, minor = python_version.partition(".")
    version = (int(major), int(minor.partition(".")[0] or 0))
    for since, name, present in _BY_VERSION:
        if name == top:
            return (version >= since) is present
    return True
