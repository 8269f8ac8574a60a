"""The JSON contract: the records that every command prints, and their published schema.

Renderers and `diff` read these records and nothing else. Fields may be added; any other change
raises `SCHEMA`.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

SCHEMA: Final = 1


class Record(msgspec.Struct, frozen=True):
    """What all records have in common: they are values, written field by field."""


class PlaceRecord(Record, frozen=True, kw_only=True):
    """One link of a chain."""

    path: str
    line: int
    module: str


class LockRecord(Record, frozen=True, kw_only=True):
    """The lock that the answer stands on."""

    path: str
    packages: int


class ProjectRecord(Record, frozen=True, kw_only=True):
    """The analysed project."""

    name: str
    version: str | None
    root: str
    lock: LockRecord


class TargetRecord(Record, frozen=True, kw_only=True):
    """What the figures are for: the first platform."""

    python: str
    platform: str
    libc: Literal["glibc", "musl"]
    base_image: str


class PackageRecord(Record, frozen=True, kw_only=True):
    """One locked package, of base, an extra or a variant; all sizes in bytes."""

    name: str
    version: str
    installed_bytes: int | None
    """None: unknown; `reason` says why."""
    wheel_bytes: int | None
    bytecode_bytes: int | None
    exact: bool
    reason: str | None
    source: str
    import_packages: list[str]
    trim: dict[str, int]
    direct: bool
    retained_bytes: int
    variants: list[str]


class BaseRecord(Record, frozen=True, kw_only=True):
    """`[project.dependencies]` as it would be."""

    requirements: list[str]
    added: list[str]
    installed_bytes: int


class NeedRecord(Record, frozen=True, kw_only=True):
    """What an entrypoint needs, how strongly, and the lines that say so."""

    distribution: str | None
    """None: nothing locked provides the module."""
    level: str
    via: str
    declared_in: list[str]
    """`base` and extras; empty: nothing declares it."""
    chain: list[PlaceRecord]


class FoundRecord(Record, frozen=True, kw_only=True):
    """Where an entrypoint was found."""

    path: str
    line: int


class EntrypointRecord(Record, frozen=True, kw_only=True):
    """A role the app is started in."""

    name: str
    kind: str
    starts: str
    file: str | None
    found_in: FoundRecord
    extras_today: list[str]
    needs: list[NeedRecord]


class GroupRecord(Record, frozen=True, kw_only=True):
    """Requirements that the plan keeps under one extra."""

    name: str
    requirements: list[str]
    added: list[str]
    installed_bytes: int
    retained_bytes: int
    why: str


class LossRecord(Record, frozen=True, kw_only=True):
    """An import that a lean variant cannot serve."""

    distribution: str
    path: str
    line: int
    guarded: bool


class VariantRecord(Record, frozen=True, kw_only=True):
    """One image; all sizes in bytes."""

    name: str
    entrypoints: list[str]
    extras: list[str]
    packages: int
    installed_bytes: int
    bytecode_bytes: int
    app_bytes: int
    pull_bytes: int
    image_bytes: int
    before_bytes: int
    unlocked_bytes: int
    lost: list[LossRecord]


class UnlockLineRecord(Record, frozen=True, kw_only=True):
    """One import line that an unlock defers."""

    path: str
    line: int
    names: list[str]
    change: Literal["function", "lazy", "typing", "guard"]
    used_at: int | None
    into: list[str]


class UnlockRecord(Record, frozen=True, kw_only=True):
    """The few lines that hold a requirement in a variant."""

    variant: str
    entrypoint: str
    requirements: list[str]
    freed_bytes: int
    cost: float
    used_in: int
    modules: int
    lines: list[UnlockLineRecord]


class FindingRecord(Record, frozen=True, kw_only=True):
    """One cause."""

    kind: str
    level: Literal["error", "warning", "note"]
    distribution: str | None
    entrypoint: str | None
    variant: str | None
    message: str
    fix: str | None
    chain: list[PlaceRecord]
    count: int


class WhatIfRecord(Record, frozen=True, kw_only=True):
    """A variant's size, were it otherwise."""

    variant: str
    installed_bytes: int


