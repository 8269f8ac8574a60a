from extrasplit.project.starts.catalog import is_start_file
from support.started import make_world


def test_start_files_are_wanted_and_tests_and_docs_are_not() -> None:
    for path in ("Dockerfile", "compose.yml", "Procfile", "entrypoint.sh", "justfile"):
        assert is_start_file(path)
    assert is_start_file(".github/workflows/ci.yml")
    for path in ("build/Dockerfile", "tools/docker/Dockerfile.api", ".docker/Dockerfile"):
        assert is_start_file(path)
    for path in ("docs/Dockerfile", "tests/compose.yml", ".devcontainer/Dockerfile", "a.py"):
        assert not is_start_file(path)


def test_the_same_start_in_several_files_is_one_entrypoint_named_by_the_service() -> None:
    found = make_world(
        {
            "shop/__init__.py": "",
            "shop/web.py": "",
            "Dockerfile": "FROM x AS site\nRUN uv sync --extra web\nCMD uvicorn shop.web:app\n",
            "compose.yaml": "services:\n  front:\n    build: .\n",
            "Makefile": "run:\n\tuvicorn shop.web:app --reload\n",
        }
    )
    assert found.names == ["front"]
    assert str(found["front"].found_in) == "Dockerfile:3", "where it was found first"
    assert found["front"].extras_named == ("web",)


def test_starts_of_another_project_below_are_not_this_ones() -> None:
    found = make_world(
        {
            "shop/__init__.py": "",
            "members/other/pyproject.toml": "",
            "members/other/main.py": "",
            "members/other/Dockerfile": "FROM x\nCOPY . .\nCMD python main.py\n",
        }
    )
    assert found.names == ["library"]
