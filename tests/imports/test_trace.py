from __future__ import annotations

import pytest

from extrasplit.imports.modules import Root
from extrasplit.imports.trace import tool_use
from extrasplit.places import Place
from support.tracing import LINUX, levels, world


def of(source: str, function: str | None = None, **files: str) -> dict[str, str]:
    others = {f"{name}.py": text for name, text in files.items()}
    return levels(world({"app.py": source} | others).trace("app", function))


def test_the_weakest_step_of_a_path_decides_and_the_strongest_path_wins() -> None:
    assert of(
        """
        import heavy
        def later():
            import light
        """,
        heavy="import yaml",
        light="import yaml, rich",
    ) == {"yaml": "startup", "rich": "deferred"}


def test_the_evidence_is_the_shortest_chain_of_lines() -> None:
    traced = world(
        {
            "app.py": "import one\nimport two\n",
            "one.py": "import two\n",
            "two.py": "import yaml\n",
        }
    ).trace("app")
    (use,) = traced.uses
    assert use.chain == (Place("app.py", 2, "two"), Place("two.py", 1, "yaml"))


def test_every_line_that_imports_a_module_is_kept_with_its_own_level() -> None:
    traced = world({"app.py": "import yaml\ndef f():\n    import yaml\n"}).trace("app")
    sites = [(site.place.line, site.level.word) for site in traced.uses[0].sites]
    assert sites == [(1, "startup"), (3, "deferred")]


def test_the_standard_library_is_no_use_but_what_a_version_dropped_is() -> None:
    files = {"app.py": "import json, tomllib, cgi, distutils.util\n"}
    assert set(levels(world(files).trace("app"))) == {"distutils.util"}
    newer = LINUX | {"python_version": "3.13"}
    assert set(levels(world(files).trace("app", environment=newer))) == {"cgi", "distutils.util"}


def test_a_condition_is_decided_for_the_target() -> None:
    files = {
        "app.py": """
            import sys
            if sys.platform == "win32":
                import colorama
            if sys.version_info < (3, 11):
                import tomli
            else:
                import rich
            """
    }
    assert levels(world(files).trace("app")) == {"rich": "startup"}
    windows = LINUX | {"sys_platform": "win32"}
    assert set(levels(world(files).trace("app", environment=windows))) == {"colorama", "rich"}


def test_what_runs_under_main_counts_only_for_the_file_that_is_started() -> None:
    files = {"app.py": "if __name__ == '__main__':\n    import rich\n", "other.py": "import app\n"}
    assert levels(world(files).trace("app", runs_as_main=True)) == {"rich": "startup"}
    assert levels(world(files).trace("other", runs_as_main=True)) == {}


def test_the_body_of_the_function_that_a_script_names_is_startup() -> None:
    source = """
        def main():
            import yaml
            helper()
        def helper():
            import rich
        def other():
            import attrs
        """
    assert of(source, "main") == {"yaml": "startup", "rich": "startup", "attrs": "deferred"}


def test_the_function_of_a_script_may_be_re_exported() -> None:
    files = {
        "app/__init__.py": "from .cli import main",
        "app/cli.py": "def main():\n    import rich\n",
    }
    assert levels(world(files).trace("app", "main")) == {"rich": "startup"}


def test_a_function_that_a_module_calls_runs_with_the_module() -> None:
    assert of(
        "from factory import create_app\napp = create_app()\n",
        factory="""
            from deep import connect
            def create_app():
                import flask
                connect()
            def unused():
                import rich
            """,
        deep="def connect():\n    import redis\n",
    ) == {"flask": "startup", "redis": "startup", "rich": "deferred"}


def test_a_call_under_a_condition_stays_deferred() -> None:
    source = """
        import sys
        def heavy():
            import pandas
        if len(sys.argv) > 3:
            heavy()
        """
    assert of(source) == {"pandas": "deferred"}


