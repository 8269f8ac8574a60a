from __future__ import annotations

from extrasplit.imports.startup import merge
from support.starting import graph_of, line_of

APP = {
    "app/__init__.py": "",
    "app/cli.py": "from app.ui import server\nfrom app.services import Hosts\n",
    "app/ui/__init__.py": "import flask\n",
    "app/ui/server.py": "import uvicorn\n",
    "app/services/__init__.py": """
        from app.services.cloud import discover
        from app.services.hosts import Hosts
        """,
    "app/services/cloud.py": "import boto3\n",
    "app/services/hosts.py": "",
}


def test_a_line_brings_every_parent_that_is_not_the_importers_own() -> None:
    graph = graph_of(APP, "app.cli")
    line = line_of(graph, "app/cli.py", "server")
    assert line.files == ("app/ui/__init__.py", "app/ui/server.py")


def test_a_reexported_name_knows_the_line_that_brings_it() -> None:
    graph = graph_of(APP, "app.cli")
    line = line_of(graph, "app/cli.py", "Hosts")
    assert line.files == ("app/services/__init__.py",)
    (origin,) = graph.origins(line)
    assert (origin.path, origin.files) == (
        "app/services/__init__.py",
        ("app/services/hosts.py",),
    )


def test_without_any_cut_everything_runs() -> None:
    graph = graph_of(APP, "app.cli")
    loaded, running = graph.run()
    assert loaded == set(graph.files)
    assert len(running) == len(graph.lines)


def test_what_a_cut_line_alone_brought_no_longer_runs() -> None:
    graph = graph_of(APP, "app.cli")
    cut = {line_of(graph, "app/services/__init__.py", "discover")}
    loaded, running = graph.run(cut)
    assert "app/services/cloud.py" not in loaded
    assert "app/services/hosts.py" in loaded
    assert "boto3" not in {each.name for each in running}


def test_who_asks_for_a_name_brings_its_origin_even_when_the_reexport_is_lazy() -> None:
    files = APP | {"app/cli.py": "from app.services import discover\n"}
    graph = graph_of(files, "app.cli")
    cut = {line_of(graph, "app/services/__init__.py", "discover")}
    loaded, _ = graph.run(cut)
    assert "app/services/cloud.py" in loaded


def test_an_existing_getattr_brings_what_a_name_asks_for() -> None:
    files = APP | {
        "app/cli.py": "from app.services import discover\n",
        "app/services/__init__.py": """
            def __getattr__(name):
                if name == "discover":
                    from app.services.cloud import discover
                    return discover
                raise AttributeError(name)
            """,
    }
    line = line_of(graph_of(files, "app.cli"), "app/cli.py", "discover")
    assert line.files == ("app/services/__init__.py", "app/services/cloud.py")


def test_guarded_deferred_and_typing_imports_are_no_lines_of_the_start() -> None:
    files = {
        "app/__init__.py": "",
        "app/cli.py": """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                import numpy
            try:
                import pandas
            except ImportError:
                pandas = None
            def plot():
                import matplotlib
            """,
    }
    assert graph_of(files, "app.cli").lines == ()


def test_the_sure_body_of_the_function_that_a_script_names_is_part_of_the_start() -> None:
    files = {
        "app/__init__.py": "",
        "app/cli.py": """
            def main(argv):
                import click
                if argv:
                    import pandas
            """,
    }
    graph = graph_of(files, "app.cli", "main")
    assert [line.name for line in graph.lines] == ["click"]


def test_a_function_that_another_module_calls_while_it_is_imported_runs_too() -> None:
    files = {
        "app/__init__.py": "",
        "app/cli.py": "from app.server import create\napplication = create()\n",
        "app/server.py": "def create():\n    from app.views import root\n    return root\n",
        "app/views.py": "import jinja2\n",
    }
    graph = graph_of(files, "app.cli")
    assert "app/views.py" in graph.files
    loaded, _ = graph.run({line_of(graph, "app/cli.py", "create")})
    assert loaded == {"app/__init__.py", "app/cli.py"}


def test_several_entrypoints_of_one_image_start_together() -> None:
    files = {
        "app/__init__.py": "",
        "app/cli.py": "import click\n",
        "app/worker.py": "import celery\n",
    }
    both = merge([graph_of(files, "app.cli"), graph_of(files, "app.worker")])
    assert both.roots == ("app/cli.py", "app/worker.py")
    assert {line.name for line in both.run()[1]} == {"click", "celery"}
