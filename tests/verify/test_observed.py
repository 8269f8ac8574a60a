"""What a run imported: whose it is, who asked, and what nobody foretold."""

from __future__ import annotations

from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.imports.level import Level
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import PackageKey
from extrasplit.places import Place
from extrasplit.split.ground import TargetGround
from extrasplit.split.needs import Need
from extrasplit.split.values import Role
from extrasplit.verify.observed import (
    Import,
    Installed,
    brings,
    imported,
    modules_of,
    read_imports,
    unforeseen,
)
from extrasplit.wheels.contents import WheelFacts
from extrasplit.wheels.owners import owners

SITE = "/venv/lib/python3.13/site-packages"


def name(text: str) -> NormalizedName:
    return canonicalize_name(text)


INSTALLED = Installed(
    project="/copy",
    own=name("shop"),
    owners={
        f"{SITE}/shop/cli.py": name("shop"),
        f"{SITE}/click/core.py": name("click"),
        f"{SITE}/pandas/io.py": name("pandas"),
        f"{SITE}/arrow/__init__.py": name("pyarrow"),
    },
    sources=frozenset({"src/shop/cli.py", "web/page.py"}),
    roots=("src",),
)

ANSWER: dict[str, Any] = {
    "origins": {
        "shop.cli": f"{SITE}/shop/cli.py",
        "click": f"{SITE}/click/core.py",
        "pandas": f"{SITE}/pandas/io.py",
        "arrow": f"{SITE}/arrow/__init__.py",
        "json": "/usr/lib/python3.13/json/__init__.py",
    },
    "asked": [
        ["shop.cli", "/venv/bin/shop", 1],
        ["click", f"{SITE}/shop/cli.py", 2],
        ["pandas", "/copy/web/page.py", 7],
        ["arrow", f"{SITE}/pandas/io.py", 30],
        ["gone", f"{SITE}/shop/cli.py", 9],
    ],
}


def key(text: str) -> PackageKey:
    return PackageKey(name(text), "1.0", "registry+x")


def facts(*modules: str) -> WheelFacts:
    return WheelFacts("x.whl", 1, 1, 1, exact=True, modules=frozenset(modules))


FACTS = {
    key("click"): facts("click"),
    key("pandas"): facts("pandas"),
    key("pyarrow"): facts("arrow", "shared"),
    key("numpy"): facts("numpy", "shared"),
}
GROUND = TargetGround(
    target=Target("3.13"),
    requirement_closures={},
    distribution_closures={},
    edges=frozenset(
        {(None, key("pandas")), (key("pandas"), key("numpy")), (key("numpy"), key("click"))}
    ),
    facts=FACTS,
    owners=owners(FACTS, {}),
)


def role(*providers: str) -> Role:
    needs = tuple(
        Need("shop", one, frozenset({name(one)}), Level.STARTUP, "import", ()) for one in providers
    )
    return Role("shop", (), inferred=False, needs=needs)


def test_files_of_the_project_are_named_as_its_tree_names_them() -> None:
    assert INSTALLED.own_path("/copy/web/../web/page.py") == "web/page.py"
    assert INSTALLED.own_path(f"{SITE}/shop/cli.py") == "src/shop/cli.py"
    assert INSTALLED.own_path(f"{SITE}/click/core.py") is None
    assert INSTALLED.own_path("/copy/build/x.py") is None


def test_what_was_loaded_is_counted_without_the_project() -> None:
    assert imported(ANSWER, INSTALLED) == {name("click"), name("pandas"), name("pyarrow")}


def test_who_asked_is_a_file_of_the_project_or_a_chain_back_to_one() -> None:
    assert read_imports(ANSWER, INSTALLED) == (
        Import(name("click"), (Place("src/shop/cli.py", 2, "click"),), "src/shop/cli.py"),
        Import(name("pandas"), (Place("web/page.py", 7, "pandas"),), "web/page.py"),
        Import(
            name("pyarrow"),
            (Place("web/page.py", 7, "pandas"), Place("pandas/io.py", 30, "arrow")),
        ),
    )


def test_foretold_is_a_need_and_what_its_distribution_brings() -> None:
    found = read_imports(ANSWER, INSTALLED)
    assert [one.distribution for one in unforeseen(found, role("click", "pandas"), GROUND)] == [
        "pyarrow"
    ]
    with_arrow = role("click", "pandas", "pyarrow")
    assert unforeseen(found, with_arrow, GROUND) == ()


def test_what_a_file_of_the_project_asks_for_itself_must_be_a_need_of_its_own() -> None:
    own = Import(name("numpy"), (), "src/shop/cli.py")
    brought = Import(name("numpy"), ())
    assert unforeseen([own, brought], role("pandas"), GROUND) == (own,)


def test_what_distributions_bring_is_followed_to_the_end() -> None:
    assert brings({name("pandas")}, GROUND) == {name("pandas"), name("numpy"), name("click")}
    assert brings((), GROUND) == frozenset()


def test_a_module_that_a_held_distribution_ships_too_is_not_blocked() -> None:
    assert modules_of({name("pyarrow")}, GROUND) == {"arrow": "pyarrow", "shared": "pyarrow"}
    assert modules_of({name("pyarrow")}, GROUND, {name("numpy")}) == {"arrow": "pyarrow"}
