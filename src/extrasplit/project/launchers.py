"""Programs of other distributions that start a project's code, and how they are told what to start.

Each entry follows the command-line reference of its program. A new program is a new line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from extrasplit.record import Record

LauncherKind = Literal["streamlit", "asgi", "wsgi", "worker", "command"]
Shape = Literal["object", "script", "modules", "option", "tool"]


class Launcher(Record):
    """One program."""

    distribution: str
    kind: LauncherKind
    shape: Shape
    """`object`: `module:attribute` as a word; `script`: a file; `modules`: module after module;
    `option`: an option names the object; `tool`: nothing of the project is named."""
    verbs: frozenset[str] = frozenset()
    """Subcommands, one of which must come first."""
    target_options: tuple[str, ...] = ()
    """Options that name what is started."""
    target_variable: str | None = None
    """Environment variable that names it where no option does."""
    flags: frozenset[str] = frozenset()
    """Options without a value."""
    loads: frozenset[str] = frozenset()
    """Options whose value names a module or class to load."""
    folders: frozenset[str] = frozenset()
    """Options that put a folder on sys.path, or change into one."""
    factory_flags: frozenset[str] = frozenset()
    """Options that say that the object is a function to call."""
    script_folder: bool = False
    """The started file's folder is put on sys.path, as Python itself does."""
    working_folder: bool = True
    """The working directory is put on sys.path."""
    runs_as_main: bool = False
    default_targets: tuple[str, ...] = ()
    """Files looked for where none is named."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FLAGS: Final = _words(
    "--reload --debug --no-debug --help --version -v -q --verbose --quiet --factory --daemon -D "
    "--preload --proxy-headers --no-proxy-headers --use-colors --no-use-colors --access-log "
    "--no-access-log --no-server-header --no-date-header --no-reload --with-threads "
    "--without-threads --spew --check-config --capture-output --reuse-port --no-sendfile "
    "--enable-stdio-inheritance --detach --no-color --beat -B -E --without-gossip "
    "--without-mingle --without-heartbeat --purge --single --dev --watch -w"
)

LAUNCHERS: Final[Mapping[str, Launcher]] = {
    "streamlit": Launcher(
        "streamlit",
        "streamlit",
        "script",
        verbs=_words("run"),
        script_folder=True,
        working_folder=False,
        runs_as_main=True,
        default_targets=("streamlit_app.py",),
    ),
    "chainlit": Launcher("chainlit", "asgi", "script", verbs=_words("run"), flags=_words("-h")),
    "gradio": Launcher("gradio", "asgi", "script", script_folder=True),
    "panel": Launcher("panel", "asgi", "script", verbs=_words("serve"), script_folder=True),
    "bokeh": Launcher("bokeh", "asgi", "script", verbs=_words("serve"), script_folder=True),
    "solara": Launcher("solara", "asgi", "script", verbs=_words("run"), script_folder=True),
    "marimo": Launcher("marimo", "asgi", "script", verbs=_words("run edit"), script_folder=True),
    "uvicorn": Launcher(
        "uvicorn",
        "asgi",
        "object",
        target_variable="UVICORN_APP",
        flags=_FLAGS,
        loads=_words("--loop --http --ws --log-config"),
        folders=_words("--app-dir"),
        factory_flags=_words("--factory"),
    ),
    "gunicorn": Launcher(
        "gunicorn",
        "wsgi",
        "object",
        flags=_FLAGS,
        loads=_words("-k --worker-class --logger-class --log-config"),
        folders=_words("--chdir --pythonpath"),
    ),
    "hypercorn": Launcher(
        "hypercorn", "asgi", "object", flags=_FLAGS, loads=_words("-k --worker-class --log-config")
    ),
    "granian": Launcher(
        "granian",
        "asgi",
        "object",
        flags=_FLAGS | _words("--access-log --no-ws --ws --respawn-failed-workers --process-name"),
        loads=_words("--loop"),
        folders=_words("--working-dir"),
        factory_flags=_words("--factory"),
    ),
    "daphne": Launcher("daphne", "asgi", "object", flags=_FLAGS),
    "waitress-serve": Launcher(
        "waitress",
        "wsgi",
        "object",
        target_options=("--app",),
        flags=_FLAGS | _words("--call --expose-tracebacks --no-expose-tracebacks"),
        factory_flags=_words("--call"),
    ),
    "uwsgi": Launcher(
        "uwsgi",
        "wsgi",
        "option",
        target_options=("--module", "-w", "--wsgi", "--wsgi-file", "--mount"),
        folders=_words("--chdir --pythonpath --pp"),
        flags=_words("--master -M --need-app --die-on-term --enable-threads --vacuum --http-auto"),
    ),
    "fastapi": Launcher(
        "fastapi-cli",
        "asgi",
        "script",
        verbs=_words("run dev"),
        target_options=("-e", "--entrypoint"),
        flags=_FLAGS,
        working_folder=False,
        default_targets=(
            "main.py",
            "app.py",
            "api.py",
            "app/main.py",
            "app/app.py",
            "app/api.py",
        ),
    ),
    "flask": Launcher(
        "flask",
        "wsgi",
        "option",
        target_options=("--app", "-A"),
        target_variable="FLASK_APP",
        flags=_FLAGS,
        default_targets=("wsgi.py", "app.py"),
    ),
    "quart": Launcher(
        "quart",
        "asgi",
        "option",
        target_options=("--app", "-A"),
        target_variable="QUART_APP",
        flags=_FLAGS,
        default_targets=("app.py",),
    ),
    "litestar": Launcher(
        "litestar",
        "asgi",
        "option",
        target_options=("--app",),
        target_variable="LITESTAR_APP",
        folders=_words("--app-dir"),
        flags=_FLAGS,
        default_targets=("app.py", "application.py"),
    ),
    "sanic": Launcher("sanic", "asgi", "object", flags=_FLAGS, factory_flags=_words("--factory")),
    "robyn": Launcher("robyn", "asgi", "script", flags=_FLAGS, script_folder=True),
    "faststream": Launcher(
        "faststream",
        "worker",
        "object",
        verbs=_words("run"),
        flags=_FLAGS,
        folders=_words("--app-dir"),
        factory_flags=_words("--factory -f"),
    ),
    "celery": Launcher(
        "celery",
        "worker",
        "option",
        target_options=("-A", "--app"),
        target_variable="CELERY_APP",
        flags=_FLAGS,
        loads=_words("-P --pool -S --scheduler"),
        folders=_words("--workdir"),
    ),
    "dramatiq": Launcher(
        "dramatiq", "worker", "modules", flags=_FLAGS, folders=_words("--path -P")
    ),
    "dramatiq-gevent": Launcher(
        "dramatiq", "worker", "modules", flags=_FLAGS, folders=_words("--path -P")
    ),
    "taskiq": Launcher(
        "taskiq",
        "worker",
        "modules",
        verbs=_words("worker scheduler"),
        flags=_FLAGS | _words("-fsd --fs-discover -r --reload -tp --tasks-pattern"),
        folders=_words("--app-dir"),
    ),
    "arq": Launcher("arq", "worker", "object", flags=_FLAGS | _words("--burst --check")),
    "huey_consumer": Launcher("huey", "worker", "object", flags=_FLAGS),
    "huey_consumer.py": Launcher("huey", "worker", "object", flags=_FLAGS),
    "rq": Launcher(
        "rq",
        "worker",
        "option",
        verbs=_words("worker worker-pool"),
        target_options=("-c", "--config"),
        flags=_FLAGS | _words("--with-scheduler -b --burst"),
        loads=_words("-w --worker-class -j --job-class --queue-class --serializer -S"),
        folders=_words("-P --path"),
    ),
    "django-admin": Launcher(
        "django",
        "command",
        "option",
        target_options=("--settings",),
        target_variable="DJANGO_SETTINGS_MODULE",
        folders=_words("--pythonpath"),
        working_folder=False,
    ),
    "alembic": Launcher("alembic", "command", "tool"),
    "flower": Launcher("flower", "command", "tool"),
    "dbt": Launcher("dbt-core", "command", "tool"),
    "scrapy": Launcher("scrapy", "command", "tool"),
    "airflow": Launcher("apache-airflow", "command", "tool"),
    "superset": Launcher("apache-superset", "command", "tool"),
    "mlflow": Launcher("mlflow", "command", "tool"),
    "prefect": Launcher("prefect", "command", "tool"),
    "dagster": Launcher("dagster", "command", "tool"),
    "dagster-webserver": Launcher("dagster-webserver", "command", "tool"),
    "dagster-daemon": Launcher("dagster", "command", "tool"),
    "luigid": Launcher("luigi", "command", "tool"),
    "jupyter": Launcher("jupyter-core", "command", "tool"),
    "jupyter-lab": Launcher("jupyterlab", "command", "tool"),
    "voila": Launcher("voila", "command", "tool"),
    "playwright": Launcher("playwright", "command", "tool"),
    "aerich": Launcher("aerich", "command", "tool"),
    "supervisord": Launcher("supervisor", "command", "tool"),
    "circusd": Launcher("circus", "command", "tool"),
}
"""By the program's name."""

