from __future__ import annotations

import pytest

from extrasplit.rewrite.carry import Carried, Copied, merge, read_carried


def carried(text: str) -> Carried:
    found = list(read_carried(f"FROM python:3.12-slim\n{text}\n", "Dockerfile").values())
    assert len(found) == 1
    return found[0]


def told(text: str) -> list[tuple[int, str]]:
    return [(note.line, note.module) for note in carried(text).notes]


def test_debian_packages_are_carried_and_what_was_purged_is_not() -> None:
    text = (
        "RUN apt-get update && apt-get install -y --no-install-recommends gcc libgl1 \\\n"
        "    fonts-dejavu-core=2.37-8 && rm -rf /var/lib/apt/lists/*\n"
        "RUN apt-get purge -y gcc && apt-get autoremove -y"
    )
    assert carried(text).system == ("libgl1", "fonts-dejavu-core=2.37-8")
    assert told(text) == []


def test_a_compiler_that_stays_is_left_out_and_told() -> None:
    text = "RUN apt-get install -y build-essential libpq-dev curl"
    assert carried(text).system == ("curl",)
    assert told(text) == [
        (2, "build-essential: only compiling needs it, and wheels do not"),
        (2, "libpq-dev: only compiling needs it, and wheels do not"),
    ]


@pytest.mark.parametrize(
    "command",
    [
        "pip install .[all]",
        "python -m pip install -r requirements.txt",
        "uv sync --frozen",
        "poetry install --no-root",
        "python -m venv /opt/x",
        "rm -rf /root/.cache /tmp/x",
        "set -eux; apt-get clean",
    ],
)
def test_what_installs_python_packages_or_cleans_up_is_replaced_in_silence(command: str) -> None:
    found = carried(f"RUN {command}")
    assert found.notes == ()
    assert found.steps == ()


@pytest.mark.parametrize(
    "instruction",
    [
        "RUN curl -L https://x.example/y | sh",
        "RUN npm ci",
        "RUN python manage.py collectstatic",
        "RUN chown app /somewhere/else",
        "COPY --from=node /out/ static/",
        "ADD https://x.example/model.bin /models/",
        "ONBUILD RUN x",
        "ENV PATH=/opt/tool/bin:$PATH",
        "USER $APP_USER",
    ],
)
def test_what_cannot_be_carried_is_told_with_its_line(instruction: str) -> None:
    lines = {line for line, _ in told(f"WORKDIR /x\n\n{instruction}")}
    assert lines == {4}


def test_environment_is_carried_pair_by_pair_but_for_pythons_own() -> None:
    text = 'ENV A=1 PIP_NO_CACHE_DIR=1 B="x y" \\\n    UV_LINK_MODE=copy C=$A\nENV D some words'
    assert carried(text).environment == ("A=1", 'B="x y"', "C=$A", 'D="some words"')


def test_build_arguments_are_carried_where_something_refers_to_them() -> None:
    text = "ARG PORT=8000\nARG UNUSED=1\nENV PORT=${PORT}"
    assert carried(text).arguments == ("PORT=8000",)


def test_users_folders_and_copies_keep_their_order() -> None:
    found = carried(
        "WORKDIR /code\nRUN useradd -m app && mkdir -p /code/var /data\n"
        "COPY --chown=app config/ /code/config/\nRUN chown -R app /code/var\nUSER app:app"
    )
    assert found.steps == (
        "useradd --no-log-init -m app",
        "mkdir -p /app/var /data",
        Copied(("config/",), "/app/config/", ("--chown=app",)),
        "chown -R app /app/var",
    )
    assert found.user == "app:app"


def test_copies_of_python_files_are_left_to_the_wheel() -> None:
    found = carried(
        "COPY pyproject.toml uv.lock README.md ./\nCOPY src src\nCOPY *.py ./\n"
        "COPY pyproject.toml alembic.ini ./\nCOPY .streamlit .streamlit\nCOPY . ."
    )
    assert found.steps == (Copied(("alembic.ini",), "./"), Copied((".streamlit",), ".streamlit"))
    assert found.copies_context
    assert found.notes == ()


def test_the_way_it_starts_is_carried_in_the_exec_form() -> None:
    found = carried(
        "EXPOSE 8501 9000/udp\nSTOPSIGNAL SIGINT\n"
        "HEALTHCHECK --interval=30s CMD curl -f http://x:8501/ || exit 1\n"
        'ENTRYPOINT ["tini", "--"]\nCMD streamlit run app.py --server.port $PORT'
    )
    assert found.settings == ("EXPOSE 8501 9000/udp", "STOPSIGNAL SIGINT")
    assert found.health is not None
    assert found.health.text == (
        'HEALTHCHECK --interval=30s CMD ["/bin/sh", "-c", "curl -f http://x:8501/ || exit 1"]'
    )
    assert found.start == (
        'ENTRYPOINT ["tini", "--"]',
        'CMD ["/bin/sh", "-c", "streamlit run app.py --server.port $PORT"]',
    )


def test_a_plain_shell_command_needs_no_shell() -> None:
    assert carried('CMD python -m app "two words"').start == (
        'CMD ["python", "-m", "app", "two words"]',
    )


def test_a_stage_carries_what_it_is_built_from() -> None:
    text = (
        "FROM python:3.12 AS base\nENV A=1\nARG X=1\nRUN apt-get install -y libgl1\n"
        "FROM base AS web\nEXPOSE 80\nFROM base\nENV B=2\n"
    )
    found = read_carried(text, "docker/Dockerfile")
    assert list(found) == ["docker/Dockerfile#base", "docker/Dockerfile#web", "docker/Dockerfile#2"]
    assert found["docker/Dockerfile#web"].settings == ("EXPOSE 80",)
    assert found["docker/Dockerfile#web"].system == ("libgl1",)
    assert found["docker/Dockerfile#2"].environment == ("A=1", "B=2")
    assert found["docker/Dockerfile#2"].settings == ()


def test_merging_keeps_each_thing_once() -> None:
    one = Carried(system=("a", "b"), environment=("X=1",), start=("CMD 1",), user="u")
    two = Carried(system=("b", "c"), environment=("X=1", "Y=2"), start=("CMD 2",))
    both = merge([one, two])
    assert both.system == ("a", "b", "c")
    assert both.environment == ("X=1", "Y=2")
    assert both.start == ("CMD 1",)
    assert both.user == "u"
    assert merge([]) == Carried()


def test_paths_below_the_owners_working_folder_lie_below_ours() -> None:
    found = carried(
        "WORKDIR /code\nENV PYTHONPATH=/code/src:/code DATA=/codebook/x\nVOLUME /code/var\n"
        'CMD ["python", "/code/app.py"]'
    )
    assert found.environment == ("PYTHONPATH=/app/src:/app", "DATA=/codebook/x")
    assert found.settings == ("VOLUME /app/var",)
    assert found.start == ('CMD ["python", "/app/app.py"]',)


def test_alpine_packages_are_carried_too() -> None:
    assert carried("RUN apk add --no-cache libpq gcc musl-dev && apk del gcc").system == ("libpq",)
