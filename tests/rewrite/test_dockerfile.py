from __future__ import annotations

import re
from dataclasses import replace

import pytest
from packaging.utils import canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.project.starts.stages import read_instructions
from extrasplit.rewrite.carry import Carried, Copied
from extrasplit.rewrite.dockerfile import Build, Image, command_of, render_dockerfile
from extrasplit.rewrite.stages import Stage, chain
from support.plans import variant

BUILD = Build("My-App", "python:3.12-slim", "astral/uv:0.9")


def image(stage: Stage | None = None, carried: Carried | None = None, **more: object) -> Image:
    alone = chain([variant("cli", packages="a")])[0]
    return replace(Image(stage or alone, carried or Carried(), ('CMD ["cli"]',)), **more)  # type: ignore[arg-type]


def stages_of(text: str) -> dict[str, list[str]]:
    """Stage name to its instructions, as the reader of Dockerfiles sees them."""
    found: dict[str, list[str]] = {}
    for instruction in read_instructions(text):
        value = " ".join(instruction.value.split())
        if instruction.keyword == "FROM":
            found[value.split()[2]] = [value.split()[0]]
        elif found:
            found[list(found)[-1]].append(f"{instruction.keyword} {value}")
    return found


def syncs(text: str) -> list[str]:
    return re.findall(r"uv sync .*", text)


def test_a_wider_image_continues_the_dependencies_of_the_narrower() -> None:
    images = [
        image(stage)
        for stage in chain(
            [variant("cli", packages="a"), variant("web", ["web-core"], packages="ab")]
        )
    ]
    found = stages_of(render_dockerfile(BUILD, images))
    assert [(name, lines[0]) for name, lines in found.items()] == [
        ("uv", "${UV_IMAGE}"),
        ("base", "${PYTHON_IMAGE}"),
        ("deps-cli", "base"),
        ("deps-web", "deps-cli"),
        ("cli", "deps-cli"),
        ("web", "deps-web"),
    ]


def test_each_stage_syncs_its_extras_and_only_the_final_one_the_project() -> None:
    stage = chain([variant("web", ["a", "b-c"], packages="ab")])[0]
    common = "uv sync --project /src --frozen --no-dev --no-default-groups --no-editable"
    assert syncs(render_dockerfile(BUILD, [image(stage)])) == [
        f"{common} --no-install-project --extra a --extra b-c",
        f"{common} --extra a --extra b-c",
    ]


def test_dependencies_see_no_source_and_the_project_may_litter_it() -> None:
    text = render_dockerfile(BUILD, [image()])
    dependencies, final = text.split("AS cli\n")
    assert "target=/src,rw" not in dependencies
    assert "source=uv.lock,target=/src/uv.lock" in dependencies
    assert "--mount=type=bind,target=/src,rw" in final


def test_nothing_of_uv_stays_in_the_image() -> None:
    text = render_dockerfile(BUILD, [image()])
    assert not re.search(r"ENV[^\n]*UV_|COPY --from=uv", text)
    assert text.count("--mount=type=cache,target=/root/.cache/uv") == 2
    assert "ARG UV_LINK_MODE=copy" in text
    assert "ARG UV_COMPILE_BYTECODE=0" in text


def test_a_build_needs_no_syntax_directive_and_no_registry_host() -> None:
    text = render_dockerfile(BUILD, [image()])
    assert "# syntax" not in text
    assert text.startswith("ARG PYTHON_IMAGE=python:3.12-slim\nARG UV_IMAGE=astral/uv:0.9\n")


def test_the_image_runs_as_a_user_by_number() -> None:
    lines = stages_of(render_dockerfile(BUILD, [image()]))["cli"]
    assert "RUN useradd --no-log-init --create-home --uid 10001 app" in lines
    assert "USER 10001" in lines


@pytest.mark.parametrize(
    ("carried", "user", "command"),
    [
        (Carried(user="web", steps=("useradd -m web",)), "10001", "RUN useradd --uid 10001 -m web"),
        (Carried(user="web:web", steps=("useradd -u 7 web",)), "7:web", "RUN useradd -u 7 web"),
        (
            Carried(user="web"),
            "10001",
            "RUN useradd --no-log-init --create-home --uid 10001 web",
        ),
    ],
)
def test_the_owners_user_is_made_and_meant_by_number(
    carried: Carried, user: str, command: str
) -> None:
    lines = stages_of(render_dockerfile(BUILD, [image(carried=carried)]))["cli"]
    assert f"USER {user}" in lines
    assert command in lines


def test_a_user_that_is_a_number_is_not_made() -> None:
    text = render_dockerfile(BUILD, [image(carried=Carried(user="1000"))])
    assert "USER 1000\n" in text
    assert "useradd" not in text


