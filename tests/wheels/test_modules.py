"""Import names from file lists, held against Python's own finders where there is doubt."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from pathlib import Path

import pytest

from extrasplit.wheels.modules import find_modules


@pytest.mark.parametrize(
    ("paths", "modules", "namespaces"),
    [
        (["yaml/__init__.py", "yaml/nodes.py", "_yaml/__init__.py"], {"yaml", "_yaml"}, set()),
        (["six.py"], {"six"}, set()),
        (["_cffi_backend.cpython-312-x86_64-linux-gnu.so"], {"_cffi_backend"}, set()),
        (["o.abi3.so", "a.cp312-win_amd64.pyd", "b.pyd", "c.so"], set("abco"), set()),
        (["old.pyc", "x/__init__.pyc", "x/y.pyc"], {"old", "x"}, set()),
        (["y/__pycache__/z.cpython-312.pyc"], set(), set()),
        (
            ["google/cloud/storage/__init__.py", "google/cloud/storage/blob.py"],
            {"google.cloud.storage"},
            {"google", "google.cloud"},
        ),
        (["ns/module.py"], {"ns.module"}, {"ns"}),
        (
            ["zope/__init__.py", "zope/interface/__init__.py", "zope/interface/adapter.py"],
            {"zope", "zope.interface"},
            set(),
        ),
        (["numpy.libs/libgfortran.so", "data-files/x.py", "demo/x.txt"], set(), set()),
        (["stubs-stubs/__init__.pyi", "typed/__init__.pyi"], set(), set()),
        (["a-1.dist-info/METADATA", "distutils-precedence.pth"], set(), set()),
    ],
)  # fmt: skip
def test_a_file_list_tells_what_can_be_imported(
    paths: list[str], modules: set[str], namespaces: set[str]
) -> None:
    found = find_modules(paths)
    assert (found.modules, found.namespaces) == (modules, namespaces)


def test_this_interpreters_suffixes_are_known() -> None:
    for suffix in importlib.machinery.all_suffixes():
        assert find_modules([f"fast{suffix}"]).modules == {"fast"}


def test_roots_of_path_files_are_searched_too() -> None:
    paths = ["win32/lib/win32con.py", "win32/win32api.pyd"]
    assert {"win32api", "win32con"} <= find_modules(paths, ["win32", "win32/lib", "no"]).modules


def test_every_module_found_in_site_packages_has_a_spec() -> None:
    site = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    paths = [
        (Path(folder) / file).relative_to(site).as_posix()
        for folder, _, files in os.walk(site)
        for file in files
    ]
    found = find_modules(paths)
    assert {"packaging", "pytest", "networkx"} <= found.modules
    for module in found.modules:
        where = [str(site / Path(*module.split(".")[:-1]))]
        assert importlib.machinery.PathFinder.find_spec(module.rpartition(".")[2], where), module
