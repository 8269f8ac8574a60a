"""The words and figures that all renderers share: sizes, percentages, chains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from extrasplit.project.written import without_extras
from extrasplit.report.contract import (
    FindingRecord,
    PackageChangeRecord,
    PlaceRecord,
    UnlockLineRecord,
    UnlockRecord,
)

MEGABYTE: Final = 1_000_000
LAYER_WIDTH: Final = 70
_SHELL: Final = re.compile(
    r"^(RUN )?(\|\d+ (\S+=\S* )*)?(/bin/sh -c )?(--mount=\S+\s+)*|# buildkit$"
)
"""What Docker and buildah note around a command."""
_ORDINARY: Final = re.compile(r"^.*\bfi; | --(project \S+|frozen|no-(?!install-project)[\w-]+)")
"""What every `uv sync` of a generated Dockerfile says."""
LEVELS: Final = ("error", "warning", "note")


def megabytes(size_bytes: int | None) -> str:
    """Return bytes as decimal MB: three digits are told, no more (`3.1 MB`, `588 MB`)."""
    if size_bytes is None:
        return "?"
    size = size_bytes / MEGABYTE
    if abs(size) >= 99.5:
        return f"{size:,.0f} MB"
    if abs(size) >= 0.05 or size_bytes == 0:
        return f"{size:.1f} MB"
    return f"{size_bytes / 1000:.1f} kB"


def layer_name(created_by: str) -> str:
    """Return what made a layer, as people would say it: the last command of what Docker notes."""
    words = _SHELL.sub("", created_by)
    command = _ORDINARY.sub("", " ".join(words.split()))
    return command if len(command) <= LAYER_WIDTH else f"{command[: LAYER_WIDTH - 3]}..."


def off_by(predicted: int, measured: int) -> str:
    """Return by how much a prediction is too high or too low (`-0.02%`)."""
    return f"{(predicted - measured) / max(measured, 1):+.2%}"


def change(before_bytes: int, after_bytes: int) -> str:
    """Return how much smaller or larger the second is, in percent (`-41%`)."""
    if before_bytes == 0 or before_bytes == after_bytes:
        return "same"
    percent = (after_bytes - before_bytes) / before_bytes * 100
    return f"{percent:+.0f}%" if abs(percent) >= 0.5 else "same"


def plural(count: int, noun: str, many: str | None = None) -> str:
    """Return `1 line`, `3 lines`."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"


def place(record: PlaceRecord) -> str:
    """Return `file:line`."""
    return f"{record.path}:{record.line}" if record.line else record.path


def chain(records: Sequence[PlaceRecord]) -> str:
    """Return a chain in one line: `cli.py:9 -> commands/list.py:4 (rich)`."""
    if not records:
        return ""
    steps = " -> ".join(place(record) for record in records)
    return f"{steps} ({records[-1].module})" if records[-1].module else steps


def by_weight(findings: Sequence[FindingRecord]) -> list[FindingRecord]:
    """Return errors first, then warnings, then notes, each in the order given."""
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))


def unlock_changes(unlock: UnlockRecord) -> list[str]:
    """Return the change of each line in one sentence; without any, that of each requirement."""
    if unlock.lines:
        return [unlock_change(line) for line in unlock.lines]
    return [requirement_change(text) for text in unlock.requirements]


def requirement_change(text: str) -> str:
    """Return what to do about a requirement that no line asks for."""
    bare = without_extras(text)
    if bare == text:
        return f"no line uses {text}: the requirement alone holds it"
    return f"write {bare} for {text}: nothing asks for what the extra brings"


def unlock_change(line: UnlockLineRecord) -> str:
    """Return the change of one import line in one sentence that names the functions."""
    names = ", ".join(line.names)
    where = f"{line.path}:{line.line}"
    match line.change:
        case "function":
            alone = " alone use it" if len(line.into) > 1 else ", which alone uses it"
            into = ", ".join(f"{name}()" for name in line.into)
            into = f"{into}{alone}" if into else "the functions that use it"
            return f"move the import of {names} ({where}) into {into}"
        case "lazy":
            return f"serve {names} ({where}) by a module-level __getattr__ (PEP 562)"
        case "typing":
            return f"import {names} ({where}) under `if TYPE_CHECKING:`: only annotations use it"
        case "guard" if line.into:  # late already: it counts as startup until it is answered
            return f"answer in {line.into[0]}() where {names} is absent ({where})"
        case "guard":
            used = f", evaluated at line {line.used_at}" if line.used_at else ""
            return f"guard the import of {names} ({where}{used}), or move what uses it elsewhere"


def signed_megabytes(size_bytes: int) -> str:
    """Return a difference of bytes (`+3.1 MB`, `-0.4 MB`, `±0`)."""
    if size_bytes == 0:
        return "±0"
    return f"+{megabytes(size_bytes)}" if size_bytes > 0 else megabytes(size_bytes)


def brought_by(entry: PackageChangeRecord) -> str:
    """Return what brought a change: `a requirement`, or the lock path that leads to it."""
    if not entry.path:
        return ""
    return "a requirement" if len(entry.path) == 1 else " → ".join(entry.path[:-1])
