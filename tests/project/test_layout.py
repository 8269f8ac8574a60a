import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.project.layout import (
    Layout,
    find_namespaces,
    folder_of,
    is_development,
    join,
    module_name,
    modules_under,
)
from support.started import APP, VIRTUAL, make_world


def layout(paths: str, pyproject: str = APP) -> Layout:
    return make_world(dict.fromkeys(paths.split(), ""), pyproject).layout


def test_a_src_layout_is_found() -> None:
    found = layout("src/shop/__init__.py src/shop/cli.py tests/test_cli.py docs/conf.py setup.py")
    assert found.roots == ("src",)
    assert found.modules == {"shop": "src/shop/__init__.py", "shop.cli": "src/shop/cli.py"}
    assert found.top_names == {"shop"}
    assert found.public_package == "shop"
    assert found.file_of("shop.cli") == "src/shop/cli.py"
    assert found.file_of("tests.test_cli") is None
    assert found.module_of("src/shop/cli.py") == "shop.cli"
    assert found.module_of("tests/test_cli.py") is None


def test_in_a_flat_layout_only_the_projects_package_is_first_party() -> None:
    """A folder `alembic/` at the root bears a distribution's name and isn't what is installed."""
    found = layout("shop/__init__.py shop/a.py alembic/env.py alembic/__init__.py tests/x.py")
    assert found.roots == (".",)
    assert found.top_names == {"shop"}


def test_a_flat_layout_without_a_package_of_the_projects_name_takes_its_packages() -> None:
    found = layout("backend/__init__.py backend/a.py scripts/tool.py tests/__init__.py run.py")
    assert found.top_names == {"backend"}
    assert layout("one.py two.py test_one.py").top_names == {"one", "two"}


def test_a_single_module_is_a_project_too() -> None:
    found = layout("shop.py README.md")
    assert found.modules == {"shop": "shop.py"}
    assert found.public_package == "shop"


def test_the_build_backends_table_comes_before_guessing() -> None:
    table = '[tool.hatch.build.targets.wheel]\npackages = ["lib/market"]\n'
    found = layout("lib/market/__init__.py lib/other/__init__.py src/shop/__init__.py", APP + table)
    assert found.roots == ("lib",)
    assert found.top_names == {"market"}
    assert found.public_package == "market"


def test_a_stated_root_that_is_not_there_is_guessed() -> None:
    table = '[tool.hatch.build.targets.wheel]\npackages = ["gone/shop"]\n'
    assert layout("shop/__init__.py", APP + table).roots == (".",)


def test_the_source_setting_overrules_all() -> None:
    found = layout("app/code/x.py src/shop/__init__.py", APP + '[tool.extrasplit]\nsource=["app"]')
    assert found.modules == {"code.x": "app/code/x.py"}


def test_namespace_packages_have_no_file_and_the_package_below_is_public() -> None:
    found = layout("src/acme/shop/__init__.py src/acme/shop/data/x.py")
    assert found.namespaces == {"acme", "acme.shop.data"}
    assert found.public_package == "acme.shop"
    assert found.file_of("acme") is None


def test_stubs_and_unimportable_names_are_passed_over_and_notebooks_named() -> None:
    found = layout(
        "src/shop/__init__.py src/shop/a.pyi src/shop/my-tool.py src/shop/1_x.py x.ipynb"
    )
    assert found.modules == {"shop": "src/shop/__init__.py"}
    assert found.notebooks == ("x.ipynb",)


def test_a_folder_of_tasks_or_tools_is_code_where_the_root_is_on_the_path() -> None:
    assert layout("app.py tasks/mail.py tools/x.py docs/x.py", VIRTUAL).top_names == {
        "app",
        "tasks",
        "tools",
    }
    assert layout("market/__init__.py tasks/__init__.py").top_names == {"market"}
    assert not is_development("tasks/mail.py")


def test_a_virtual_project_has_no_public_package() -> None:
    found = layout("app.py utils/state.py tests/test_app.py", VIRTUAL)
    assert found.top_names == {"app", "utils"}
    assert found.public_package is None


def test_a_package_wins_over_the_module_of_its_name() -> None:
    for paths in (["a.py", "a/__init__.py"], ["a/__init__.py", "a.py"]):
        assert modules_under(".", paths) == {"a": "a/__init__.py"}


def test_modules_under_a_script_folder_are_named_from_there() -> None:
    paths = ["dash/app.py", "dash/pages/overview.py", "dashboard/x.py", "dash/__init__.py"]
    assert modules_under("dash", paths) == {
        "app": "dash/app.py",
        "pages.overview": "dash/pages/overview.py",
    }


@pytest.mark.parametrize(
    ("folder", "path", "joined"),
    [
        (".", "a.py", "a.py"),
        ("a/b", "../c.py", "a/c.py"),
        ("a", "./b/", "a/b"),
        (".", ".", "."),
        ("a", "..", "."),
        ("a", "../..", None),
        ("a", "/b", "a/b"),
    ],
)
def test_paths_are_joined_in_normal_form(folder: str, path: str, joined: str | None) -> None:
    assert join(folder, path) == joined


def test_small_questions_about_paths() -> None:
    assert folder_of("a/b.py") == "a"
    assert folder_of("b.py") == "."
    assert is_development("tests/x.py")
    assert is_development("test_x.py")
    assert is_development(".github/x.py")
    assert not is_development("src/shop/tests/x.py")
    assert module_name("src/a/b.py", "lib") is None
    assert module_name("a/node_modules/b.py", ".") is None


NAMES = st.sampled_from(["a", "b", "c"])


@settings(max_examples=25, deadline=None)
@given(st.sets(st.lists(NAMES, min_size=1, max_size=3).map(tuple), max_size=6), st.data())
def test_every_module_is_named_as_python_itself_names_it(
    names: set[tuple[str, ...]], data: st.DataObject
) -> None:
    paths = set()
    for name in sorted(names):
        package = data.draw(st.booleans())
        paths.add("/".join(name) + ("/__init__.py" if package else ".py"))
    modules = modules_under(".", paths)
    for name, path in modules.items():
        assert module_name(path, ".") == name
    assert not find_namespaces(modules) & {
        name for name, path in modules.items() if path.endswith("/__init__.py")
    }


def test_python_finds_the_same_files(tmp_path: Path) -> None:
    paths = ["a.py", "a/__init__.py", "b/c.py", "b/d/__init__.py", "e.py", "e/f.py"]
    for path in paths:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    modules = modules_under(".", paths)
    code = (
        "import importlib.util, sys; sys.path.insert(0, '.')\n"
        "for name in sys.argv[1:]: print(importlib.util.find_spec(name).origin)"
    )
    names = [name for name in modules if name != "e.f"]
    out = subprocess.run(
        [sys.executable, "-c", code, *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [Path(line).resolve().relative_to(tmp_path.resolve()) for line in out.stdout.split()]
    assert [path.as_posix() for path in found] == [modules[name] for name in names]
