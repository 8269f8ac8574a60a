from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.project.starts.dockerfile import reads
from support.started import World, make_world

SOURCES = {"src/shop/__init__.py": "", "src/shop/web.py": "", "src/shop/jobs.py": ""}


def world(dockerfile: str, path: str = "Dockerfile", **files: str) -> World:
    return make_world({**SOURCES, path: dockerfile, **files})


@pytest.mark.parametrize(
    ("path", "yes"),
    [
        ("Dockerfile", True),
        ("docker/Dockerfile.api", True),
        ("api.Dockerfile", True),
        ("Containerfile", True),
        ("Dockerfile.dockerignore", False),
        ("docs/dockerfile.md", False),
        ("src/dockerfile.py", False),
    ],
)
def test_dockerfiles_are_known_by_name(path: str, yes: bool) -> None:
    assert reads(path) is yes


@pytest.mark.parametrize(
    ("lines", "argv"),
    [
        ('CMD ["uvicorn", "shop.web:app"]', ("uvicorn", "shop.web:app")),
        ("CMD uvicorn shop.web:app", ("uvicorn", "shop.web:app")),
        ("CMD exec uvicorn shop.web:app --port ${PORT:-80}", None),
        ('ENTRYPOINT ["uvicorn"]\nCMD ["shop.web:app"]', ("uvicorn", "shop.web:app")),
        ('ENTRYPOINT ["tini", "--"]\nCMD ["uvicorn", "shop.web:app"]', None),
        ('ENTRYPOINT ["tini", "--"]\nCMD uvicorn shop.web:app', None),
        ("ENTRYPOINT uvicorn shop.web:app\nCMD ignored", None),
        ('ENV M=shop.web:app\nCMD uvicorn "$M"', None),
        ("CMD ['uvicorn', 'shop.web:app']", "unread"),
        ('CMD ["uvicorn", \\\n  "shop.web:app"]', ("uvicorn", "shop.web:app")),
        ('CMD ["sh", "-c", "cd /app && uvicorn shop.web:app"]', None),
        ('CMD ["uv", "run", "--no-sync", "uvicorn", "shop.web:app"]', None),
    ],
)
def test_entrypoint_and_command_are_combined(
    lines: str, argv: tuple[str, ...] | str | None
) -> None:
    found = world(f"FROM python\nWORKDIR /app\nCOPY . .\n{lines}\n")
    if argv == "unread":
        assert found.names == ["library"]
        return
    assert found.names == ["web"]
    assert found["web"].file == "src/shop/web.py"
    if argv:
        assert found["web"].argv == argv


def test_the_stages_install_is_the_entrypoints() -> None:
    found = world(
        'FROM python AS api\nRUN uv sync --extra web\nCMD ["uvicorn", "shop.web:app"]\n'
        'FROM python AS jobs\nRUN uv sync --all-extras\nCMD ["celery", "-A", "shop.jobs", '
        '"worker"]\n'
    )
    assert found.names == ["api", "jobs"]
    assert found["api"].extras_named == ("web",)
    assert found["api"].stage == "Dockerfile#api"
    assert found["jobs"].extras_named == ()
    assert found["jobs"].all_extras
    assert not found["api"].all_extras


def test_without_an_install_there_is_no_answer() -> None:
    found = world('FROM python\nRUN pip install -r r.txt\nCMD ["uvicorn", "shop.web:app"]\n')
    assert found["web"].extras_named is None


def test_generic_stage_names_name_no_role_and_development_stages_start_none() -> None:
    found = world(
        "FROM python AS runtime\nCMD uvicorn shop.web:app\n"
        "FROM runtime AS test\nCMD celery -A shop.jobs worker\n"
    )
    assert found.names == ["web"]


def test_a_stage_that_a_later_one_merely_continues_is_no_image_of_its_own() -> None:
    found = world(
        "FROM python AS plain\nRUN pip install .\nCMD uvicorn shop.web:app\n"
        "FROM plain AS front\nRUN pip install .[web]\n"
    )
    assert found.names == ["front"]
    assert found["front"].extras_named == ("web",)


def test_a_script_that_is_copied_and_run_is_read() -> None:
    found = world(
        "FROM python\nCOPY docker/entry.sh /usr/local/bin/entry.sh\nWORKDIR /app\nCOPY . .\n"
        'RUN pip install .[web]\nENTRYPOINT ["entry.sh"]\nCMD ["serve"]\n',
        **{
            "docker/entry.sh": '#!/bin/sh\nset -e\nalembic upgrade head\ncase "$1" in\n'
            "serve) exec uvicorn shop.web:app ;;\nwork) exec celery -A shop.jobs worker;;\n"
            '*) exec "$@";;\nesac\n'
        },
    )
    assert found.names == ["web", "jobs"]
    assert found["web"].extras_named == ("web",)
    assert str(found["web"].found_in) == "docker/entry.sh:5"
    assert found["web"].tools == ("alembic",), "what runs before it in its image is a need of it"


def test_a_script_may_hand_over_to_what_it_was_given() -> None:
    entry = '#!/bin/sh\nset -- uvicorn "$@"\nexec "$@"\n'
    found = world(
        'FROM python\nCOPY . /app\nENTRYPOINT ["/app/bin/start"]\nCMD ["shop.web:app"]\n',
        **{"bin/start": entry},
    )
    assert found.names == ["web"]


