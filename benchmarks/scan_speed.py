"""How quick the scan is, beside the syntax tree that defines it: lines, seconds, agreement.

    python benchmarks/scan_speed.py FOLDER...

Without a folder it reads what is installed beside it. Seconds are of the processor, one process,
files already read.
"""

from __future__ import annotations

import ast
import gc
import sys
import sysconfig
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from extrasplit.imports.scan import scan, scan_tree

Files = Sequence[tuple[str, bytes]]


def read(folders: Sequence[str]) -> Files:
    paths = (path for folder in folders for path in sorted(Path(folder).rglob("*.py")))
    return [(str(path), path.read_bytes()) for path in paths]


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    start = time.process_time()
    work()
    gc.enable()
    return time.process_time() - start


def parse_all(files: Files) -> None:
    for _, data in files:
        try:
            ast.parse(data)
        except (SyntaxError, ValueError):
            continue


def main(folders: Sequence[str]) -> None:
    warnings.simplefilter("ignore")
    files = read(folders or [sysconfig.get_path("purelib")])
    inits = [path.endswith("__init__.py") for path, _ in files]
    parsing = seconds(lambda: parse_all(files))
    whole, quick = [], []
    by_tree = seconds(
        lambda: whole.extend(
            scan_tree(data, is_init=is_init)
            for (_, data), is_init in zip(files, inits, strict=True)
        )
    )
    by_scan = seconds(lambda: quick.extend(scan(data, path) for path, data in files))
    broken = sum(each.error is not None for each in whole)
    differ = [
        path
        for (path, _), tree, answer in zip(files, whole, quick, strict=True)
        if tree.error is None and tree != answer
    ]
    lines = sum(data.count(b"\n") for _, data in files)
    print(f"{len(files):,} files, {lines:,} lines, {sum(len(s.imports) for s in whole):,} imports")
    for name, taken in (
        ("ast.parse alone", parsing),
        ("scan_tree: the definition", by_tree),
        ("scan: parse what can matter", by_scan),
    ):
        print(f"  {name:30} {taken:7.2f} s   {by_tree / taken:4.1f} x the definition")
    print(f"  agree: {len(files) - broken - len(differ):,}; differ: {len(differ):,};", end=" ")
    print(f"not parsed by this Python: {broken:,}")
    for path in differ[:10]:
        print(f"  differs: {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
