"""The resolver is asked once; every address is tried."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from urllib3.exceptions import NameResolutionError

from extrasplit.edges.connections import Addresses, Pools
from support.index import LocalIndex


def test_the_resolver_is_asked_once_for_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("192.0.2.1", port)), (2, 1, 6, "", ("192.0.2.2", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    addresses = Addresses()
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: tuple(addresses.of("h.example", 443)), range(30)))
    assert found == {("192.0.2.1", "192.0.2.2")}
    assert asked == ["h.example"]


def test_the_next_address_is_tried_where_one_is_dead(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Addresses.of
    monkeypatch.setattr(
        Addresses, "of", lambda self, host, port: ("127.0.0.9", *real(self, host, port))
    )
    index.wheel("demo")
    pools = Pools()
    answer = pools.pool_for(index.url).request("GET", f"{index.url}/demo/", retries=False)
    pools.close()
    assert answer.status == 200


def test_a_host_that_is_unknown_is_an_error_of_urllib3(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    pools = Pools()
    with pytest.raises(NameResolutionError):
        pools.pool_for("http://no-such-host.invalid/").request(
            "GET", "http://no-such-host.invalid/", retries=False
        )
    pools.close()
