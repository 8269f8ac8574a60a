from packaging.utils import canonicalize_name

from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.stages import Stage, read_instructions, read_stages


def stages(text: str, listing: str = "") -> tuple[Stage, ...]:
    files = ProjectFiles(canonicalize_name("shop"), frozenset(listing.split()), {})
    return read_stages(text, "Dockerfile", files)


def test_instructions_know_line_flags_and_here_documents() -> None:
    text = (
        "# syntax=docker/dockerfile:1\n"
        "FROM python:3.12 AS base\n"
        "RUN --mount=type=cache,target=/root/.cache \\\n"
        "    # a comment between\n"
        "\n"
        "    pip install . && \\\n"
        "    echo done\n"
        "RUN <<EOF\n"
        "FROM nothing\n"
        "pip install .[web]\n"
        "EOF\n"
        'CMD ["python", "-m", "shop"]\n'
    )
    found = read_instructions(text)
    assert [(i.keyword, i.line) for i in found] == [
        ("FROM", 2),
        ("RUN", 3),
        ("RUN", 8),
        ("CMD", 12),
    ]
    assert found[1].flags == {"mount": "type=cache,target=/root/.cache"}
    assert "pip install ." in found[1].value
    assert found[2].heredocs == ("FROM nothing\npip install .[web]",)


def test_a_backtick_may_continue_lines() -> None:
    found = read_instructions("# escape=`\nFROM x\nRUN a `\n b\nCMD c\n")
    assert [i.keyword for i in found] == ["FROM", "RUN", "CMD"]


def test_stages_follow_from_chains() -> None:
    base, web, final = stages(
        "ARG PY=3.12\nFROM python:${PY}-slim AS base\nENV A=1 B='x y'\nWORKDIR /app\n"
        "RUN pip install .\nCMD shop\n"
        'FROM base AS web\nARG EXTRA=web\nRUN pip install .[$EXTRA]\nENTRYPOINT ["x"]\n'
        "FROM alpine\nCOPY --from=web /app /srv\n"
    )
    assert base.base_image == "python:3.12-slim"
    assert web.base_image == "python:3.12-slim"
    assert (web.env, web.workdir) == ({"A": "1", "B": "x y"}, "/app")
    assert base.installed.extras == ()
    assert web.installed.extras == ("web",)
    assert web.command is None, "ENTRYPOINT drops the CMD of the base"
    assert final.installed.extras == ("web",), "a copied environment brings its extras along"


def test_build_arguments_end_with_their_stage_and_environment_goes_on() -> None:
    _, second = stages(
        "FROM a AS x\nARG E=web\nENV F=$E\nFROM x\nRUN uv sync --extra ${E:-none} --extra $F\n"
    )
    assert second.installed.extras == ("none", "web")


def test_copies_say_where_the_projects_files_lie_in_the_image() -> None:
    (stage,) = stages(
        'FROM x\nWORKDIR /app\nCOPY src/ ./code/\nCOPY *.toml a.py ./\nCOPY ["b.py", "/c.py"]\n',
        "src/x.py pyproject.toml a.py b.py",
    )
    assert stage.mounts == (
        ("/app/code", "src"),
        ("/app/pyproject.toml", "pyproject.toml"),
        ("/app/a.py", "a.py"),
        ("/c.py", "b.py"),
    )


def test_a_continued_command_is_one_line_to_the_shell() -> None:
    text = (
        "FROM python:3.12\nRUN uv sync --frozen \\\n    --extra web\n"
        "CMD uvicorn shop.web:app \\\n    --port 80\n"
    )
    found = stages(text)[0]
    assert found.installed.extras == ("web",)
    assert found.command is not None
    assert "\n" not in found.command.words[-1]
