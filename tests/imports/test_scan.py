"""What a scan says of one file: the corpus under tests/cases/scan, and what no file can hold."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker

from extrasplit.imports.level import Level
from extrasplit.imports.scan import scan, scan_tree
from support.scans import describe

CASES = Path(__file__).parents[1] / "cases" / "scan"
NAMES = sorted(path.stem for path in CASES.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_case_reads_as_its_text_says(name: str) -> None:
    said = describe(scan((CASES / f"{name}.py").read_bytes(), f"{name}.py"))
    expected = CASES / f"{name}.txt"
    if os.environ.get("EXTRASPLIT_UPDATE"):
        expected.write_text(said)
    assert said == expected.read_text()


RUN = textwrap.dedent(
    '''
    """Run a case where every module that isn't the standard library's is a stub."""
    import importlib.abc, importlib.machinery, sys, types

    loaded = []

    class Stub(types.ModuleType):
        __all__ = []
        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Anything()

    class Anything:
        def __getattr__(self, name):
            return self
        def __call__(self, *args, **options):
            return args[0] if args and callable(args[0]) else self
        def __or__(self, other):
            return self

    class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in sys.stdlib_module_names:
                return None
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        def create_module(self, spec):
            loaded.append(spec.name)
            return Stub(spec.name)
        def exec_module(self, module):
            pass

    sys.meta_path.insert(0, Finder())
    path = sys.argv[1]
    source = open(path, "rb").read()
    exec(compile(source, path, "exec"), {"__name__": "case", "__file__": path})
    print(*loaded)
    '''
)
NOT_RUN = {
    "lazy-import": "PEP 810 needs Python 3.15",
    "lazy-modules": "PEP 810 needs Python 3.15",
    "lazy-loader": "the stub of lazy_loader attaches nothing",
    "guards-helpers": "what the stubs of the helpers answer is no evidence",
}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_RUN])
def test_running_a_case_loads_what_was_foretold(name: str, tmp_path: Path) -> None:
    path = CASES / f"{name}.py"
    run = tmp_path / "run.py"
    run.write_text(RUN)
    done = subprocess.run(
        [sys.executable, "-I", run, path], capture_output=True, text=True, check=True
    )
    loaded = {each for each in done.stdout.split() if "." not in each}
    runs, may_run = set(), set()
    for each in scan(path.read_bytes(), path.name).imports:
        top = each.module.partition(".")[0]
        if each.scope or each.dots or top in sys.stdlib_module_names or not top:
            continue
        if each.condition and not Marker(each.condition).evaluate():
            continue
        if each.level <= Level.GUARDED and not each.main_only:
            # a test may say no: `"ten" in sys.modules`
            may_run.add(top)
            if each.level is Level.STARTUP and not each.asks:
                runs.add(top)
    assert runs <= loaded <= may_run


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"\xef\xbb\xbfimport one\n", ["one"]),
        (b"import one\r\nif x:\r\n    import two\r\n", ["one", "two"]),
        (b"import one\rimport two\r", ["one", "two"]),
        (b"import one\n\x0c\nimport two\n", ["one", "two"]),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\nimport one\n", ["one"]),
        ("# coding: cp1252\nimport ä\n".encode("cp1252"), ["ä"]),
        ("import größe\n".encode(), ["größe"]),
        (b"if x:\n\timport one\n", ["one"]),
        (b"import one", ["one"]),
        (b"", []),
    ],
)
def test_bytes_are_read_as_python_reads_them(data: bytes, names: list[str]) -> None:
    scanned = scan(data, "module.py")
    assert (scanned.error, [each.module for each in scanned.imports]) == (None, names)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"import one\nimport\n", 2),
        (b"import one\ndef f(:\n  import two\n", 2),
        (b"# coding: no-such-codec\nimport one\n", 0),
        (b"x = '\xe9'\nimport one\n", 1),
    ],
)
def test_a_file_that_is_no_python_says_so_with_its_line(data: bytes, line: int) -> None:
    scanned = scan_tree(data, is_init=False)
    assert scanned.imports == ()
    assert scanned.error
    assert scanned.error_line == line


@pytest.mark.parametrize(
    "source",
    ["import one\nimport\n", "try:\n    import one\nx = 1\n", "def f():\n  import a\n import b\n"],
)
def test_a_fault_beside_an_import_is_seen_by_the_quick_way_too(source: str) -> None:
    assert scan(source.encode(), "module.py").error


@pytest.mark.parametrize(
    "data",
    [
        b"import one\x00\n",
        b"(" * 5000,
        b"if x:\n" + b"".join(b" " * i + b"if x:\n" for i in range(1, 90)) + b" " * 90 + b"pass",
        b"x = " + b"-" * 100_000 + b"1",
        b"import_module(" + b"f(" * 80 + b")" * 80 + b")\n",
        b"from importlib import import_module\nx = " + b"+".join([b"'a'"] * 3000) + b"\n"
        b"import_module(x)\n",
        b"from importlib import import_module\na = b + b\nb = c + c\nc = a + b\nimport_module(a)\n",
        b"from importlib import import_module as i\ni('%9999s' % 1)\ni('{:>9999}'.format('x'))",
    ],
)
def test_hostile_files_end_in_an_answer(data: bytes) -> None:
    assert scan(data, "module.py") is not None


def test_a_chain_of_two_thousand_elif_is_read() -> None:
    chain = "".join(f"elif x == {n}:\n    import m{n}\n" for n in range(2000))
    scanned = scan(f"if x:\n    pass\n{chain}".encode(), "module.py")
    assert scanned.error or len(scanned.imports) == 2000


FRAGMENTS = st.sampled_from(
    [
        *("import a", "from . import b", "lazy import c", "import_module('d')", "subprocess.run("),
        *("try:", "except ImportError:", "if TYPE_CHECKING:", "else:", "def f():", "class C:"),
        *(
            "\n",
            "\n    ",
            "\n        ",
            "\r",
            "\t",
            ";",
            '"""',
            "'",
            "f'{x",
            "\\",
            "#",
            "\x0c",
            "\0",
        ),
        *(
            "match x:",
            "case _:",
            "with suppress(ImportError):",
            "lambda:",
            "\ufeff",
            "é",
            "# coding: x",
        ),
    ]
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(FRAGMENTS, max_size=14).map(" ".join)))
def test_no_bytes_make_a_scan_raise(source: bytes | str) -> None:
    data = source if isinstance(source, bytes) else source.encode()
    scanned = scan(data, "module.py")
    assert scanned.error is None or not scanned.imports


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcdef")), max_size=12))
def test_every_import_of_the_tree_is_found_once(rows: list[tuple[int, str]]) -> None:
    headers = ["if x:", "def f():", "try:\n{0}    pass\n{0}finally:", "for _ in x:"]
    lines, indent = [], ""
    for kind, name in rows:
        lines.append(f"{indent}{headers[kind].format(indent)}")
        indent += "    "
        lines.append(f"{indent}import {name}, {name}.sub")
    source = "\n".join(lines)
    found = [each.module for each in scan(source.encode(), "module.py").imports]
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import))
    assert sorted(found) == sorted(alias.name for node in nodes for alias in node.names)


def test_an_init_file_is_its_own_package() -> None:
    source = (
        b"import pkgutil, importlib\nfor m in x:\n    importlib.import_module('.a', __name__)\n"
    )
    inside = scan(source, "pkg/__init__.py").imports[-1]
    assert (inside.dots, inside.module) == (1, "a")
    assert scan(source, "pkg/module.py").undecided
    assert scan(source, "pkg/module.py", is_init=True).imports[-1] == inside
