"""Reads logging configuration files: which classes they name, and on which line.

Python documentation, logging.config, "Configuration file format": a handler's `class` is looked up
in `logging` first, a formatter's is imported. A YAML file holds the dictionary of `dictConfig`
(Uvicorn and Hypercorn take one), where `()` names a factory.
"""

from __future__ import annotations

import re
from typing import Final

from extrasplit.imports.level import Level
from extrasplit.imports.scanned import Import, ScannedFile
from extrasplit.project.launchers import LOGGING_SUFFIXES

_SECTION: Final = re.compile(r"\[\s*(\w+)")
_ENTRY: Final = re.compile(
    r"""\s*(?P<key>class|["']?\(\)["']?)\s*[=:]\s*["']?(?:ext://)?(?P<value>[A-Za-z_][\w.]*)["']?\s*$"""
)
_OF_LOGGING: Final = ("handler", "formatter", "logger", "filter")


def is_logging_file(path: str) -> bool:
    """Whether a file, which something names as one, may be a logging configuration."""
    return path.endswith(LOGGING_SUFFIXES)


def read_logging_file(data: bytes) -> ScannedFile:
    """Return the imports that applying the file makes; all of them start with it."""
    found: list[Import] = []
    counts = True
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        section = _SECTION.match(line)
        if section is not None:
            counts = section[1].startswith(_OF_LOGGING)
        entry = _ENTRY.match(line.partition(" #")[0]) if counts else None
        module, dot, name = entry["value"].rpartition(".") if entry else ("", "", "")
        if dot and not f"{module}.".startswith(("logging.", "handlers.")):
            found.append(
                Import(
                    *(module, 0, name, None, Level.STARTUP, "", number),
                    via="rule:logging",
                    tentative=True,
                )
            )
    return ScannedFile(tuple(dict.fromkeys(found)))
