"""On what the project runs: base image, Python version and libc."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from extrasplit.project.declared import Project, Settings
from extrasplit.project.starts import dockerfile
from extrasplit.project.starts.stages import read_instructions

OLDEST_MINOR: Final = 9
NEWEST_MINOR: Final = 15
DEFAULT_PYTHON: Final = "3.12"
"""Where nothing names a version and every one is allowed."""
_FROM: Final = re.compile(r"(?:--platform=\S+\s+)?(?P<image>\S+)(?:\s+AS\s+(?P<alias>\S+))?", re.I)
_VARIABLE: Final = re.compile(r"\$\{?(?P<name>\w+)(?::?-(?P<default>[^}]*))?\}?")
_VERSION: Final = r"3\.\d{1,2}(?:\.\d{1,2}(?![\da-z]))?"
_PYTHON: Final = re.compile(
    rf"(?:^|/)(?:\w+/)?python:(?P<version>{_VERSION})|python(?P<in_tag>{_VERSION})"
)


def find_base_images(text: str) -> tuple[str, ...]:
    """Return the images that a Dockerfile's stages begin with, the last stage's first.

    Variables take the defaults of the ARGs before the first FROM (Dockerfile reference, FROM).
    """
    arguments: dict[str, str] = {}
    images: list[str] = []
    stages: set[str] = set()
    for instruction in read_instructions(text):
        if instruction.keyword == "ARG" and not images:
            name, _, value = instruction.value.partition("=")
            arguments[name.strip()] = value.strip().strip("\"'")
        found = _FROM.match(instruction.value) if instruction.keyword == "FROM" else None
        if found is None:
            continue
        image = _VARIABLE.sub(
            lambda v: arguments.get(v["name"]) or v["default"] or "", found["image"]
        )
        if image.lower() not in stages and image != "scratch":
            images.append(image)
        if found["alias"]:
            stages.add(found["alias"].lower())
    return tuple(reversed(images))


def choose_base_image(settings: Settings, images: Sequence[str]) -> str | None:
    """Return the configured base image, else the first that names a Python; None: neither."""
    if settings.base_image:
        return settings.base_image
    return next((image for image in images if _PYTHON.search(image)), None)


def choose_python(
    project: Project, settings: Settings, images: Sequence[str], version_file: bytes
) -> str:
    """Return the Python that is meant: configured, the image's, `.python-version`, lowest allowed.

    What the project's `requires-python` refuses is passed over, unless it is configured.
    """
    if settings.python:
        return settings.python
    allowed = allowed_pythons(project.requires_python)
    for image in (settings.base_image or "", *images):
        found = _PYTHON.search(image)
        version = (found["version"] or found["in_tag"]) if found else ""
        if _minor(version) in allowed:
            return version
    pinned = re.match(rf"\s*(?:cpython-)?({_VERSION})", version_file.decode("utf-8", "replace"))
    if pinned and _minor(pinned[1]) in allowed:
        return pinned[1]
    return allowed[0] if project.requires_python else DEFAULT_PYTHON


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def choose_libc(settings: Settings, images: Sequence[str]) -> Literal["glibc", "musl"]:
    """Return the configured libc; musl where the base image is Alpine's."""
    if settings.libc:
        return settings.libc
    image = choose_base_image(settings, images) or ""
    return "musl" if "alpine" in image else "glibc"


def allowed_pythons(requires_python: str | None) -> tuple[str, ...]:
    """Return the minor versions that `requires-python` allows, lowest first."""
    every = tuple(f"3.{minor}" for minor in range(OLDEST_MINOR, NEWEST_MINOR + 1))
    try:
        specifier = SpecifierSet(requires_python or "")
    except InvalidSpecifier:
        return every
    allowed = tuple(
        version
        for version in every
        if any(specifier.contains(f"{version}.{patch}") for patch in (0, 5, 99))
    )
    return allowed or every


def texts_of_dockerfiles(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts of the Dockerfiles among the files that name starts, by path."""
    return tuple(text for path, text in sorted(texts.items()) if dockerfile.reads(path))
