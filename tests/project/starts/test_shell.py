import pytest

from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.shell import file_at, find_starts, folder_at, reads
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


def test_a_scripts_own_starts_are_read_from_the_root() -> None:
    files = ProjectFiles("shop", frozenset(), {})  # type: ignore[arg-type]
    starts = find_starts("export A=b\nuvicorn shop:app\n", "run.sh", files)
    assert [(s.argv, str(s.found_in), s.env["A"]) for s in starts] == [
        (("uvicorn", "shop:app"), "run.sh:2", "b")
    ]


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