MODULE_PROGRAMS: Final[Mapping[str, str]] = {
    **{name: name for name in LAUNCHERS if name.isidentifier()},
    "django": "django-admin",
    "waitress": "waitress-serve",
    "gunicorn.app.wsgiapp": "gunicorn",
    "celery.__main__": "celery",
    "fastapi_cli": "fastapi",
    "alembic.config": "alembic",
    "streamlit.web.cli": "streamlit",
}
"""Modules whose `python -m` is the program of that name."""

RUNNERS: Final = frozenset(
    {"coverage", "cProfile", "profile", "pdb", "trace", "debugpy", "kernprof", "viztracer"}
    | {"memray", "scalene", "pyinstrument", "ipdb", "watchfiles", "opentelemetry.instrumentation"}
)
"""Modules and programs that run what stands after them as Python would."""

DEVELOPMENT_TOOLS: Final = frozenset(
    {"pytest", "py.test", "ruff", "mypy", "black", "isort", "flake8", "pylint", "tox", "nox", "pip"}
    | {
        "uv",
        "uvx",
        "pipx",
        "poetry",
        "pdm",
        "hatch",
        "twine",
        "build",
        "pre-commit",
        "sphinx-build",
    }
    | {"mkdocs", "coverage", "pyright", "basedpyright", "bandit", "pip-audit", "pip-compile"}
    | {"cookiecutter", "virtualenv", "wheel", "setuptools", "ipython", "python", "python3"}
)
"""Never a role of the app, however they are started."""

LOGGING_SUFFIXES: Final = (".ini", ".cfg", ".conf", ".yaml", ".yml")
"""Of the logging configuration files that servers take (`--log-config`): INI, or YAML."""

BUILT_IN: Final[Mapping[str, str]] = {
    "sync": "",
    "gthread": "",
    "auto": "",
    "none": "",
    "asyncio": "",
    "prefork": "",
    "solo": "",
    "threads": "",
    "processes": "",
    "egg:gunicorn#sync": "",
    "websockets-sansio": "websockets",
    "trio": "trio",
    "gevent_wsgi": "gevent",
    "gevent_pywsgi": "gevent",
}
"""Short names that option values of `loads` may have: the module meant, empty for none."""
