"""Reads `[tool.extrasplit]`; an unknown key is an error (DESIGN section 5)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.findings import KINDS
from extrasplit.project.declared import (
    ConfiguredEntrypoint,
    ConfiguredNeed,
    ConfiguredRule,
    ConfiguredVariant,
    Settings,
)
from extrasplit.record import replace

SYSTEMS: Final = ("linux", "darwin", "windows")
ARCHITECTURES: Final = ("amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64")
UNITS: Final[Mapping[str, int]] = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
"""Decimal units, as sizes are printed; the binary ones are taken too."""


def parse_size(text: str) -> int | None:
    """Return the bytes that `450MB`, `1.5 GB` or `400MiB` mean; None where the text is no size."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    unit = UNITS.get(found[2].upper()) if found else None
    return round(Decimal(found[1]) * unit) if found and unit else None


def read_settings(table: Mapping[str, Any] | None, path: Path | str) -> Settings:
    """Return the settings of a `[tool.extrasplit]` table; `path` names its file in errors.

    Raises ExtrasplitError, naming the key, for an unknown key (with what was perhaps meant), a
    wrong type or a value that means nothing.
    """
    return _Reader(path).settings(table or {})


def read_entrypoint_option(text: str) -> ConfiguredEntrypoint:
    """Return what one `--entrypoint NAME=COMMAND` says."""
    name, separator, command = text.partition("=")
    if not separator or not name.strip() or not command.strip():
        raise ExtrasplitError(
            f"--entrypoint {text!r} is no NAME=COMMAND",
            hint="for instance --entrypoint 'dashboard=streamlit run src/app/dashboard.py'",
        )
    return ConfiguredEntrypoint(name.strip(), command.strip())


def with_entrypoints(settings: Settings, options: Sequence[str]) -> Settings:
    """Return the settings with the entrypoints of `--entrypoint` added or put over."""
    added = {entry.name: entry for entry in map(read_entrypoint_option, options)}
    return replace(settings, entrypoints={**settings.entrypoints, **added}) if added else settings


