"""What moves as one (7.5)."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from extrasplit.project.declared import Settings
from extrasplit.split.atoms import Atom, form_atoms
from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split
from extrasplit.split.roles import form_variants, open_books
from split.world import deferred, guarded, homes, world


def atoms(ground: Ground) -> dict[str, Atom]:
    books = open_books(ground)
    found = form_atoms(books.ledger, form_variants(books))
    return {" ".join(f"{c.home}:{c.name}" for c in atom.carriers): atom for atom in found}


TWO = {"app": [], "one": ["a", "b"], "two": ["c"]}
FAR = {"a": 20, "b": 20, "c": 20}


def test_requirements_of_equal_home_and_must_are_one_atom() -> None:
    assert set(atoms(world(base=["a", "b", "c"], sizes=FAR, imports=TWO))) == {":a :b", ":c"}


def test_requirements_of_two_homes_are_never_one_atom() -> None:
    ground = world(base=["a"], extras={"x": ["b", "c"]}, sizes={"a": 20, "b": 90}, imports=TWO)
    assert ":a" in atoms(ground)


def test_each_requirement_with_a_may_is_its_own_atom_and_with_no_must_a_feature() -> None:
    ground = world(
        base=["a", "b", "c"], sizes=FAR, imports={**TWO, "one": ["a", deferred("b"), guarded("c")]}
    )
    found = atoms(ground)
    assert set(found) == {":a", ":b", ":c"}
    assert [found[name].feature for name in (":a", ":b", ":c")] == [False, True, False]


def test_a_pin_is_used_wherever_its_holders_are() -> None:
    ground = world(
        base=["requests", "urllib3>=2.7", "a"],
        brings={"requests": ["urllib3"]},
        sizes={"requests": 30, "a": 30},
        imports={"app": ["a"], "two": ["requests"]},
    )
    assert ":requests :urllib3" in atoms(ground)
    assert homes(plan_split(ground)) == {"": ["a"], "two": ["requests", "urllib3"]}


def test_what_nothing_claims_stays_in_base() -> None:
    ground = world(base=["a", "idle"], sizes={"idle": 500}, imports={"app": [], "two": ["a"]})
    assert atoms(ground)[":idle"].base
    assert "idle" in homes(plan_split(ground))[""]


def test_what_nothing_claims_in_an_extra_stays_with_those_who_have_the_extra_today() -> None:
    ground = world(
        extras={"x": ["a", "idle"]},
        kinds={"w": "worker"},
        installs={"w": ["x"]},
        sizes={"idle": 90},
        imports={"w": ["a"]},
    )
    assert set(atoms(ground)) == {"x:a x:idle"}


def test_what_nothing_claims_in_an_extra_that_nobody_has_is_held_by_nobody() -> None:
    ground = world(extras={"x": ["idle"]}, imports={"app": []})
    found = atoms(ground)["x:idle"]
    assert (found.must, found.may, found.base) == (0, 0, False)


def test_the_copy_of_a_claimed_requirement_is_not_idle() -> None:
    ground = world(
        base=["a"],
        extras={"x": ["a", "b"]},
        kinds={"w": "worker"},
        installs={"w": ["x"]},
        imports={"app": ["a"], "w": ["b"]},
    )
    assert atoms(ground)["x:a"].must == 0


def test_a_conflicting_extra_is_one_atom() -> None:
    ground = world(
        extras={"cpu": ["torch", "a"], "gpu": ["torch", "b"]},
        conflicts=[["cpu", "gpu"]],
        kinds={"w": "worker"},
        installs={"w": ["cpu"]},
        imports={"w": ["torch", deferred("a")]},
    )
    assert set(atoms(ground)) == {"cpu:a cpu:torch", "gpu:b gpu:torch"}


def test_an_extra_that_a_source_names_is_one_atom() -> None:
    ground = world(
        extras={"cpu": ["torch", "a"]},
        source_extras=["cpu"],
        kinds={"w": "worker"},
        installs={"w": ["cpu"]},
        imports={"w": ["torch", deferred("a")]},
    )
    assert set(atoms(ground)) == {"cpu:a cpu:torch"}


def test_a_configured_group_is_one_atom() -> None:
    names = tuple(map(canonicalize_name, ("a", "b")))
    settings = Settings(groups={canonicalize_name("mine"): names})
    ground = world(base=["a", "b", "c"], settings=settings, imports={"app": ["c"], "t": ["a"]})
    assert ":a :b" in atoms(ground)
    assert homes(plan_split(ground)) == {"": ["c"], "mine": ["a", "b"]}


def test_a_pin_of_the_default_stays_in_base() -> None:
    ground = world(
        base=["requests", "urllib3"],
        brings={"requests": ["urllib3"]},
        imports={"app": ["requests"]},
    )
    assert all(atom.base for atom in atoms(ground).values())


def test_what_one_reader_alone_loads_goes_where_it_goes() -> None:
    ground = world(
        base=["click", "pandas", "openpyxl"],
        sizes={"pandas": 40, "openpyxl": 0.9},
        facts={"pandas": {"optional_requirements": {"excel": ("openpyxl",)}}},
        imports={
            "app": ["click", guarded("pandas"), guarded("openpyxl", via="rule:pandas")],
            "w": ["pandas"],
        },
    )
    assert ":openpyxl :pandas" in atoms(ground)
    assert homes(plan_split(ground))[""] == ["click"]


def test_what_is_used_without_its_reader_is_an_atom_of_its_own() -> None:
    ground = world(
        base=["click", "pandas", "openpyxl"],
        sizes={"pandas": 40, "openpyxl": 30},
        facts={"pandas": {"optional_requirements": {"excel": ("openpyxl",)}}},
        imports={"app": ["click"], "w": ["pandas"], "t": ["openpyxl"]},
    )
    assert ":openpyxl :pandas" not in atoms(ground)


def test_what_the_project_imports_itself_follows_no_reader() -> None:
    ground = world(
        base=["click", "hub", "torch"],
        sizes={"torch": 900},
        facts={"hub": {"optional_requirements": {"torch": ("torch",)}}},
        imports={"app": ["click", "hub", guarded("torch")], "w": ["click"]},
    )
    assert homes(plan_split(ground))["torch"] == ["torch"]


def test_a_pin_follows_its_holder_and_not_another_pin_that_names_it_as_optional() -> None:
    ground = world(
        base=["click", "client", "embeddings", "hub", "torch"],
        sizes={"torch": 900},
        brings={"client": ["hub"], "embeddings": ["torch"]},
        facts={"hub": {"optional_requirements": {"torch": ("torch",)}}},
        imports={"app": ["click", "client", guarded("embeddings")], "w": ["click"]},
    )
    assert homes(plan_split(ground))["embeddings"] == ["embeddings", "torch"]
