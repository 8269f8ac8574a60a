import pytest

from extrasplit.project.starts.shell import file_at, folder_at, reads
from support.started import make_world


@pytest.mark.parametrize(
    ("path", "yes"),
    [
        ("entrypoint.sh", True),
        ("compose/production/django/start", True),
        ("docker-entrypoint", True),
        ("rootfs/etc/services.d/web/run", True),
        ("LICENSE", False),
        ("src/app/main.py", False),
        ("docker/app.conf", False),
        ("README", False),
    ],
)
def test_scripts_are_known_by_name_and_folder(path: str, yes: bool) -> None:
    assert reads(path) is yes


def test_a_change_of_folder_counts_for_what_follows() -> None:
    found = make_world(
        {
            "backend/api/main.py": "",
            "backend/api/__init__.py": "",
            "Procfile": "web: cd backend && uvicorn api.main:app\n",
        }
    )
    assert found["web"].paths == ("backend",)
    assert found["web"].file == "backend/api/main.py"


def test_a_script_nobody_runs_starts_nothing() -> None:
    found = make_world({"shop.py": "", "scripts/dev.sh": "uvicorn shop:app\n"})
    assert found.names == ["library"]


def test_a_script_exports_variables_to_what_it_starts() -> None:
    found = make_world(
        {
            "src/shop/__init__.py": "",
            "lib/jobs.py": "",
            "run.sh": "export PYTHONPATH=lib\npython -m jobs\n",
            "Procfile": "jobs: sh run.sh\n",
        }
    )
    assert found["jobs"].paths == (".", "lib")
    assert str(found["jobs"].found_in) == "run.sh:2"


MOUNTS = (("/app", "."), ("/app/src", "backend/src"), ("/start", "docker/start.sh"))


def test_paths_of_an_image_are_found_by_the_last_copy_over_them() -> None:
    assert file_at("/app/src/x.py", MOUNTS) == "backend/src/x.py"
    assert file_at("/app/y.py", MOUNTS) == "y.py"
    assert file_at("/start", MOUNTS) == "docker/start.sh"
    assert file_at("/other", MOUNTS) is None
    assert folder_at("/app", MOUNTS) == "."
    assert folder_at("/code", (("/code/app", "backend/app"),)) == "backend"
    assert folder_at("/code", (("/code/x.toml", "x.toml"),)) == "."
    assert folder_at("/nowhere", ()) is None
