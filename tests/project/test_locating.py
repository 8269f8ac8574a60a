import pytest

from extrasplit.project.commands import read_command
from extrasplit.project.locating import Located, Surrounding, find_file, folder_in_project, locate
from support.started import make_world

PATHS = (
    "src/shop/__init__.py src/shop/web.py api/__init__.py api/main.py tools/run.py tests/run.py "
    "deep/er/pages/home.py wsgi.py"
)
LAYOUT = make_world(dict.fromkeys(PATHS.split(), "")).layout
LISTING = frozenset(PATHS.split())


def around(cwd: str = ".", *mounts: tuple[str, str]) -> Surrounding:
    return Surrounding(LISTING, LAYOUT, cwd, mounts)


def located(line: str, surrounding: Surrounding | None = None) -> Located | None:
    command = read_command(line.split())
    assert command is not None
    return locate(command, surrounding or around())


@pytest.mark.parametrize(
    ("line", "file", "module", "paths"),
    [
        ("uvicorn shop.web:app", "src/shop/web.py", "shop.web", (".",)),
        ("uvicorn --app-dir src shop.web:app", "src/shop/web.py", "shop.web", ("src", ".")),
        ("gunicorn --chdir api main:app", "api/main.py", "main", ("api",)),
        ("fastapi run api/main.py", "api/main.py", "api.main", (".",)),
        ("flask run", "wsgi.py", "wsgi", (".",)),
        ("flask --app api.main run", "api/main.py", "api.main", (".",)),
        ("python tools/run.py", "tools/run.py", "run", ("tools",)),
        ("python -m tools.run", "tools/run.py", "tools.run", (".",)),
        ("python -P tools/run.py", "tools/run.py", "run", ()),
        ("streamlit run pages/home.py", "deep/er/pages/home.py", "home", ("deep/er/pages",)),
        ("uvicorn pages.home:app", "deep/er/pages/home.py", "pages.home", (".", "deep/er")),
        ("python /srv/x/api/main.py", "api/main.py", "main", ("api",)),
    ],
)
def test_what_a_command_starts_and_what_lands_on_the_path(
    line: str, file: str, module: str, paths: tuple[str, ...]
) -> None:
    found = located(line)
    assert found is not None
    assert (found.file, found.module, found.paths) == (file, module, paths)


@pytest.mark.parametrize("line", ["python gone.py", "python -m shop", "uvicorn a.b:c", "rq worker"])
def test_what_is_not_the_projects_is_none(line: str) -> None:
    assert located(line) is None


def test_an_image_says_where_its_files_come_from() -> None:
    image = around(".", ("/app", "."), ("/app/main.py", "api/main.py"))
    assert find_file("/app/main.py", image) == "api/main.py"
    assert find_file("/app/tools/run.py", image) == "tools/run.py"
    assert folder_in_project("/app/api", image) == "api"
    assert folder_in_project("/opt", image) is None
    assert find_file("main.py", around("api")) == "api/main.py"
