"""Renders the .dockerignore: what no build of an image reads.

The form is that of https://docs.docker.com/build/concepts/context/#dockerignore-files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from extrasplit.rewrite.quoting import refuse_control

_NEVER_READ: Final = (
    ".git",
    ".github",
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
    "**/.venv",
    "**/venv",
    "**/__pycache__",
    "**/*.py[cod]",
    "**/*.egg-info",
    "**/.*_cache",
    "**/.env",
    ".extrasplit-apply",
    "build",
    "dist",
    "Dockerfile*",
    "docker-bake*.hcl",
    "compose*.y*ml",
    "docker-compose*.y*ml",
)
_PINNED: Final = "**/.python-version"
"""The image's Python is the one that counts, not the one that a developer's uv picks."""
_FOR_TESTS: Final = ("tests", "test", "docs")


def render_dockerignore(
    *, needed: Iterable[str], kept: Iterable[str] = (), theirs: str | None = None
) -> str:
    """Return the .dockerignore's text, without header.

    `needed` are files and folders that the build reads, whatever another pattern says; `kept` are
    folders at the top that hold the project's packages. `theirs` is the text of the user's own
    file, whose patterns stay first.
    """
    packages = set(kept)
    lines = []
    if theirs is not None:
        lines += [line.rstrip() for line in theirs.splitlines() if line.strip()]
    lines += [name for name in (*_NEVER_READ, _PINNED, *_FOR_TESTS) if name not in packages]
    lines += [f"!{_pattern(path)}" for path in needed] if theirs is not None else []
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _pattern(path: str) -> str:
    return re.sub(r"[*?\[\\]", r"\\\g<0>", refuse_control(path, "the path"))
