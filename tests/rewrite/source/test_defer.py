from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from extrasplit.rewrite.source import Answer, LateAnswer, LateImport, defer

REPORTLAB = Answer("reportlab", "pip install 'fleet[report]'")


def deferred(source: str, *imports: LateImport, lazy_syntax: bool = False) -> str:
    data = dedent(source).encode()
    done = defer(data, imports, lazy_syntax=lazy_syntax)
    assert not done.refused
    assert defer(done.data, imports, lazy_syntax=lazy_syntax).data == done.data
    return done.data.decode()


def into(line: int, name: str, *functions: str, answer: Answer | None = None) -> LateImport:
    return LateImport(line, name, "function", functions, answer=answer)


def test_an_import_moves_below_the_docstring_of_the_function_that_uses_it() -> None:
    assert deferred(
        '''\
        import pandas as pd  # noqa: F401
        import click


        def load(path):
            """Load it."""

            # as it stands
            return pd.read_csv(path)
        ''',
        into(1, "pd", "load"),
    ) == dedent(
        '''\
        import click


        def load(path):
            """Load it."""
            import pandas as pd  # noqa: F401

            # as it stands
            return pd.read_csv(path)
        '''
    )


def test_one_of_several_names_moves_and_the_others_keep_their_comments() -> None:
    assert deferred(
        """\
        from m import (  # fmt: skip
            a,  # first
            b,
            c as d,  # last
        )

        class C:
            @property
            def x(self):
                return d
        """,
        into(1, "d", "C.x"),
    ) == dedent(
        """\
        from m import (  # fmt: skip
            a,  # first
            b,
        )

        class C:
            @property
            def x(self):
                from m import c as d
                return d
        """
    )


@pytest.mark.parametrize(
    ("statement", "name", "left"),
    [
        ("from m import a, b, c", "a", "from m import b, c"),
        ("from m import a, b, c", "b", "from m import a, c"),
        ("from m import a, b, c", "c", "from m import a, b"),
        ("from m import (a, b)", "b", "from m import (a)"),
        ("from m import (a, b,)", "b", "from m import (a,)"),
        ("from m import a, \\\n    b", "b", "from m import a"),
        ("from m import a, \\\n    b", "a", "from m import b"),
        ("from m import (a,  # why\n    b)", "a", "from m import (# why\n    b)"),
        ("from m import (a,  # why\n    b)", "b", "from m import (a,  # why\n    )"),
        ("import a, b.c as d", "d", "import a"),
        ("import a.x, b", "a", "import b"),
    ],
)
def test_a_name_leaves_a_statement_of_any_shape(statement: str, name: str, left: str) -> None:
    source = f"{statement}\n\ndef f():\n    return {name}\n"
    done = deferred(source, into(1, name, "f"))
    assert done.partition("\n\ndef")[0] == left
    ast.parse(done)


def test_line_ends_mark_and_encoding_stay_as_they_are() -> None:
    source = "# coding: latin-1\r\nimport pandas\r\n\r\ndef f():\r\n\treturn pandas, 'é'\r\n"
    data = source.encode("latin-1")
    done = defer(data, [into(2, "pandas", "f")]).data
    assert done == (
        b"# coding: latin-1\r\n\r\ndef f():\r\n\timport pandas\r\n\treturn pandas, '\xe9'\r\n"
    )
    marked = b"\xef\xbb\xbfimport a\ndef f():\n    return a, '\xc3\xa9'"
    assert defer(marked, [into(1, "a", "f")]).data == (
        b"\xef\xbb\xbfdef f():\n    import a\n    return a, '\xc3\xa9'"
    )


def test_every_function_that_bears_the_name_receives_the_import() -> None:
    done = deferred(
        """\
        import sys
        import numpy

        if sys.platform == "win32":
            def f(): ...
        else:
            def f():
                return numpy
        def g(
            x,
        ):
            return numpy
        """,
        into(2, "numpy", "f", "g"),
    )
    assert done.count("import numpy") == 2
    assert "    x,\n):\n    import numpy\n    return numpy" in done


def test_only_a_branch_of_a_function_that_runs_at_startup_imports() -> None:
    done = deferred(
        """\
        from app import serve, chart

        def main(argv):
            if argv == ["serve"]:
                serve()
            elif argv:
                for each in argv:
                    if each:
                        serve(each)
            with open(argv[0]) as stream:
                if stream:
                    return chart()
        """,
        LateImport(1, "serve", "function", ("main",), called=frozenset({"main"})),
        LateImport(1, "chart", "function", ("main",), called=frozenset({"main"})),
    )
    assert done == dedent(
        """\

        def main(argv):
            if argv == ["serve"]:
                from app import serve
                serve()
            elif argv:
                from app import serve
                for each in argv:
                    if each:
                        serve(each)
            with open(argv[0]) as stream:
                if stream:
                    from app import chart
                    return chart()
        """
    )


