"""Shares work on many files among all cores; few files are done at once, in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

FILES_PER_WORKER: Final = 500
"""Below this many files one process is quicker than two."""

Item = TypeVar("Item")
Done = TypeVar("Done")


def map_batches(
    work: Callable[[Sequence[Item]], Done],
    items: Sequence[Item],
    meanwhile: Callable[[], object] | None = None,
) -> list[Done]:
    """Return what `work` makes of each batch, in the order of the items.

    `work` goes to other processes: a function of a module, or a partial of one. Where there are
    any, this one does `meanwhile` once they are at it.
    """
    workers = min(os.cpu_count() or 1, len(items) // FILES_PER_WORKER + 1)
    if workers == 1:
        return [work(items)]
    from concurrent.futures import ProcessPoolExecutor

    size = -(-len(items) // (workers * 4))
    batches = [items[at : at + size] for at in range(0, len(items), size)]
    with ProcessPoolExecutor(workers) as pool:
        done = pool.map(work, batches)
        if meanwhile is not None:
            meanwhile()
        return list(done)
