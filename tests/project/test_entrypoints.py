import pytest

from extrasplit.errors import ExtrasplitError
from extrasplit.places import Place
from extrasplit.project.entrypoints import (
    Entrypoint,
    entrypoint_of_spawn,
    hand_over_healthchecks,
)
from extrasplit.record import replace
from support.started import APP, VIRTUAL, World, make_world

SHOP = {
    "src/shop/__init__.py": "",
    "src/shop/cli.py": "",
    "src/shop/dashboard/app.py": "",
    "src/shop/web.py": "",
    "manage.py": "",
}
SCRIPTS = APP + '[project.scripts]\nshop = "shop.cli:main"\n'


def spawn(world: World, *argv: str, path: str = "src/shop/cli.py") -> Entrypoint | None:
    place = Place(path, 7, "subprocess.run")
    return entrypoint_of_spawn(
        argv, place, world.project, world.layout, world.listing, world.entrypoints
    )


def test_a_console_script_calls_its_function_in_the_installed_project() -> None:
    found = make_world(SHOP, SCRIPTS)
    assert found.names == ["shop"]
    script = found["shop"]
    assert (script.kind, script.starts) == ("script", "shop.cli:main")
    assert (script.module, script.file) == ("shop.cli", "src/shop/cli.py")
    assert (script.function, script.runs_as_main) == ("main", False)
    assert (script.paths, script.installed, script.launcher) == ((), True, None)
    assert str(script.found_in) == "pyproject.toml:13"


def test_a_script_in_an_image_stays_a_script_and_learns_its_stage() -> None:
    files = {
        **SHOP,
        "Dockerfile": 'FROM x AS tool\nRUN uv sync --extra web\nCMD ["shop", "serve"]\n',
    }
    script = make_world(files, SCRIPTS)["shop"]
    assert (script.kind, script.argv) == ("script", ("shop",))
    assert (script.extras_named, script.stage) == (("web",), "Dockerfile#tool")


def test_scripts_of_a_virtual_project_or_of_others_modules_are_a_note() -> None:
    found = make_world(SHOP, VIRTUAL + '[project.scripts]\nshop = "shop.cli:main"\n')
    assert found.names == []
    assert "virtual" in found.findings[0].message
    found = make_world(SHOP, APP + '[project.scripts]\nother = "elsewhere.cli:main"\n')
    assert found.names == ["library"]
    (finding,) = found.findings
    assert (finding.kind, finding.severity) == ("undecided", "note")
    assert "elsewhere.cli" in finding.message
    assert str(finding.chain[0]) == "pyproject.toml:13"


def test_a_main_module_is_an_entrypoint_named_after_its_folder() -> None:
    files = {**SHOP, "src/shop/jobs/__main__.py": "", "src/shop/tests/__main__.py": ""}
    found = make_world(files, SCRIPTS)
    assert found.names == ["shop", "jobs"]
    main = found["jobs"]
    assert (main.module, main.argv) == ("shop.jobs.__main__", ("python", "-m", "shop.jobs"))
    assert (main.kind, main.runs_as_main, main.starts) == (
        "module",
        True,
        "src/shop/jobs/__main__.py",
    )


def test_streamlit_puts_the_scripts_folder_on_the_path() -> None:
    files = {**SHOP, "Dockerfile": "FROM x\nCMD streamlit run src/shop/dashboard/app.py\n"}
    dashboard = make_world(files, SCRIPTS)["dashboard"]
    assert dashboard.kind == "streamlit"
    assert dashboard.paths == ("src/shop/dashboard",)
    assert dashboard.module == "app"
    assert dashboard.runs_as_main
    assert dashboard.launcher == "streamlit"
    assert dashboard.installed


