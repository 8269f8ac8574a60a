from __future__ import annotations

from typing import Any

import pytest

from support.starting import how

PARTS = {"app/__init__.py": "", "app/heavy.py": "import pandas\nclass Frame: ...\n"}


def cli(source: str, **files: str) -> dict[str, str]:
    return PARTS | {"app/cli.py": source} | files


def test_an_import_that_functions_alone_use_moves_into_them() -> None:
    found = how(
        cli(
            """
            from app.heavy import Frame
            def load(): return Frame()
            class Store:
                def save(self):
                    return [Frame for _ in range(3)]
            """.replace("def load(): return", "def load():\n                return")
        ),
        "Frame",
    )
    assert (found.change, found.into) == ("function", ("load", "Store.save"))


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("from app.heavy import Frame\nclass Mine(Frame): ...\n", 2, "base class"),
        ("from app.heavy import Frame\n@Frame\ndef f(): ...\n", 2, "decorator"),
        ("from app.heavy import Frame\ndef f(x=Frame): ...\n", 2, "default"),
        ("from app.heavy import Frame\nclass C:\n    x = Frame\n", 3, "when it is imported"),
        ("from app.heavy import Frame\nX = Frame()\n", 2, "when it is imported"),
        ("from app.heavy import Frame\ndef f(x: Frame): ...\n", 2, "annotation"),
        ("from app.heavy import Frame\ndef f():\n    return Frame\nf()\n", 3, "runs at startup"),
    ],
)
def test_a_name_that_importing_the_module_evaluates_cannot_move(
    source: str, line: int, why: str
) -> None:
    found = how(cli(source), "Frame")
    assert (found.change, found.used_at) == ("guard", line)
    assert why in found.why


def test_annotations_that_are_strings_leave_the_import_to_type_checkers() -> None:
    source = (
        "from __future__ import annotations\nfrom app.heavy import Frame\ndef f(x: Frame): ...\n"
    )
    assert how(cli(source), "Frame").change == "typing"


def test_a_framework_reads_the_annotations_of_what_it_decorates() -> None:
    source = """
        from __future__ import annotations
        import typer
        from app.heavy import Frame
        app = typer.Typer()
        @app.command()
        def f(x: Frame): ...
        """
    assert how(cli(source), "Frame").change == "guard"


@pytest.mark.parametrize(
    "other",
    [
        "from app.cli import Frame\n",
        "import app.cli\nx = app.cli.Frame\n",
        "from app import cli\nx = cli.Frame\n",
    ],
)
def test_a_name_that_others_take_from_here_is_served_lazily(other: str) -> None:
    source = "from app.heavy import Frame\ndef f():\n    return Frame\n"
    found = how(cli(source, **{"app/other.py": other}), "Frame")
    assert (found.change, found.into) == ("lazy", ("f",))


def test_an_attribute_of_another_module_is_not_taken_for_the_name() -> None:
    source = "from app.heavy import Frame\ndef f():\n    return Frame\n"
    other = "from app import cli\nfrom pandas import io\nx = io.Frame\n"
    assert how(cli(source, **{"app/other.py": other}), "Frame").change == "function"


def test_a_module_that_only_serves_others_is_lazy() -> None:
    files = PARTS | {
        "app/cli.py": "from app.api import Frame\ndef f():\n    return Frame\n",
        "app/api/__init__.py": "from app.heavy import Frame\n__all__ = ['Frame']\n",
    }
    assert how(files, "Frame", "app/api/__init__.py").change == "lazy"


@pytest.mark.parametrize(
    ("source", "files", "why"),
    [
        ("import app.heavy\n", {}, "imported for what it does"),
        ("from app.heavy import *\n", {}, "star import"),
        (
            "if True:\n    from app.heavy import Frame\ndef f():\n    return Frame\n",
            {},
            "condition",
        ),
        ("from app.heavy import Frame\ndef f():\n    return Frame\nFrame = 1\n", {}, "rebound"),
        ("from app.heavy import Frame\ndef f():\n    return globals(), Frame\n", {}, "globals"),
        ("from app.heavy import Frame\ndef f(): return Frame\n", {}, "line of its header"),
        (
            "import numba\nfrom app.heavy import Frame\n@numba.njit\ndef f():\n    return Frame\n",
            {},
            "compiled",
        ),
        (
            "from app.heavy import Frame\ndef f():\n    return Frame\n",
            {"app/other.py": "from app.cli import *\n"},
            "star import",
        ),
    ],
)
def test_what_could_change_the_meaning_is_left_to_the_maintainer(
    source: str, files: dict[str, str], why: str
) -> None:
    name = "app" if source == "import app.heavy\n" else "*" if "*" in source else "Frame"
    found = how(cli(source, **files), name if name != "*" else "*")
    assert found.change == "guard"
    assert why in found.why


def test_a_package_never_serves_a_name_that_its_own_module_bears() -> None:
    files = PARTS | {
        "app/cli.py": "from app.api import run\ndef f():\n    return run\n",
        "app/api/__init__.py": "from app.api.run import run\n",
        "app/api/run.py": "import pandas\ndef run(): ...\n",
    }
    found = how(files, "run", "app/api/__init__.py")
    assert found.change == "guard"
    assert "called run too" in found.why


def test_only_a_branch_of_the_function_that_a_script_names_may_import_later() -> None:
    source = """
        import sys
        from app.heavy import Frame
        def main():
            if sys.argv[1:]:
                return Frame()
        """
    found = how(cli(source), "Frame", function="main")
    assert (found.change, found.called) == ("function", frozenset({"main"}))


def test_what_that_function_surely_uses_is_evaluated() -> None:
    source = "from app.heavy import Frame\ndef main():\n    return Frame()\n"
    found = how(cli(source), "Frame", function="main")
    assert (found.change, found.used_at) == ("guard", 3)


def test_what_a_function_uses_that_another_module_calls_on_import_is_evaluated() -> None:
    files: dict[str, Any] = PARTS | {
        "app/cli.py": "from app.factory import create\napplication = create()\n",
        "app/factory.py": "from app.heavy import Frame\ndef create():\n    return Frame()\n",
    }
    found = how(files, "Frame", "app/factory.py")
    assert (found.change, found.used_at) == ("guard", 3)
