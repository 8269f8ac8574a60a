"""Reads one source file: what it imports, at which level, what it spawns.

The walk over its syntax tree (`reading`) is the definition; walking what is left of it (`skeleton`)
is quicker and says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from extrasplit.imports.interest import (
    origins_of_imports,
    texts_of_interest,
)
from extrasplit.imports.level import Level
from extrasplit.imports.loggers import is_logging_file, read_logging_file
from extrasplit.imports.parsing import Parsed, SyntaxFault, ignores_of, parse
from extrasplit.imports.reading import Branch, Reader
from extrasplit.imports.scanned import Ignore, Import, ScannedFile, Spawn, Undecided
from extrasplit.imports.skeleton import read_left, skeleton_of
from extrasplit.record import replace

__all__ = ["Ignore", "Import", "ScannedFile", "Spawn", "Undecided", "scan", "scan_tree"]


def scan(data: bytes, path: str, *, is_init: bool | None = None) -> ScannedFile:
    """Return all that a file's bytes say; a file that can't be parsed says so in `error`.

    A fault in a statement that can hold no import may go unseen: `parsing.fault_of` looks for it.
    Of `path` only its name counts: an `__init__.py` is its own package (`is_init` overrules), and
    what is no source is a logging configuration, the only other file that is asked for.
    """
    if is_logging_file(path):
        return read_logging_file(data)
    if is_init is None:
        is_init = path.replace("\\", "/").rpartition("/")[2] == "__init__.py"
    quick = _scan_reduced(data, is_init=is_init)
    return scan_tree(data, is_init=is_init) if quick is None else quick


def scan_tree(data: bytes, *, is_init: bool) -> ScannedFile:
    """Scan by the whole syntax tree: the definition that the quicker way is held to."""
    parsed = parse(data)
    if isinstance(parsed, SyntaxFault):
        ignores = ignores_of(data)
        return ScannedFile((), ignores=ignores, error=parsed.message, error_line=parsed.line)
    try:
        reader = Reader(parsed, is_init=is_init)
        reader.read_calls_of(data)
        reader.block(parsed.tree.body, Branch(), "")
    except RecursionError:
        return ScannedFile((), ignores=ignores_of(data), error="nested too deeply to be read")
    return _scanned(reader, data)


def _scan_reduced(data: bytes, *, is_init: bool) -> ScannedFile | None:
    """Scan what is left of a file by `skeleton`; None where the rest of it may matter."""
    skeleton = skeleton_of(data)
    if skeleton is None:
        return None
    words = [b"import", *([b"__lazy_modules__"] if b"__lazy_modules__" in data else [])]
    places = skeleton.places(words)

    def read_imports(parsed: Parsed) -> tuple[Reader, Iterator[int]]:
        reader = Reader(parsed, is_init=is_init)
        reader.block(parsed.tree.body, Branch(), "")
        return reader, reader.unsure(skeleton.data)

    def read_calls(parsed: Parsed) -> tuple[Reader, Iterator[int]]:
        reader = Reader(parsed, is_init=is_init)
        texts = reader.read_calls_of(data)
        reader.block(parsed.tree.body, Branch(), "")
        return reader, chain(skeleton.places(texts), reader.unsure(skeleton.data))

    try:
        reader = read_left(skeleton, places, read_imports)
        texts = texts_of_interest(data, origins_of_imports(reader.imports)) if reader else ()
        if texts:
            reader = read_left(skeleton, places | skeleton.places(texts), read_calls)
    except RecursionError:
        return None
    return None if reader is None else _scanned(reader, data)


def _scanned(reader: Reader, data: bytes) -> ScannedFile:
    imports, undecided = _settle_walks(_whole_groups(reader), reader.undecided)
    spawned = tuple(dict.fromkeys(reader.spawns))
    tested = {(each.scope, each.name) for each in reader.handed if each.tests}
    handed = tuple(
        dict.fromkeys(replace(h, tests=(h.scope, h.name) in tested) for h in reader.handed)
    )
    return ScannedFile(imports, spawned, undecided, ignores_of(data), handed)


def _whole_groups(reader: Reader) -> Iterator[Import]:
    """Yield the imports; where a loop loads entry points, all of their group are meant."""
    for each in reader.imports:
        looped = each.group is not None and each.scope in reader.loading
        yield replace(each, name="*") if looped else each


def _settle_walks(
    imports: Iterable[Import], undecided: Iterable[Undecided]
) -> tuple[tuple[Import, ...], tuple[Undecided, ...]]:
    """Join each loop over a package's modules with the computed import that it feeds.

    A loop in a file that imports nothing by a computed name only lists. The import's place is
    what counts; it is then decided.
    """
    kept: list[Import] = []
    rest = list(dict.fromkeys(undecided))
    fed: set[Undecided] = set()
    for each in imports:
        if each.via == "dynamic" and each.name == "*" and each.level != Level.DEFERRED:
            here = [one for one in rest if one.scope == each.scope] or rest
            if not here:
                continue
            fed.update(here)
        kept.append(each)
    return tuple(kept), tuple(one for one in rest if one not in fed)
