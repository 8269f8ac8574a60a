from collections.abc import Mapping

import pytest

from extrasplit.project.commands import Command, read_command, read_commands
from extrasplit.project.shell import split_commands


def read(line: str, env: Mapping[str, str] | None = None) -> Command | None:
    command = split_commands(line)[0]
    return read_command(command.words, {**command.env, **(env or {})})


def some(line: str, env: Mapping[str, str] | None = None) -> Command:
    found = read(line, env)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("streamlit run app.py", "app.py"),
        ("streamlit run --server.port 8501 src/app.py", "src/app.py"),
        ("streamlit run --server.headless=true app.py -- --mine", "app.py"),
        ("streamlit run app.py --server.port=8501", "app.py"),
        ("streamlit --log_level debug run app.py", "app.py"),
    ],
)
def test_streamlit_takes_options_before_and_after_the_file(line: str, path: str) -> None:
    found = some(line)
    assert (found.kind, found.launcher, found.path) == ("streamlit", "streamlit", path)
    assert found.runs_as_main
    assert found.script_folder
    assert not found.working_folder


@pytest.mark.parametrize(
    ("line", "kind", "launcher", "module", "attribute"),
    [
        ("uvicorn shop.main:app", "asgi", "uvicorn", "shop.main", "app"),
        ("uvicorn --reload --host 0.0.0.0 shop:app", "asgi", "uvicorn", "shop", "app"),
        ("uvicorn --unheard-of shop:app", "asgi", "uvicorn", "shop", "app"),
        ("gunicorn shop.wsgi", "wsgi", "gunicorn", "shop.wsgi", None),
        ("gunicorn -w 4 -b 0.0.0.0:80 shop.wsgi:app", "wsgi", "gunicorn", "shop.wsgi", "app"),
        ("gunicorn -b :80 --timeout 60 shop.wsgi", "wsgi", "gunicorn", "shop.wsgi", None),
        ("hypercorn shop:app -b 0:80", "asgi", "hypercorn", "shop", "app"),
        ("granian --interface asgi shop:app", "asgi", "granian", "shop", "app"),
        ("granian --interface wsgi shop:app", "wsgi", "granian", "shop", "app"),
        (
            "daphne -b 0.0.0.0 -p 80 shop.asgi:application",
            "asgi",
            "daphne",
            "shop.asgi",
            "application",
        ),
        ("waitress-serve --port=80 shop:app", "wsgi", "waitress", "shop", "app"),
        ("uwsgi --http :80 --module shop.wsgi:app --master", "wsgi", "uwsgi", "shop.wsgi", "app"),
        ("sanic shop.server:app --fast", "asgi", "sanic", "shop.server", "app"),
        ("litestar --app shop:app run", "asgi", "litestar", "shop", "app"),
        ("flask --app shop run", "wsgi", "flask", "shop", None),
        ("celery -A shop worker -l info", "worker", "celery", "shop", None),
        ("celery --app=shop.tasks:app beat", "worker", "celery", "shop.tasks", "app"),
        ("celery -Ashop worker", "worker", "celery", "shop", None),
        ("dramatiq shop.tasks -p 2", "worker", "dramatiq", "shop.tasks", None),
        ("arq shop.jobs.WorkerSettings", "worker", "arq", "shop.jobs.WorkerSettings", None),
        ("huey_consumer.py shop.main.huey -w 2", "worker", "huey", "shop.main.huey", None),
        ("taskiq worker shop.tkq:broker", "worker", "taskiq", "shop.tkq", "broker"),
        ("faststream run shop:app", "worker", "faststream", "shop", "app"),
        ("rq worker -c shop.settings high", "worker", "rq", "shop.settings", None),
    ],
)
def test_servers_and_workers_name_their_object(
    line: str, kind: str, launcher: str, module: str, attribute: str | None
) -> None:
    found = some(line)
    assert (found.kind, found.launcher, found.module, found.attribute) == (
        kind,
        launcher,
        module,
        attribute,
    )
    assert found.working_folder


def test_options_name_folders_loads_and_factories() -> None:
    found = some("uvicorn --factory --app-dir src --loop uvloop --http auto shop:create")
    assert (found.folders, found.loads, found.function) == (("src",), ("uvloop",), "create")
    found = some("gunicorn -k uvicorn.workers.UvicornWorker --chdir src 'shop:create(1)'")
    assert found.kind == "asgi"
    assert found.loads == ("uvicorn.workers.UvicornWorker",)
    assert (found.directory, found.function) == ("src", "create")
    assert some("gunicorn -k gevent shop:app").loads == ("gevent",)
    assert some("gunicorn -k gthread shop:app").loads == ()
    assert some("waitress-serve --call shop:create").function == "create"
    configured = some("uvicorn shop:app --log-config ./conf/logging.ini")
    assert configured.loads == ("./conf/logging.ini",)
    assert some("celery -A shop worker -P eventlet").loads == ("eventlet",)
    beat = some("celery -A shop beat -S django_celery_beat.schedulers:DatabaseScheduler")
    assert beat.loads == ("django_celery_beat.schedulers:DatabaseScheduler",)
    assert some("celery -A shop flower").loads == ("flower",)
    assert some("dramatiq shop.a shop.b").loads == ("shop.b",)
    assert some("django-admin migrate --settings=shop.settings").loads == ("shop.settings",)


