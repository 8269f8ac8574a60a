from collections.abc import Mapping

from extrasplit.imports.bodies import Bodies
from extrasplit.imports.follow import trace_all
from extrasplit.imports.level import Level
from extrasplit.imports.scan import scan
from extrasplit.imports.traced import Traced
from support.started import APP, make_world
from support.tracing import LINUX

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
SCRIPTS = APP + '[project.scripts]\nshop = "shop.cli:main"\n'


def traced(files: Mapping[str, str]) -> Traced:
    world = make_world(files, SCRIPTS)
    sources = {path: text.encode() for path, text in files.items()}
    found, _ = trace_all(
        world.entrypoints,
        project=world.project,
        layout=world.layout,
        listing=world.listing,
        environments=[LINUX],
        scans=lambda paths: {path: scan(sources[path], path) for path in paths},
        bodies=Bodies(sources.__getitem__),
    )
    return found


def startup(found: Traced, name: str) -> set[str]:
    return {
        use.distribution or use.module
        for use in found.traces[name].uses
        if use.level is Level.STARTUP
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
