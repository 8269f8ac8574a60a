"""Sites are read from what is left of a file: held to reading the whole of it."""

from __future__ import annotations

import collections
import logging
import os
import re
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

from extrasplit.imports.level import Level
from extrasplit.imports.sites import Site, read_every_site, read_sites

SOURCE = b"""
import sys
from tools import load as fetch, other
NAME = "yaml"
def wrapper(self, name, *, last=None):
    if sys.platform == "win32":
        fetch("colorama", [NAME, "rich"], key=name)
    ready = check()
    if not ready:
        return
    load(ready)
@register
def load(x): ...
"""


def only(sites: tuple[Site, ...], line: int) -> Site:
    (site,) = (each for each in sites if each.line == line)
    return site


def test_a_site_tells_what_is_called_with_what_and_when() -> None:
    sites = read_sites(SOURCE, "load")
    aliased = only(sites, 7)
    assert (aliased.callee, aliased.own, aliased.scope) == ("tools.load", False, "wrapper")
    assert aliased.parameters == ("self", "name")
    assert aliased.condition == 'sys_platform == "win32"'
    assert [each.texts for each in aliased.positional] == [("colorama",), ()]
    assert aliased.positional[1].elements == ("yaml", "rich")
    assert [(key, each.name) for key, each in aliased.keywords] == [("key", "name")]
    own = only(sites, 11)
    assert (own.callee, own.own, own.asks) == ("load", True, ("check",))
    assert not only(sites, 13).called


def test_what_never_runs_is_told_as_typing() -> None:
    (site,) = read_sites(b"if False:\n    load('x')\n", "load")
    assert site.level is Level.TYPING


@pytest.mark.parametrize("data", [b"", b"other('x')", b"def load(:"])
def test_a_file_without_the_name_has_no_sites(data: bytes) -> None:
    assert read_sites(data, "load") == ()


@pytest.mark.parametrize("module", [collections, logging, os, tempfile])
def test_reading_a_part_of_a_file_says_what_reading_the_whole_does(module: ModuleType) -> None:
    data = Path(module.__file__ or "").read_bytes()
    called = collections.Counter(re.findall(rb"(\w{3,})\(", data))
    for name, _ in called.most_common(4):
        assert read_sites(data, name.decode()) == read_every_site(data, name.decode())
