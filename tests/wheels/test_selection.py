"""The wheel that uv would take, and none where only an sdist fits."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import LockedFile, LockedPackage, PackageKey
from extrasplit.wheels.selection import choose_wheel


def locked(*filenames: str) -> LockedPackage:
    name = canonicalize_name("demo")
    return LockedPackage(
        key=PackageKey(name, "1.0", "registry+https://index.example/simple"),
        source_kind="registry",
        resolution_markers=(),
        dependencies=(),
        optional={},
        groups={},
        wheels=tuple(
            LockedFile(one, f"https://index.example/{one}", None, None) for one in filenames
        ),
        sdist=LockedFile("demo-1.0.tar.gz", "https://index.example/demo-1.0.tar.gz", None, None),
        requires_dist=None,
        provides_extras=None,
    )


def chosen(target: Target, *tags: str) -> str | None:
    wheel = choose_wheel(locked(*(f"demo-1.0-{tag}.whl" for tag in tags)), target)
    return wheel and wheel.filename.removeprefix("demo-1.0-").removesuffix(".whl")


AMD, ARM = Target("3.12"), Target("3.12", "linux/arm64")
MUSL = Target("3.12", "linux/amd64", "musl")


@pytest.mark.parametrize(
    ("target", "tags", "best"),
    [
        (AMD, ["py3-none-any", "cp312-cp312-manylinux_2_17_x86_64"], 1),
        (AMD, ["cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_28_x86_64"], 1),
        (AMD, ["cp39-abi3-manylinux2014_x86_64", "cp311-abi3-manylinux2014_x86_64"], 1),
        (AMD, ["cp313-abi3-manylinux2014_x86_64", "py2.py3-none-any"], 1),
        (ARM, ["cp312-cp312-manylinux2014_x86_64", "cp312-cp312-manylinux2014_aarch64"], 1),
        (MUSL, ["cp312-cp312-manylinux2014_x86_64", "cp312-cp312-musllinux_1_1_x86_64"], 1),
        (AMD, ["cp312-cp312-manylinux_2_12_x86_64.manylinux2010_x86_64", "py3-none-any"], 0),
        (AMD, ["1-py3-none-any", "2-py3-none-any", "10a-py3-none-any", "py3-none-any"], 2),
        (AMD, ["cp312-cp312t-manylinux2014_x86_64", "cp311-cp311-manylinux2014_x86_64"], None),
        (MUSL, ["cp312-cp312-manylinux2014_x86_64"], None),
        (Target("3.12", "darwin/arm64"), ["cp312-cp312-macosx_11_0_arm64"], 0),
        (Target("3.12", "windows/amd64"), ["py3-none-any", "cp312-cp312-win_amd64"], 1),
    ],
)
def test_the_most_specific_wheel_is_taken(
    target: Target, tags: list[str], best: int | None
) -> None:
    assert chosen(target, *tags) == (None if best is None else tags[best])


def test_of_two_that_are_equal_the_first_in_the_lock_is_taken() -> None:
    package = locked("demo-1.0-py3-none-any.whl", "Demo-1.0-py3-none-any.whl")
    assert choose_wheel(package, AMD) is package.wheels[0]


def test_names_that_are_no_wheels_are_passed_over() -> None:
    assert choose_wheel(locked("demo-1.0.whl", "demo.whl", "../../evil.whl"), AMD) is None
