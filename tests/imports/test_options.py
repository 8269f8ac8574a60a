from __future__ import annotations

from collections.abc import Mapping

import pytest

from extrasplit.imports.deferral import Sources
from extrasplit.imports.options import Request, Requests
from support.starting import graph_of
from support.tracing import world


def request_of(
    files: Mapping[str, str] | str, scope: str, line: int, path: str = "app/cli.py"
) -> Request | None:
    """Return how a line is asked for in a program whose script is `app.cli:main`."""
    texts = {path: files} if isinstance(files, str) else dict(files)
    made = world({"app/__init__.py": "", **texts})
    graph = graph_of(made, "app.cli", "main")
    return Requests(graph, Sources(made.files.__getitem__)).of(path, scope, line)


GUI = """\
def launch(argv):
    import streamlit
def main():
    args = parser.parse_args()
    if {test}:
        launch(args)
"""


@pytest.mark.parametrize(
    "test",
    [
        "args.gui",
        "args.gui and not quiet",
        "args.mode == 'gui'",
        "args.export is not None",
        "args['--gui']",
        "args.gui or args.browser",
    ],
)
def test_a_function_that_is_called_for_an_option_is_asked_for(test: str) -> None:
    found = request_of(GUI.format(test=test), "launch", 2)
    assert found is not None
    assert (found.path, found.line, found.text) == ("app/cli.py", 5, f"`if {test}`")


@pytest.mark.parametrize(
    "test",
    [
        "not args.quiet",
        "args.gui or fancy",
        "args.gui is None",
        "args.mode != 'plain'",
        "fancy",
        "self.gui",
        "args",
    ],
)
def test_what_runs_without_an_option_is_not_asked_for(test: str) -> None:
    assert request_of(GUI.format(test=test), "launch", 2) is None


def test_an_option_of_the_same_name_is_no_mention() -> None:
    assert request_of(GUI.format(test="args.launch"), "launch", 2)
    assert request_of(GUI.format(test="args.gui and self.launch"), "launch", 2) is None


def test_the_answer_of_parse_args_may_have_any_name() -> None:
    text = GUI.format(test="cli.gui").replace("args =", "cli, rest =")
    assert request_of(text.replace("parse_args", "parse_known_args"), "launch", 2)


def test_the_branch_for_everything_else_is_not_asked_for() -> None:
    text = (
        "def main():\n    args = p.parse_args()\n    if args.plain:\n        pass\n"
        "    else:\n        import rich\n"
    )
    assert request_of(text, "main", 6) is None


def test_an_import_below_an_option_is_asked_for_where_it_stands() -> None:
    text = "def main():\n    args = p.parse_args()\n    if args.plot:\n        import matplotlib\n"
    assert request_of(text, "main", 4)


@pytest.mark.parametrize(
    ("decorator", "asked"),
    [
        ("@group.command()", True),
        ("@app.command", True),
        ("@click.command()", False),  # a program of its own
        ("@group.group()", False),
        ("", False),
    ],
)
def test_a_subcommand_is_asked_for(decorator: str, asked: bool) -> None:
    text = f"{decorator}\ndef serve():\n    import uvicorn\ndef main():\n    pass\n"
    found = request_of(text, "serve", 3)
    assert (found is not None and found.text == "a subcommand") is asked


def test_the_command_that_the_script_itself_starts_is_no_subcommand() -> None:
    assert request_of("@click.command()\ndef main():\n    import torch\n", "main", 3) is None


def test_a_parameter_of_a_command_is_an_option() -> None:
    text = "@click.command()\ndef main(plot):\n    if plot:\n        import matplotlib\n"
    assert request_of(text, "main", 4)
    assert request_of(text.replace("@click.command()", "@cached"), "main", 4) is None


def test_a_program_that_a_group_takes_in_is_a_subcommand() -> None:
    text = "@click.command()\ndef serve():\n    import uvicorn\ngroup.add_command(serve)\n"
    assert request_of(text + "def main(): ...\n", "serve", 3)


def test_a_subcommand_of_argparse_is_asked_for() -> None:
    text = (
        "def serve(args):\n    import uvicorn\n"
        "def main():\n    sub.add_parser('serve').set_defaults(func=serve)\n"
    )
    assert request_of(text, "serve", 2)


def test_every_call_must_be_asked_for() -> None:
    text = GUI.format(test="args.gui")
    assert request_of(text + "    launch(args)\n", "launch", 2) is None
    assert request_of(text + "    register(launch)\n", "launch", 2) is None


def test_what_nobody_calls_may_be_found_by_its_name() -> None:
    assert request_of("def cmd_help():\n    import torch\ndef main(): ...\n", "cmd_help", 2) is None


def test_calls_are_followed_back_into_other_files() -> None:
    files = {
        "app/cli.py": (
            "from app.gui import Window\ndef main():\n    args = p.parse_args()\n"
            "    if args.gui:\n        show()\ndef show():\n    Window().open()\n"
        ),
        "app/gui.py": (
            "class Window:\n    def __init__(self):\n        import PySide6\n"
            "    def open(self):\n        self.draw()\n    def draw(self):\n        import numpy\n"
        ),
    }
    for scope, line in (("Window.__init__", 3), ("Window.draw", 7)):
        assert request_of(files, scope, line, "app/gui.py"), scope


def test_functions_that_call_each_other_alone_are_not_asked_for() -> None:
    text = "def a():\n    import torch\n    b()\ndef b():\n    a()\ndef main(): ...\n"
    assert request_of(text, "a", 2) is None


def test_a_test_that_calls_it_is_no_run_of_the_app() -> None:
    files = {
        "app/cli.py": GUI.format(test="args.gui"),
        "tests/test_cli.py": "from app.cli import launch\nlaunch([])\n",
    }
    assert request_of(files, "launch", 2)
