"""The estimate of bytecode, held against this interpreter's own."""

from __future__ import annotations

import marshal
import platform
import sys
import zlib
from pathlib import Path

import networkx
import packaging
import pytest
import rich

from extrasplit.wheels.bytecode import bytecode_factor, estimate_bytecode
from extrasplit.wheels.directory import DEFLATED, STORED, Member


def member(path: Path, root: Path, *, stored: bool = False) -> tuple[Member, int]:
    """Return the module as a wheel would hold it, and the size of its `.pyc`."""
    source = path.read_bytes()
    packed = len(source) if stored else len(zlib.compress(source)) - 6
    name = path.relative_to(root).as_posix()
    code = compile(source, str(path), "exec", dont_inherit=True)
    method = STORED if stored else DEFLATED
    return Member(name, len(source), packed, method, 0, 0, 0), len(marshal.dumps(code)) + 16


@pytest.mark.skipif(platform.python_implementation() != "CPython", reason="its own bytecode")
@pytest.mark.parametrize("stored", [False, True])
def test_the_estimate_is_near_over_several_packages(stored: bool) -> None:
    estimated, real = 0.0, 0
    for package in (networkx, rich, packaging):
        root = Path(package.__file__ or "").parent
        for path in root.rglob("*.py"):
            one, compiled = member(path, root.parent, stored=stored)
            estimated += estimate_bytecode(one) * bytecode_factor(sys.version.split()[0])
            real += compiled
    assert abs(estimated / real - 1) < (0.2 if stored else 0.15)


def test_a_python_that_was_not_measured_counts_as_the_newest() -> None:
    assert bytecode_factor("3.15") == bytecode_factor("3.13.2") < bytecode_factor("3.11")


def test_an_empty_module_has_a_small_pyc() -> None:
    assert 50 < estimate_bytecode(Member("a/__init__.py", 0, 2, DEFLATED, 0, 0, 0)) < 250
