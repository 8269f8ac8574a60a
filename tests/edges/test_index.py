"""Servers of every temper: each gives the file, or one clear error in time."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from extrasplit.edges.archive import read_wheel
from extrasplit.edges.credentials import Credentials, Login
from extrasplit.edges.index import Index
from extrasplit.errors import ExternalError
from extrasplit.wheels.contents import WheelFacts
from support.index import Fault, LocalIndex

NAME = "demo-1.0-py3-none-any.whl"
SOURCE = "".join(f"value_{number} = {number * 7919}\n" for number in range(40_000))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Index]:
    with closing(Index(Credentials(), spool=tmp_path, read_seconds=1.0)) as index:
        yield index


@pytest.fixture
def size(index: LocalIndex) -> int:
    """Serve one wheel, and return its size."""
    return index.wheel("demo", files={"demo.py": SOURCE}).stat().st_size


def read(client: Index, index: LocalIndex, size: int | None) -> WheelFacts:
    with closing(client.open(index.file_url(NAME), size)) as archive:
        return read_wheel(NAME, archive, size)


def test_one_small_request_is_enough(client: Index, index: LocalIndex, size: int) -> None:
    facts = read(client, index, size)
    assert facts.installed_bytes > len(SOURCE)
    (seen,) = index.file_requests
    assert (seen.status, seen.method) == (206, "GET")
    assert seen.sent_bytes <= 16 * 1024 < size


def test_without_a_size_the_server_is_asked_for_a_suffix(
    client: Index, index: LocalIndex, size: int
) -> None:
    facts = read(client, index, None)
    assert facts.wheel_bytes == size
    assert [seen.range for seen in index.file_requests] == ["bytes=-65536"]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("fault", ["no-ranges", "range-refused", "no-suffix", "moved", "busy"])
def test_a_wayward_server_gives_the_same_facts(
    client: Index, index: LocalIndex, size: int, fault: Fault, known: bool
) -> None:
    expected = read(client, index, size)
    index.fault = fault
    assert read(client, index, size if known else None) == expected


def test_a_server_without_ranges_is_asked_once(
    client: Index, index: LocalIndex, size: int, tmp_path: Path
) -> None:
    index.fault = "no-ranges"
    read(client, index, size)
    assert [seen.sent_bytes for seen in index.file_requests] == [size]
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("html", "web page"),
        ("truncate", "could not be read"),
        ("stall", "no answer came in time"),
        ("loop", "redirects more than"),
    ],
)
def test_a_hostile_server_is_one_clear_error_in_time(
    client: Index, index: LocalIndex, size: int, fault: Fault, said: str
) -> None:
    index.fault = fault
    begun = time.monotonic()
    with pytest.raises(ExternalError, match=said) as caught:
        read(client, index, size)
    assert time.monotonic() - begun < 10
    assert NAME in caught.value.sentence


def test_an_answer_that_drips_is_given_up(
    client: Index, index: LocalIndex, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extrasplit.edges.index.SLOWEST_BYTES_PER_SECOND", 1e12)
    monkeypatch.setattr(client, "_read_seconds", -1.0)
    monkeypatch.setattr("extrasplit.edges.index.urllib3.Timeout", lambda **_: 5.0)
    with pytest.raises(ExternalError, match="too slowly"):
        read(client, index, size)


@pytest.mark.parametrize("claim", ["bytes 0-99999999999/100000000000", "bytes 5-2/10", "bytes x"])
def test_a_range_that_nobody_asked_for_is_an_error(
    client: Index, index: LocalIndex, size: int, claim: str
) -> None:
    index.content_range = claim
    with pytest.raises(ExternalError, match="range"):
        read(client, index, size)


def test_another_size_than_the_locked_one_is_an_error(
    client: Index, index: LocalIndex, size: int
) -> None:
    with pytest.raises(ExternalError, match="another size"):
        read(client, index, size + 1)


def test_a_file_that_is_gone_is_an_error(client: Index, index: LocalIndex) -> None:
    with pytest.raises(ExternalError, match=r"no longer there \(404\)"):
        read(client, index, 100_000)


def test_a_server_that_is_away_is_an_error(client: Index) -> None:
    archive = client.open("http://127.0.0.1:9/demo.whl", None)
    with pytest.raises(ExternalError, match="does not answer"):
        archive.read_tail(10)


@pytest.mark.parametrize("url", ["http://[::1/demo.whl", "ftp://h.example/demo.whl", "http://"])
def test_what_is_no_url_is_an_error(client: Index, url: str) -> None:
    with closing(client.open(url, None)) as archive, pytest.raises(ExternalError):
        archive.read_tail(10)


def test_credentials_are_sent_and_never_shown(index: LocalIndex, size: int, tmp_path: Path) -> None:
    index.auth = ("ada", "s3cret")
    known = Credentials(((index.url, Login("ada", "s3cret")),))
    with closing(Index(known, spool=tmp_path)) as client:
        assert read(client, index, size).wheel_bytes == size
    wrong = Credentials(((index.url, Login("ada", "wr0ng")),))
    asked = pytest.raises(ExternalError, match="asks for credentials")
    with closing(Index(wrong, spool=tmp_path)) as client, asked as caught:
        read(client, index, size)
    assert "wr0ng" not in str(caught.value)


def test_credentials_do_not_follow_a_redirect_to_another_host(
    index: LocalIndex, size: int, tmp_path: Path
) -> None:
    with LocalIndex(tmp_path / "other") as other:
        shutil.copy(index.directory / NAME, other.directory)
        index.fault = "moved"
        index.moved_to = other.origin.replace("127.0.0.1", "localhost")
        known = Credentials(((index.url, Login("ada", "s3cret")),))
        with closing(Index(known, spool=tmp_path)) as client:
            assert read(client, index, size).wheel_bytes == size
        assert index.file_requests[0].authorization
        assert [seen.authorization for seen in other.requests] == [None]


def test_connections_are_kept(client: Index, index: LocalIndex, size: int) -> None:
    for _ in range(5):
        read(client, index, size)
    connections = client._pools.pool_for(index.origin).connection_from_url(index.origin)
    assert connections.num_connections == 1
    assert connections.num_requests == 5


def test_a_proxy_is_used_where_the_environment_names_one(
    index: LocalIndex, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", index.origin)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    url = f"http://index.example/files/{NAME}"
    with closing(Index(Credentials(), spool=tmp_path)) as client:
        assert read_wheel(NAME, client.open(url, size), size).wheel_bytes == size
    assert index.file_requests[0].path == url


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and its self-signed certificate for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    both = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=both.parent, check=True, capture_output=True,
    )  # fmt: skip
    both.write_text((both.parent / "key.pem").read_text() + (both.parent / "cert.pem").read_text())
    return both


@pytest.mark.parametrize("trusted", [True, False])
def test_an_authority_of_ones_own_is_trusted_by_ssl_cert_file(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    content = b"0123456789"
    (tmp_path / "demo.whl").write_bytes(content)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = f"https://127.0.0.1:{server.server_address[1]}/demo.whl"
    try:
        client = Index(Credentials(), read_seconds=5.0)
        with closing(client), closing(client.open(url, None)) as archive:
            if trusted:
                assert archive.read_tail(4) == b"6789"
            else:
                with pytest.raises(ExternalError, match="certificate that is not trusted"):
                    archive.read_tail(4)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
