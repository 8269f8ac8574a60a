from support.started import make_world

FILES = {"app/main.py": "", "app/jobs.py": "", "app/__init__.py": ""}


def test_programs_are_roles_with_folder_and_line() -> None:
    conf = (
        "[supervisord]\nlogfile=/dev/null\n"
        "[program:api]\ncommand=uvicorn app.main:app --port %(ENV_PORT)s\ndirectory=/srv\n"
        "[program:nginx]\ncommand=nginx\n"
        "[program:queue]\ncommand=python -m app.jobs\n"
    )
    found = make_world({**FILES, "docker/supervisord.conf": conf})
    assert found.names == ["api", "queue"]
    assert str(found["queue"].found_in) == "docker/supervisord.conf:8"


def test_a_broken_file_is_said() -> None:
    found = make_world({**FILES, "supervisord.conf": "no section\n"})
    assert [finding.kind for finding in found.findings] == ["undecided"]