def test_scripts_that_call_each_other_end() -> None:
    found = world(
        'FROM python\nCOPY . /app\nWORKDIR /app\nCMD ["./a.sh"]\n',
        **{"a.sh": "./b.sh\nuvicorn shop.web:app\n", "b.sh": ". ./a.sh\n"},
    )
    assert found.names == ["web"]


def test_services_of_s6_and_programs_of_supervisor_are_roles() -> None:
    found = world(
        "FROM python\nRUN uv sync --extra web\nCOPY rootfs/ /\n"
        'COPY ops/supervisord.conf /etc/supervisor/conf.d/\nENTRYPOINT ["/init"]\n',
        **{
            "rootfs/etc/services.d/api/run": "#!/usr/bin/with-contenv sh\n"
            "exec s6-setuidgid app uvicorn shop.web:app\n",
            "ops/supervisord.conf": "[supervisord]\nnodaemon=true\n[program:queue]\n"
            "command=celery -A shop.jobs worker ; a comment\n",
        },
    )
    assert sorted(found.names) == ["api", "queue"]
    assert found["api"].extras_named == ("web",)
    assert found["queue"].extras_named == ("web",)


def test_a_healthcheck_is_the_servers_and_its_code_is_kept() -> None:
    found = world(
        "FROM python AS api\nHEALTHCHECK --interval=5s CMD python -c 'import requests'\n"
        "CMD celery -A shop.jobs worker & exec uvicorn shop.web:app\n"
    )
    by_kind = {entrypoint.kind: entrypoint for entrypoint in found.entrypoints}
    assert by_kind["asgi"].healthchecks == ("import requests",)
    assert by_kind["worker"].healthchecks == ()


def test_a_healthcheck_may_be_a_file_or_none() -> None:
    text = "FROM python AS api\nWORKDIR /app\nCOPY . .\n%s\nCMD uvicorn shop.web:app\n"
    files = {"docker/health.py": ""}
    found = world(text % 'HEALTHCHECK CMD ["python", "docker/health.py"]', **files)
    assert found["api"].healthcheck_files == ("docker/health.py",)
    found = world(text % "HEALTHCHECK CMD curl -f localhost\nHEALTHCHECK NONE", **files)
    assert found["api"].healthchecks == ()
    assert found["api"].healthcheck_files == ()


def test_working_directory_and_copies_say_which_file_is_meant() -> None:
    found = make_world(
        {
            "backend/app/main.py": "",
            "backend/app/__init__.py": "",
            "frontend/app/main.py": "",
            "docker/Dockerfile": "FROM python\nWORKDIR /code\nCOPY ./backend/app /code/app\n"
            'CMD ["fastapi", "run", "app/main.py"]\n',
        }
    )
    (entrypoint,) = found.entrypoints
    assert entrypoint.file == "backend/app/main.py"
    assert entrypoint.module == "app.main"
    assert entrypoint.paths == ("backend",)


def test_pythonpath_is_part_of_the_search_path() -> None:
    found = world(
        "FROM python\nWORKDIR /app\nCOPY . .\nENV PYTHONPATH=/app/src:/app/lib\n"
        "CMD python src/shop/web.py\n",
        **{"lib/x.py": ""},
    )
    assert found["web"].paths == ("src/shop", "src", "lib")


def test_a_nested_dockerfile_with_a_context_of_its_own_is_understood() -> None:
    found = make_world(
        {
            "services/api/Dockerfile": "FROM python\nCOPY main.py requirements.txt ./\n"
            'CMD ["python", "main.py"]\n',
            "services/api/main.py": "",
            "services/api/requirements.txt": "",
        }
    )
    assert found["api"].file == "services/api/main.py"


def test_a_stage_copied_from_another_knows_its_source() -> None:
    found = world(
        "FROM python AS build\nWORKDIR /src\nCOPY . .\nRUN uv sync --extra web\n"
        "FROM python\nWORKDIR /app\nCOPY --from=build /src /app\nCMD python src/shop/web.py\n"
    )
    assert found["web"].file == "src/shop/web.py"
    assert found["web"].extras_named == ("web",)


def test_installs_in_scripts_that_a_build_step_runs_are_seen() -> None:
    found = world(
        "FROM python\nCOPY . /app\nWORKDIR /app\nRUN ./docker/install.sh web\n"
        "CMD uvicorn shop.web:app\n",
        **{"docker/install.sh": '#!/bin/sh\nuv sync --extra "$1"\n'},
    )
    assert found["web"].extras_named == ("web",)


@pytest.mark.parametrize(
    "text", ["", "FROM", "CMD x", "FROM x\nCMD", "FROM x\nCMD []", "FROM x\nCOPY a", "\n\\\n"]
)
def test_odd_files_start_nothing(text: str) -> None:
    assert world(text).names == ["library"]


LINES = st.sampled_from(
    [
        "FROM python AS a",
        "FROM a AS b",
        "FROM b",
        "ARG X=1",
        "ENV X=$X Y",
        "WORKDIR ../..",
        "COPY . .",
        "COPY --from=a /x y",
        "COPY [",
        "ADD src/*.py /app/",
        "RUN pip install .[$X]",
        "RUN <<EOF",
        "EOF",
        "CMD [",
        'CMD ["uvicorn", "shop.web:app"]',
        'ENTRYPOINT exec "$@"',
        "HEALTHCHECK CMD",
        "HEALTHCHECK CMD python -c 'import x'",
        "ONBUILD RUN x \\",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, max_size=9))
def test_any_order_of_instructions_is_read(lines: list[str]) -> None:
    found = world("\n".join(lines))
    assert found.names
    assert all(start.found_in.path == "Dockerfile" for start in found.starts)
