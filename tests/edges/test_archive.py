"""How many pieces of a wheel are read, and which."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from extrasplit.edges.archive import (
    LARGEST_TAIL_BYTES,
    SMALLEST_TAIL_BYTES,
    LocalArchive,
    read_sdist,
    read_wheel,
    tail_bytes,
)
from extrasplit.wheels.directory import ByteRange
from support.wheelsmith import make_sdist, make_wheel


class Watched(LocalArchive):
    """A file that tells what was read of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.spans: list[ByteRange] = []

    def read(self, span: ByteRange) -> bytes:
        self.spans.append(span)
        return super().read(span)


def noise(length: int) -> bytes:
    """Return bytes that nothing compresses, the same each time."""
    return random.Random(length).randbytes(length)


def test_the_tail_of_a_wheel_is_enough(tmp_path: Path) -> None:
    path = make_wheel("demo", directory=tmp_path, files={"demo/big.bin": noise(2_000_000)})
    watched = Watched(path)
    size = path.stat().st_size
    assert read_wheel(path.name, watched, size).installed_bytes > 2_000_000
    assert watched.spans == [(size - tail_bytes(size), size)]


def test_a_wheel_that_begins_with_its_metadata_costs_one_more_read(tmp_path: Path) -> None:
    forged = make_wheel(
        "demo", directory=tmp_path / "forged", files={"demo/big.bin": noise(500_000)},
        scripts={"run": "demo:main"}, extras={"fast": ["orjson"]},
    )  # fmt: skip
    path = tmp_path / forged.name
    with zipfile.ZipFile(forged) as old, zipfile.ZipFile(path, "w") as new:
        for member in sorted(old.infolist(), key=lambda one: ".dist-info" not in one.filename):
            new.writestr(member, old.read(member))
    watched = Watched(path)
    facts = read_wheel(path.name, watched, path.stat().st_size)
    assert facts == read_wheel(forged.name, LocalArchive(forged))
    assert (facts.scripts, facts.optional_requirements) == (("run",), {"fast": ("orjson",)})
    first, second = watched.spans
    assert second.start == 0
    assert second.stop < 100_000 < first.start


def test_a_long_directory_is_fetched_whole(tmp_path: Path) -> None:
    files = {f"demo/{noise(40).hex()}{number}.py": "" for number in range(2_000)}
    path = make_wheel("demo", directory=tmp_path, files=files)
    watched = Watched(path)
    size = path.stat().st_size
    facts = read_wheel(path.name, watched, size)
    assert facts.installed_bytes == read_wheel(path.name, LocalArchive(path)).installed_bytes
    assert len(watched.spans) <= 3
    assert sum(stop - start for start, stop in watched.spans) < size


@pytest.mark.parametrize(
    ("size", "tail"),
    [
        (None, LARGEST_TAIL_BYTES),
        (100, SMALLEST_TAIL_BYTES),
        (2_000_000, 40_000),
        (900_000_000, LARGEST_TAIL_BYTES),
    ],
)
def test_the_first_read_fits_the_size(size: int | None, tail: int) -> None:
    assert tail_bytes(size) == tail


@pytest.mark.parametrize("known", [True, False])
def test_an_sdist_is_read_at_both_ends(tmp_path: Path, known: bool) -> None:
    path = make_sdist("demo", directory=tmp_path, files={"demo.bin": noise(300_000)})
    watched = Watched(path)
    size = path.stat().st_size
    facts = read_sdist(path.name, watched, size if known else None)
    assert facts.installed_bytes > 300_000
    assert sum(stop - start for start, stop in watched.spans) < 70_000
