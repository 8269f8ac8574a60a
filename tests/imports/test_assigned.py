"""Where a name may get its value, told from the bytes."""

from __future__ import annotations

import pytest

from extrasplit.imports.assigned import aliases, binds, sets_at_margin
from extrasplit.imports.skeleton import read_left, skeleton_of


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (b"load = importlib.import_module\n", [0]),
        (b"x = 1; load = other\n", [7]),
        (b"def f():\n    load = other # so\n", [13]),
        (b"load = other", [0]),
        (b"load = None\n", []),
        (b"load = f()\n", []),
        (b"reload = other\n", []),
        (b"x.load = other\n", []),
    ],
)
def test_a_plain_alias_is_found_where_it_stands(source: bytes, found: list[int]) -> None:
    assert list(aliases(["load"], source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [(b"W = 1\n", [0]), (b"a = 2; W=1\n", [7]), (b"    W = 1\n", []), (b"W == 1\n", [])],
)
def test_only_the_modules_own_block_sets_at_the_margin(source: bytes, found: list[int]) -> None:
    assert list(sets_at_margin(["W"], source)) == found


@pytest.mark.parametrize(
    ("source", "count"),
    [
        (b"name = 'a'\n", 1),
        (b"name: str = 'a'\n", 1),
        (b"name += 'a'\n", 1),
        (b"a, name = 1, 2\n", 1),
        (b"name, a = 1, 2\n", 1),
        (b"for a, name in x: pass\n", 1),
        (b"with open(x) as name: pass\n", 1),
        (b"print(name)\n", 0),
        (b"if name == 1: pass\n", 0),
    ],
)
def test_what_binds_a_name_is_found(source: bytes, count: int) -> None:
    assert len(list(binds(["name"], source))) == count


def test_what_was_cut_away_is_read_once_it_is_asked_for() -> None:
    skeleton = skeleton_of(b"import a\nx = 1\ny = 2\nz = 3\n")
    assert skeleton is not None
    rounds: list[bytes] = []

    def read(parsed: object) -> tuple[int, list[int]]:
        rounds.append(b"")
        return len(rounds), [9] if len(rounds) == 1 else []

    assert read_left(skeleton, skeleton.places([b"import"]), read) == 2


def test_what_leads_ever_further_is_left_to_the_whole_file() -> None:
    skeleton = skeleton_of(b"import a\n" + b"x = 1\n" * 50)
    assert skeleton is not None
    asked = iter(range(9, 300, 6))
    assert read_left(skeleton, [0], lambda parsed: (1, [next(asked)])) is None
