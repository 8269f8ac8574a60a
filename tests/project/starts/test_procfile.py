from extrasplit.project.starts.procfile import reads
from support.started import make_world


def test_process_types_are_roles_by_their_name() -> None:
    found = make_world(
        {
            "shop/__init__.py": "",
            "shop/web.py": "",
            "shop/jobs.py": "",
            "manage.py": "",
            "Procfile": "# comment: no\n"
            "web: FOO=bar gunicorn shop.web:app --bind 0.0.0.0:$PORT\n"
            "worker: celery -A shop.jobs worker\n"
            "release: python manage.py migrate && python manage.py check\n"
            "\nbroken line\n",
        }
    )
    assert found.names == ["web", "worker", "release", "release-check"]
    assert str(found["web"].found_in) == "Procfile:2"
    assert found["web"].origin == "procfile"
    assert found["web"].extras_named is None


def test_a_procfile_for_development_is_not_read() -> None:
    assert reads("Procfile")
    assert reads("deploy/Procfile.prod")
    assert not reads("Procfile.dev")
