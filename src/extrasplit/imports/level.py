"""How surely an import runs, from the surest to never."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """Ordered: along a path the weakest (greatest) edge decides, the strongest path wins."""

    STARTUP = 0
    DEFERRED = 1
    GUARDED = 2
    SPAWNED = 3
    TYPING = 4

    @property
    def word(self) -> str:
        """The level as reports write it (`startup`)."""
        return self.name.lower()


def weakest(*levels: Level) -> Level:
    """Return the level of a path over edges of these levels."""
    return max(levels)


def strongest(*levels: Level) -> Level:
    """Return the level of a target that is reached by paths of these levels."""
    return min(levels)
