"""Shares work on many files among all cores; few files are done at once, in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Self, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

FILES_PER_WORKER: Final = 500
"""Below this many files one process is quicker than two."""
FILES_PER_BATCH: Final = 12
"""Below this many files for each worker it takes longer to hand them over than to read them."""

Item = TypeVar("Item")
Done = TypeVar("Done")


class Workers:
    """Other processes for work that comes in waves; none is started before a wave is worth it."""

    def __init__(self, expected: int) -> None:
        """Serve about so many files in all."""
        self._count = min(os.cpu_count() or 1, expected // FILES_PER_WORKER + 1)
        self._pool: ProcessPoolExecutor | None = None

    def map(self, work: Callable[[Sequence[Item]], Done], items: Sequence[Item]) -> list[Done]:
        """Return what `work` makes of each batch, in the order of the items.

        `work` goes to other processes: a function of a module, or a partial of one.
        """
        if self._count == 1 or len(items) < self._count * FILES_PER_BATCH:
            return [work(items)]
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor

            self._pool = ProcessPoolExecutor(self._count)
        size = max(-(-len(items) // (self._count * 4)), FILES_PER_BATCH)
        batches = [items[at : at + size] for at in range(0, len(items), size)]
        return list(self._pool.map(work, batches))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()


def map_batches(work: Callable[[Sequence[Item]], Done], items: Sequence[Item]) -> list[Done]:
    """Return what `work` makes of each batch of one wave."""
    with Workers(len(items)) as workers:
        return workers.map(work, items)