class PruneRecord(Record, frozen=True, kw_only=True):
    """A transitive distribution that no entrypoint reaches at startup."""

    distribution: str
    variant: str
    level: str
    """How code that runs leads to it later: deferred, guarded or spawned; else `never`."""
    bytes: int
    """What leaves the image with it."""
    holders: list[str]
    """What requires it."""
    excludable: bool
    """Whether leaving it out of the lock would break no image's start, as far as can be read."""
    chain: list[PlaceRecord]


class ShrinkRecord(Record, frozen=True, kw_only=True):
    """What would leave an image with one distribution."""

    variant: str
    distribution: str
    retained_bytes: int
    modules: list[str]
    """The first-party modules that import it."""


class ExplainedNeedRecord(Record, frozen=True, kw_only=True):
    """One need, and whose it is."""

    entrypoint: str
    distribution: str
    level: str
    via: str
    chain: list[PlaceRecord]


class MovedRecord(Record, frozen=True, kw_only=True):
    """An image's installed bytes, as planned and were it otherwise."""

    variant: str
    before: int
    after: int


class SeveredLineRecord(Record, frozen=True, kw_only=True):
    """One import line of an unlock, and a way over it that it keeps open."""

    path: str
    line: int
    names: list[str]
    chain: list[PlaceRecord]
    """From the entrypoint over this line, and no other of the unlock, to what would leave."""


class SeveredRecord(Record, frozen=True, kw_only=True):
    """The import lines that hold what is explained in one variant."""

    variant: str
    entrypoint: str
    requirements: list[str]
    freed_bytes: int
    lines: list[SeveredLineRecord]
    """Empty where no line imports it."""


class ExplanationRecord(Record, frozen=True, kw_only=True):
    """Why a group, or a distribution, stands where it does."""

    name: str
    kind: Literal["group", "distribution"]
    stands_in: list[str]
    """`base` and groups; empty: nothing declares it."""
    requirements: list[str]
    brought_by: list[list[str]]
    """Lock paths to a distribution that nothing declares."""
    installed_bytes: int
    why: str | None
    must: list[str]
    """Variants that need it at startup."""
    may: list[str]
    """Variants that ask for it later, or behind a guard."""
    held_by: list[str]
    needs: list[ExplainedNeedRecord]
    moved: list[MovedRecord]
    """With it where it is not, without it where it is."""
    severed: list[SeveredRecord] = msgspec.field(default_factory=list)
    """The unlocks that would free it, and the ways that they cut."""


class SuggestReport(Record, frozen=True, kw_only=True):
    """What `suggest --format json` prints."""

    schema: int = SCHEMA
    project: ProjectRecord
    target: TargetRecord
    packages: list[PackageRecord]
    base: BaseRecord
    entrypoints: list[EntrypointRecord]
    groups: list[GroupRecord]
    variants: list[VariantRecord]
    unlocks: list[UnlockRecord]
    findings: list[FindingRecord]
    aliases: dict[str, list[str]]
    changed: bool
    shrink: list[ShrinkRecord] = msgspec.field(default_factory=list)
    explanation: ExplanationRecord | msgspec.UnsetType = msgspec.UNSET
    whatif: list[WhatIfRecord] | msgspec.UnsetType = msgspec.UNSET
    prune: list[PruneRecord] | msgspec.UnsetType = msgspec.UNSET


class CheckReport(Record, frozen=True, kw_only=True):
    """What `check --format json` prints."""

    schema: int = SCHEMA
    target: TargetRecord
    variants: list[VariantRecord]
    findings: list[FindingRecord]


class EntrypointsReport(Record, frozen=True, kw_only=True):
    """What `entrypoints --format json` prints."""

    schema: int = SCHEMA
    entrypoints: list[EntrypointRecord]


class TreeReport(Record, frozen=True, kw_only=True):
    """What `tree --format json` prints; `retained_bytes` is within the closure asked for."""

    schema: int = SCHEMA
    target: TargetRecord
    extras: list[str]
    installed_bytes: int
    packages: list[PackageRecord]


