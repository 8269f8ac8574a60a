"""Reads one TOML table of a lock: what has another type than uv writes is told by its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidName, NormalizedName, canonicalize_name
from packaging.version import Version

from extrasplit.errors import ExtrasplitError

REMEDY: Final = "run `uv lock` to write it anew"

_Value = TypeVar("_Value")


class Table:
    """One TOML table and where it stands: wrong types are told by the place."""

    __slots__ = ("fields", "where")

    def __init__(self, fields: dict[str, Any], where: str) -> None:
        self.fields = fields
        self.where = where

    def text(self, key: str) -> str | None:
        """Return a string, None where it is absent."""
        value = self.fields.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.wrong(key, "a string")

    def number(self, key: str) -> int | None:
        """Return a whole number, None where it is absent."""
        value = self.fields.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise self.wrong(key, "a whole number")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an array of strings, empty where it is absent."""
        value = self.fields.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self.wrong(key, "an array of strings")

    def names(self, key: str) -> tuple[NormalizedName, ...]:
        """Return an array of names, normalized."""
        return tuple(self.normalize(text) for text in self.texts(key))

    def table(self, key: str) -> Table | None:
        """Return a table, None where it is absent."""
        value = self.fields.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            return Table(value, f"{self.where}, `{key}`")
        raise self.wrong(key, "a table")

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array, none where it is absent."""
        value = self.fields.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, "an array of tables")
        where = f"{self.where}, `{key}`"
        for item in value:
            yield Table(item, where)

    def tables_by_name(
        self, key: str, read: Callable[[Table], _Value]
    ) -> dict[NormalizedName, tuple[_Value, ...]]:
        """Return a table of arrays of tables, by normalized key."""
        table = self.table(key)
        if table is None:
            return {}
        return {
            self.normalize(name): tuple(read(item) for item in table.tables(name))
            for name in table.fields
        }

    def name(self) -> NormalizedName:
        """Return the `name` that every package and edge must have."""
        text = self.text("name")
        if text is None:
            raise ExtrasplitError(f"{self.where}: an entry has no `name`", hint=REMEDY)
        return self.normalize(text)

    def version(self) -> str:
        """Return the `version`, empty where it is absent."""
        text = self.text("version") or ""
        try:
            Version(text or "0")
        except ValueError:
            raise self.wrong("version", "a version (PEP 440)") from None
        return text

    def specifier(self, key: str) -> str:
        """Return a version specifier, empty where it is absent."""
        text = self.text(key) or ""
        try:
            SpecifierSet(text)
        except ValueError:
            raise self.wrong(key, "a version specifier (PEP 440)") from None
        return text

    def normalize(self, name: str) -> NormalizedName:
        """Return a name as it is compared; one that no index would take is refused."""
        try:
            return canonicalize_name(name, validate=True)
        except InvalidName:
            raise ExtrasplitError(
                f"{self.where}: {name!r} is no name of a distribution, extra or group",
                hint=REMEDY,
            ) from None

    def wrong(self, key: str, wanted: str) -> ExtrasplitError:
        """Return the error of a field that is not `wanted`."""
        return ExtrasplitError(f"{self.where}: `{key}` is not {wanted}", hint=REMEDY)
