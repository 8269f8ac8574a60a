"""Credentials from uv's own sources, for the URLs that they belong to and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from extrasplit.edges.credentials import Credentials, Login, read_credentials, strip_login

FILE = "https://index.example/files/demo-1.0-py3-none-any.whl"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment with no settings of the machine's user."""
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "NETRC": str(tmp_path / "netrc")}


def test_a_named_index_takes_its_variables(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.uv.index]]\nname = "my-index.2"\nurl = "https://index.example/simple"\n'
    )
    environ |= {"UV_INDEX_MY_INDEX_2_USERNAME": "ada", "UV_INDEX_MY_INDEX_2_PASSWORD": "s3cret"}
    found = read_credentials(tmp_path, environ)
    assert found.login_for(FILE) == Login("ada", "s3cret")
    assert found.login_for(FILE.replace("https", "http")) is None
    assert found.login_for(FILE.replace("index.example", "index.example:8443")) is None
    assert found.login_for(FILE.replace("index.example", "evil.example")) is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("UV_INDEX_URL", "https://ada:s%2Fcret@index.example/simple"),
        ("UV_EXTRA_INDEX_URL", "https://a.example/x https://ada:s%2Fcret@index.example/simple"),
        ("UV_INDEX", "corp=https://ada:s%2Fcret@index.example/simple"),
        ("UV_DEFAULT_INDEX", "https://ada:s%2Fcret@index.example:443/simple"),
    ],
)
def test_urls_of_indexes_may_hold_them(
    tmp_path: Path, environ: dict[str, str], variable: str, value: str
) -> None:
    found = read_credentials(tmp_path, environ | {variable: value})
    assert found.login_for(FILE) == Login("ada", "s/cret")


def test_settings_of_project_and_user_may_hold_them(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "uv.toml").write_text('index-url = "https://one:1@index.example/simple"\n')
    (tmp_path / "config/uv").mkdir(parents=True)
    (tmp_path / "config/uv/uv.toml").write_text(
        '[[index]]\nurl = "https://two:2@other.example/simple"\n'
    )
    found = read_credentials(tmp_path, environ)
    assert found.login_for(FILE) == Login("one", "1")
    assert found.login_for("https://other.example/a.whl") == Login("two", "2")


def test_the_index_that_a_url_lies_below_comes_first() -> None:
    one, two = Login("one", "1"), Login("two", "2")
    found = Credentials((("https://h.example/a", one), ("https://h.example/b", two)))
    assert found.login_for("https://h.example/b/x.whl") == two
    assert found.login_for("https://h.example/bc/x.whl") == one


def test_netrc_comes_last_and_the_url_itself_first(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "netrc").write_text("machine index.example login ada password from-netrc\n")
    found = read_credentials(tmp_path, environ)
    assert found.login_for(FILE) == Login("ada", "from-netrc")
    assert found.login_for("https://bob:own@index.example/x.whl") == Login("bob", "own")
    assert found.login_for("https://else.example/x.whl") is None


@pytest.mark.parametrize(
    "text", ["not toml [", "tool = 3\n", "[tool]\nuv = 'x'\n", "[tool.uv]\nindex = {a = 1}\n"]
)
def test_settings_that_are_none_say_nothing(
    tmp_path: Path, environ: dict[str, str], text: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "netrc").write_text("nonsense {")
    assert read_credentials(tmp_path, environ).login_for(FILE) is None


def test_what_is_shown_holds_no_secret() -> None:
    assert strip_login("https://ada:s3cret@h.example:1/a.whl?token=t#f") == (
        "https://h.example:1/a.whl"
    )
    assert "s3cret" not in repr(Login("ada", "s3cret"))
    assert "s3cret" not in repr(Credentials((("https://h.example", Login("a", "s3cret")),)))