def test_a_configured_entrypoint_is_added_or_overrides() -> None:
    table = '[tool.extrasplit.entrypoints.%s]\nrun = "%s"\nsmoke = "curl x"\n'
    files = {**SHOP, "Procfile": "front: uvicorn shop.web:app\n"}
    found = make_world(
        files, SCRIPTS + table % ("pages", "streamlit run src/shop/dashboard/app.py")
    )
    assert found.names == ["shop", "pages", "front"]
    assert found["pages"].smoke == "curl x"
    assert found["pages"].origin == "configured"
    found = make_world(files, SCRIPTS + table % ("front", "gunicorn shop.web:app"))
    assert found.names == ["shop", "front"]
    assert found["front"].launcher == "gunicorn"
    found = make_world(files, SCRIPTS + table % ("site", "uvicorn shop.web:app"))
    assert found.names == ["shop", "site"], "a configured name counts before a process type's"


def test_a_configured_script_may_be_the_projects_own() -> None:
    table = '[tool.extrasplit.entrypoints.tool]\nrun = "shop list"\n'
    found = make_world(SHOP, SCRIPTS + table)
    assert found.names == ["tool"]
    assert found["tool"].kind == "script"


@pytest.mark.parametrize("run", ["streamlit run gone.py", "uvicorn gone:app", "echo", ""])
def test_a_configured_entrypoint_that_starts_nothing_is_an_error(run: str) -> None:
    table = f'[tool.extrasplit.entrypoints.x]\nrun = "{run}"\n'
    with pytest.raises(ExtrasplitError, match=r"tool\.extrasplit\.entrypoints\.x\.run"):
        make_world(SHOP, SCRIPTS + table)


def test_another_manage_py_command_is_another_entrypoint() -> None:
    procfile = "web: python manage.py runserver\nrelease: python manage.py migrate\n"
    found = make_world({**SHOP, "Procfile": procfile}, SCRIPTS)
    assert found.names == ["shop", "web", "release"]
    assert found["web"].paths == (".",)
    assert found["web"].module == "manage"


def test_the_same_start_twice_is_one_entrypoint() -> None:
    procfile = "web: uvicorn shop.web:app\nalso: uvicorn --port 80 shop.web:app\n"
    assert make_world({**SHOP, "Procfile": procfile}, SCRIPTS).names == ["shop", "web"]


def test_names_come_from_files_and_folders_and_then_numbers() -> None:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/a/app.py": "",
        "src/shop/b/app.py": "",
        "src/shop/x/report.py": "",
        "src/shop/y/report.py": "",
        "main.py": "",
        "Dockerfile": "FROM x\nCMD python src/shop/a/app.py & python src/shop/b/app.py & "
        "python src/shop/x/report.py & python src/shop/y/report.py & python main.py\n",
    }
    assert make_world(files).names == ["a", "b", "x-report", "y-report", "shop"]
    files["src/shop/__main__.py"] = ""
    assert make_world(files, SCRIPTS.replace("shop.cli", "shop")).names[:2] == ["shop", "shop-2"]


def test_the_library_is_an_entrypoint_where_there_is_no_other_or_where_asked_for() -> None:
    assert make_world(SHOP).names == ["library"]
    assert make_world(SHOP, SCRIPTS).names == ["shop"]
    found = make_world(SHOP, SCRIPTS + "[tool.extrasplit]\nlibrary = true\n")
    assert found.names == ["shop", "library"]
    library = found["library"]
    assert (library.kind, library.module, library.file) == (
        "library",
        "shop",
        "src/shop/__init__.py",
    )


def test_where_nothing_starts_that_is_said() -> None:
    found = make_world({"notes.md": ""}, VIRTUAL)
    assert found.names == []
    assert "no entrypoint" in found.findings[0].message
    assert "tool.extrasplit.entrypoints" in str(found.findings[0].fix)


def test_a_tool_is_a_need_of_what_runs_beside_it_and_alone_a_role_of_its_own() -> None:
    procfile = "web: alembic upgrade head && uvicorn shop.web:app\nrelease: alembic upgrade head\n"
    found = make_world({**SHOP, "Procfile": procfile}, SCRIPTS)
    assert found.names == ["shop", "web", "release"]
    assert found["web"].tools == ("alembic",)
    release = found["release"]
    assert (release.kind, release.launcher, release.file) == ("command", "alembic", None)