def test_the_environment_names_what_no_option_does() -> None:
    assert some("FLASK_APP=shop.web flask run").module == "shop.web"
    assert some("flask run", {"FLASK_APP": "shop/web.py"}).path == "shop/web.py"
    assert some("flask run").candidates == ("wsgi.py", "app.py")
    assert some("fastapi run").candidates[0] == "main.py"
    assert some("PYTHON_LAZY_IMPORTS=all python x.py").lazy_imports


def test_fastapi_takes_a_file_or_an_entrypoint() -> None:
    assert some("fastapi run --port 80 shop/main.py").path == "shop/main.py"
    assert some("fastapi dev shop/main.py --app api").attribute == "api"
    assert some("fastapi run -e shop.main:app").module == "shop.main"
    assert some("fastapi run").launcher == "fastapi-cli"


@pytest.mark.parametrize(
    "line",
    [
        "python shop/x.py --flag",
        "python3.12 -u -O shop/x.py",
        "/opt/venv/bin/python -X dev -W error shop/x.py",
        "python -Xlazy_imports=all shop/x.py",
        "./shop/x.py a b",
    ],
)
def test_python_starts_a_file(line: str) -> None:
    found = some(line)
    assert found.path is not None
    assert found.path.endswith("shop/x.py")
    assert (found.kind, found.runs_as_main, found.script_folder) == ("module", True, True)
    assert found.lazy_imports is ("lazy" in line)


def test_an_isolated_python_puts_no_folder_on_the_path() -> None:
    assert not some("python -P shop/x.py").script_folder
    assert not some("python -I -m shop").working_folder


def test_python_dash_m_is_a_module_or_the_program_of_that_name() -> None:
    module = some("python -um shop.worker")
    assert (module.kind, module.module, module.working_folder) == ("module", "shop.worker", True)
    assert some("python -m streamlit run app.py").kind == "streamlit"
    assert some("python -m streamlit run app.py").working_folder
    assert some("python -m waitress --port=80 shop:app").module == "shop"
    assert read("python -m pytest tests") is None
    assert read("python") is None
    assert read("python -") is None


def test_python_dash_c_keeps_its_code() -> None:
    assert some("python -c 'import requests; print(1)'").code == "import requests; print(1)"


def test_another_manage_py_command_is_another_way() -> None:
    assert some("python manage.py runserver 0:80").way == "runserver"
    assert some("./manage.py migrate --noinput").way == "migrate"
    assert some("python other.py migrate").way == ""


@pytest.mark.parametrize(
    ("line", "extras"),
    [
        ("uv run --extra web --no-sync uvicorn shop:app", ("web",)),
        ("uv run --extra=web --extra more --with x -- uvicorn shop:app", ("web", "more")),
        ("uv --directory . run uvicorn shop:app", None),
        ("uv run --frozen --no-dev uvicorn shop:app", None),
        ("poetry run uvicorn shop:app", None),
        ("pdm run uvicorn shop:app", None),
        ("hatch -e prod run uvicorn shop:app", None),
        ("FOO=bar exec tini -g -- gosu me:me uvicorn shop:app", None),
        ("env -u A B=c dumb-init -- uvicorn shop:app", None),
        ("xvfb-run -a --server-args='-screen 0' uvicorn shop:app", None),
        ("timeout -k 5 60 nice -n 5 uvicorn shop:app", None),
        ("./wait-for-it.sh db:5432 -t 30 -- uvicorn shop:app", None),
        ("doppler run -p x -- uvicorn shop:app", None),
        ("dockerize -wait tcp://db:5432 -timeout 20s uvicorn shop:app", None),
        ("su -s /bin/sh me -c 'exec uvicorn shop:app'", None),
        ("bash -lc 'cd x; exec uvicorn shop:app'", None),
        ("python -m debugpy --listen 0:5678 -m uvicorn shop:app", None),
        ("watchfiles 'uvicorn shop:app' src", None),
        ("coverage run -m uvicorn shop:app", None),
    ],
)
def test_wrappers_are_taken_off(line: str, extras: tuple[str, ...] | None) -> None:
    found = some(line)
    assert (found.program, found.module) == ("uvicorn", "shop")
    assert found.extras == extras


def test_wrappers_of_a_distribution_are_noted() -> None:
    line = "opentelemetry-instrument --traces_exporter console ddtrace-run python x.py"
    assert some(line).wrapped_by == ("opentelemetry-instrumentation", "ddtrace")
    assert some("newrelic-admin run-program gunicorn a:b").wrapped_by == ("newrelic",)
    assert some("sh -c 'ddtrace-run python x.py'").wrapped_by == ("ddtrace",)


def test_uv_run_starts_scripts_and_modules() -> None:
    assert some("uv run shop/x.py").path == "shop/x.py"
    assert some("uv run --module shop.x").module == "shop.x"
    assert some("uv run -m shop.x").module == "shop.x"
    assert some("uv run --all-extras python x.py").all_extras
    assert some("uv run --directory sub python x.py").directory == "sub"
    assert read("uv sync --extra web") is None


def test_a_shell_text_may_hold_several_commands() -> None:
    words = ("sh", "-c", "alembic upgrade head && exec uvicorn shop:app")
    assert [command.program for command in read_commands(words)] == ["alembic", "uvicorn"]


@pytest.mark.parametrize("line", ["pytest -q", "streamlit hello", "ruff check", "celery", "''"])
def test_what_starts_nothing_of_a_project_is_none_or_names_nothing(line: str) -> None:
    found = read(line)
    assert found is None or (found.module is None and found.path is None)


def test_an_unknown_program_stays_a_command() -> None:
    found = some("/app/.venv/bin/shop serve")
    assert (found.kind, found.program, found.launcher) == ("command", "shop", None)
