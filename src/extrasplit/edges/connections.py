"""Pools of HTTP connections that ask the resolver once for each host."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

CONNECTIONS: Final = 32
"""uv itself asks for 50 files at a time."""


class Addresses:
    """What the resolver said for each host.

    Asked by 32 threads at a time, some resolvers drop most questions, and the C library waits
    five seconds before it asks again: longer than all that is to be read.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[tuple[str, int], Sequence[str]] = {}

    def of(self, host: str, port: int) -> Sequence[str]:
        """Return the host's addresses; the host itself where it can't be resolved."""
        with self._guard:
            if (host, port) not in self._known:
                try:
                    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                    known = [str(address[0]) for *_, address in found]
                except OSError:
                    known = [host]
                self._known[host, port] = tuple(dict.fromkeys(known))
            return self._known[host, port]


class Pools:
    """A pool for each proxy that the environment names, and one without; safe in threads."""

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._context = ssl.create_default_context()
        self._proxies: dict[str, str | None] = {**getproxies()}
        for scheme in ("http", "https"):
            self._proxies.setdefault(scheme, self._proxies.get("all"))
        self._proxy_for: dict[tuple[str, str], str | None] = {}
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._classes = _pool_classes(Addresses())
        self._guard = threading.Lock()

    def pool_for(self, url: str) -> urllib3.PoolManager:
        """Return the pool that `url` is to be asked through; ValueError where it is no URL."""
        parts = urlsplit(url)
        origin = (parts.scheme, parts.hostname or "")
        with self._guard:
            if origin not in self._proxy_for:
                proxy = None if proxy_bypass(origin[1]) else self._proxies.get(parts.scheme)
                self._proxy_for[origin] = proxy
            proxy = self._proxy_for[origin]
            if proxy not in self._pools:
                self._pools[proxy] = self._new_pool(proxy)
            return self._pools[proxy]

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.clear()

    def _new_pool(self, proxy: str | None) -> urllib3.PoolManager:
        if proxy is None:
            pool = urllib3.PoolManager(maxsize=CONNECTIONS, ssl_context=self._context)
        else:
            full = proxy if "://" in proxy else f"http://{proxy}"
            user = urlsplit(full).netloc.rpartition("@")[0]
            pool = urllib3.ProxyManager(
                full,
                maxsize=CONNECTIONS,
                ssl_context=self._context,
                proxy_headers=urllib3.make_headers(proxy_basic_auth=user) if user else None,
            )
        pool.pool_classes_by_scheme = self._classes
        return pool


def _pool_classes(addresses: Addresses) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return urllib3's pools, with connections that go where `addresses` says."""

    def connect(connection: HTTPConnection, host: str, port: int) -> socket.socket:
        *rest, last = addresses.of(host, port)
        for address in (*rest, last):
            connection._dns_host = address
            try:
                return HTTPConnection._new_conn(connection)
            except NewConnectionError:
                if address == last:
                    raise
            finally:
                connection._dns_host = host
        raise AssertionError("the last address has raised")

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self, self._dns_host, self.port)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self, self._dns_host, self.port)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
