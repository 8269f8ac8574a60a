"""What an image weighs."""

from __future__ import annotations

import pytest

from extrasplit.lock.target import Target
from extrasplit.project.declared import Settings
from extrasplit.record import replace
from extrasplit.split.images import SIZES, base_image, weigh_image
from split.world import key, world


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("python:3.12-slim", ("3.12", "slim", "amd64")),
        ("python:3.12.7-slim-bookworm", ("3.12", "slim", "amd64")),
        ("registry.example/library/python:3.11-alpine3.20", ("3.11", "alpine", "amd64")),
        ("python:3.13", ("3.13", "full", "amd64")),
        ("python:3.14-trixie@sha256:0000", ("3.14", "full", "amd64")),
    ],
)
def test_an_official_image_is_found_in_the_table(name: str, entry: tuple[str, str, str]) -> None:
    found = base_image(world(settings=Settings(base_image=name)))
    assert (found.size, found.known) == (SIZES[entry], True)


@pytest.mark.parametrize("name", ["ubuntu:24.04", "python:2.7-slim", "corp/python-base:1"])
def test_another_image_is_not_known(name: str) -> None:
    assert not base_image(world(settings=Settings(base_image=name))).known


def test_the_base_is_slim_and_for_musl_alpine() -> None:
    ground = world()
    assert base_image(ground).name == "python:3.12-slim"
    musl = replace(ground.first, target=Target("3.12", "linux/arm64", "musl"))
    found = base_image(replace(ground, targets=(musl,)))
    assert (found.name, found.size) == ("python:3.12-alpine", SIZES["3.12", "alpine", "arm64"])


def test_the_table_has_every_python_flavour_and_machine() -> None:
    assert len(SIZES) == 7 * 3 * 2
    assert all(size.compressed_bytes < size.unpacked_bytes for size in SIZES.values())


def test_an_image_is_its_base_what_is_installed_the_app_and_bytecode_where_compiled() -> None:
    ground = world(
        base=["a"],
        sizes={"a": 30},
        app_bytes=1_000_000,
        facts={"a": {"bytecode_bytes": 2_000_000, "wheel_bytes": 10_000_000}},
    )
    plain = weigh_image(ground, [key("a")])
    base = SIZES["3.12", "slim", "amd64"]
    assert (plain.installed_bytes, plain.bytecode_bytes) == (30_000_000, 2_000_000)
    assert plain.image_bytes == base.unpacked_bytes + 31_000_000
    assert plain.pull_bytes == base.compressed_bytes + 10_300_000
    compiled = weigh_image(replace(ground, compiles_bytecode=True), [key("a")])
    assert compiled.image_bytes == plain.image_bytes + 2_000_000


def test_the_image_that_a_dockerfile_starts_from_is_the_base() -> None:
    ground = replace(world(), base_image="python:3.13-alpine")
    assert base_image(ground).size == SIZES["3.13", "alpine", "amd64"]
    weighed = weigh_image(ground, ())
    assert weighed.image_bytes == base_image(ground).size.unpacked_bytes
