"""What a module offers others to guard by; the rest of guards is shown by tests/cases/scan."""

from __future__ import annotations

import ast

import pytest

from extrasplit.imports.flags import guard_names, platform_flags

SPECIFICATION = """
from importlib.util import find_spec
def is_installed(name):
    return find_spec(name) is not None
def other(): ...
"""
ATTEMPT = """
def has(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True
"""
METADATA = """
from importlib.metadata import version, PackageNotFoundError
def has(name):
    try:
        version(name)
    except PackageNotFoundError:
        return False
"""
DECORATOR = """
def probe(name):
    raise ImportError
def requires(extra):
    def decorate(f):
        probe(extra)
        return f
    return decorate
"""
FLAG = "from importlib.util import find_spec\nHAS = find_spec('rich') is not None\n"
FLAG_OF_HELPER = "def is_there():\n    raise ModuleNotFoundError\nHAS = is_there()\n"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (SPECIFICATION, {"is_installed"}),
        (ATTEMPT, {"has"}),
        (METADATA, {"has"}),
        (DECORATOR, {"probe", "requires"}),
        ("try:\n    import rich\nexcept ImportError:\n    rich = None\n", {"rich"}),
        (FLAG, {"HAS"}),
        (FLAG_OF_HELPER, {"is_there", "HAS"}),
        ("import rich\nHAS = rich.version == 1\ndef f(): ...\n", set()),
    ],
)
def test_functions_classes_and_flags_that_tell_of_absence_are_named(
    source: str, names: set[str]
) -> None:
    assert guard_names(ast.parse(source)) == names


FLAGS = """
import os, sys
from typing import Final
from other import is_windows
WINDOWS = sys.platform == "win32"
NT: Final = os.name == "nt"
NEWER = not sys.version_info < (3, 12)
if sys.platform == "darwin":
    MAC = True
else:
    MAC = False
def on_windows():
    'tell'
    return WINDOWS
def both():
    return WINDOWS and os.environ
TWICE = sys.platform == "win32"
TWICE = True
OTHER = is_windows
"""


def test_flags_and_functions_that_tell_nothing_but_the_platform_have_a_marker() -> None:
    assert platform_flags(ast.parse(FLAGS)) == {
        "WINDOWS": ('sys_platform == "win32"', 'sys_platform != "win32"'),
        "NT": ('os_name == "nt"', 'os_name != "nt"'),
        "NEWER": ('python_version >= "3.12"', 'python_version < "3.12"'),
        "MAC": ('sys_platform == "darwin"', 'sys_platform != "darwin"'),
        "on_windows": ('sys_platform == "win32"', 'sys_platform != "win32"'),
    }
