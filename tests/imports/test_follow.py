from support.followed import startup, traced

DOCKERFILE = """\
FROM python AS site
WORKDIR /app
COPY . .
RUN uv sync --extra web
HEALTHCHECK CMD %s
CMD alembic upgrade head && shop serve
"""
FILES = {
    "src/shop/__init__.py": "",
    "src/shop/cli.py": "import subprocess\ndef main():\n"
    "    subprocess.run(['uvicorn', 'shop.web:app'])\n",
    "src/shop/web.py": "import fastapi\n",
    "docker/health.py": "import httpx\n",
}


def test_a_program_that_runs_before_the_start_is_a_need_of_it() -> None:
    found = traced({**FILES, "Dockerfile": DOCKERFILE % "curl localhost"})
    assert startup(found, "shop") == {"alembic"}


def test_what_a_healthcheck_imports_is_a_need_of_the_server_that_is_spawned() -> None:
    found = traced({**FILES, "Dockerfile": DOCKERFILE % 'python -c "import requests"'})
    assert [entrypoint.name for entrypoint in found.entrypoints] == ["shop", "web"]
    assert startup(found, "shop") == {"alembic"}
    assert startup(found, "web") == {"fastapi", "requests", "uvicorn"}
    assert found.entrypoints[1].extras_named == ("web",)


def test_a_file_that_a_healthcheck_runs_counts_as_its_code_does() -> None:
    found = traced({**FILES, "Dockerfile": DOCKERFILE % "python docker/health.py"})
    assert startup(found, "web") == {"fastapi", "httpx", "uvicorn"}


def test_a_development_folder_is_read_where_the_app_imports_from_it() -> None:
    files = {
        "docs/__init__.py": "",
        "docs/pages.py": "from . import theme\n",
        "docs/theme.py": "import pygments\n",
        "docs/conf.py": "import sphinx\n",
        "app.py": "from docs.pages import serve\nimport flask\napp = flask.Flask(__name__)\n",
        "Procfile": "web: flask --app app run\n",
    }
    found = traced(files)
    (web,) = (e.name for e in found.entrypoints if e.launcher == "flask")
    assert startup(found, web) == {"flask", "pygments"}
    assert "docs/conf.py" not in found.traces[web].reached
