"""What an unlock is, and what all of them come to (DESIGN 7.11)."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import NormalizedName

from extrasplit.imports.deferral import Change, Deferral
from extrasplit.places import Place
from extrasplit.record import Record, field


class UnlockLine(Record):
    """Names of one import line that are deferred in the same way."""

    path: str
    line: int
    names: tuple[str, ...]
    how: Deferral

    @property
    def change(self) -> Change:
        """What is to be done."""
        return self.how.change

    @property
    def used_at(self) -> int | None:
        """Where the name is evaluated, for `guard`."""
        return self.how.used_at

    @property
    def asked(self) -> str:
        """What asks for the function that it stands in (`if args.gui`), where it is late."""
        return self.how.why if self.how.late else ""

    @property
    def into(self) -> tuple[str, ...]:
        """The functions that receive the import; where it is late, the one that it stands in."""
        return self.how.into


class Unlock(Record):
    """The lines that hold one heavy requirement, and its companions, in a lean image."""

    variant: str
    entrypoint: str
    requirements: tuple[str, ...]
    """As written in pyproject.toml."""
    leaving: frozenset[NormalizedName]
    """The distributions that leave the image."""
    freed_bytes: int
    cost: float
    used_in: int
    """How many first-party modules import what leaves."""
    modules: int
    """How many of them no longer load at startup."""
    lines: tuple[UnlockLine, ...]
    from_base: bool
    """It stands in base: what imports it later answers where it is absent."""
    chain: tuple[Place, ...]
    """One way in which it is imported today, for `--explain`."""
    alone: bool = False
    """Others of the image need it: the entrypoint would leave for an image of its own."""

    @property
    def late(self) -> bool:
        """Whether nothing has to move: its lines are late already, and lack an answer."""
        return bool(self.lines) and all(line.how.late for line in self.lines)

    @property
    def names(self) -> frozenset[tuple[str, int, str]]:
        """What is deferred: file, line and local name."""
        return frozenset((one.path, one.line, name) for one in self.lines for name in one.names)


class Unlocks(Record):
    """All that are worth showing, and what they come to."""

    shown: tuple[Unlock, ...] = ()
    """The largest first."""
    together: tuple[Unlock, ...] = ()
    """For each variant one cut for all that are shown: theirs overlap."""
    unlocked_bytes: Mapping[str, int] = field(default_factory=dict)
    """By variant, its installed bytes once all were made."""
