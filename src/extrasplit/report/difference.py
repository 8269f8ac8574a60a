"""Compares two reports: per variant what came, went and grew, and what brought it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from extrasplit.errors import ExtrasplitError
from extrasplit.record import Record
from extrasplit.report.contract import (
    BeforeAfterRecord,
    DiffReport,
    PackageChangeRecord,
    PackageRecord,
    SuggestReport,
    VariantDifferenceRecord,
    VariantRecord,
)
from extrasplit.report.wording import megabytes

Paths = Callable[[str, str], Sequence[str]]
"""From a variant and a distribution to the lock path that brings it in: the requirement first."""


class Limit(Record):
    """How much a variant may grow: in bytes, or in percent of what it was."""

    amount: float
    percent: bool
    text: str

    def is_over(self, before_bytes: int, after_bytes: int) -> bool:
        """Whether growing from one to the other is too much."""
        allowed = before_bytes * self.amount / 100 if self.percent else self.amount
        return after_bytes - before_bytes > allowed


def read_limit(text: str) -> Limit:
    """Return the limit of `--fail-over` (`5MB`, `300 kB`, `2%`); raises ExtrasplitError."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%|[kMG]?B)\s*", text)
    if found is None:
        raise ExtrasplitError(f"--fail-over {text!r} is no size", hint="write 5MB, 300kB or 2%")
    scale = {"%": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[found[2]]
    return Limit(float(found[1]) * scale, found[2] == "%", text.strip())


def compare(
    base: SuggestReport,
    head: SuggestReport,
    *,
    names: tuple[str, str],
    paths: Mapping[str, Paths],
    limit: Limit | None = None,
) -> DiffReport:
    """Return how head differs from base; variants are matched by name.

    `names` are what the two sides are called, `paths` tells for a side's name which lock path
    brings a distribution into a variant; a side that nobody can ask has none.
    """
    before = {variant.name: variant for variant in base.variants}
    after = {variant.name: variant for variant in head.variants}
    order = [*after, *(name for name in before if name not in after)]
    return DiffReport(
        base=names[0],
        head=names[1],
        variants=[
            _compare_variant(name, before.get(name), after.get(name), base, head, names, paths)
            for name in order
        ],
        exceeded=[
            f"{name} grew from {megabytes(before[name].installed_bytes)} to "
            f"{megabytes(after[name].installed_bytes)}, more than {limit.text}"
            for name in order
            if limit is not None
            and name in before
            and name in after
            and limit.is_over(before[name].installed_bytes, after[name].installed_bytes)
        ],
    )


def _compare_variant(
    name: str,
    before: VariantRecord | None,
    after: VariantRecord | None,
    base: SuggestReport,
    head: SuggestReport,
    names: tuple[str, str],
    paths: Mapping[str, Paths],
) -> VariantDifferenceRecord:
    held_before, held_after = _held(base, name), _held(head, name)
    came = sorted(held_after.keys() - held_before.keys())
    went = sorted(held_before.keys() - held_after.keys())
    changed = sorted(
        package
        for package in held_before.keys() & held_after.keys()
        if held_before[package].version != held_after[package].version
        or held_before[package].installed_bytes != held_after[package].installed_bytes
    )

    def record(package: str, side: str) -> PackageChangeRecord:
        old, new = held_before.get(package), held_after.get(package)
        return PackageChangeRecord(
            name=package,
            before=old.version if old else None,
            after=new.version if new else None,
            bytes=_bytes(new) - _bytes(old),
            path=list(paths[side](name, package)) if side in paths else [],
        )

    return VariantDifferenceRecord(
        name=name,
        installed_bytes=_figures(before, after, "installed_bytes"),
        pull_bytes=_figures(before, after, "pull_bytes"),
        image_bytes=_figures(before, after, "image_bytes"),
        added=[record(package, names[1]) for package in came],
        removed=[record(package, names[0]) for package in went],
        changed=[record(package, names[1]) for package in changed],
    )


def _held(report: SuggestReport, variant: str) -> dict[str, PackageRecord]:
    return {package.name: package for package in report.packages if variant in package.variants}


def _bytes(package: PackageRecord | None) -> int:
    return (package.installed_bytes or 0) if package else 0


def _figures(
    before: VariantRecord | None, after: VariantRecord | None, name: str
) -> BeforeAfterRecord:
    return BeforeAfterRecord(
        before=getattr(before, name) if before else None,
        after=getattr(after, name) if after else None,
    )
