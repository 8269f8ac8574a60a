"""Verdicts over several starts, findings of what broke, and what is recorded."""

from __future__ import annotations

from packaging.utils import NormalizedName

from extrasplit.findings import Finding, Severity
from extrasplit.places import Place
from extrasplit.verify.observed import Import, Installed
from extrasplit.verify.results import (
    Observed,
    Run,
    broken,
    merged,
    owner_of,
    result_of,
    strongest,
    unpredicted,
)
from extrasplit.verify.smoke import Smoke
from extrasplit.verify.verdict import Judged, Outcome

RICH = NormalizedName("rich")
HERE = Installed("/copy", NormalizedName("shop"), {}, frozenset({"cli.py"}), ("",))
PASSED = Run(Smoke("probe", "import x"), Outcome(seconds=0.5), Judged("passed", "import x"))
FAILED = Run(
    Smoke("command", "x --help"),
    Outcome(exit_code=1, output="one\ntwo\n"),
    Judged("failed", "x --help: no rich", "rich.table", ("/copy/cli.py", 4)),
)
LATER = Run(Smoke("probe", "y"), Outcome(), Judged("failed", "y fails too"))


def test_one_failed_start_decides_and_only_failures_are_told() -> None:
    result = result_of("lean", "x", "env", [PASSED, FAILED, FAILED], [RICH, RICH])
    assert result.verdict == "failed"
    assert result.reason == "x --help: no rich"
    assert result.seconds == 0.5
    assert result.imported == ("rich",)


def test_what_cannot_be_started_is_skipped() -> None:
    result = result_of("lean", "x", "env", [], [])
    assert result.verdict == "skipped"
    assert "configured `smoke`" in result.reason


def test_the_first_failure_is_the_finding_with_owner_and_line() -> None:
    result = result_of("lean", "x", "env", [PASSED, FAILED, LATER], [])
    (found,) = broken(result, [PASSED, FAILED, LATER], HERE, {"rich": RICH})
    assert found.severity is Severity.ERROR
    assert found.distribution == "rich"
    assert found.chain == (Place("cli.py", 4, "rich.table"),)
    assert found.fix == "extrasplit suggest"
    assert list(broken(result, [PASSED], HERE, {})) == []


def test_without_an_owner_the_last_words_are_the_fix() -> None:
    result = result_of("lean", "x", "env", [FAILED], [])
    (found,) = broken(result, [FAILED], HERE, {})
    assert found.distribution is None
    assert found.fix == "one\ntwo"


def test_the_longest_known_prefix_owns_a_missing_module() -> None:
    owners = {"google.cloud.x": NormalizedName("gx"), "google": NormalizedName("g")}
    assert owner_of("google.cloud.x.y", owners) == "gx"
    assert owner_of("google.auth", owners) == "g"
    assert owner_of("other", owners) is None
    assert owner_of(None, owners) is None


def test_an_unpredicted_import_says_whether_it_starts_without() -> None:
    seen = Import(RICH, (Place("cli.py", 4, "rich"),), "cli.py")
    assert "does not start without it" in unpredicted("x", "lean", seen, "startup").message
    assert "it starts without it" in unpredicted("x", "lean", seen, "deferred").message


def finding(variant: str, distribution: str) -> Finding:
    return Finding("broken", Severity.ERROR, "m", distribution, "x", variant)


def test_one_cause_in_several_variants_is_one_finding() -> None:
    found = merged([finding("a", "rich"), finding("b", "rich"), finding("a", "click")])
    assert [(one.distribution, one.count) for one in found] == [("rich", 2), ("click", 1)]


def test_of_several_levels_the_strongest_is_recorded() -> None:
    seen = [Observed("x", RICH, "deferred"), Observed("x", RICH, "startup")]
    assert strongest([*seen, Observed("a", RICH, "deferred")]) == (
        Observed("a", RICH, "deferred"),
        Observed("x", RICH, "startup"),
    )
    assert strongest(reversed(seen)) == (Observed("x", RICH, "startup"),)
