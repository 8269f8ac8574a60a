"""What extrasplit has to say: every kind of finding, with its level and meaning, in one table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Final

from extrasplit.errors import ExtrasplitError
from extrasplit.places import Place
from extrasplit.record import Record


class Severity(StrEnum):
    """How much a finding weighs: only an error makes `check` and `verify` exit with 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Kind(Record):
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

OF_UNLOCKS: Final = frozenset({"blocked"})
"""Kinds that only unlocks have: nobody looks for them where all were made (`--unlocked`)."""
OF_A_PLAN: Final = OF_UNLOCKS | {"narrowed"}
"""Kinds that only a plan has (`suggest`): today's images are neither."""
OF_A_RUN: Final = frozenset({"broken", "unpredicted"})
"""Kinds that only a run has (`verify`)."""


class Finding(Record):
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


class Silencer(Record):
    """One thing a maintainer said is to be passed over."""

    kind: str
    distribution: str | None = None
    """Of a setting `KIND:DISTRIBUTION`."""
    place: Place | None = None
    """Of a comment: the line it stands on."""

    def silences(self, finding: Finding) -> bool:
        """Whether the finding is one of those that are meant."""
        if finding.kind != self.kind or finding.kind == "unused-ignore":
            return False
        if self.place is not None:
            where = (self.place.path, self.place.line)
            return any((place.path, place.line) == where for place in finding.chain)
        return self.distribution in (None, finding.distribution)

    def __str__(self) -> str:
        return f"{self.kind}:{self.distribution}" if self.distribution else self.kind


def read_silencer(text: str) -> Silencer:
    """Return what one entry of `[tool.extrasplit] ignore` silences (`KIND` or `KIND:DIST`)."""
    from packaging.utils import canonicalize_name

    kind, _, distribution = text.partition(":")
    return Silencer(kind.strip(), canonicalize_name(distribution.strip()) or None)


def silence(
    findings: Iterable[Finding],
    silencers: Sequence[Silencer],
    *,
    unjudged: Collection[str] = OF_A_RUN,
) -> tuple[Finding, ...]:
    """Return what nothing silences, and one finding for each silencer without effect.

    `unjudged` are the kinds that nobody looked for: their silencers may have an effect elsewhere.
    """
    kept: list[Finding] = []
    used: set[Silencer] = set()
    for finding in findings:
        silent = [one for one in silencers if one.silences(finding)]
        used.update(silent)
        if not silent:
            kept.append(finding)
    for silencer in silencers:
        if silencer in used or silencer.kind in unjudged:
            continue
        place = silencer.place
        where = "the comment" if place else f"`{silencer}` in [tool.extrasplit] ignore"
        kept.append(
            Finding(
                "unused-ignore",
                KINDS["unused-ignore"].severity,
                f"{where} ignores {silencer.kind}, and there is nothing to ignore",
                distribution=silencer.distribution,
                fix="remove it",
                chain=(place,) if place else (),
            )
        )
    return tuple(kept)


class Baseline(Record):
    """What a project accepted when it adopted `check`."""

    accepted: frozenset[str]
    """Fingerprints."""

    def split(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], int, int]:
        """Return what is new, how many findings are accepted, and how many no longer occur."""
        told = [(finding, fingerprint(finding)) for finding in findings]
        new = tuple(finding for finding, print_ in told if print_ not in self.accepted)
        gone = self.accepted - {print_ for _, print_ in told}
        return new, len(told) - len(new), len(gone)


def fingerprint(finding: Finding) -> str:
    """Return what tells a finding from others in a baseline: no line numbers, which move."""
    place = finding.chain[-1] if finding.chain else Place("", 0)
    words = (finding.kind, finding.distribution, finding.entrypoint, finding.variant)
    return "|".join(word or "" for word in (*words, place.path, place.module))


def may_be_accepted(finding: Finding) -> bool:
    """Whether a baseline can hold it: what is not known today may be known tomorrow."""
    return finding.kind != "unknown"


def render_baseline(findings: Iterable[Finding]) -> str:
    """Return the text of a baseline that accepts these findings."""
    import json

    accepted = sorted({fingerprint(finding) for finding in findings if may_be_accepted(finding)})
    return json.dumps({"schema": 1, "findings": accepted}, indent=2) + "\n"


def read_baseline(text: str, path: str) -> Baseline:
    """Return what a baseline accepts; raises ExtrasplitError where it is none."""
    import json

    try:
        written = json.loads(text)
        if written["schema"] != 1:
            raise ValueError
        return Baseline(frozenset(str(one) for one in written["findings"]))
    except (ValueError, KeyError, TypeError):
        raise ExtrasplitError(
            f"{path} is no baseline", hint="delete it, and the next `check --baseline` makes it"
        ) from None
