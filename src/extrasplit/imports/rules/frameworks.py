"""What frameworks do that no file says: it follows from how they are started."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Final

_EAGER: Final = {"celery": "rule:celery"}
"""Celery documentation, Configuration and defaults: `imports` and `include` are imported when the
worker starts; a process that only sends tasks never imports them."""


def eager_rule(launcher: str | None) -> str | None:
    """Return the `via` of what this launcher imports at once and its clients don't."""
    return _EAGER.get(launcher or "")


def streamlit_pages(script: str, listing: Iterable[str]) -> tuple[str, ...]:
    """Return the files of the `pages/` folder beside a Streamlit script.

    Each runs when its page is opened (Streamlit documentation, "Create multipage apps using the
    pages/ directory"; names that begin with a dot or an underscore are no pages).
    """
    folder = posixpath.join(posixpath.dirname(script), "pages", "")
    return tuple(
        sorted(
            path
            for path in listing
            if path.startswith(folder)
            and path.endswith(".py")
            and "/" not in path[len(folder) :]
            and not path[len(folder) :].startswith((".", "_"))
        )
    )