def test_what_the_owner_says_stands_in_the_final_stage() -> None:
    carried = Carried(
        arguments=("PORT=80",),
        environment=("PORT=$PORT",),
        steps=(Copied(("conf/*.toml",), "conf/", ("--chown=1",)), "mkdir /data"),
        settings=("EXPOSE 80",),
    )
    lines = stages_of(render_dockerfile(BUILD, [image(carried=carried, sources=("src",))]))["cli"]
    assert [line for line in lines if line.split()[0] in ("ARG", "ENV", "COPY", "EXPOSE")] == [
        "ARG PORT=80",
        'ENV PATH="/opt/venv/bin:$PATH" PORT=$PORT',
        'COPY ["conf/*.toml", "conf/"]',
        "ARG SOURCE_DATE_EPOCH",
        'COPY ["src", "/app/src"]',
        "EXPOSE 80",
    ]


def test_only_what_no_wheel_serves_is_compiled_in_a_stage_of_its_own() -> None:
    compiled = {"web": [canonicalize_name("psycopg2")]}
    images = chain([variant("cli", packages="a"), variant("web", packages="ab")], compiled=compiled)
    text = render_dockerfile(BUILD, [image(stage) for stage in images])
    found = stages_of(text)
    assert "build-cli" not in found
    assert found["build-web"][0] == "deps-cli"
    assert "build-essential libpq-dev" in found["build-web"][1]
    assert "|| echo python3-dev" in found["build-web"][1]
    assert "from=build-web,source=/wheels,target=/root/.cache/uv,rw" in text


def test_a_virtual_project_installs_nothing_of_its_own() -> None:
    text = render_dockerfile(replace(BUILD, virtual=True), [image(sources=("app.py",))])
    assert len(syncs(text)) == 1
    assert 'COPY ["app.py", "/app/app.py"]' in text


def test_a_workspace_member_is_built_from_the_workspaces_root() -> None:
    build = replace(
        BUILD,
        folder="packages/app",
        package=canonicalize_name("my-app"),
        members=("packages/app", "packages/core"),
    )
    text = render_dockerfile(build, [image(sources=("data",))])
    for path in ("pyproject.toml", "packages/app/pyproject.toml", "packages/core/pyproject.toml"):
        assert f"source={path},target=/src/{path} " in text
    assert "--no-install-project --no-install-workspace --package my-app" in text
    assert 'COPY ["packages/app/data", "/app/data"]' in text


def test_a_version_that_is_asked_of_git_is_handed_in() -> None:
    text = render_dockerfile(replace(BUILD, dynamic_version=True), [image()])
    assert 'SETUPTOOLS_SCM_PRETEND_VERSION="${VERSION}"' in text


def test_words_of_a_command_are_quoted() -> None:
    assert command_of(["sh", "-c", 'echo "$(id)"\n&& x']) == (
        'CMD ["sh", "-c", "echo \\"$(id)\\"\\n&& x"]'
    )


@pytest.mark.parametrize(
    "hostile",
    [
        lambda evil: (BUILD, image(chain([variant(f"cli{evil}", packages="a")])[0])),
        lambda evil: (BUILD, image(chain([variant("cli", [f"x{evil}"], packages="a")])[0])),
        lambda evil: (
            BUILD,
            image(chain([variant("cli", entrypoints=[f"x{evil}"], packages="a")])[0]),
        ),
        lambda evil: (replace(BUILD, title=f"x{evil}"), image()),
        lambda evil: (replace(BUILD, base_image=f"x{evil}"), image()),
        lambda evil: (BUILD, image(sources=(f"x{evil}",))),
        lambda evil: (replace(BUILD, folder=f"x{evil}"), image()),
    ],
)
@pytest.mark.parametrize("evil", ["\nRUN touch /evil", "\r\nUSER root\n"])
def test_no_name_can_begin_an_instruction(hostile, evil: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ExtrasplitError):
        render_dockerfile(*((lambda b, i: (b, [i]))(*hostile(evil))))


@pytest.mark.parametrize("evil", ["$(id)", "`id`", "; id", "&& id", '" && id "', "' && id '"])
def test_an_extra_is_one_word_of_the_shell(evil: str) -> None:
    import shlex

    stage = chain([variant("cli", [f"x{evil}"], packages="a")])[0]
    for line in syncs(render_dockerfile(BUILD, [image(stage)])):
        assert shlex.split(line)[-1] == canonicalize_name(f"x{evil}")


def test_alpine_installs_by_apk_and_makes_its_user_as_busybox_does() -> None:
    stage = chain([variant("cli", packages="a")], system={"cli": frozenset({"libpq"})})[0]
    build = replace(BUILD, libc="musl")
    text = render_dockerfile(build, [image(stage)])
    assert "xargs apk add --no-cache </tmp/packages" in text
    assert "apt-get" not in text
    assert "RUN adduser -D -u 10001 app" in text
    own = Carried(user="web", steps=("adduser -D web",))
    assert "RUN adduser -u 10001 -D web" in render_dockerfile(build, [image(stage, own)])