def test_what_stands_under_a_test_in_a_function_that_runs_is_not_sure() -> None:
    source = """
        import sys
        def main(args):
            import yaml
            if args.dashboard:
                import streamlit
            if sys.version_info >= (3, 8):
                import rich
            if not args:
                return
            import attrs
        """
    assert of(source, "main") == {
        "yaml": "startup",
        "rich": "startup",
        "attrs": "startup",
        "streamlit": "deferred",
    }


def test_what_makes_an_instance_or_decorates_runs() -> None:
    source = """
        class App:
            def __init__(self):
                import flask
                self.connect()
            def connect(self):
                import redis
            def run(self):
                import rich
        def register(function):
            import click
            return function
        app = App()
        @register
        def command(): ...
        """
    assert of(source) == {
        "flask": "startup",
        "redis": "startup",
        "click": "startup",
        "rich": "deferred",
    }


def test_a_call_in_the_body_of_a_class_or_in_a_block_runs() -> None:
    source = """
        from tools import default, connect
        class Settings:
            name = default()
        try:
            client = connect()
        finally:
            pass
        """
    tools = "def default():\n    import yaml\ndef connect():\n    import redis\n"
    assert of(source, tools=tools) == {"yaml": "startup", "redis": "startup"}


def test_an_import_through_modules_without_functions_of_interest_is_still_followed() -> None:
    found = of(
        "from middle import main\nmain()\n",
        middle="from end import start\ndef main():\n    start()\n",
        end="def start():\n    import uvicorn\n",
    )
    assert found == {"uvicorn": "startup"}


def test_a_helper_that_tests_for_a_module_guards_what_it_decides() -> None:
    source = """
        from compat import is_installed, is_weekend
        if is_installed("pygwalker"):
            import pygwalker
        if is_weekend():
            import rich
        """
    compat = """
        import importlib.util
        def is_installed(name):
            return importlib.util.find_spec(name) is not None
        def is_weekend():
            return False
        """
    traced = world({"app.py": source, "compat.py": compat}).trace("app")
    assert levels(traced) == {"rich": "startup", "pygwalker": "guarded"}
    guarded = next(use for use in traced.uses if use.module == "pygwalker")
    assert guarded.guarded_by == "compat.is_installed"


def test_a_decorator_that_raises_where_an_extra_is_missing_is_a_guard() -> None:
    source = """
        from extras import needs
        @needs("plotly")
        def draw():
            import plotly
        def plain():
            import rich
        """
    extras = """
        import functools
        def needs(name):
            def wrap(function):
                @functools.wraps(function)
                def inner(*args):
                    try:
                        __import__(name)
                    except ImportError:
                        raise SystemExit(f"install app[{name}]")
                    return function(*args)
                return inner
            return wrap
        """
    assert of(source, extras=extras) == {"rich": "deferred", "plotly": "guarded"}


def test_an_answered_absence_guards_only_what_is_deferred() -> None:
    answered = "try:\n    import flask\nexcept ImportError:\n    raise SystemExit('app[web]')\n"
    assert of("import web", web=answered) == {"flask": "startup"}
    assert of("def serve():\n    import web\n", web=answered) == {"flask": "guarded"}


def test_a_call_is_no_surer_than_the_import_that_binds_what_is_called() -> None:
    source = """
        def read(path):
            if path.endswith(".csv"):
                return []
            try:
                from excel import read_hosts
            except ImportError as error:
                raise SystemExit("workbooks need pandas") from error
            return read_hosts(path)
        def main():
            read("hosts.xlsx")
        """
    excel = "import pandas as pd\ndef read_hosts(path):\n    return pd.read_excel(path)\n"
    found = of(source, "main", excel=excel)
    assert found["pandas"] == found["openpyxl"] == "guarded"
    sure = of("from excel import read_hosts\nread_hosts('hosts.xlsx')\n", excel=excel)
    assert sure["pandas"] == sure["openpyxl"] == "startup"


