"""Starts with something made unimportable: what they say of trace and plan."""

from __future__ import annotations

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

from packaging.utils import NormalizedName

from extrasplit.actions.proving import Bench, blocked, without
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import PackageKey
from extrasplit.split.ground import TargetGround
from extrasplit.split.values import Variant
from extrasplit.verify.observed import Installed
from extrasplit.verify.results import Run
from extrasplit.verify.smoke import Smoke
from extrasplit.verify.verdict import Judged, Outcome
from extrasplit.wheels.contents import WheelFacts
from extrasplit.wheels.owners import owners

SMOKE = Smoke("probe", "import shop", {"mode": "import", "module": "shop"})


class App:
    """An app that needs some modules, in the order given; anything else it can do without."""

    def __init__(self, *needed: str) -> None:
        self.needed = needed
        self.asked: list[list[str]] = []

    def run(self, smoke: Smoke) -> Outcome:
        away: Collection[str] = smoke.request.get("blocked", ())
        self.asked.append(sorted(away))
        for module in self.needed:
            if module in away:
                error = {"type": "ModuleNotFoundError", "text": "x", "name": module, "frames": []}
                return Outcome(exit_code=0, answer={"error": error})
        return Outcome(exit_code=0, answer={"error": None, "started": True})


def key(name: str) -> PackageKey:
    return PackageKey(NormalizedName(name), "1.0", "registry+x")


def bench(app: App, *held: str) -> Bench:
    facts = {
        key(name): WheelFacts("x.whl", 1, 1, 1, exact=True, modules=frozenset({f"{name}_module"}))
        for name in ("a", "b", "c")
    }
    ground = TargetGround(Target("3.13"), {}, {}, frozenset(), facts, owners(facts, {}))
    analysis: Any = SimpleNamespace(grounds=(ground,))
    packages = frozenset(map(key, held))
    variant = Variant("lean", ("shop",), (), False, packages, 0, 0, 0, 0, 0, 0, ())
    installed = Installed("/copy", NormalizedName("shop"), {})
    return Bench(analysis, variant, "env", app, installed, 9)


def names(*texts: str) -> set[NormalizedName]:
    return set(map(NormalizedName, texts))


def run(verdict: Any) -> Run:
    return Run(SMOKE, Outcome(), Judged(verdict, "import shop fails", "a_module"))


def test_what_a_start_cannot_do_without_is_found_one_by_one() -> None:
    app = App("a_module", "c_module")
    assert without(bench(app, "a", "b", "c"), SMOKE, names("a", "b", "c")) == names("a", "c")
    assert app.asked == [
        ["a_module", "b_module", "c_module"],
        ["b_module", "c_module"],
        ["b_module"],
    ]


def test_nothing_is_asked_where_nothing_is_in_question() -> None:
    app = App()
    assert without(bench(app, "a"), SMOKE, set()) == set()
    assert app.asked == []


def test_a_failure_that_names_nobody_counts_for_all() -> None:
    class Silent(App):
        def run(self, smoke: Smoke) -> Outcome:
            return Outcome(exit_code=1, output="boom")

    assert without(bench(Silent(), "a", "b"), SMOKE, names("a", "b")) == names("a", "b")


def test_all_outside_the_variant_is_blocked_and_agreement_is_silent() -> None:
    app = App("a_module")
    assert list(blocked(bench(app, "a"), SMOKE, run("passed"))) == []
    assert app.asked == [["b_module", "c_module"]]
    assert list(blocked(bench(App("b_module"), "a"), SMOKE, run("failed"))) == []
    assert list(blocked(bench(app, "a", "b", "c"), SMOKE, run("failed"))) == []


def test_a_variant_that_starts_installed_and_not_blocked_is_told() -> None:
    (found,) = blocked(bench(App("b_module"), "a"), SMOKE, run("passed"))
    assert found.kind == "unknown"
    assert "starts in lean installed, and otherwise fails" in found.message
    assert found.distribution == "b"


def test_a_variant_that_starts_blocked_and_not_installed_is_told() -> None:
    (found,) = blocked(bench(App(), "a"), SMOKE, run("failed"))
    assert "with all else made unimportable, and otherwise fails" in found.message
    assert found.distribution == "a"
