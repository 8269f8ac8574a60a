from __future__ import annotations

import re

import pytest

from extrasplit.project.roles import Entrypoint
from extrasplit.rewrite.carry import Carried, Health, read_carried
from extrasplit.rewrite.dockerfile import Image
from extrasplit.rewrite.images import Surroundings, assemble
from support.plans import project_of, variant
from support.roles import role, streamlit

PROJECT = project_of(
    '[project]\nname = "my-app"\nversion = "1"\n[build-system]\nrequires = []\n'
    'build-backend = "hatchling.build"\n[tool.hatch.build.targets.wheel]\npackages = ["src/app"]\n'
)
ENTRIES = frozenset(
    ["src", "tests", "data", "alembic.ini", ".streamlit", ".git", "README.md", "Dockerfile", "x.db"]
)


def one(entrypoint: Entrypoint, around: Surroundings) -> Image:
    images, _ = assemble(PROJECT, [variant(entrypoint.name)], [entrypoint], around)
    assert len(images) == 1
    return images[0]


def dockerfile(text: str, **more: object) -> Surroundings:
    return Surroundings(
        entries=ENTRIES,
        carried=read_carried(f"FROM python:3.12\n{text}\n", "Dockerfile"),
        ignored=("*.db",),
        **more,  # type: ignore[arg-type]
    )


def test_a_role_that_is_started_by_its_path_finds_its_files() -> None:
    image = one(streamlit(), Surroundings(entries=ENTRIES, ignored=("*.db",)))
    assert image.sources == (".streamlit", "alembic.ini", "data", "src")
    assert image.start == ('CMD ["streamlit", "run", "src/app/web.py"]',)


def test_a_console_script_needs_only_the_wheel() -> None:
    assert one(role("cli"), Surroundings(entries=ENTRIES)).sources == ()


def test_data_that_was_copied_with_everything_stays_without_the_source() -> None:
    image = one(role("cli", stage="Dockerfile#0"), dockerfile("COPY . ."))
    assert image.sources == (".streamlit", "alembic.ini", "data")


def test_the_owners_command_is_carried_where_it_starts_the_role() -> None:
    around = dockerfile('ENTRYPOINT ["tini", "--"]\nCMD ["streamlit", "run", "src/app/web.py"]')
    image = one(streamlit(stage="Dockerfile#0"), around)
    assert image.start == (
        'ENTRYPOINT ["tini", "--"]',
        'CMD ["streamlit", "run", "src/app/web.py"]',
    )


def test_an_entrypoint_script_that_is_left_out_is_told() -> None:
    around = dockerfile('ENTRYPOINT ["/app/start.sh"]')
    images, notes = assemble(PROJECT, [variant("web")], [streamlit(stage="Dockerfile#0")], around)
    assert images[0].start == ('CMD ["streamlit", "run", "src/app/web.py"]',)
    assert [note.module for note in notes] == ['ENTRYPOINT ["/app/start.sh"]']


CHECK = "HEALTHCHECK CMD python -c 'import requests, sys; requests.get(\"http://x\")'"


def test_the_owners_health_check_is_carried_where_the_image_holds_what_it_imports() -> None:
    web = streamlit(stage="Dockerfile#0", healthchecks=("import requests, sys",))
    holding = dockerfile(CHECK, modules={"web": frozenset({"requests"})})
    lacking = dockerfile(CHECK, modules={"web": frozenset({"rich"})})
    assert "import requests" in (one(web, holding).health or "")
    ours = one(web, lacking).health or ""
    assert "requests" not in ours
    assert "/_stcore/health" in ours


def test_a_program_of_a_health_check_must_be_installed() -> None:
    text = "HEALTHCHECK CMD curl -f http://localhost:8501/ || exit 1"
    web = streamlit(stage="Dockerfile#0")
    assert "_stcore" in (one(web, dockerfile(text)).health or "")
    assert "curl" in (one(web, dockerfile(f"RUN apt-get install curl\n{text}")).health or "")


@pytest.mark.parametrize(
    ("entrypoint", "port", "path"),
    [
        (streamlit(), "8501", "/_stcore/health"),
        (role("a", "uvicorn", "m:app", "--port", "9000", kind="asgi"), "9000", "/"),
        (role("a", "gunicorn", "m:app", "-b", "0.0.0.0:81", kind="wsgi"), "81", "/"),
        (role("a", "uvicorn", "m:app", kind="asgi"), "8000", "/"),
    ],
)
def test_a_server_is_asked_by_the_standard_library(
    entrypoint: Entrypoint, port: str, path: str
) -> None:
    health = one(entrypoint, Surroundings()).health or ""
    code = re.search(r'"-c", "(.*)"\]$', health)
    assert code
    assert f"'127.0.0.1', {port}" in code[1]
    assert f"'GET', '{path}'" in code[1]
    compile(code[1], "health", "exec")


def test_a_role_that_serves_nothing_has_no_health_check() -> None:
    assert (
        one(role("worker", "celery", "-A", "m", "worker", kind="worker"), Surroundings()).health
        is None
    )


def test_a_servers_port_is_exposed_unless_the_owner_says_which() -> None:
    assert one(streamlit(), Surroundings()).carried.settings == ("EXPOSE 8501",)
    told = one(streamlit(stage="Dockerfile#0"), dockerfile("EXPOSE 80"))
    assert told.carried.settings == ("EXPOSE 80",)


def test_a_word_that_only_the_running_program_knows_is_left_out_with_its_option() -> None:
    spawned = role(
        "web", "streamlit", "run", "src/app/web.py", "--server.port", "", "", kind="streamlit"
    )
    image = one(spawned, Surroundings())
    assert image.start == ('CMD ["streamlit", "run", "src/app/web.py"]',)
    assert image.carried.settings == ("EXPOSE 8501",)


def test_debian_packages_of_wheels_and_owner_meet() -> None:
    images, _ = assemble(
        PROJECT,
        [variant("web", packages=["opencv-python"])],
        [streamlit(stage="Dockerfile#0")],
        dockerfile("RUN apt-get install -y fonts-dejavu-core"),
    )
    assert images[0].stage.system == ("fonts-dejavu-core", "libgl1", "libglib2.0-0")


def test_a_role_of_no_stage_gets_what_the_only_image_says() -> None:
    general = Carried(environment=("A=1",), health=Health("HEALTHCHECK CMD x", 3, ("x",)))
    image = one(role("cli"), Surroundings(general=general.without_start()))
    assert image.carried.environment == ("A=1",)
    assert image.health is None
