"""How each kind of entrypoint is started for proof."""

from __future__ import annotations

from extrasplit.project.entrypoints import Entrypoint
from extrasplit.record import replace
from extrasplit.verify.smoke import PORT, Smoke, smokes_for
from support.started import make_world

FILES = {
    "src/shop/__init__.py": "",
    "src/shop/__main__.py": "",
    "src/shop/api.py": "",
    "src/shop/tasks.py": "",
    "src/shop/page.py": "",
    "jobs/nightly.py": "",
    "Procfile": (
        "api: uvicorn shop.api:app --host 0.0.0.0 --port 80 --workers 4\n"
        "bus: daphne shop.api:app\n"
        "pages: streamlit run src/shop/page.py --server.port=80\n"
        "tasks: celery -A shop.tasks worker\n"
        "nightly: python jobs/nightly.py\n"
    ),
}
SCRIPTS = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "shop"
version = "1"
dependencies = ["uvicorn", "streamlit", "celery", "daphne"]
[project.scripts]
shop = "shop.__main__:main"
"""
WORLD = make_world(FILES, SCRIPTS)


def start(name: str, *pages: str) -> list[Smoke]:
    return list(smokes_for(WORLD[name], "/copy", pages))


def whats(smokes: list[Smoke]) -> list[str]:
    return [smoke.what for smoke in smokes]


def test_a_script_is_imported_and_asked_for_help() -> None:
    imported, helped = start("shop")
    assert imported.request["mode"] == "import"
    assert imported.request["module"] == "shop.__main__"
    assert helped.argv == ("shop", "--help")


def test_a_server_listens_on_a_free_port_of_the_loopback_with_one_worker() -> None:
    imported, served = start("api")
    assert imported.what == "import shop.api"
    assert served.kind == "server"
    assert served.argv == ("uvicorn", "shop.api:app", "--host", "127.0.0.1", "--port", PORT)


def test_a_streamlit_app_is_drawn_each_page_and_asked_for_its_health() -> None:
    app, pages, served = start("pages", "src/shop/pages/one.py", "src/shop/pages/two.py")
    assert app.request["pages"] == ["/copy/src/shop/page.py"]
    assert app.request["paths"] == ["/copy/src/shop"]
    assert pages.request["pages"] == [f"/copy/src/shop/pages/{n}.py" for n in ("one", "two")]
    assert pages.seconds > app.seconds
    assert served.path == "/_stcore/health"
    assert "--server.port=80" not in served.argv
    assert whats(start("pages"))[:1] == ["the app"]
    assert len(start("pages")) == 2


def test_a_file_runs_its_top_level_and_a_worker_is_imported() -> None:
    assert whats(start("nightly")) == ["the top level of jobs/nightly.py"]
    assert whats(start("tasks")) == ["import shop.tasks"]


def test_a_configured_smoke_stands_beside_the_import() -> None:
    configured = replace(WORLD["api"], smoke="shop-check 'two words'")
    imported, command = smokes_for(configured, "/copy")
    assert imported.what == "import shop.api"
    assert command.argv == ("shop-check", "two words")


def test_the_healthchecks_imports_are_a_start() -> None:
    checked = replace(WORLD["api"], healthchecks=("import requests",))
    assert smokes_for(checked, "/copy")[-1].request["code"] == "import requests"


def test_an_application_whose_server_nobody_knows_is_asked_itself() -> None:
    unknown = replace(WORLD["api"], launcher=None)
    asked = smokes_for(unknown, "/copy")[-1]
    assert asked.request["mode"] == "request"
    assert (asked.request["module"], asked.request["object"]) == ("shop.api", "app")
    assert asked.request["protocol"] == "asgi"


def test_the_time_limit_is_the_calls() -> None:
    limited = smokes_for(WORLD["shop"], "/copy", seconds=3)
    assert [smoke.seconds for smoke in limited] == [3, 3]


def test_a_start_can_be_made_without_distributions_or_recorder() -> None:
    entrypoint: Entrypoint = WORLD["shop"]
    first = smokes_for(entrypoint, "/copy")[0]
    assert first.without(["yaml"], ["pyyaml"]).request["blocked"] == ["yaml"]
    assert first.unwatched().request["watch"] is False
    assert "watch" not in first.request
