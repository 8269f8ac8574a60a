from __future__ import annotations

from collections.abc import Mapping

from extrasplit.imports.late import unanswered
from extrasplit.imports.scanned import Import
from support.starting import graph_of


def late_in(files: Mapping[str, str], heavy: str = "torch") -> list[tuple[str, int, bool]]:
    """Return path and line of what loads `heavy` late, and whether it can be answered."""
    graph = graph_of({"app/__init__.py": "", **files}, "app.cli", "main")

    def loads(imported: Import) -> bool:
        return imported.module.partition(".")[0] == heavy

    found = unanswered(graph, (), loads)
    return [(one.path, one.imported.line, one.is_statement) for one in found]


def test_an_import_in_a_function_has_no_answer() -> None:
    files = {"app/cli.py": "def main():\n    if x:\n        import torch\n"}
    assert late_in(files) == [("app/cli.py", 3, True)]


def test_a_guard_or_an_answer_leaves_nothing_to_say() -> None:
    for handler in ("torch = None", "raise SystemExit('no torch') from None"):
        text = (
            "def f():\n    try:\n        import torch\n"
            f"    except ImportError:\n        {handler}\ndef main(): ...\n"
        )
        assert late_in({"app/cli.py": text}) == []


def test_a_file_that_loads_it_when_it_is_imported_counts_by_the_line_that_imports_the_file() -> (
    None
):
    files = {
        "app/cli.py": "def f():\n    from app.models import run\ndef main(): ...\n",
        "app/models.py": "from app.nets import net\ndef run(): ...\n",
        "app/nets.py": "import torch\n",
    }
    assert late_in(files) == [("app/cli.py", 2, True)]


def test_a_name_that_is_computed_or_served_can_have_no_answer() -> None:
    computed = "import importlib\ndef f():\n    importlib.import_module('torch')\ndef main(): ...\n"
    assert late_in({"app/cli.py": computed}) == [("app/cli.py", 3, False)]
    served = "def __getattr__(name):\n    import torch\n    return torch\ndef main(): ...\n"
    assert late_in({"app/cli.py": served}) == [("app/cli.py", 2, False)]


def test_what_the_start_never_reaches_is_not_looked_at() -> None:
    files = {"app/cli.py": "def main(): ...\n", "app/other.py": "def f():\n    import torch\n"}
    assert late_in(files) == []
