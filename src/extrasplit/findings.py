"""What extrasplit has to say: every kind of finding, with its level and meaning, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from extrasplit.places import Place


class Severity(StrEnum):
    """How much a finding weighs: only an error makes `check` and `verify` exit with 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding."""

    name: str
    severity: Severity
    """Where a finding does not say otherwise."""
    meaning: str


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("missing", Severity.ERROR, "imported at startup, absent from the closure of today"),
        Kind("unresolved", Severity.ERROR, "nothing locked provides the import"),
        Kind("unguarded", Severity.WARNING, "a variant loses a deferred import that has no guard"),
        Kind("transitive", Severity.NOTE, "held only through another distribution"),
        Kind("unclaimed", Severity.NOTE, "no entrypoint reaches the requirement"),
        Kind("blocked", Severity.NOTE, "an unlock: import lines that hold a split back"),
        Kind(
            "narrowed", Severity.WARNING, "a plain install or an image holds it; no variant would"
        ),
        Kind("no-wheel", Severity.WARNING, "the target would compile it from source"),
        Kind("budget", Severity.ERROR, "a variant is over its limit"),
        Kind("stale-lock", Severity.ERROR, "uv.lock and pyproject.toml disagree"),
        Kind("undecided", Severity.NOTE, "a rule or a name that cannot be decided"),
        Kind("unknown", Severity.NOTE, "a fact that is not at hand"),
        Kind("unparsed", Severity.WARNING, "a source file that Python would not parse"),
        Kind("unused-ignore", Severity.WARNING, "an ignore that silences nothing"),
        Kind("broken", Severity.ERROR, "an entrypoint that does not start in its variant"),
        Kind("unpredicted", Severity.WARNING, "imported at run time, by no trace foretold"),
    )
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, however many sites it has."""

    kind: str
    """A key of `KINDS`."""
    severity: Severity
    message: str
    distribution: str | None = None
    entrypoint: str | None = None
    variant: str | None = None
    fix: str | None = None
    """Text that can be pasted, or the command to type."""
    chain: tuple[Place, ...] = ()
    """From the entrypoint to the line that is meant."""
    count: int = 1
    """The sites that share this cause."""
