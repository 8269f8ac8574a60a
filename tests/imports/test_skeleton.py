"""The quick way of scanning, held to the definition."""

from __future__ import annotations

import random
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.imports.scan import scan, scan_tree
from extrasplit.imports.skeleton import blank_long_strings, reduce_source

CASES = Path(__file__).parents[1] / "cases" / "scan"


def agree(data: bytes, path: str) -> bool:
    """Whether both ways say the same; a fault in what isn't parsed is the quick way's price."""
    whole = scan_tree(data, is_init=path.endswith("__init__.py"))
    return whole.error is not None or scan(data, path) == whole


def standard_library() -> list[Path]:
    paths = Path(sysconfig.get_path("stdlib")).rglob("*.py")
    return sorted(path for path in paths if "site-packages" not in path.parts)


def test_what_cannot_hold_an_import_is_left_out_and_lines_keep_their_numbers() -> None:
    source = b'''"""import documented"""
import a
x = 1
class A:
    def m(self):
        return 1

    @decorated
    def f(
        self,
    ):
        """import documented"""
        x = 3
        if not x:
            return
        import y
        z = 4
try:
    import q
except ImportError:
    q = None
'''
    reduced = reduce_source(source)
    assert reduced is not None
    lines = reduced.splitlines()
    kept = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert kept == [2, 4, 8, 9, 10, 11, 14, 15, 16, 18, 19, 20, 21]
    assert [line.rstrip() for line in lines] == [
        line if number in kept else b"" for number, line in enumerate(source.splitlines(), 1)
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('x = """a"""', 'x = "      '),
        ("x = '''a\nb'''\n", 'x = "   \n    \n'),
        ('x = """a\\"""b"""; y', 'x = "           ; y'),
        ('# don\'t """\nx = 1\n', '# don\'t """\nx = 1\n'),
        ("x = '\"\"\"'\ny = '''c'''", 'x = \'"""\'\ny = "      '),
        ("x = \\\n  '''a'''", 'x = \\\n  "      '),
        ('x = \'a\\\n""" b\'\n', 'x = \'a\\\n""" b\'\n'),
        ("# a \\\n'''b'''\n", '# a \\\n"      \n'),
        ("x = '' '''b'''\n", "x = '' \"      \n"),
    ],
)
def test_long_strings_are_blank_and_nothing_else(source: str, expected: str) -> None:
    blank = blank_long_strings(source.encode())
    assert blank is not None
    assert blank.decode() == expected


def test_a_string_that_does_not_end_is_not_sure() -> None:
    assert blank_long_strings(b'x = """a\n') is None


@pytest.mark.parametrize(
    "source",
    [
        "if x:\n    raise SystemExit\nimport a\n",
        "import sys\nif sys.version_info < (3, 9):\n    raise RuntimeError\nimport a\n",
        "import sys\nOLD = sys.version_info < (3, 9)\nif OLD:\n    import a\n",
        "import app\nhelper = app.helper\nif helper():\n    import a\n",
        "import importlib as i\nload = i.import_module\nload('a')\n",
        "import subprocess\nrun = subprocess\nrun.call(['a'])\n",
        "x = [\nif_y\n]\nimport a\n",
        "def f(x=[\n1\n]):\n    import a\n",
        "from a import (\nb,\nc\n)\n",
        "import a, \\\nb\n",
        "if 1: import a\nelse: import b\n",
        "def f(): import a\n",
        "import app\n@app.old('x',\nsince=1)\ndef f():\n    import a\n",
        "class A:\n  def f(self):\n\timport a\n",
        "@outer\n@inner('x')\ndef f():\n    import a\n",
        "def f():\n    # import nothing\n    return 1\nimport a\n",
        "async def f():\n    async with g() as h:\n        import a\n",
        "match x:\n    case 1:\n        import a\n",
        "def f():\n    while x:\n        if y: continue\n        import a\n",
        "__lazy_modules__ = ['a']\nimport a\n",
        "NAMES = ['a']\n__lazy_modules__ = NAMES\nimport a\n",
        "sys.argv = ['streamlit', 'run', 'x.py']\nimport sys\n",
        "x = 1; import a; y = 2\n",
        "def f():\r\n    import a\r\n",
        "\x0cimport a\n",
    ],
)
def test_both_ways_agree_on_what_is_hard(source: str) -> None:
    assert agree(source.encode(), "module.py")


def test_both_ways_agree_on_the_corpus() -> None:
    assert [path for path in CASES.glob("*.py") if not agree(path.read_bytes(), path.name)] == []


STATEMENTS = st.sampled_from(
    [
        *("import a", "from .b import c as d", "x = 1", "if x:", "if HAS:", "try:", "HAS = x > 1"),
        *("except ImportError:", "finally:", "def f(a,", "  b):", "def g():", "class C(B):"),
        *("    import e", "    return", "        import h", "    raise", "@app.needs", "else:"),
        *('"""', "'''", "x = (", ")", "# import", "    HAS = None", "    pass", "\\", "load = a.b"),
    ]
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.lists(STATEMENTS, max_size=12).map("\n".join))
def test_both_ways_agree_on_whatever_parses(source: str) -> None:
    assert agree(source.encode(), "module.py")


def test_both_ways_agree_on_a_sample_of_the_standard_library() -> None:
    paths = standard_library()
    sample = random.Random(4).sample(paths, min(150, len(paths)))
    assert [path for path in sample if not agree(path.read_bytes(), path.name)] == []


@pytest.mark.slow
def test_both_ways_agree_on_the_standard_library_and_on_what_is_installed() -> None:
    paths = [*standard_library(), *Path(sysconfig.get_path("purelib")).rglob("*.py")]
    assert len(paths) > 1000
    assert [path for path in paths if not agree(path.read_bytes(), path.name)] == []
