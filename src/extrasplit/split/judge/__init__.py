"""Judges a plan, or today's images: every finding of DESIGN section 8 that needs both sides."""

from __future__ import annotations

from typing import Final

from extrasplit.findings import Finding, Severity
from extrasplit.split.ground import Ground
from extrasplit.split.judge.case import Case, open_case
from extrasplit.split.judge.declared import transitive, unclaimed
from extrasplit.split.judge.facts import no_wheel, undecided, unknown
from extrasplit.split.judge.features import narrowed, unguarded
from extrasplit.split.judge.limits import budget
from extrasplit.split.judge.startup import missing, unresolved
from extrasplit.split.roles import Books, open_books
from extrasplit.split.values import Plan

__all__ = ["Case", "judge"]

KINDS: Final = (
    *(missing, unresolved, unguarded, transitive, unclaimed),
    *(narrowed, no_wheel, budget, undecided, unknown),
)

_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def judge(
    ground: Ground, plan: Plan, books: Books | None = None, *, recorded: bool
) -> tuple[Finding, ...]:
    """Return the findings, errors first; one cause is one finding with a count.

    With `recorded` the plan is that of today's images (`check`), which no planned one replaces.
    """
    case = open_case(ground, plan, books or open_books(ground), recorded=recorded)
    findings = [finding for kind in KINDS for finding in kind(case)]
    names = [kind.__name__ for kind in KINDS]
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                _ORDER[f.severity],
                names.index(f.kind.replace("-", "_")),
                f.distribution or "",
                f.entrypoint or "",
                f.message,
            ),
        )
    )
