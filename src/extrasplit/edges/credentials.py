"""Finds the user and password for a URL where uv finds them.

In this order, as uv's documentation on authentication has it: the URL itself, `UV_INDEX_<NAME>_
USERNAME` and `_PASSWORD` for the named indexes, credentials within the URLs of indexes (in
variables, pyproject.toml and uv.toml), netrc. They go into requests, and nowhere else.
"""

from __future__ import annotations

import base64
import netrc
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_INDEX_VARIABLES: Final = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
)


_NAMED_URL: Final = re.compile(r"(?:(?P<name>[\w-]+)=)?(?P<url>\w+://\S+)")


class Login(NamedTuple):
    """A user and a password."""

    user: str
    password: str

    @property
    def header(self) -> str:
        """The value of `Authorization` (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    def __repr__(self) -> str:
        return "Login(...)"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Every login that is known, the one that uv would prefer first."""

    by_url: tuple[tuple[str, Login], ...] = ()
    """URL of an index, without credentials, to its login."""
    netrc_file: netrc.netrc | None = field(default=None, repr=False)

    def login_for(self, url: str) -> Login | None:
        """Return the login for `url`: its own, its index's, its host's, or netrc's."""
        own = _login_of(urlsplit(url))
        if own is not None:
            return own
        realm, fallback = _realm(url), None
        for index, login in self.by_url:
            if _realm(index) == realm:
                if url.startswith(index.rstrip("/") + "/"):
                    return login
                fallback = fallback or login
        return fallback or self._from_netrc(urlsplit(url).hostname)

    def _from_netrc(self, host: str | None) -> Login | None:
        entry = self.netrc_file.authenticators(host) if self.netrc_file and host else None
        return Login(entry[0], entry[2] or "") if entry else None


def read_credentials(root: Path, environ: Mapping[str, str] = os.environ) -> Credentials:
    """Return what the environment, netrc and the settings around `root` tell; all may be absent."""
    settings = [_variables(environ), *_settings(root, environ)]
    named = [_named_login(index, environ) for table in settings for index in _indexes(table)]
    inline = [_split_login(url) for table in settings for url in _urls(table)]
    known = [entry for entry in (*named, *inline) if entry is not None]
    return Credentials(tuple(known), _read_netrc(environ))


def strip_login(url: str) -> str:
    """Return the URL without user, password, query and fragment: what may be shown."""
    shown = url.partition("#")[0].partition("?")[0]
    return re.sub(r"(?<=://)[^/]*@", "", shown)


def _variables(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the indexes of the environment in the shape of uv's settings."""
    texts = [text for name in _INDEX_VARIABLES for text in environ.get(name, "").split()]
    found = [_NAMED_URL.fullmatch(text) for text in texts]
    return {"index": [{"name": one["name"], "url": one["url"]} for one in found if one]}


def _settings(root: Path, environ: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield uv's settings, those of the project first; a file that can't be read says nothing."""
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    files = (
        root / "uv.toml",
        root / "pyproject.toml",
        home / "uv/uv.toml",
        Path("/etc/uv/uv.toml"),
    )
    for file in files:
        try:
            table: Any = tomllib.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if file.name == "pyproject.toml":
            for key in ("tool", "uv"):
                table = table.get(key) if isinstance(table, dict) else None
        if isinstance(table, dict):
            yield table


def _indexes(settings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = settings.get("index", ())
    entries: Iterable[object] = found if isinstance(found, list) else ()
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("url"), str):
            yield entry


def _urls(settings: Mapping[str, Any]) -> Iterator[str]:
    yield from (index["url"] for index in _indexes(settings))
    for key in ("index-url", "extra-index-url", "find-links"):
        found = settings.get(key, ())
        for url in (found,) if isinstance(found, str) else found:
            if isinstance(url, str):
                yield url


def _named_login(index: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, Login] | None:
    name = index.get("name")
    if not isinstance(name, str):
        return None
    stem = "UV_INDEX_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
    user, password = environ.get(f"{stem}_USERNAME"), environ.get(f"{stem}_PASSWORD")
    if user is None and password is None:
        return None
    return _without_login(urlsplit(index["url"])), Login(user or "", password or "")


def _split_login(url: str) -> tuple[str, Login] | None:
    parts = urlsplit(url)
    login = _login_of(parts)
    return (_without_login(parts), login) if login else None


def _login_of(parts: SplitResult) -> Login | None:
    if parts.username is None and parts.password is None:
        return None
    return Login(unquote(parts.username or ""), unquote(parts.password or ""))


def _without_login(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _realm(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port: what uv calls a realm."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _read_netrc(environ: Mapping[str, str]) -> netrc.netrc | None:
    try:
        file = environ.get("NETRC") or Path.home() / (".netrc" if os.name != "nt" else "_netrc")
        return netrc.netrc(str(file))
    except (OSError, netrc.NetrcParseError, RuntimeError):
        return None
