from pathlib import Path

import pytest

from extrasplit.errors import ExtrasplitError
from extrasplit.project.declared import BASE, Conflict, Project
from extrasplit.project.pyproject import missing_pyproject, read_project, read_tables


def project(text: str, **options: frozenset[str]) -> Project:
    return read_project(text.encode(), Path("shop"), **options)


FULL = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "My.Shop"
version = "1.2"
readme = {file = "README.md", content-type = "text/markdown"}
requires-python = ">=3.11"
dependencies = [
    "click >= 8",           # comment
    "tomli>=2; python_version < '3.11'",
]
[project.optional-dependencies]
Web_UI = ["uvicorn[standard]>=0.30", "my-shop[reports]"]
reports = ["reportlab"]
all = ["my_shop[web-ui,reports]"]
[project.scripts]
shop = "my_shop.cli:main"
[project.gui-scripts]
shop-gui = "my_shop.gui:main"
[dependency-groups]
test = ["pytest"]
dev = [{include-group = "test"}, "ruff"]
[tool.uv]
conflicts = [
    [{extra = "web-ui"}, {extra = "reports"}],
    [{package = "other", extra = "x"}, {extra = "reports"}],
]
[tool.uv.sources]
torch = [{index = "cpu", extra = "reports"}]
"""


def test_requirements_keep_their_text_and_know_home_index_and_line() -> None:
    found = project(FULL)
    click, tomli = found.base
    assert (click.text, click.name, click.home, click.line) == ("click >= 8", "click", BASE, 11)
    assert (tomli.marker, tomli.index, tomli.line) == ('python_version < "3.11"', 1, 12)
    web = found.extras["web-ui"]
    assert web.written == "Web_UI"
    assert web.requirements[0].extras == {"standard"}
    assert (web.requirements[0].home, web.requirements[0].line) == ("web-ui", 15)
    assert [r.name for r in found.requirements] == ["click", "tomli", "uvicorn", "reportlab"]


def test_references_to_itself_are_includes_and_an_extra_of_nothing_else_is_an_alias() -> None:
    found = project(FULL)
    assert found.extras["web-ui"].includes == ("reports",)
    assert not found.extras["web-ui"].is_alias
    assert found.extras["all"].is_alias
    assert set(found.extras["all"].includes) == {"web-ui", "reports"}


def test_the_rest_of_the_project_is_read() -> None:
    found = project(FULL)
    assert (found.name, found.written_name, found.version) == ("my-shop", "My.Shop", "1.2")
    assert [(s.name, s.gui, s.line) for s in found.scripts] == [
        ("shop", False, 19),
        ("shop-gui", True, 21),
    ]
    assert found.readme == "README.md"
    assert found.conflicts == (Conflict(frozenset({"web-ui", "reports"}), frozenset()),)
    assert found.source_extras == {"reports"}
    assert found.groups["dev"] == ("pytest", "ruff")
    assert not found.virtual
    assert found.lock_root == found.root


@pytest.mark.parametrize(
    ("build", "virtual"),
    [
        ("", True),
        ('[build-system]\nrequires = ["setuptools"]', False),
        ('[build-system]\nrequires = ["hatchling"]\n[tool.uv]\npackage = false', True),
        ("[tool.uv]\npackage = true", False),
    ],
)
def test_a_project_is_virtual_as_uv_decides_it(build: str, virtual: bool) -> None:
    assert project(f'[project]\nname = "a"\nversion = "1"\n{build}').virtual is virtual


def test_a_byte_order_mark_and_carriage_returns_are_read() -> None:
    text = "\ufeff" + '[project]\r\nname = "a"\r\ndependencies = [\r\n"click",\r\n]\r\n'
    assert project(text).base[0].line == 4


def failing(text: str | bytes, **options: frozenset[str]) -> ExtrasplitError:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(ExtrasplitError) as raised:
        read_project(data, Path("shop"), **options)
    assert raised.value.exit_code == 2
    assert raised.value.hint
    assert "\n" not in str(raised.value)
    return raised.value


def test_broken_toml_names_file_and_line() -> None:
    error = failing('[project]\nname = "a"\ndependencies = [\n')
    assert "pyproject.toml" in error.sentence
    assert "line" in error.sentence or "end of document" in error.sentence


def test_text_that_is_not_utf8_names_the_line() -> None:
    assert "pyproject.toml:2" in failing(b'[project]\nname = "\xff"\n').sentence


def test_values_nested_without_end_are_refused() -> None:
    assert "deeper" in failing('[project]\nname = "a"\nx = ' + "[" * 5000).sentence


def test_without_a_project_table_the_way_out_is_named() -> None:
    assert "[project]" in str(failing("[tool.black]\nline-length = 100\n"))
    assert "uv init" in str(failing(""))


def test_a_poetry_only_project_is_told_what_to_convert() -> None:
    error = failing('[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\nclick = "^8"\n')
    assert "tool.poetry.dependencies" in str(error)
    assert "optional-dependencies" in str(error)


def test_a_workspace_root_lists_its_members() -> None:
    text = '[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/old"]\n'
    listing = frozenset(f"packages/{name}/pyproject.toml" for name in ("api", "worker", "old")) | {
        "packages/deep/er/pyproject.toml"
    }
    error = failing(text, listing=listing)
    assert "--package" in str(error)
    assert "packages/api, packages/worker" in str(error)
    assert "old" not in str(error)
    assert "packages/*" in str(failing(text))


def test_a_bad_requirement_names_its_line_and_text() -> None:
    error = failing('[project]\nname = "a"\ndependencies = [\n  "click",\n  "click >>> 8",\n]\n')
    assert "pyproject.toml:5" in error.sentence
    assert "click >>> 8" in error.sentence


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nversion = "1"\n',
        '[project]\nname = "a"\ndependencies = "click"\n',
        '[project]\nname = "a"\ndependencies = [1]\n',
        '[project]\nname = "a"\noptional-dependencies = ["x"]\n',
        '[project]\nname = "a"\nscripts = {a = 1}\n',
        '[project]\nname = "a"\n[project.optional-dependencies]\na_b = []\nA-B = []\n',
        '[project]\nname = "a"\n[dependency-groups]\nx = [{include-group = "x"}]\n',
    ],
)
def test_wrong_types_and_clashing_names_are_errors(text: str) -> None:
    assert "pyproject.toml" in failing(text).sentence


def test_a_folder_without_pyproject_is_an_error_that_names_it() -> None:
    assert "nowhere holds no pyproject.toml" in str(missing_pyproject(Path("nowhere")))


def test_tables_are_read_as_tomllib_reads_them() -> None:
    assert read_tables(b"[a]\nb = 1\n", "x.toml") == {"a": {"b": 1}}
