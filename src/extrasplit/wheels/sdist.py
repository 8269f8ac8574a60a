"""What an sdist lets guess about the wheel that would be built from it; nothing is built."""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Final

from extrasplit.wheels.contents import SDIST_REASON, WheelFacts
from extrasplit.wheels.metadata import read_metadata
from extrasplit.wheels.modules import find_modules

TRAILER_BYTES: Final = 4
"""Of gzip: the unpacked size, modulo 4 GiB (RFC 1952, ISIZE)."""
HEAD_BYTES: Final = 64 * 1024
"""What is read of an sdist's beginning, where PKG-INFO mostly stands."""
MAX_UNPACKED_BYTES: Final = 4 * 1024 * 1024
"""What is unpacked of it in memory."""
_TEXTS: Final = re.compile(r"[^/]+/PKG-INFO|[^/]+/(src/)?[^/]+\.egg-info/top_level\.txt")
_ASIDE: Final = re.compile(r"(setup|conftest|(.*/)?(tests?|docs?|examples?|benchmarks?))(/|\.py$)")


def describe_sdist(filename: str, file_bytes: int, head: bytes, trailer: bytes) -> WheelFacts:
    """Return facts that are not exact: an upper estimate of the size, and modules where told.

    Modules are those of `Import-Name` (PEP 794), else setuptools' `top_level.txt`, else those of
    the files, where `head` holds the whole sdist. None told: they are unknown.
    """
    paths, texts = _read_head(head)
    complete = len(head) == file_bytes
    information = next((text for path, text in texts.items() if path.endswith("/PKG-INFO")), b"")
    metadata = read_metadata(information)
    modules = metadata.import_names or _top_level(texts)
    namespaces = metadata.import_namespaces
    if not modules and complete:
        names = find_modules(_below_root(paths))
        modules, namespaces = names.modules, names.namespaces
    return WheelFacts(
        filename=filename,
        installed_bytes=_unpacked_bytes(filename, file_bytes, trailer),
        wheel_bytes=file_bytes,
        bytecode_bytes=0,
        exact=False,
        reason=SDIST_REASON,
        modules=modules,
        namespaces=namespaces,
        optional_requirements=metadata.optional_requirements,
    )


def _unpacked_bytes(filename: str, file_bytes: int, trailer: bytes) -> int:
    """Return what the gzip trailer says, at least the packed size; else a third more than that."""
    if filename.endswith((".tar.gz", ".tgz")) and len(trailer) == TRAILER_BYTES:
        return max(int.from_bytes(trailer, "little"), file_bytes)
    return file_bytes * 4 // 3


def _read_head(head: bytes) -> tuple[list[str], Mapping[str, bytes]]:
    """Return the paths in the beginning of a `.tar.gz`, and the texts that tell modules."""
    paths: list[str] = []
    texts: dict[str, bytes] = {}
    try:
        raw = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, MAX_UNPACKED_BYTES)
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for entry in archive:
                paths.append(entry.name)
                if entry.isfile() and _TEXTS.fullmatch(entry.name):
                    file = archive.extractfile(entry)
                    texts[entry.name] = file.read() if file else b""
    except (tarfile.TarError, zlib.error, OSError, ValueError, EOFError):
        pass
    return paths, texts


def _top_level(texts: Mapping[str, bytes]) -> frozenset[str]:
    lines = (
        line.strip()
        for path, text in texts.items()
        if path.endswith("/top_level.txt")
        for line in text.decode("utf-8", "replace").splitlines()
    )
    return frozenset(line for line in lines if line.isidentifier())


def _below_root(paths: Iterable[str]) -> list[str]:
    inner = [path.partition("/")[2] for path in paths]
    source = [path.removeprefix("src/") for path in inner if path.startswith("src/")]
    return [path for path in source or inner if not _ASIDE.match(path)]
