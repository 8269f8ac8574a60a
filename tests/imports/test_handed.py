from __future__ import annotations

import pytest

from support.tracing import levels, world

TOOLS = """
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
def load(name):
    return import_module(name)
def one(module, *, loud=False):
    return load(module)
def try_to_load(name):
    try:
        return load(name)
    except ImportError:
        return None
def has(name):
    return find_spec(name) is not None
def all_of(names):
    for name in names:
        import_module(name)
def below(package):
    for found in iter_modules(package.__path__):
        import_module(found.name)
def walk(path):
    package = import_module(path)
    for found in iter_modules(package.__path__):
        import_module(f"{path}.{found.name}")
class Loader:
    def __init__(self, name):
        self.module = import_module(name)
"""


def of(source: str, **files: str) -> dict[str, str]:
    others = {f"{name}.py": text for name, text in files.items()}
    return levels(world({"app.py": source, "tools.py": TOOLS} | others).trace("app"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import tools\ntools.load('yaml')", {"yaml": "startup"}),
        ("from tools import one\none('yaml', loud=True)", {"yaml": "startup"}),
        ("from tools import one as uno\nx = uno(module='yaml')", {"yaml": "startup"}),
        ("from tools import try_to_load\ntry_to_load('yaml')", {"yaml": "guarded"}),
        ("from tools import has\nhas('yaml')", {"yaml": "guarded"}),
        (
            "from tools import all_of\nall_of(['yaml', 'rich'])",
            dict.fromkeys(("yaml", "rich"), "startup"),
        ),
        ("from tools import Loader\nLoader('yaml')", {"yaml": "startup"}),
        ("from tools import load\ndef later():\n    load('yaml')", {"yaml": "deferred"}),
        ("from tools import load\nload(computed())", {}),
        ("from elsewhere import load\nload('yaml')", {"elsewhere": "startup"}),
    ],
)
def test_a_function_imports_the_module_that_it_is_handed(
    source: str, found: dict[str, str]
) -> None:
    assert of(source) == found


def test_a_condition_around_the_call_is_one_of_the_import() -> None:
    source = """
        import sys
        from tools import load
        if sys.platform == "win32":
            load("colorama")
        try:
            load("yaml")
        except ImportError:
            pass
        """
    assert of(source) == {"yaml": "guarded"}


@pytest.mark.parametrize(
    "source",
    [
        "import pkg, tools\ntools.below(pkg)",
        "from tools import walk\nwalk('pkg')",
        "from tools import walk\nNAME = 'pkg'\nwalk(NAME)",
    ],
)
def test_a_package_that_is_handed_to_a_walk_brings_all_its_modules(source: str) -> None:
    files = {
        "app.py": source,
        "tools.py": TOOLS,
        "pkg/__init__.py": "",
        "pkg/first.py": "import yaml",
        "pkg/second.py": "import rich",
        "other.py": "import attrs",
    }
    assert levels(world(files).trace("app")) == {"yaml": "startup", "rich": "startup"}


def test_what_every_caller_names_is_decided_and_what_one_computes_is_told() -> None:
    files = {"app.py": "from tools import load\nload('yaml')", "tools.py": TOOLS}
    texts = {each.text for each, _ in world(files).trace("app").undecided}
    assert "import_module(name)" not in texts
    alone = {
        "app.py": "from tools import load\nload('yaml')\nload(computed())",
        "tools.py": "from importlib import import_module\ndef load(name):\n    import_module(name)",
    }
    assert {each.text for each, _ in world(alone).trace("app").undecided} == {"import_module(name)"}


BEHIND = """
from tools import has
def check():
    return has("yaml")
def draw():
    import yaml
    import rich
{body}
"""


@pytest.mark.parametrize(
    ("body", "level"),
    [
        ("def command():\n    if check():\n        draw()", "guarded"),
        ("def command():\n    if not check():\n        return\n    draw()", "guarded"),
        (
            "def command():\n    there = check()\n    if not there:\n        return\n    draw()",
            "guarded",
        ),
        ("def command():\n    if has('yaml'):\n        draw()", "guarded"),
        ("def inner():\n    draw()\ndef command():\n    if check():\n        inner()", "guarded"),
        ("def command():\n    if check():\n        draw()\ndef other():\n    draw()", "deferred"),
        ("def command():\n    if check():\n        draw()\nregister(draw)", "deferred"),
        ("def command():\n    if other():\n        draw()", "deferred"),
        ("", "deferred"),
    ],
)
def test_a_function_that_is_called_only_behind_the_test_is_guarded_for_its_module(
    body: str, level: str
) -> None:
    found = of(BEHIND.format(body=body))
    # the test itself asks for yaml, guarded; rich nobody asked for
    assert found == {"yaml": level, "rich": "deferred"}


def test_a_decorated_function_may_be_called_by_anybody() -> None:
    source = BEHIND.replace("def draw", "@command\ndef draw")
    body = "def command():\n    if check():\n        draw()"
    assert of(source.format(body=body))["yaml"] == "deferred"
