"""A target answers what PEP 508 and PEP 425 ask, as uv does."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging import markers, tags
from packaging.tags import Tag

from extrasplit.errors import ExtrasplitError
from extrasplit.lock.target import MACHINES, Target
from support.uv import run_uv
from support.wheelsmith import make_wheel


@pytest.mark.parametrize(
    ("target", "values"),
    [
        (Target("3.12"), ("posix", "linux", "Linux", "x86_64", "3.12.99", "3.12")),
        (Target("3.9.7", "linux/arm64"), ("posix", "linux", "Linux", "aarch64", "3.9.7", "3.9")),
        (Target("3.13", "linux/arm/v7"), ("posix", "linux", "Linux", "armv7l", "3.13.99", "3.13")),
        (
            Target("3.12", "linux/arm64/v8"),
            ("posix", "linux", "Linux", "aarch64", "3.12.99", "3.12"),
        ),
        (Target("3.12", "darwin/arm64"), ("posix", "darwin", "Darwin", "arm64", "3.12.99", "3.12")),
        (Target("3.15", "windows/amd64"), ("nt", "win32", "Windows", "AMD64", "3.15.99", "3.15")),
        (Target("3.12", "windows/386"), ("nt", "win32", "Windows", "x86", "3.12.99", "3.12")),
    ],
)
def test_markers_see_the_target(target: Target, values: tuple[str, ...]) -> None:
    environment = target.marker_environment()
    keys = (
        "os_name", "sys_platform", "platform_system", "platform_machine",
        "python_full_version", "python_version",
    )  # fmt: skip
    assert tuple(environment[key] for key in keys) == values
    assert environment["platform_python_implementation"] == "CPython"


def test_every_variable_of_pep_508_has_a_value() -> None:
    assert set(Target("3.12").marker_environment()) == set(markers.default_environment())


@pytest.mark.parametrize("minor", [9, 12, 15])
def test_the_tags_are_those_of_packaging_on_the_same_platforms(minor: int) -> None:
    ours = Target(f"3.{minor}").tags()
    platforms = list(dict.fromkeys(tag.platform for tag in ours if tag.platform != "any"))
    current = f"cp3{minor}"
    theirs = (
        *tags.cpython_tags((3, minor), abis=[current], platforms=platforms),
        *tags.compatible_tags((3, minor), interpreter=current, platforms=platforms),
    )
    assert ours == theirs


def test_each_legacy_manylinux_follows_the_tag_that_it_stands_for() -> None:
    platforms = list(dict.fromkeys(tag.platform for tag in Target("3.12").tags()))
    for legacy, glibc in (("manylinux2014", 17), ("manylinux2010", 12), ("manylinux1", 5)):
        before = platforms[platforms.index(f"{legacy}_x86_64") - 1]
        assert before == f"manylinux_2_{glibc}_x86_64"
    assert platforms[-2:] == ["linux_x86_64", "any"]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("libc", ["glibc", "musl"])
def test_every_linux_takes_pure_wheels_and_none_of_the_other_libc(machine: str, libc: str) -> None:
    found = Target("3.12", f"linux/{machine}", "musl" if libc == "musl" else "glibc").tags()
    platforms = {tag.platform for tag in found}
    assert Tag("py3", "none", "any") in found
    other = "musllinux" if libc == "glibc" else "manylinux"
    assert not any(platform.startswith(other) for platform in platforms)


WHEELS = (
    "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp312-cp312-manylinux_2_28_x86_64",
    "cp312-abi3-manylinux_2_34_x86_64",
    "cp39-abi3-manylinux1_x86_64",
    "cp312-cp312-musllinux_1_1_x86_64",
    "cp312-cp312-musllinux_1_2_x86_64",
    "cp38-abi3-musllinux_1_2_aarch64",
    "py3-none-manylinux_2_17_aarch64",
    "cp312-none-manylinux2014_aarch64",
    "cp312-cp312-macosx_10_9_universal2",
    "cp312-cp312-macosx_11_0_arm64",
    "cp312-cp312-macosx_13_0_arm64",
    "cp312-cp312-macosx_14_0_arm64",
    "cp310-abi3-macosx_10_12_x86_64",
    "cp312-cp312-win_amd64",
    "py3-none-win_arm64",
    "cp312-none-any",
    "cp312-cp312-linux_x86_64",
    "py3-none-any",
    "py312-none-any",
)


@pytest.mark.parametrize(
    ("target", "platform"),
    [
        (Target("3.12"), "x86_64-manylinux_2_40"),
        (Target("3.12", "linux/amd64", "musl"), "x86_64-unknown-linux-musl"),
        (Target("3.12", "linux/arm64"), "aarch64-manylinux_2_40"),
        (Target("3.12", "linux/arm64", "musl"), "aarch64-unknown-linux-musl"),
        (Target("3.12", "darwin/arm64"), "aarch64-apple-darwin"),
        (Target("3.12", "darwin/amd64"), "x86_64-apple-darwin"),
        (Target("3.12", "windows/amd64"), "x86_64-pc-windows-msvc"),
        (Target("3.12", "windows/arm64"), "aarch64-pc-windows-msvc"),
        (Target("3.13", "linux/amd64"), "x86_64-manylinux_2_40"),
        (Target("3.9", "linux/amd64"), "x86_64-manylinux_2_40"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.python,
)
def test_uv_installs_the_wheels_in_the_order_of_the_tags(
    tmp_path: Path, target: Target, platform: str
) -> None:
    """Each next distribution lacks the wheel that was the best of the one before."""
    order = {tag: index for index, tag in enumerate(target.tags())}
    ranks = {
        text: min(order[tag] for tag in tags.parse_tag(text) if tag in order)
        for text in WHEELS
        if any(tag in order for tag in tags.parse_tag(text))
    }
    best_first = sorted(ranks, key=ranks.__getitem__)
    for index in range(len(best_first)):
        for text in (*best_first[index:], *(set(WHEELS) - set(best_first))):
            make_wheel(f"thing{index}", directory=tmp_path / "links", tag=text, files={})
    run_uv(
        "pip", "install", *(f"thing{index}" for index in range(len(best_first))), "--no-index",
        "--find-links", tmp_path / "links", "--target", tmp_path / "out",
        "--python-platform", platform, "--python-version", target.python, cwd=tmp_path,
    )  # fmt: skip
    for index, best in enumerate(best_first):
        (wheel,) = (tmp_path / "out").glob(f"thing{index}-*.dist-info/WHEEL")
        lines = wheel.read_text().splitlines()
        installed = {line.removeprefix("Tag: ") for line in lines if line.startswith("Tag: ")}
        assert installed == {str(tag) for tag in tags.parse_tag(best)}


@pytest.mark.parametrize(
    ("python", "specifier", "supported"),
    [
        ("3.12", ">=3.9", True),
        ("3.12", ">=3.12.4", True),
        ("3.12", "<3.12", False),
        ("3.12", "!=3.12.0", True),
        ("3.12", ">=3.13", False),
        ("3.12.3", ">=3.12.4", False),
        ("3.15", ">=3.9", True),
        ("3.12", "", True),
    ],
)
def test_a_minor_version_is_supported_when_one_of_its_patches_is(
    python: str, specifier: str, supported: bool
) -> None:
    assert Target(python).supports(specifier) is supported


@pytest.mark.parametrize(
    ("python", "platform", "said"),
    [
        ("3.12", "plan9/amd64", "`plan9/amd64` is no platform"),
        ("3.12", "linux", "`linux` is no platform"),
        ("3.12", "linux/vax", "`linux/vax` is no platform"),
        ("3.12", "darwin/s390x", "`darwin/s390x` is no platform"),
        ("2.7", "linux/amd64", "`2.7` is no Python version"),
        ("3.x", "linux/amd64", "`3.x` is no Python version"),
    ],
)
def test_an_unknown_target_is_one_sentence_with_the_known_ones(
    python: str, platform: str, said: str
) -> None:
    with pytest.raises(ExtrasplitError) as caught:
        Target(python, platform)
    assert caught.value.sentence.startswith(said)
    assert caught.value.hint
