"""Reads pieces of files from package indexes over HTTP; the one door of urllib3.

A request asks for a range (RFC 9110, section 14). A server that ignores ranges answers with the
whole file, which is streamed into an unnamed temporary file and read from there. Nothing is
believed: sizes and times are bounded, and an error names the URL without credentials.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import urllib3
from urllib3.exceptions import (
    HTTPError,
    LocationValueError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ResponseError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as SlowError

from extrasplit.edges.connections import Pools
from extrasplit.edges.credentials import Credentials, strip_login
from extrasplit.errors import ExternalError
from extrasplit.wheels.directory import MAX_DIRECTORY_BYTES, ByteRange

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
"""Between two pieces of an answer; `$UV_HTTP_TIMEOUT` overrules it, as for uv."""
SLOWEST_BYTES_PER_SECOND: Final = 50_000
"""What comes slower than this, after `READ_SECONDS`, has stalled."""
LARGEST_FILE_BYTES: Final = 16 * 1024**3
LARGEST_PIECE_BYTES: Final = MAX_DIRECTORY_BYTES + 1024**2
"""No range that is asked for is longer."""
ATTEMPTS: Final = 3
REDIRECTS: Final = 5

_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_PAUSE_SECONDS: Final = 0.2
_CHUNK_BYTES: Final = 256 * 1024
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_UNLOCKED: Final = "the index serves another file than the one that was locked; run `uv lock`"


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes that a server gave, and where in the file they stand."""

    span: ByteRange
    total_bytes: int
    """The whole file."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Whole:
    """All of a file, from a server that ignores ranges."""

    file: IO[bytes]
    total_bytes: int


class _RefusedError(Exception):
    """The server would not serve this range (416); perhaps another one."""


class _TransientError(Exception):
    """What may go better the next time; says what happened."""


class Index:
    """A pool of connections to whatever hosts are asked for; its methods are safe in threads."""

    fetched_bytes = 0
    """Of all bodies that were read in this process: for benchmarks and `--verbose`."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        spool: Path | None = None,
        environ: Mapping[str, str] = os.environ,
        read_seconds: float | None = None,
    ) -> None:
        """Connect to nothing yet; whole files are streamed into unnamed ones in `spool`."""
        self._credentials = credentials
        self._spool = spool
        self._read_seconds = read_seconds or _seconds(environ.get("UV_HTTP_TIMEOUT"))
        self._pools = Pools()

    def open(self, url: str, size_bytes: int | None) -> RemoteArchive:
        """Return the file at `url`, of which nothing is read yet."""
        return RemoteArchive(self, url, size_bytes)

    def close(self) -> None:
        """Close all connections."""
        self._pools.close()

    def get(self, url: str, wanted: str | None) -> Piece | Whole:
        """Return what the server gives for `wanted`, a Range value; None asks for the file.

        Raises ExternalError after `ATTEMPTS`, _RefusedError for 416.
        """
        said = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(_PAUSE_SECONDS * 2**attempt)
            try:
                with self._request(url, wanted) as response:
                    return self._receive(url, response, wanted)
            except _TransientError as error:
                said = str(error)
        raise ExternalError(
            f"{strip_login(url)} could not be read: {said}",
            hint="try again, or add --offline to go on with what is remembered",
        )

    @contextmanager
    def _request(self, url: str, wanted: str | None) -> Iterator[urllib3.BaseHTTPResponse]:
        """Yield the answer, its body not read yet; turn urllib3's errors into ours."""
        headers = {"Accept-Encoding": "identity", "User-Agent": "extrasplit"}
        if wanted:
            headers["Range"] = wanted
        try:
            if login := self._credentials.login_for(url):
                headers["Authorization"] = login.header
            response = self._pools.pool_for(url).request(
                "GET",
                url,
                headers=headers,
                preload_content=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=self._read_seconds),
                retries=urllib3.Retry(
                    None, connect=0, read=0, status=0, other=0, redirect=REDIRECTS
                ),
            )
            try:
                yield response
            finally:
                # A body that was not read to its end makes the connection useless.
                response.close()
        except (HTTPError, OSError, ValueError) as error:
            raise _translate(url, error) from error

    def _receive(
        self, url: str, response: urllib3.BaseHTTPResponse, wanted: str | None
    ) -> Piece | Whole:
        if response.status in _BUSY:
            raise _TransientError(f"the server answers {response.status}")
        if response.status == 416 and wanted:
            raise _RefusedError
        if response.status == 206 and wanted:
            return self._receive_piece(url, response)
        if response.status != 200:
            raise _refusal(url, response.status)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise ExternalError(
                f"{strip_login(url)} answers with a web page, not with a file",
                hint="a proxy or a login may stand before the index",
            )
        return self._receive_whole(url, response)

    def _receive_piece(self, url: str, response: urllib3.BaseHTTPResponse) -> Piece:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found is None:
            raise ExternalError(f"{strip_login(url)} answers a range without saying which")
        first, last, total = map(int, found.groups())
        length = last + 1 - first
        if not 0 < length <= LARGEST_PIECE_BYTES or last >= total:
            raise ExternalError(f"{strip_login(url)} answers another range than asked")
        content = b"".join(self._pieces(response, length))
        if len(content) != length:
            raise _TransientError("the answer was cut short")
        return Piece(ByteRange(first, last + 1), total, content)

    def _receive_whole(self, url: str, response: urllib3.BaseHTTPResponse) -> Whole:
        length = response.headers.get("Content-Length", "")
        limit = min(int(length), LARGEST_FILE_BYTES) if length.isdecimal() else LARGEST_FILE_BYTES
        folder = self._spool if self._spool and os.access(self._spool, os.W_OK) else None
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it goes with its archive
        try:
            total = 0
            for chunk in self._pieces(response, limit):
                total += file.write(chunk)
        except BaseException:
            file.close()
            raise
        return Whole(file, total)

    def _pieces(self, response: urllib3.BaseHTTPResponse, limit: int) -> Iterator[bytes]:
        """Yield the body as it comes; at most `limit` bytes, and not slower than is bearable."""
        begun, received = time.monotonic(), 0
        while chunk := response.read1(_CHUNK_BYTES):
            received += len(chunk)
            if received > limit:
                raise _TransientError("the answer is longer than it says")
            yield chunk
            Index.fetched_bytes += len(chunk)
            waited = time.monotonic() - begun
            if waited > self._read_seconds + received / SLOWEST_BYTES_PER_SECOND:
                raise _TransientError("the answer comes too slowly")