class WhyReport(Record, frozen=True, kw_only=True):
    """What `why DIST --format json` prints."""

    schema: int = SCHEMA
    package: PackageRecord
    lock_paths: list[list[str]]
    needs: list[NeedRecord]


class FileRecord(Record, frozen=True, kw_only=True):
    """One file that `apply` or `unlock` makes or changes."""

    path: str
    action: Literal["create", "change", "keep", "refuse"]
    diff: str


class MoveRecord(Record, frozen=True, kw_only=True):
    """A requirement that changes its home."""

    requirement: str
    source: str | None = msgspec.field(name="from")
    to: str


class LockChangeRecord(Record, frozen=True, kw_only=True):
    """What `uv lock` did to the locked versions."""

    added: list[str]
    removed: list[str]
    changed: list[str]


class ApplyReport(Record, frozen=True, kw_only=True):
    """What `apply --format json` and `unlock --format json` print."""

    schema: int = SCHEMA
    files: list[FileRecord]
    moves: list[MoveRecord]
    lock: LockChangeRecord


class VerifyResultRecord(Record, frozen=True, kw_only=True):
    """One entrypoint started in one variant."""

    variant: str
    entrypoint: str
    level: Literal["env", "image"]
    verdict: Literal["passed", "failed", "skipped"]
    reason: str
    seconds: float
    before_seconds: float | None
    imported: list[str]


class LayerRecord(Record, frozen=True, kw_only=True):
    """One layer of a built image."""

    bytes: int
    created_by: str
    predicted: int | None = None


class MeasuredRecord(Record, frozen=True, kw_only=True):
    """A prediction beside its measurement, in bytes."""

    predicted: int
    measured: int


class VerifySizeRecord(Record, frozen=True, kw_only=True):
    """The sizes of one variant, foretold and found."""

    variant: str
    installed_bytes: MeasuredRecord | None
    image_bytes: MeasuredRecord | None
    layers: list[LayerRecord]


class VerifyReport(Record, frozen=True, kw_only=True):
    """What `verify --format json` prints."""

    schema: int = SCHEMA
    target: TargetRecord
    results: list[VerifyResultRecord]
    sizes: list[VerifySizeRecord]
    findings: list[FindingRecord]


class BeforeAfterRecord(Record, frozen=True, kw_only=True):
    """A figure on both sides of a `diff`, in bytes; None where the variant isn't there."""

    before: int | None
    after: int | None


class PackageChangeRecord(Record, frozen=True, kw_only=True):
    """A distribution that came, went or changed, with what brought it."""

    name: str
    before: str | None
    after: str | None
    bytes: int
    path: list[str]


class VariantDifferenceRecord(Record, frozen=True, kw_only=True):
    """One variant on both sides."""

    name: str
    installed_bytes: BeforeAfterRecord
    pull_bytes: BeforeAfterRecord
    image_bytes: BeforeAfterRecord
    added: list[PackageChangeRecord]
    removed: list[PackageChangeRecord]
    changed: list[PackageChangeRecord]


class DiffReport(Record, frozen=True, kw_only=True):
    """What `diff BASE --format json` prints."""

    schema: int = SCHEMA
    base: str
    head: str
    variants: list[VariantDifferenceRecord]
    exceeded: list[str]


AnyReport = (
    SuggestReport
    | CheckReport
    | EntrypointsReport
    | TreeReport
    | WhyReport
    | ApplyReport
    | VerifyReport
    | DiffReport
)


def to_json(report: AnyReport) -> str:
    """Return the report as indented JSON; the same report gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def read_suggest(data: bytes) -> SuggestReport:
    """Return a saved report; raises msgspec.ValidationError where it isn't one."""
    return msgspec.json.decode(data, type=SuggestReport)


def published_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what `suggest --format json` prints."""
    schema = msgspec.json.schema(SuggestReport)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"extrasplit suggest, contract {SCHEMA}",
        **schema,
    }
