import pytest

from extrasplit.project.starts.compose import reads
from support.started import World, make_world

DOCKERFILE = """\
FROM python:3.12 AS base
ARG EXTRA=web
WORKDIR /app
COPY . .
RUN uv sync --extra $EXTRA
HEALTHCHECK CMD python -c "import requests"
CMD ["uvicorn", "shop.web:app"]
FROM base AS jobs
RUN uv sync --extra worker
CMD ["celery", "-A", "shop.jobs", "worker"]
"""
SOURCES = {
    "src/shop/__init__.py": "",
    "src/shop/web.py": "",
    "src/shop/jobs.py": "",
    "manage.py": "",
}


SILENT = DOCKERFILE.replace("HEALTHCHECK", "#")


def world(compose: str, dockerfile: str = DOCKERFILE, **files: str) -> World:
    return make_world({**SOURCES, "Dockerfile": dockerfile, "compose.yaml": compose, **files})


def test_compose_files_are_known_by_name() -> None:
    assert reads("docker-compose.prod.yml")
    assert reads("deploy/compose.yaml")
    assert reads("docker-compose_test.yml")
    assert not reads("mkdocs.yml")


def test_a_service_names_the_stage_that_it_runs() -> None:
    found = world(
        "services:\n"
        "  front:\n    build: {context: ., target: base}\n"
        "  queue:\n    build:\n      context: .\n      target: jobs\n"
        "  db:\n    image: postgres\n    command: postgres -c fsync=off\n"
    )
    assert found.names == ["front", "queue"]
    assert found["front"].extras_named == ("web",)
    assert found["queue"].extras_named == ("worker",)
    assert found["front"].healthchecks == ("import requests",)
    assert found["queue"].healthchecks == ("import requests",)


def test_a_service_may_overrule_the_command() -> None:
    found = world(
        "services:\n"
        "  front:\n    build: .\n    command: uvicorn --port ${PORT:-80} shop.web:app\n"
        "  queue:\n    build: .\n    command: [celery, -A, shop.jobs, worker]\n"
        "  clock:\n    build: .\n    entrypoint: celery -A shop.jobs\n    command: beat\n"
        "  migrate:\n    build: .\n    command: >\n      sh -c 'python manage.py migrate &&\n"
        "      python manage.py collectstatic'\n",
        DOCKERFILE.partition("FROM base")[0],
    )
    assert found["front"].starts == "shop.web:app"
    assert found["queue"].extras_named == ("web",)
    assert str(found["queue"].found_in) == "compose.yaml:7"
    assert found["clock"].argv == ("celery", "-A", "shop.jobs", "beat")
    assert found["migrate"].file == "manage.py"
    assert found["migrate-collectstatic"].file == "manage.py"
    assert found["queue"].healthchecks == (), "another command has its image's HEALTHCHECK no more"


def test_build_arguments_decide_what_is_installed() -> None:
    found = world("services:\n  front:\n    build:\n      target: base\n      args: [EXTRA=lean]\n")
    assert found["front"].extras_named == ("lean",)


def test_anchors_merge_keys_extends_and_shared_images_are_followed() -> None:
    found = world(
        "x-app: &app\n  build: {context: ., target: base}\n  image: shop\n"
        "services:\n"
        "  front:\n    <<: *app\n"
        "  queue:\n    image: shop\n    command: celery -A shop.jobs worker\n"
        "  clock:\n    extends: {service: front}\n    command: celery -A shop.jobs beat\n"
    )
    assert found.names == ["jobs", "front", "queue", "clock"] or set(found.names) >= {
        "front",
        "queue",
        "clock",
    }
    assert found["clock"].extras_named == ("web",)


def test_healthchecks_volumes_and_environment_of_a_service_count() -> None:
    found = world(
        "services:\n  front:\n    image: python:3.12\n    working_dir: /code\n"
        "    environment:\n      APP: shop.web:app\n      PYTHONPATH: /code/src\n"
        "    volumes: ['./:/code', 'data:/data']\n"
        '    command: sh -c "uvicorn $$APP"\n'
        "    healthcheck:\n      test: [CMD, python, -c, 'import httpx']\n",
        "FROM python\n",
    )
    assert found["front"].paths == (".", "src")
    assert found["front"].healthchecks == ("import httpx",)
    assert found["front"].extras_named is None


@pytest.mark.parametrize(
    ("test", "code"),
    [
        ("[CMD-SHELL, \"python -c 'import a' || exit 1\"]", ("import a",)),
        ("python -c 'import a'", ("import a",)),
        ("[NONE]", ()),
        ("[CMD, curl, localhost]", ()),
    ],
)
def test_every_form_of_healthcheck(test: str, code: tuple[str, ...]) -> None:
    found = world(
        f"services:\n  front:\n    build: {{target: base}}\n    healthcheck:\n      test: {test}\n",
        SILENT,
    )
    assert found["front"].healthchecks == code


def test_services_for_tests_are_no_roles_and_unreadable_files_are_said() -> None:
    assert (
        "test"
        not in world("services:\n  test:\n    build: .\n    command: python manage.py x\n").names
    )
    found = world("services:\n\tweb: x\n")
    assert [f.kind for f in found.findings] == ["undecided"]
    assert "compose.yaml" in found.findings[0].message
    assert world("- a\n").findings == ()
    assert world("services: {a: null, b: {command: null}}\n").findings == ()
