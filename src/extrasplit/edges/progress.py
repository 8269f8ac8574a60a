"""Says on standard error what is going on: bars on a terminal, quiet lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Progress(Protocol):
    """What a long step tells: its name and how many pieces it has, then each piece."""

    def start(self, what: str, total: int | None) -> None:
        """Begin a step of `total` pieces; None where their number isn't known."""

    def advance(self) -> None:
        """One piece is done; may be called from any thread."""

    def done(self) -> None:
        """The step is over."""


class Silence:
    """`--quiet`."""

    def start(self, what: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""

    def done(self) -> None:
        """Say nothing."""


class Lines:
    """One line a step, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def start(self, what: str, total: int | None) -> None:
        """Write the step's name."""
        pieces = f" ({total})" if total else ""
        print(f"{what}{pieces} ...", file=self._stream, flush=True)

    def advance(self) -> None:
        """Say nothing: a log wants no bars."""

    def done(self) -> None:
        """Say nothing."""


class Bars:
    """rich's bars, which leave no trace when they are done."""

    def __init__(self) -> None:
        self._live: RichProgress | None = None
        self._task: TaskID | None = None

    def start(self, what: str, total: int | None) -> None:
        """Show a bar, or a spinner where the number of pieces isn't known."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

        self.done()
        columns = [SpinnerColumn(), TextColumn("{task.description}")]
        if total:
            columns += [BarColumn(), MofNCompleteColumn()]
        self._live = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._live.add_task(what, total=total)
        self._live.start()

    def advance(self) -> None:
        """Move the bar."""
        if self._live is not None and self._task is not None:
            self._live.advance(self._task)

    def done(self) -> None:
        """Take the bar away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.done()


def progress_for(*, quiet: bool) -> Progress:
    """Return what suits standard error: nothing, lines, or bars."""
    if quiet:
        return Silence()
    return Bars() if sys.stderr.isatty() else Lines(sys.stderr)
