"""Whether files were being replaced when a process ended (`transaction` says how that goes on)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Final

FOLDER: Final = ".extrasplit-apply"
"""Below the root that is written to; there only while files are replaced."""


def was_interrupted(root: Path) -> bool:
    """Whether `recover` has something to look at."""
    return (root / FOLDER).is_dir()