def test_a_click_command_answers_as_click_does_and_all_else_by_what_it_would_raise() -> None:
    done = deferred(
        """\
        import click
        from fleet.report import build

        @click.command()
        def report():
            build()

        def helper(error):
            return build(error)
        """,
        into(2, "build", "report", "helper", answer=REPORTLAB),
    )
    assert done == dedent(
        """\
        import click

        @click.command()
        def report():
            try:
                from fleet.report import build
            except ModuleNotFoundError as error:
                raise click.ClickException(
                    "reportlab is not installed: pip install 'fleet[report]'"
                ) from error
            build()

        def helper(error):
            try:
                from fleet.report import build
            except ModuleNotFoundError as absence:
                raise ModuleNotFoundError(
                    "reportlab is not installed: pip install 'fleet[report]'", name=absence.name
                ) from absence
            return build(error)
        """
    )


def test_an_import_that_is_late_already_gets_its_answer() -> None:
    data = (
        b"import typer\napp = typer.Typer()\n@app.command()\ndef f():\n    import a.b\n    a.b()\n"
    )
    done = defer(data, (), [LateAnswer(5, "f", REPORTLAB)]).data.decode()
    assert "    try:\n        import a.b\n    except ModuleNotFoundError as error:\n" in done
    assert "raise SystemExit(" in done
    assert defer(done.encode(), (), [LateAnswer(5, "f", REPORTLAB)]).data.decode() == done


def test_a_reexport_is_served_on_demand_and_known_to_type_checkers() -> None:
    source = '''\
        """The API."""

        from fleet.cloud import discover
        from fleet.hosts import Hosts

        __all__ = ["Hosts", "discover"]
        '''
    assert deferred(source, LateImport(3, "discover", "lazy")) == dedent(
        '''\
        """The API."""

        from typing import TYPE_CHECKING

        from fleet.hosts import Hosts

        if TYPE_CHECKING:
            from fleet.cloud import discover

        __all__ = ["Hosts", "discover"]


        def __getattr__(name: str) -> object:
            """Import what is rarely asked for when it is (PEP 562)."""
            if name == "discover":
                from fleet.cloud import discover

                return discover
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


        def __dir__() -> list[str]:
            return sorted({*globals(), "discover"})
        '''
    )


def test_an_existing_getattr_and_dir_are_kept() -> None:
    done = deferred(
        '''\
        from fleet.cloud import discover

        def __getattr__(key):
            """Old names."""
            if key == "old":
                return 1
            raise AttributeError(key)

        def __dir__():
            return []
        ''',
        LateImport(1, "discover", "lazy"),
    )
    assert done.count("def __dir__") == 1
    served = '    if key == "discover":\n        from fleet.cloud import discover\n'
    assert f'    """Old names."""\n{served}' in done


def test_a_package_serves_its_own_module_without_asking_itself() -> None:
    one = LateImport(1, "server", "lazy", submodule="fleet.server")
    done = deferred("from . import server\n", one)
    assert "        import fleet.server as server\n" in done


def test_a_closing_main_block_stays_last() -> None:
    done = deferred(
        "from m import a\n\nx = 1\n\nif __name__ == '__main__':\n    x()\n",
        LateImport(1, "a", "lazy"),
    )
    assert done.endswith("\n\nif __name__ == '__main__':\n    x()\n")


def test_annotations_keep_the_name_in_the_files_own_type_checking_block() -> None:
    assert deferred(
        """\
        from __future__ import annotations
        from typing import TYPE_CHECKING
        from m import A, b
        if TYPE_CHECKING:
            from n import C

        def f(x: A): ...
        """,
        LateImport(3, "A", "typing"),
    ) == dedent(
        """\
        from __future__ import annotations
        from typing import TYPE_CHECKING
        from m import b
        if TYPE_CHECKING:
            from n import C
            from m import A

        def f(x: A): ...
        """
    )


def test_from_python_3_15_on_a_lazy_import_takes_the_place() -> None:
    source = "from m import a, b\nimport c\n\ndef f():\n    return a, c\n"
    done = deferred(source, into(1, "a", "f"), into(2, "c", "f"), lazy_syntax=True)
    assert (
        done
        == "from m import b\nlazy from m import a\nlazy import c\n\ndef f():\n    return a, c\n"
    )


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import a; import b\ndef f():\n    return a\n", "shares the line"),
        ("import a\ndef f(): return a\n", "line of its header"),
        ("import a\ndef g(): ...\n", "no function uses it"),
        ("import a\ndef f():\n    return a\n  x", "cannot be parsed"),
    ],
)
def test_what_cannot_be_done_well_is_refused_and_said(source: str, why: str) -> None:
    done = defer(source.encode(), [into(1, "a", "f")])
    assert done.data == source.encode()
    assert [why in reason for _, reason in done.refused] == [True]


def test_a_getattr_that_is_no_plain_function_is_left_alone() -> None:
    source = b"from m import a\nfrom n import __getattr__\n"
    done = defer(source, [LateImport(1, "a", "lazy")])
    assert done.data == source
    assert "no plain function" in done.refused[0][1]


def test_imports_that_stand_together_and_want_one_answer_get_one() -> None:
    data = b"def f():\n    import a\n\n    import b\n    x = 1\n    import c\n    return a, b, c\n"
    late = [LateAnswer(line, "f", REPORTLAB) for line in (6, 4, 2)]
    done = defer(data, (), late).data.decode()
    assert done.count("try:") == 2
    assert "    try:\n        import a\n\n        import b\n    except ModuleNotFoundError" in done
    other = Answer("other", "pip install other")
    done = defer(data, (), [late[2], LateAnswer(4, "f", other)]).data.decode()
    assert done.count("try:") == 2
