from pathlib import Path

import pytest

from extrasplit.project.declared import Project, Settings
from extrasplit.project.pyproject import read_project
from extrasplit.project.runtime import (
    allowed_pythons,
    choose_base_image,
    choose_libc,
    choose_python,
    find_base_images,
)


def project(requires_python: str | None) -> Project:
    line = f'requires-python = "{requires_python}"\n' if requires_python else ""
    return read_project(f'[project]\nname = "a"\n{line}'.encode(), Path("a"))


def test_the_last_stages_image_comes_first_and_stages_are_no_images() -> None:
    text = (
        "ARG PY=3.13\nFROM node:22 AS front\n"
        "FROM --platform=linux/amd64 python:${PY}-slim AS base\n"
        "FROM base AS final\nFROM scratch\n"
    )
    assert find_base_images(text) == ("python:3.13-slim", "node:22")
    assert find_base_images("FROM ${IMAGE:-python:3.12}\n") == ("python:3.12",)


@pytest.mark.parametrize(
    ("settings", "images", "pinned", "requires", "python"),
    [
        (Settings(python="3.14"), ["python:3.12"], b"", ">=3.11", "3.14"),
        (Settings(), ["python:3.12-slim"], b"3.13", ">=3.11", "3.12"),
        (Settings(), ["example/uv:python3.13-bookworm"], b"", ">=3.11", "3.13"),
        (Settings(base_image="python:3.13"), ["python:3.12"], b"", ">=3.11", "3.13"),
        (Settings(), ["python:3.10"], b"3.13\n", ">=3.11", "3.13"),
        (Settings(), [], b"cpython-3.13.1", None, "3.13.1"),
        (Settings(), ["python:3.11.2-slim"], b"", ">=3.11", "3.11.2"),
        (Settings(), ["python:3.15-rc-slim"], b"", ">=3.11", "3.15"),
        (Settings(), ["python:3.15.0rc1"], b"", ">=3.11", "3.15"),
        (Settings(), [], b"", ">=3.11,<3.14", "3.11"),
        (Settings(), [], b"", None, "3.12"),
    ],
)
def test_the_python_is_the_first_answer_that_the_project_allows(
    settings: Settings, images: list[str], pinned: bytes, requires: str | None, python: str
) -> None:
    assert choose_python(project(requires), settings, images, pinned) == python


def test_base_image_and_libc_follow_the_image() -> None:
    images = ["nginx:alpine", "python:3.12-alpine"]
    assert choose_base_image(Settings(), images) == "python:3.12-alpine"
    assert choose_base_image(Settings(base_image="x"), images) == "x"
    assert choose_base_image(Settings(), ["nginx"]) is None
    assert choose_libc(Settings(), images) == "musl"
    assert choose_libc(Settings(libc="glibc"), images) == "glibc"
    assert choose_libc(Settings(), []) == "glibc"


def test_allowed_pythons_are_the_minor_versions_of_requires_python() -> None:
    assert allowed_pythons(">=3.11,<3.14") == ("3.11", "3.12", "3.13")
    assert allowed_pythons(">3.11.4,<3.12") == ("3.11",)
    assert "3.9" in allowed_pythons(None)
    assert allowed_pythons("nonsense") == allowed_pythons(None)
