"""Where a file uses the names that it imports."""

from __future__ import annotations

import pytest

from extrasplit.imports.bindings import Bindings, BoundName, bindings


def read(source: str) -> Bindings:
    return bindings(source.encode())


def only(source: str, name: str = "np") -> BoundName:
    found = [each for each in read(source).names if each.name == name]
    assert len(found) == 1
    return found[0]


def hows(source: str, name: str = "np") -> list[str]:
    return [use.how for use in only(source, name).uses]


def test_a_name_that_only_functions_use_names_them() -> None:
    name = only(
        "import numpy as np\n"
        "def f():\n    return np.array(1)\n"
        "class A:\n    def m(self):\n        def inner():\n            return np.linalg.norm(2)\n"
    )
    assert name.functions == ("f", "A.m.inner")
    assert [use.text for use in name.uses] == ["np.array", "np.linalg.norm"]
    assert not name.evaluated
    assert (name.line, name.nested, name.exported, name.dangers) == (1, False, False, ())


@pytest.mark.parametrize(
    ("use", "how"),
    [
        ("class A(np.Base): ...", "base"),
        ("class A(metaclass=np.Meta): ...", "base"),
        ("@np.jit\ndef f(): ...", "decorator"),
        ("def f(x=np.pi): ...", "default"),
        ("def f(*, x=np.pi): ...", "default"),
        ("class A:\n    x = np.pi", "class body"),
        ("class A:\n    x: int = np.pi", "class body"),
        ("x = np.pi", "expression"),
        ("if np: ...", "expression"),
        ("with np: ...", "expression"),
        ("x = [np.f(i) for i in y]", "expression"),
        ("x = lambda: np.pi", "lambda"),
        ("def f(x: np.array): ...", "evaluated annotation"),
        ("x: np.array = 1", "evaluated annotation"),
        ("match x:\n    case np.Shape(): ...", "expression"),
    ],
)
def test_what_importing_evaluates_says_how(use: str, how: str) -> None:
    assert hows(f"import numpy as np\n{use}\n") == [how]


@pytest.mark.parametrize(
    ("use", "how"),
    [
        ("def f(x: np.array) -> None: ...", "annotation"),
        ("def f() -> np.array: ...", "annotation"),
        ("@property\ndef f() -> np.array: ...", "annotation"),
        ("@app.get('/')\ndef f(x: np.array): ...", "evaluated annotation"),
        ("class A:\n    x: np.array", "annotation"),
        ("class A(Base):\n    x: np.array", "evaluated annotation"),
        ("class A(Base):\n    def f(self, x: np.array): ...", "annotation"),
        ("@define\nclass A:\n    x: np.array", "evaluated annotation"),
        ("@dataclass\nclass A:\n    x: np.array", "annotation"),
        ("def f():\n    x: np.array = 1", "annotation"),
        ("def f(x: 'np.array'): ...", "annotation"),
    ],
)
def test_annotations_are_strings_unless_a_framework_reads_them(use: str, how: str) -> None:
    source = f"from __future__ import annotations\nimport numpy as np\n{use}\n"
    assert hows(source) == [how]
    assert read(source).annotations_are_strings


def test_a_quoted_annotation_is_a_use_that_nothing_evaluates() -> None:
    name = only("import numpy as np\ndef f(x: 'list[np.array]') -> 'np.pi': ...\n")
    assert name.only_annotates
    assert [use.line for use in name.uses] == [2, 2]


@pytest.mark.parametrize(
    "use",
    [
        "def f(np): return np.x",
        "def f():\n    np = 1\n    return np",
        "def f():\n    import np\n    return np",
        "def f():\n    for np in x: np",
        "def f():\n    with x as np: np",
        "def f():\n    [np for np in x]",
        "def f():\n    def np(): ...\n    np()",
        "class A:\n    np = 1\n    y = np",
        "x = [np for np in y]",
        "x = lambda np: np",
        "def f():\n    def g():\n        return np\n    np = 1",
    ],
)
def test_a_name_of_an_inner_scope_is_another_name(use: str) -> None:
    assert only(f"import numpy as np\n{use}\n").uses == ()


def test_a_class_body_hides_nothing_from_its_methods() -> None:
    source = "import numpy as np\nclass A:\n    np = 1\n    def m(self):\n        return np.x\n"
    assert hows(source) == ["body"]


def test_a_function_that_the_module_calls_is_evaluated_on_import() -> None:
    source = (
        "import numpy as np\ndef inner():\n    np.x\ndef setup():\n    inner()\nsetup()\n"
        "def later():\n    np.y\n"
    )
    assert [(use.scope, use.how) for use in only(source).uses] == [
        ("inner", "called"),
        ("later", "body"),
    ]
    guarded = source.replace("\nsetup()\n", "\nif __name__ == '__main__':\n    setup()\n")
    assert hows(guarded) == ["body", "body"]


@pytest.mark.parametrize(
    ("use", "danger"),
    [
        ("np = None", "rebound"),
        ("def np(): ...", "rebound"),
        ("for np in x: ...", "rebound"),
        ("del np", "deleted"),
        ("def f():\n    global np\n    np = 1", "global"),
        ("x = globals()['np']", "globals"),
        ("def f(): return eval('np')", "eval"),
        ("try:\n    import np\nexcept ImportError: ...", "several imports"),
    ],
)
def test_what_makes_a_move_dangerous_is_said(use: str, danger: str) -> None:
    found = read(f"import numpy as np\n{use}\n").names[0]
    assert found.dangers == (danger,)


def test_a_name_that_is_only_there_for_others_has_no_uses() -> None:
    found = read("from .a import one, two\n__all__ = ['one']\n__all__ += ['three']\n")
    assert [(name.name, name.exported, name.only_exported) for name in found.names] == [
        ("one", True, True),
        ("two", False, True),
    ]
    assert found.exports == {"one", "three"}


def test_an_import_under_a_test_is_nested_and_one_of_a_function_is_none_of_the_module() -> None:
    found = read(
        "if x:\n    import a\ndef f():\n    import b\nclass C:\n    import c\nimport d.e\n"
    )
    assert [(name.name, name.nested) for name in found.names] == [("a", True), ("d", False)]
    assert found.at(7, "d") is found.names[1]
    assert found.at(6, "c") is None


def test_star_imports_are_named_by_line() -> None:
    assert read("import a\nfrom b import *\n").star_lines == (2,)


def test_unconditional_calls_are_given_by_scope() -> None:
    found = read("from .app import create\ndef main():\n    create()\nmain()\n")
    assert [call.callee for call in found.unconditional_calls("")] == ["main"]
    assert [call.callee for call in found.unconditional_calls("main")] == [".app.create"]
    assert found.unconditional_calls("nobody") == ()


def test_a_file_that_does_not_parse_binds_nothing() -> None:
    assert read("import a\ndef (:\n") == Bindings()