def test_programs_of_locked_distributions_are_known_by_their_wheels() -> None:
    procfile = "clock: chronos tick\nproxy: nginx\n"
    assert make_world({**SHOP, "Procfile": procfile}, SCRIPTS).names == ["shop"]
    found = make_world({**SHOP, "Procfile": procfile}, SCRIPTS, {"chronos": "chronos-scheduler"})
    assert found.names == ["shop", "clock"]
    assert found["clock"].launcher == "chronos-scheduler"


def test_a_start_of_a_file_that_is_not_here_is_said() -> None:
    found = make_world({**SHOP, "Procfile": "web: uvicorn gone.main:app\n"}, SCRIPTS)
    (finding,) = found.findings
    assert "gone.main" in finding.message
    assert str(finding.chain[0]) == "Procfile:1"


def test_celery_looks_into_the_package_for_its_app() -> None:
    files = {**SHOP, "src/shop/celery.py": "", "Procfile": "w: celery -A shop worker\n"}
    assert make_world(files, SCRIPTS)["w"].module == "shop.celery"
    files = {**SHOP, "src/shop/tasks.py": "", "Procfile": "w: celery -A shop.tasks.app worker\n"}
    found = make_world(files, SCRIPTS)["w"]
    assert (found.module, found.starts) == ("shop.tasks", "shop.tasks:app")


def test_an_app_factory_is_called() -> None:
    files = {**SHOP, "Procfile": "w: uvicorn --factory shop.web:create\n"}
    assert make_world(files, SCRIPTS)["w"].function == "create"


def test_lazy_imports_of_the_command_count() -> None:
    files = {**SHOP, "Procfile": "w: python -X lazy_imports=all -m shop.web\n"}
    assert make_world(files, SCRIPTS)["w"].lazy_imports


def test_a_spawned_command_of_the_project_is_an_entrypoint() -> None:
    world = make_world(SHOP, SCRIPTS)
    found = spawn(
        world, "python", "-m", "streamlit", "run", "{folder}/dashboard/app.py", "--server.port", ""
    )
    assert found is not None
    assert (found.name, found.kind, found.origin) == ("dashboard", "streamlit", "source")
    assert found.file == "src/shop/dashboard/app.py"
    assert str(found.found_in) == "src/shop/cli.py:7"


def test_a_spawned_command_may_be_known_already() -> None:
    files = {**SHOP, "Procfile": "pages: streamlit run src/shop/dashboard/app.py\n"}
    world = make_world(files, SCRIPTS)
    assert spawn(world, "streamlit", "run", "src/shop/dashboard/app.py") is world["pages"]
    assert spawn(world, "shop", "list") is world["shop"]
    assert spawn(world, "python", "{file}") is not None


def test_a_spawned_tool_of_another_distribution_is_no_entrypoint() -> None:
    world = make_world(SHOP, SCRIPTS)
    for argv in (("alembic", "upgrade"), ("git", "status"), ("", "x"), ("python", "-c", "1"), ()):
        assert spawn(world, *argv) is None


def test_a_healthcheck_goes_to_the_server_that_its_entrypoint_spawns() -> None:
    files = {
        **SHOP,
        "Dockerfile": "FROM x AS site\nRUN uv sync --extra web\n"
        "HEALTHCHECK CMD python -c 'import requests'\nCMD shop serve\n",
    }
    world = make_world(files, SCRIPTS)
    assert world["shop"].healthchecks == ("import requests",)
    server = spawn(world, "uvicorn", "shop.web:app")
    assert server is not None
    shop, web = hand_over_healthchecks([*world.entrypoints, server], {"shop": [server.name]})
    assert shop.healthchecks == ()
    assert web.healthchecks == ("import requests",)
    assert (web.extras_named, web.stage) == (("web",), "Dockerfile#site")
    assert hand_over_healthchecks(world.entrypoints, {}) == world.entrypoints
    worker = replace(server, kind="worker")
    assert hand_over_healthchecks([world["shop"], worker], {"shop": [worker.name]})[0].healthchecks