class RemoteArchive:
    """One file of an index, read piece by piece; an `Archive`."""

    def __init__(self, index: Index, url: str, size_bytes: int | None) -> None:
        """Read nothing yet; `size_bytes` is what the lock says, and then the file must have it."""
        self._index = index
        self._url = url
        self._size = size_bytes
        self._whole: Whole | None = None

    @property
    def size_bytes(self) -> int:
        """The whole file; read its tail first."""
        assert self._size is not None, "the tail comes first"
        return self._size

    def read_tail(self, length: int) -> bytes:
        """Return the last `length` bytes, by a suffix range where no size is known."""
        if self._size is None:
            piece = self._ask(f"bytes=-{length}", "bytes=0-0")
            if piece and piece.span == self._tail(length):
                return piece.content
        return self.read(self._tail(length))

    def read(self, span: ByteRange) -> bytes:
        """Return just these bytes."""
        piece = self._ask(f"bytes={span.start}-{span.stop - 1}")
        if piece:
            if piece.span != span:
                raise ExternalError(f"{strip_login(self._url)} answers another range than asked")
            return piece.content
        assert self._whole is not None
        self._whole.file.seek(span.start)
        return self._whole.file.read(span.stop - span.start)

    def close(self) -> None:
        """Remove the temporary file, where there is one."""
        if self._whole is not None:
            self._whole.file.close()

    def _tail(self, length: int) -> ByteRange:
        return ByteRange(max(0, self.size_bytes - length), self.size_bytes)

    def _ask(self, *ranges: str) -> Piece | None:
        """Return what the server gives for the first range that it takes.

        None: it takes none, and the whole file is here.
        """
        for wanted in (*ranges, None):
            if self._whole is not None:
                break
            try:
                answer = self._index.get(self._url, wanted)
            except _RefusedError:
                continue
            if isinstance(answer, Whole):
                self._whole = answer
            if self._size not in (None, answer.total_bytes):
                raise ExternalError(f"{strip_login(self._url)} has another size", hint=_UNLOCKED)
            self._size = answer.total_bytes
            if isinstance(answer, Piece):
                return answer
        return None


def _translate(url: str, error: Exception) -> Exception:
    """Return what to raise for an error below: one that may be tried again, or the last word."""
    shown = strip_login(url)
    reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(reason, SSLError):
        return ExternalError(
            f"{shown} has a certificate that is not trusted",
            hint="SSL_CERT_FILE names a file with the authority's certificate",
        )
    if isinstance(reason, ResponseError):
        return ExternalError(f"{shown} redirects more than {REDIRECTS} times")
    if isinstance(reason, LocationValueError) or not isinstance(reason, HTTPError | OSError):
        return ExternalError(f"{shown} is not a URL that can be read")
    if isinstance(reason, ProxyError):
        return _TransientError("the proxy does not answer")
    if isinstance(reason, NewConnectionError):
        return _TransientError("the server does not answer")
    if isinstance(reason, SlowError):
        return _TransientError("no answer came in time")
    return _TransientError("the connection broke off")


def _refusal(url: str, status: int) -> ExternalError:
    shown = strip_login(url)
    if status in (401, 403, 407):
        return ExternalError(
            f"{shown} asks for credentials ({status})",
            hint="give them to uv: UV_INDEX_<NAME>_USERNAME and _PASSWORD, or netrc",
        )
    if status in (404, 410):
        return ExternalError(f"{shown} is no longer there ({status})", hint="run `uv lock`")
    return ExternalError(f"{shown} answers {status}")


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() and int(text) else READ_SECONDS