def test_of_several_definitions_the_first_with_a_body_runs() -> None:
    source = """
        from typing import overload
        @overload
        def load(path: str) -> str: ...
        @overload
        def load(path: bytes) -> bytes:
            ...
        def load(path):
            import yaml
        load("a")
        """
    assert of(source) == {"yaml": "startup"}


def test_asking_for_a_name_that_getattr_serves_runs_its_import() -> None:
    package = """
        def __getattr__(name):
            if name == "Server":
                from .server import Server
                return Server
            if name == "Client":
                from .client import Client
                return Client
            raise AttributeError(name)
        """
    files = {
        "app/__init__.py": package,
        "app/server.py": "import uvicorn\nclass Server: ...\n",
        "app/client.py": "import httpx\nclass Client: ...\n",
        "main.py": "from app import Client\n",
    }
    assert levels(world(files).trace("main")) == {"httpx": "startup", "uvicorn": "deferred"}


def test_a_table_of_lazy_names_is_read_entry_by_entry() -> None:
    package = """
        import importlib
        _LAZY = {"Server": ".server", "Client": ".client"}
        def __getattr__(name):
            if name not in _LAZY:
                raise AttributeError(name)
            return getattr(importlib.import_module(_LAZY[name], __name__), name)
        """
    files = {
        "app/__init__.py": package,
        "app/server.py": "import uvicorn\nclass Server: ...\n",
        "app/client.py": "import httpx\nclass Client: ...\n",
        "main.py": "from app import Client\n",
    }
    assert levels(world(files).trace("main")) == {"httpx": "startup", "uvicorn": "deferred"}


def test_a_lazy_import_is_deferred_until_its_name_is_imported_from_elsewhere() -> None:
    files = {"app.py": "lazy import yaml\nlazy from rich import print\n"}
    assert set(levels(world(files).trace("app")).values()) == {"deferred"}
    asked = files | {"main.py": "from app import yaml\n"}
    assert levels(world(asked).trace("main")) == {"yaml": "startup", "rich": "deferred"}


def test_a_start_with_lazy_imports_defers_all_but_stars() -> None:
    files = {"app.py": "import yaml\nfrom rich import *\n"}
    traced = world(files).trace("app", lazy_imports=True)
    assert levels(traced) == {"rich": "startup", "yaml": "deferred"}


def test_typing_imports_are_told_apart_and_followed_no_further_than_that() -> None:
    source = """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import pandas
            import models
        """
    assert of(source, models="import sqlalchemy") == {"pandas": "typing", "sqlalchemy": "typing"}


def test_a_spawned_command_is_handed_back_with_its_paths_filled_in() -> None:
    files = {
        "src/app/cli.py": """
            import subprocess, sys
            from pathlib import Path
            def dashboard():
                script = str(Path(__file__).parent / "dashboard.py")
                subprocess.run([sys.executable, "-m", "streamlit", "run", script])
            def upgrade():
                subprocess.run(["alembic", "upgrade", "head"])
            """,
    }
    traced = world(files).trace("app.cli", roots=(Root("src"),))
    commands = {spawned.argv: spawned for spawned in traced.spawned}
    run = commands["python", "-m", "streamlit", "run", "src/app/dashboard.py"]
    assert run.level.word == "deferred"
    tool = tool_use("app", commands["alembic", "upgrade", "head"])
    assert tool is not None
    assert (tool.command, tool.level.word, tool.via) == ("alembic", "deferred", "spawn")
    assert not levels(traced)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (
            """from streamlit.web import cli
    from app import gui
    words = ["run", gui.__file__]
    words += ["--server.port=80"]
    cli.main(words)""",
            ("streamlit", "run", "src/app/gui.py", "--server.port=80"),
        ),
        (
            """from streamlit.web import bootstrap as b
    from . import gui
    b.run(gui.__file__, False, [], {})""",
            ("streamlit", "run", "src/app/gui.py"),
        ),
        (
            """import streamlit.web.cli as stcli
    stcli.main_run("src/app/gui.py")""",
            ("streamlit", "run", "src/app/gui.py"),
        ),
        (
            """import json
    from streamlit.web import cli
    cli.main(["run", json.__file__])""",
            ("streamlit", "run", ""),
        ),
    ],
)
def test_streamlit_that_is_started_in_the_process_is_a_command_too(
    start: str, words: tuple[str, ...]
) -> None:
    files = {
        "src/app/__init__.py": "",
        "src/app/cli.py": f"def launch():\n    {start}\n",
        "src/app/gui.py": "import streamlit\n",
    }
    traced = world(files).trace("app.cli", roots=(Root("src"),))
    assert [(one.argv, one.level.word) for one in traced.spawned] == [(words, "deferred")]


