"""Writes what a run showed into `[tool.extrasplit.needs]`; every other byte stays."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from packaging.utils import canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.project.declared import ConfiguredNeed
from extrasplit.project.lines import KeyPath, find_spans
from extrasplit.rewrite.toml import insert_key, newline_of, replace_values, write_string

_NEEDS: Final[KeyPath] = ("tool", "extrasplit", "needs")
_REST: Final = re.compile(r"(?:[ \t]*(,))?([ \t]*(?:#[^\r\n]*)?)")


def record_needs(text: str, needs: Mapping[str, Sequence[ConfiguredNeed]]) -> str:
    """Return pyproject.toml with these needs of each entrypoint added.

    One that stands there already stays, unless it is weaker than what was seen. Raises
    ExtrasplitError where the text could not be edited well; it is never written then.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    for entrypoint, found in needs.items():
        for need in found:
            body = _record(body, (*_NEEDS, entrypoint), need)
    _compare(text.removeprefix(mark), body, needs)
    return mark + body


def _record(body: str, path: KeyPath, need: ConfiguredNeed) -> str:
    standing = _needs_of(tomllib.loads(body)).get(str(path[-1]))
    if standing is None:
        return insert_key(body, path, f"[{_literal(need)}]")
    for at, item in enumerate(standing):
        name, level = _read(item)
        if name != need.distribution:
            continue
        if level == "startup" or need.level != "startup":
            return body
        return replace_values(body, {(*path, at): _literal(need)})
    return _append(body, path, len(standing), _literal(need))


def _append(body: str, path: KeyPath, count: int, literal: str) -> str:
    """Write an item behind the last of an array, on a line of its own where that one has one."""
    spans = find_spans(body).values
    array = spans[path]
    if not count:
        inner = body[array.start + 1 : array.end - 1]
        rest = inner if "\n" in inner else inner.strip()
        return f"{body[: array.start]}[{literal}{rest}]{body[array.end :]}"
    last = spans[(*path, count - 1)]
    behind = _REST.match(body, last.end)
    before = body[array.start : last.start]
    if behind is None or "\n" not in before:
        return f"{body[: last.end]}, {literal}{body[last.end :]}"
    indent = before[before.rindex("\n") + 1 :]
    indent = indent[: len(indent) - len(indent.lstrip())]
    line = f"{newline_of(body)}{indent}{literal}{behind[1] or ''}"
    return f"{body[: last.end]},{behind[2]}{line}{body[behind.end() :]}"


def _literal(need: ConfiguredNeed) -> str:
    name = write_string(need.distribution)
    return name if need.level == "deferred" else f'{{ name = {name}, level = "{need.level}" }}'


def _read(item: Any) -> tuple[str, str]:
    """Return the name and level of one item; settings have been checked before."""
    if isinstance(item, str):
        return canonicalize_name(item), "deferred"
    return canonicalize_name(item["name"]), item.get("level", "deferred")


def _needs_of(document: Mapping[str, Any]) -> dict[str, Any]:
    needs: dict[str, Any] = document.get("tool", {}).get("extrasplit", {}).get("needs", {})
    return needs


def _compare(before: str, after: str, needs: Mapping[str, Sequence[ConfiguredNeed]]) -> None:
    """Read the result and hold it against what was to be written."""
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise _lossy(str(error)) from error
    held = {name: set(map(_read, items)) for name, items in _needs_of(new).items()}
    for entrypoint, found in needs.items():
        for need in found:
            wanted = {(need.distribution, level) for level in (need.level, "startup")}
            if not wanted & held.get(entrypoint, set()):
                raise _lossy(f"{need.distribution} would not stand under {entrypoint}")
    for document in (old, new):
        document.setdefault("tool", {}).setdefault("extrasplit", {}).pop("needs", None)
    if old != new:
        raise _lossy("another key would change")


def _lossy(reason: str) -> ExtrasplitError:
    return ExtrasplitError(
        f"pyproject.toml could not be edited: {reason}",
        hint="write [tool.extrasplit.needs] yourself; nothing was changed",
    )
