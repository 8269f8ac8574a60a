"""A simple index on the loopback (PEP 503, PEP 691), with faults on request.

    with LocalIndex(tmp_path) as index:
        index.wheel("plotly", "5.0", requires=["tenacity"])
        index.wheel("tenacity")
        run uv lock --index-url index.url

`[[tool.uv.index]]` with `url = index.url` works too, and so does `index.flat_url`.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from support.wheelsmith import make_sdist, make_wheel

Fault = Literal[
    "no-ranges", "range-refused", "no-suffix", "html", "truncate", "stall", "loop", "moved", "busy"
]
"""What files may suffer: `no-ranges` answers 200 with all of it; `range-refused` answers 416 and
`no-suffix` only to `bytes=-N`; `html` answers 200 with a page; `truncate` closes half way; `stall`
stops half way and stays open; `loop` redirects for ever; `moved` redirects once; `busy` answers
503 twice, then serves."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that the index answered."""

    method: str
    path: str
    range: str | None
    status: int
    sent_bytes: int
    authorization: str | None


@dataclass
class LocalIndex:
    """Serves what is in `directory` until it is closed; add files at any time."""

    directory: Path
    auth: tuple[str, str] | None = None
    """User and password that everything asks for."""
    fault: Fault | None = None
    """What every file suffers; `faults` says it for one file name."""
    faults: dict[str, Fault] = field(default_factory=dict)
    upload_times: dict[str, str] = field(default_factory=dict)
    """File name to an ISO 8601 time; `exclude-newer` needs one for every file."""
    moved_to: str | None = None
    """Another origin that `moved` redirects to."""
    content_range: str | None = None
    """What to claim in place of the range that is served."""
    sizes: bool = True
    """False: a proxy that drops file sizes (PEP 700)."""
    requires_python: dict[str, str] = field(default_factory=dict)
    requests: list[Seen] = field(default_factory=list)

    def wheel(self, name: str, version: str = "1.0", **what: Any) -> Path:
        """Forge a wheel and serve it; the arguments are `make_wheel`'s."""
        return make_wheel(name, version, directory=self.directory, **what)

    def sdist(self, name: str, version: str = "1.0", **what: Any) -> Path:
        """Forge an sdist and serve it; the arguments are `make_sdist`'s."""
        return make_sdist(name, version, directory=self.directory, **what)

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The simple index."""
        return f"{self.origin}/simple"

    @property
    def flat_url(self) -> str:
        """One page that links all files (`--find-links`)."""
        return f"{self.origin}/flat"

    def file_url(self, filename: str) -> str:
        """Where one file lies."""
        return f"{self.origin}/files/{filename}"

    @property
    def file_requests(self) -> list[Seen]:
        """The requests for files, in order of arrival."""
        return [seen for seen in self.requests if "/files/" in seen.path]

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.closing = threading.Event()
        handler = type("Handler", (_Handler,), {"index": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        # A client that hangs up is no news.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def files(self) -> Iterator[tuple[str, Path]]:
        """Return the normalized name of each file's distribution, with its path."""
        for path in sorted(self.directory.iterdir()):
            if path.suffix == ".whl":
                yield parse_wheel_filename(path.name)[0], path
            elif path.name.endswith(".tar.gz"):
                yield parse_sdist_filename(path.name)[0], path


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    index: LocalIndex

    def log_message(self, *args: object) -> None:
        """Stay silent: `index.requests` is the log."""

    def do_GET(self) -> None:
        try:
            self._answer(unquote(urlsplit(self.path).path))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def _answer(self, path: str) -> None:
        if self.index.auth and self.headers.get("Authorization") != _basic(*self.index.auth):
            self._send(401, b"who are you?", "text/plain", {"WWW-Authenticate": "Basic"})
            return
        parts = [part for part in path.split("/") if part]
        match parts:
            case ["simple"]:
                names = {name: f"{name}/" for name, _ in self.index.files()}
                self._send(200, _page(names), "text/html")
            case ["simple", name]:
                self._project(canonicalize_name(name))
            case ["flat"]:
                links = {p.name: f"/files/{p.name}" for _, p in self.index.files()}
                self._send(200, _page(links), "text/html")
            case ["files" | "moved", filename] if (self.index.directory / filename).is_file():
                self._file(parts[0], filename)
            case _:
                self._send(404, b"no such thing", "text/plain")

    def _project(self, name: str) -> None:
        paths = [path for owner, path in self.index.files() if owner == name]
        if not paths:
            self._send(404, b"no such project", "text/plain")
        elif "json" in self.headers.get("Accept", ""):
            kind = "application/vnd.pypi.simple.v1+json"
            self._send(200, self._project_json(name, paths), kind)
        else:
            links = {p.name: f"/files/{p.name}#sha256={_sha256(p)}" for p in paths}
            self._send(200, _page(links), "text/html")

    def _project_json(self, name: str, paths: list[Path]) -> bytes:
        files = []
        for path in paths:
            entry: dict[str, object] = {
                "filename": path.name,
                "url": f"{self.index.origin}/files/{path.name}",
                "hashes": {"sha256": _sha256(path)},
                "yanked": False,
            }
            if self.index.sizes:
                entry["size"] = path.stat().st_size
            if path.name in self.index.requires_python:
                entry["requires-python"] = self.index.requires_python[path.name]
            if path.name in self.index.upload_times:
                entry["upload-time"] = self.index.upload_times[path.name]
            files.append(entry)
        page = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": files}
        return json.dumps(page).encode()

    def _file(self, folder: str, filename: str) -> None:
        content = (self.index.directory / filename).read_bytes()
        fault = self.index.faults.get(filename, self.index.fault)
        wanted = self.headers.get("Range")
        if fault == "html":
            self._send(200, b"<!doctype html><h1>Please log in</h1>", "text/html")
        elif fault == "loop" or (fault == "moved" and folder == "files"):
            origin = self.index.moved_to or self.index.origin
            target = f"{origin}/{'files' if fault == 'loop' else 'moved'}/{filename}"
            self._send(302, b"", "text/plain", {"Location": target})
        elif fault == "busy" and self._times_asked() < 2:
            self._send(503, b"later", "text/plain", {"Retry-After": "0"})
        elif fault in ("truncate", "stall"):
            self._break_off(content, stay=fault == "stall")
        elif wanted and (
            fault == "range-refused" or (fault == "no-suffix" and wanted.startswith("bytes=-"))
        ):
            self._send(416, b"", "text/plain", {"Content-Range": f"bytes */{len(content)}"})
        elif wanted and fault != "no-ranges":
            self._send_range(content, wanted)
        else:
            self._send(200, content, "application/octet-stream")

    def _times_asked(self) -> int:
        return sum(seen.path == self.path for seen in self.index.requests)

    def _send_range(self, content: bytes, wanted: str) -> None:
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        size = len(content)
        start = int(first) if first else max(0, size - int(last))
        end = min(int(last), size - 1) if first and last else size - 1
        if start > end:
            self._send(416, b"", "text/plain", {"Content-Range": f"bytes */{size}"})
            return
        claim = self.index.content_range or f"bytes {start}-{end}/{size}"
        about = {"Content-Range": claim, "Accept-Ranges": "bytes"}
        self._send(206, content[start : end + 1], "application/octet-stream", about)

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self._note(status, len(body))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _note(self, status: int, body_bytes: int) -> None:
        """Log the answer before it is sent: whoever has received it finds it there."""
        sent = 0 if self.command == "HEAD" else body_bytes
        asked, login = self.headers.get("Range"), self.headers.get("Authorization")
        seen = Seen(self.command, self.path, asked, status, sent, login)
        self.index.requests.append(seen)

    def _break_off(self, content: bytes, *, stay: bool) -> None:
        half = len(content) // 2
        self._note(200, half)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:half])
        self.wfile.flush()
        deadline = time.monotonic() + 60
        while stay and time.monotonic() < deadline and not self.index.closing.wait(0.05):
            pass
        self.close_connection = True


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _page(links: dict[str, str]) -> bytes:
    lines = [f'<a href="{html.escape(url)}">{html.escape(text)}</a>' for text, url in links.items()]
    return ("<!doctype html><body>\n" + "<br>\n".join(lines) + "\n</body>").encode()