def test_launcher_loads_and_healthcheck_are_startup_uses_of_the_entrypoint() -> None:
    traced = world({"app.py": ""}).trace(
        "app",
        launcher="gunicorn",
        loads=("uvicorn.workers.UvicornWorker",),
        healthchecks=("import requests; requests.get('http://localhost')",),
        found_in=Place("Dockerfile", 9),
    )
    assert levels(traced) == {
        "gunicorn": "startup",
        "requests": "startup",
        "uvicorn.workers": "startup",
    }
    assert all(use.chain[0].path == "Dockerfile" for use in traced.uses)


def test_what_is_computed_is_told_unless_its_prefix_is_ours() -> None:
    files = {
        "app.py": """
            from importlib import import_module
            import sys
            import_module(sys.argv[1])
            import_module(f"plugins.{sys.argv[2]}")
            """,
        "plugins/__init__.py": "",
        "plugins/one.py": "import yaml",
    }
    traced = world(files).trace("app")
    assert [place.line for _, place in traced.undecided] == [4]
    assert levels(traced) == {"yaml": "startup"}


def test_the_same_world_gives_the_same_trace_whatever_the_order_of_its_files() -> None:
    files = {
        "app.py": "import a, b, c",
        "a.py": "import yaml, c",
        "b.py": "import yaml, a",
        "c.py": "import yaml, b",
    }
    backwards = dict(reversed(files.items()))
    assert world(files).trace("app").uses == world(backwards).trace("app").uses


def test_a_platform_flag_of_another_module_is_decided_for_the_target() -> None:
    files = {
        "app.py": """
            from compat import is_windows, on_linux
            if is_windows:
                import colorama
            else:
                import rich
            if not on_linux():
                import yaml
            if on_linux() and not is_windows:
                import attrs
            """,
        "compat.py": """
            import sys
            is_windows = sys.platform == "win32"
            def on_linux():
                return sys.platform.startswith("linux")
            """,
    }
    assert levels(world(files).trace("app")) == {"rich": "startup", "attrs": "startup"}
    windows = LINUX | {"sys_platform": "win32", "os_name": "nt"}
    found = levels(world(files).trace("app", environment=windows))
    assert found == {"colorama": "startup", "yaml": "startup"}


def test_what_a_variable_asks_for_is_guarded_where_absence_ends_the_process() -> None:
    source = """
        import os, sys
        if os.getenv("PROFILE"):
            try:
                import yaml
            except ImportError:
                sys.exit("install yaml")
        if os.getenv("TUNED"):
            import rich
        if not os.getenv("PLAIN"):
            try:
                import attrs
            except ImportError:
                sys.exit("install attrs")
        """
    assert of(source) == {"yaml": "guarded", "rich": "startup", "attrs": "startup"}


def test_an_annotated_flag_is_a_flag() -> None:
    source = """
        import sys
        from typing import Final
        WINDOWS: Final[bool] = sys.platform == "win32"
        if WINDOWS:
            import yaml
        else:
            import rich
        """
    assert of(source) == {"rich": "startup"}
