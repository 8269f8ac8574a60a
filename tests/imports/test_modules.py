from __future__ import annotations

from extrasplit.imports.modules import Root
from support.tracing import world

APP = {
    "src/app/__init__.py": "",
    "src/app/cli.py": "",
    "src/app/core/__init__.py": "",
    "src/app/core/engine.py": "",
    "src/app/core/typed.pyi": "",
    "src/app/space/deep.py": "",
    "alembic/env.py": "",
}
INSTALLED = Root("src", frozenset({"app"}))


def links(source: str, path: str = "src/app/cli.py", *roots: Root) -> list[tuple[str, ...]]:
    modules = world(APP | {path: source}).link(*(roots or (INSTALLED,)))
    return [link.files for link in modules.linked[path].links]


def externals(source: str, path: str = "src/app/cli.py", *roots: Root) -> list[str]:
    modules = world(APP | {path: source}).link(*(roots or (INSTALLED,)))
    return [imported.module for imported in modules.linked[path].externals]


def test_importing_a_module_runs_the_init_of_each_parent_first() -> None:
    chain = ("src/app/__init__.py", "src/app/core/__init__.py", "src/app/core/engine.py")
    assert links("import app.core.engine") == [chain]


def test_a_name_that_is_a_submodule_is_imported_as_one() -> None:
    assert links("from app.core import engine")[0][-1] == "src/app/core/engine.py"
    assert links("from .core import engine")[0][-1] == "src/app/core/engine.py"
    assert links("from . import core")[0][-1] == "src/app/core/__init__.py"


def test_a_name_that_is_no_submodule_is_looked_for_in_the_module() -> None:
    assert links("from app.core import Engine")[0][-1] == "src/app/core/__init__.py"


def test_a_namespace_package_has_no_file_of_its_own() -> None:
    assert links("from app.space import deep") == [("src/app/__init__.py", "src/app/space/deep.py")]


def test_a_stub_file_is_never_resolved_to() -> None:
    assert all("typed" not in path for path in links("from app.core import typed")[0])


def test_a_relative_import_above_the_top_leads_nowhere() -> None:
    assert links("from ..... import engine") == []
    assert externals("from ..... import engine") == []


def test_a_relative_import_counts_from_the_package_of_an_init() -> None:
    found = links("from .engine import run\nfrom .. import cli", "src/app/core/__init__.py")
    assert [files[-1] for files in found] == ["src/app/core/engine.py", "src/app/cli.py"]


def test_a_folder_named_like_a_distribution_is_external_to_an_installed_project() -> None:
    assert externals("import alembic\nfrom alembic import command") == ["alembic", "alembic"]


def test_a_folder_without_init_yields_to_the_distribution_of_its_name() -> None:
    root = Root("", first=True)
    assert externals("from alembic import command", "src/app/cli.py", root, INSTALLED) == [
        "alembic"
    ]
    assert links("from alembic import env", "src/app/cli.py", root, INSTALLED)[0] == (
        "alembic/env.py",
    )


def test_the_folder_of_a_script_makes_its_neighbours_first_party() -> None:
    roots = (Root("src/app", first=True),)
    assert links("from core import engine", "src/app/cli.py", *roots)[0][-1].endswith("engine.py")
    assert externals("from core import engine") == ["core"]


def test_a_module_beside_the_script_hides_the_standard_library_but_an_installed_one_does_not() -> (
    None
):
    files = {"secrets.py": "", "main.py": "import secrets"}
    beside = world(files).link(Root("", first=True))
    installed = world(files).link(Root(""))
    assert [link.files for link in beside.linked["main.py"].links] == [("secrets.py",)]
    assert [each.module for each in installed.linked["main.py"].externals] == ["secrets"]


def test_a_broken_import_of_our_own_package_is_not_taken_for_a_distribution() -> None:
    assert externals("import app.generated_version") == []


def test_a_computed_name_with_a_prefix_reaches_every_module_below_it() -> None:
    source = "import importlib\ndef load(x):\n    return importlib.import_module(f'app.core.{x}')\n"
    assert links(source)[-1][-1] == "src/app/core/engine.py"


def test_the_origin_of_a_name_is_found_through_re_exports() -> None:
    modules = world(
        {
            "app/__init__.py": "from .api import serve, yaml",
            "app/api/__init__.py": "from .server import run as serve\nimport yaml",
            "app/api/server.py": "def run(): ...",
        }
    ).link()
    assert modules.origin("app/__init__.py", "serve") == ("app/api/server.py", "run", None)
    path, _, outside = modules.origin("app/__init__.py", "yaml")
    assert (path, outside and outside.module) == ("app/api/__init__.py", "yaml")


def test_importers_names_the_modules_that_ask_for_each_external_one() -> None:
    modules = world(APP | {"src/app/cli.py": "from google.cloud import storage"}).link(INSTALLED)
    importers = modules.importers()
    assert importers["google.cloud"] == importers["google.cloud.storage"] == {"app.cli"}
