"""What the top level may call is named without parsing: held to what parsing finds there."""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from extrasplit.imports.called import Called, called_at_top, defined_in
from extrasplit.imports.flags import platform_flags, read_flags
from extrasplit.imports.guards import names_of
from extrasplit.imports.names import resolve
from extrasplit.imports.parsing import Parsed, parse
from extrasplit.imports.sure import read_body
from support.followed import startup, traced

LIBRARY = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))


def called(source: str) -> Called:
    found = called_at_top(source.encode())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("main()\n", {"main"}),
        ("app = factory . create\\\n()\n", {"factory.create"}),
        ("@register\ndef f(): inner()\n", {"register", "inner"}),
        ("@app.command()\nclass K(base(1)):\n    at = now()\n", {"app.command", "base", "now"}),
        ("class K(Base):\n    def m(self):\n        inner()\n    x = last()\n", {"last"}),
        ("def f(\n    a=now(),  # of:\n    b=then(),\n):\n    inner()\n", {"now", "then"}),
        ("def f(a,\n      b=now()):\n    inner()\nlast()\n", {"now", "last"}),
        ("def f():\n    '''\nouter()\n    '''\n    inner()\n# outer()\n", set()),
        ("if True:\n    def f():\n        inner()\n    main()\n", {"main"}),
        ("(main)()\n", {"main"}),
        ("import typer\ntyper.run(main)\n", {"typer.run", "main"}),
    ],
)
def test_what_the_top_level_may_call_is_named(source: str, names: set[str]) -> None:
    assert called(source).names == names


def test_other_names_and_methods_of_what_is_made_are_told() -> None:
    found = called("start = app.main\nstart()\nserver = Server()\nserver.run()\nApp(1).go()\n")
    assert found.renamed == {"start": "app.main", "server": "Server"}
    assert found.methods == {"go"}


def test_a_string_without_an_end_leaves_it_to_the_parser() -> None:
    assert called_at_top(b"x = '''\nmain()\n") is None
    assert defined_in(b"x = '''\ndef main(): ...\n") is None


def meant(found: Called, tree: ast.Module) -> Iterator[str]:
    """Yield the origins of all that may be called."""
    origins = names_of(tree).origins
    for name in found.names:
        seen: set[str] = set()
        first, dot, rest = name.partition(".")
        while True:
            text = first + dot + rest
            yield from (resolve(text + end, origins) for end in ("", *_ends(found)))
            if first in seen:
                break
            seen.add(first)
            first, dot, rest = f"{found.renamed.get(first, first)}{dot}{rest}".partition(".")


def _ends(found: Called) -> Iterator[str]:
    return (f".{method}" for method in found.methods)


@pytest.mark.parametrize("path", LIBRARY[::3], ids=lambda path: path.name)
def test_it_names_all_that_parsing_finds(path: Path) -> None:
    data = path.read_bytes()
    parsed, body = parse(data), read_body(data)
    found, defined = called_at_top(data), defined_in(data)
    assert isinstance(parsed, Parsed)
    if found is not None:
        assert {call.callee for call in body.calls.get("", ())} <= set(meant(found, parsed.tree))
    if defined is not None:
        assert body.functions <= defined.functions
        assert body.classes <= defined.classes
    assert read_flags(data) == platform_flags(parsed.tree)


CALLER = {
    "src/shop/__init__.py": "",
    "src/shop/cli.py": "from shop import made\ndef main(): ...\n",
    "src/shop/web.py": "",
    "src/shop/kit.py": "def start():\n    import rich\nclass Kit:\n"
    "    def __init__(self):\n        import httpx\n    def go(self):\n        import flask\n",
    "docker/health.py": "",
}


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("from shop.kit import start\nstart()\n", {"rich"}),
        ("from shop import kit as k\nk.start()\n", {"rich"}),
        ("import shop.kit\nalias = shop.kit.start\nalias()\n", {"rich"}),
        ("from .kit import *\nstart()\n", {"rich"}),
        ("from .kit import start\n@start\ndef f(): ...\n", {"rich"}),
        ("from .kit import Kit\nKit()\n", {"httpx"}),
        ("from .kit import Kit\nkit = Kit()\nkit.go()\n", {"httpx", "flask"}),
        ("from .kit import Kit\nKit().go()\n", {"httpx", "flask"}),
        ("import asyncio\nfrom .kit import start\nasyncio.run(start())\n", {"rich"}),
        ("import typer\nfrom .kit import start\ntyper.run(start)\n", {"typer", "rich"}),
        ("from .kit import start, Kit\ndef later():\n    start(), Kit()\n", set()),
    ],
)
def test_calls_of_the_projects_own_functions_are_followed(source: str, imported: set[str]) -> None:
    found = traced({**CALLER, "src/shop/made.py": source})
    assert startup(found, "shop") == imported


def test_of_a_function_that_tells_the_platform_every_statement_counts() -> None:
    source = b"import sys\ndef f():\n    x = 1\n    return sys.platform == 'win32'\n"
    assert read_flags(source) == {}
    assert read_flags(source.replace(b"    x = 1\n", b""))["f"][0] == 'sys_platform == "win32"'


def test_a_flag_that_another_flag_stands_on_is_read_with_it() -> None:
    source = b"import sys\nWIN = sys.platform == 'win32'\nMAC = not WIN\nWIN2 = MAC\n"
    assert sorted(read_flags(source)) == ["MAC", "WIN"]
