"""A rule says what a framework loads by name: what enables it, what it reads and yields.

Rules are data (one TOML file per framework, or `[[tool.extrasplit.rules]]`); this
module reads them and holds them against one file. What a file imports enables a rule, so that its
evidence depends on nothing but the file's bytes and is cached with its scan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from extrasplit.errors import ExtrasplitError
from extrasplit.imports.level import Level
from extrasplit.project.declared import ConfiguredRule
from extrasplit.record import Record, field

Yields = tuple[str, ...]
"""Modules (`openpyxl`; `a|b` where the first that is installed serves; `a.*` for all below it),
`distribution:NAME`, `./FILE` beside the script. `{}` is the string that was read, and `{object}`
takes it for `package.module.Class` or `package.module:object`."""


class Fact(Record, eq=False):
    """One thing that a framework's documentation says."""

    calls: tuple[str, ...] = ()
    """Origins of functions and classes that are called (`pandas.read_excel`); `*` matches any."""
    methods: tuple[str, ...] = ()
    """Names of methods that are called on whatever object (`to_excel`)."""
    imports: tuple[str, ...] = ()
    """Names that are imported (`pydantic.EmailStr`); `*` matches any."""
    settings: tuple[str, ...] = ()
    """Names that are assigned at module level, or in a class body (`INSTALLED_APPS`)."""
    entries: tuple[str, ...] = ()
    """Keys of dictionary literals (`class`)."""
    scopes: tuple[str, ...] = ()
    """Functions that the framework calls as it starts: what they import is a startup import."""
    schemes: Mapping[str, Yields] = field(default_factory=dict)
    """URL schemes of the strings that are read; of all strings where nothing else is said."""
    keyword: str | None = None
    """The keyword argument that decides."""
    argument: int | None = None
    """The position of the argument that decides, where it is not passed by keyword."""
    values: Mapping[str, Yields] = field(default_factory=dict)
    """What each value of that argument (setting, entry) yields."""
    suffixes: Mapping[str, Yields] = field(default_factory=dict)
    """What each file name suffix of that argument yields."""
    yields: Yields = ()
    """Where nothing above has decided; with `{}` for each string that is read."""
    level: Level = Level.STARTUP
    """Relative to the place: `deferred` where the framework loads it later."""
    required: bool = False
    """Without the deciding argument it yields nothing."""
    first: str | None = None
    """What the first argument must be (`setdefault("DJANGO_SETTINGS_MODULE", ...)`)."""
    tentative: bool = False
    """It counts only where something owns what it yields."""

    @property
    def reads_source(self) -> bool:
        """Whether it asks for more than a file's imports."""
        return not (self.imports or self.scopes)

    @property
    def reads_any_string(self) -> bool:
        """Whether it speaks of URLs wherever they stand."""
        places = self.calls or self.methods or self.settings or self.entries
        return bool(self.schemes) and self.reads_source and not places


class Rule(Record):
    """One framework's facts."""

    name: str
    when: tuple[str, ...]
    """Modules one of which the file imports; empty: any file."""
    facts: tuple[Fact, ...]
    tokens: tuple[bytes, ...] = ()
    """One of these stands in every file that the rule speaks of; none: any file may be."""

    @property
    def via(self) -> str:
        """How a use that it yields came about."""
        return f"rule:{self.name}"

    def speaks_of(self, data: bytes, modules: frozenset[str]) -> bool:
        """Whether a file with these bytes and imports (parents included) may be of interest."""
        if self.when and modules.isdisjoint(self.when):
            return False
        return not self.tokens or any(token in data for token in self.tokens)


_FACT_KEYS: Final = frozenset(Fact.__struct_fields__)


def read_rules(text: str, origin: str) -> tuple[Rule, ...]:
    """Read one TOML file of rules; raises ExtrasplitError where it says what no rule can."""
    import tomllib

    try:
        table = tomllib.loads(text)
        return tuple(_rule(each) for each in table["rule"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ExtrasplitError(f"{origin} is not a table of rules: {error}") from error


def _rule(table: Mapping[str, Any]) -> Rule:
    facts = tuple(_fact(each) for each in table["fact"])
    tokens = tuple(text.encode() for text in table.get("tokens", ()))
    return Rule(table["name"], tuple(table.get("when", ())), facts, tokens)


def _fact(table: Mapping[str, Any]) -> Fact:
    unknown = sorted(set(table) - _FACT_KEYS)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")
    plain = dict(table)
    for key in ("calls", "methods", "imports", "settings", "entries", "scopes", "yields"):
        plain[key] = _texts(table.get(key, ()))
    for key in ("schemes", "values", "suffixes"):
        plain[key] = {name: _texts(texts) for name, texts in table.get(key, {}).items()}
    if "level" in table:
        plain["level"] = Level[table["level"].upper()]
    return Fact(**plain)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise TypeError(f"{value!r} is neither a text nor a list of texts")


def matches(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether a dotted origin is one of the patterns (`pandas.read_*`)."""
    return any(fnmatchcase(text, pattern) for pattern in patterns)


_CALL: Final = re.compile(r"([\w.*]+)\(\)")
_SETTING: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_URL: Final = re.compile(r"([\w+.-]+)://")


def read_configured(configured: ConfiguredRule) -> Rule:
    """Read one table of `[[tool.extrasplit.rules]]`.

    `when`: a module; `reads`: `package.function()`, `.method()`, `A_SETTING`, `scheme://`, or the
    dotted name of something imported; `yields`: a distribution, `module:NAME`, or
    `entrypoint:COMMAND`, in which `{}` is the string that was read.
    """
    kind, _, name = configured.yields.rpartition(":")
    if kind not in ("", "distribution", "module", "entrypoint"):
        raise ExtrasplitError(
            f"pyproject.toml: tool.extrasplit.rules: cannot yield {configured.yields!r}",
            hint="a distribution, module:NAME or entrypoint:COMMAND",
        )
    yields = (name if kind == "module" else f"{kind or 'distribution'}:{name}",)
    if call := _CALL.fullmatch(configured.reads.removeprefix(".")):
        place = "methods" if configured.reads.startswith(".") else "calls"
        fact = _fact({place: call[1], "argument": 0, "yields": yields})
    elif url := _URL.fullmatch(configured.reads):
        fact = _fact({"schemes": {url[1]: yields}})
    elif _SETTING.fullmatch(configured.reads):
        fact = _fact({"settings": configured.reads, "yields": yields})
    else:
        fact = _fact({"imports": configured.reads or configured.when, "yields": yields})
    when = (configured.when,) if configured.when else ()
    return Rule("configured", when, (fact,))


@lru_cache(maxsize=1)
def shipped_rules() -> tuple[Rule, ...]:
    """Return the rules that come with extrasplit, in the order of their files' names."""
    from importlib import resources

    folder = resources.files(__package__)
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")),
        key=lambda file: file.name,
    )
    return tuple(rule for file in files for rule in read_rules(file.read_text("utf-8"), file.name))