class _Reader:
    """Reads tables key by key; every error says which key of which file is meant."""

    def __init__(self, path: Path | str) -> None:
        self.path = path

    def error(self, key: str, problem: str, hint: str) -> ExtrasplitError:
        name = f"tool.extrasplit.{key}" if key else "tool.extrasplit"
        return ExtrasplitError(f"{self.path}: {name} {problem}", hint=hint)

    def table(self, value: object, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.error(
                key, f"is {_kind(value)}, not a table", f"write [tool.extrasplit.{key}]"
            )
        return value

    def known(self, table: Mapping[str, Any], key: str, names: Collection[str]) -> None:
        for name in table:
            if name not in names:
                near = get_close_matches(name, names, n=1)
                full = f"{key}.{name}" if key else name
                meant = f"perhaps {near[0]!r} is meant" if near else f"known are {_listed(names)}"
                raise self.error(full, "is no key of extrasplit", meant)

    def text(self, value: object, key: str) -> str:
        if not isinstance(value, str) or not value:
            raise self.error(key, f"is {_kind(value)}, not a text", "write it in quotes")
        return value

    def flag(self, value: object, key: str) -> bool:
        if not isinstance(value, bool):
            raise self.error(key, f"is {_kind(value)}, not true or false", "write true or false")
        return value

    def texts(self, value: object, key: str) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.error(key, f"is {_kind(value)}, not a list of texts", 'write ["...", "..."]')
        return tuple(self.text(item, f"{key}[{index}]") for index, item in enumerate(value))

    def names(self, value: object, key: str) -> tuple[NormalizedName, ...]:
        return tuple(canonicalize_name(name) for name in self.texts(value, key))

    def settings(self, table: Mapping[str, Any]) -> Settings:
        self.table(table, "")
        keys = {name.replace("_", "-") for name in Settings.__struct_fields__}
        self.known(table, "", sorted(keys))
        found = {
            key.replace("-", "_"): getattr(self, f"read_{key.replace('-', '_')}")(value, key)
            for key, value in table.items()
        }
        return Settings(**found)

    def read_python(self, value: object, key: str) -> str:
        text = self.text(value, key)
        if not re.fullmatch(r"3\.\d+(\.\d+)?", text):
            raise self.error(key, f"is {text!r}", 'name one Python version, as in "3.12"')
        return text

    def read_platforms(self, value: object, key: str) -> tuple[str, ...]:
        platforms = self.texts(value, key)
        if not platforms:
            raise self.error(key, "is empty", 'for instance ["linux/amd64"]')
        for platform in platforms:
            check_platform(platform, f"{self.path}: tool.extrasplit.{key}")
        return tuple(dict.fromkeys(platforms))

    def read_libc(self, value: object, key: str) -> str:
        if value not in ("glibc", "musl"):
            raise self.error(key, f"is {value!r}", 'write "glibc" or "musl"')
        return self.text(value, key)

    def read_base_image(self, value: object, key: str) -> str:
        return self.text(value, key)

    def read_default_entrypoint(self, value: object, key: str) -> str | bool:
        if value is False:
            return False
        if not isinstance(value, str) or not value:
            raise self.error(key, f"is {_kind(value)}", "name an entrypoint, or write false")
        return value

    def read_library(self, value: object, key: str) -> bool:
        return self.flag(value, key)

    def read_source(self, value: object, key: str) -> tuple[str, ...]:
        return tuple(path.strip("/") or "." for path in self.texts(value, key))

    def read_ignore(self, value: object, key: str) -> tuple[str, ...]:
        ignores = self.texts(value, key)
        for ignore in ignores:
            kind = ignore.partition(":")[0]
            if kind not in KINDS:
                near = get_close_matches(kind, KINDS, n=1)
                raise self.error(
                    key,
                    f"names {kind!r}, which is no kind of finding",
                    f"perhaps {near[0]!r} is meant" if near else f"known are {_listed(KINDS)}",
                )
        return ignores

    def read_entrypoints(self, value: object, key: str) -> dict[str, ConfiguredEntrypoint]:
        found = {}
        for name, item in self.table(value, key).items():
            inner = f"{key}.{name}"
            table = self.table(item, inner)
            self.known(table, inner, ("run", "smoke"))
            if "run" not in table:
                raise self.error(inner, "has no run", 'add run = "..." with the command')
            found[name] = ConfiguredEntrypoint(
                name,
                self.text(table["run"], f"{inner}.run"),
                self.text(table["smoke"], f"{inner}.smoke") if "smoke" in table else None,
            )
        return found

    def read_modules(self, value: object, key: str) -> dict[str, NormalizedName]:
        return {
            module: canonicalize_name(self.text(name, f"{key}.{module}"))
            for module, name in self.table(value, key).items()
        }

    def read_needs(self, value: object, key: str) -> dict[str, tuple[ConfiguredNeed, ...]]:
        found = {}
        for entrypoint, items in self.table(value, key).items():
            inner = f"{key}.{entrypoint}"
            if not isinstance(items, list):
                raise self.error(inner, f"is {_kind(items)}, not a list", 'write ["x", "y"]')
            found[entrypoint] = tuple(
                self.need(item, f"{inner}[{index}]") for index, item in enumerate(items)
            )
        return found

    def need(self, item: object, key: str) -> ConfiguredNeed:
        if isinstance(item, str):
            return ConfiguredNeed(canonicalize_name(self.text(item, key)))
        table = self.table(item, key)
        self.known(table, key, ("name", "level"))
        if "name" not in table:
            raise self.error(key, "names no distribution", 'write {name = "x", level = "startup"}')
        name = canonicalize_name(self.text(table["name"], f"{key}.name"))
        match table.get("level", "deferred"):
            case "startup" | "deferred" | "guarded" as level:
                return ConfiguredNeed(name, level)
            case other:
                raise self.error(f"{key}.level", f"is {other!r}", "startup, deferred or guarded")

    def read_groups(
        self, value: object, key: str
    ) -> dict[NormalizedName, tuple[NormalizedName, ...]]:
        return {
            canonicalize_name(group): self.names(names, f"{key}.{group}")
            for group, names in self.table(value, key).items()
        }

    def read_rules(self, value: object, key: str) -> tuple[ConfiguredRule, ...]:
        if not isinstance(value, list):
            raise self.error(key, f"is {_kind(value)}", "write [[tool.extrasplit.rules]]")
        found = []
        for index, item in enumerate(value):
            inner = f"{key}[{index}]"
            table = self.table(item, inner)
            self.known(table, inner, ("when", "reads", "yields"))
            words = {}
            for name in ("when", "reads", "yields"):
                if name not in table:
                    raise self.error(inner, f"has no {name}", "a rule has when, reads and yields")
                words[name] = self.text(table[name], f"{inner}.{name}")
            found.append(ConfiguredRule(**words))
        return tuple(found)

    def read_variants(self, value: object, key: str) -> dict[str, ConfiguredVariant]:
        return {
            name: self.variant(name, self.table(item, f"{key}.{name}"), f"{key}.{name}")
            for name, item in self.table(value, key).items()
        }

    def variant(self, name: str, table: Mapping[str, Any], key: str) -> ConfiguredVariant:
        self.known(table, key, ("entrypoints", "extras", "max-size", "max-packages", "fixed"))
        if "entrypoints" not in table:
            raise self.error(key, "names no entrypoints", 'add entrypoints = ["..."]')
        size = table.get("max-size")
        size_bytes = parse_size(size) if isinstance(size, str) else None
        if size is not None and size_bytes is None:
            raise self.error(f"{key}.max-size", f"is {size!r}, no size", 'as in "450MB" or "1.2GB"')
        count = table.get("max-packages")
        if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
            raise self.error(f"{key}.max-packages", f"is {_kind(count)}", "write a whole number")
        return ConfiguredVariant(
            name=name,
            entrypoints=self.texts(table["entrypoints"], f"{key}.entrypoints"),
            extras=self.names(table.get("extras", []), f"{key}.extras"),
            max_size_bytes=size_bytes,
            max_packages=count,
            fixed=self.flag(table.get("fixed", False), f"{key}.fixed"),
        )


def check_platform(platform: str, named_by: str) -> None:
    """Raise ExtrasplitError where a platform isn't `os/architecture`, as Docker writes it."""
    system, _, architecture = platform.partition("/")
    if system not in SYSTEMS or architecture.partition("/")[0] not in ARCHITECTURES:
        raise ExtrasplitError(
            f"{named_by} is {platform!r}, no platform",
            hint=f"write os/architecture: {_listed(SYSTEMS)} / {_listed(ARCHITECTURES)}",
        )


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)


def _kind(value: object) -> str:
    """Name a TOML value's type in the words of TOML's own document."""
    match value:
        case bool():
            return "a boolean"
        case str():
            return "a text" if value else "an empty text"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case dict():
            return "a table"
        case _:
            return "a date"
