from __future__ import annotations

import ast

import pytest

from extrasplit.imports.alternatives import alternatives_of
from support.tracing import LINUX, levels, world


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("import brotlicffi as brotli", {"brotli": ("brotlicffi",)}),
        ("from yaml import Loader", {"Loader": ("yaml",)}),
        ("from . import own\n    from ..far import away", {"own": (".",), "away": ("..far",)}),
        ("brotli = None", {}),
        ("print('without')", {}),
        (
            "try:\n        import b as x\n    except ImportError:\n        import c as x",
            {"x": ("b", "c")},
        ),
        ("try:\n        import b as x\n    except ImportError:\n        x = None", {}),
        ("try:\n        import b as x\n    except ImportError:\n        raise", {"x": ("b",)}),
        ("try:\n        import b as x\n    finally:\n        pass", {"x": ("b",)}),
    ],
)
def test_a_handler_requires_what_it_imports_and_does_not_catch(
    handler: str, found: dict[str, tuple[str, ...]]
) -> None:
    (node,) = ast.parse(f"try:\n    import a\nexcept ImportError:\n    {handler}\n").body
    assert isinstance(node, ast.Try)
    assert alternatives_of(node.handlers) == found


def test_one_of_two_modules_of_the_same_name_must_be_there() -> None:
    source = """
        try:
            import brotli
        except ImportError:
            import brotlicffi as brotli
        """
    traced = world({"app.py": source}).trace("app")
    assert levels(traced) == {"brotli": "startup", "brotlicffi": "guarded"}
    assert {use.module: use.or_else for use in traced.uses}["brotli"] == ("brotlicffi",)


def test_what_the_standard_library_or_the_project_answers_for_is_optional() -> None:
    source = """
        try:
            import simplejson as json
        except ImportError:
            import json
        try:
            import ujson as quick
        except ImportError:
            from . import quick
        try:
            import orjson as fast
        except ImportError:
            import pkg.quick as fast
        """
    files = {"pkg/__init__.py": "", "pkg/app.py": source, "pkg/quick.py": ""}
    assert levels(world(files).trace("pkg.app")) == {
        "simplejson": "guarded",
        "ujson": "guarded",
        "orjson": "guarded",
    }


def test_what_another_name_is_bound_to_is_no_alternative() -> None:
    source = """
        try:
            import torch
        except ImportError:
            import numpy
        """
    assert levels(world({"app.py": source}).trace("app")) == {
        "torch": "guarded",
        "numpy": "guarded",
    }


def test_an_older_python_needs_the_backport() -> None:
    source = """
        try:
            import tomllib
        except ImportError:
            import tomli as tomllib
        """
    files = {"app.py": source}
    assert levels(world(files).trace("app")) == {"tomli": "guarded"}
    older = LINUX | {"python_version": "3.10"}
    found = levels(world(files).trace("app", environment=older))
    assert found == {"tomllib": "startup", "tomli": "guarded"}


def test_an_outer_guard_still_answers() -> None:
    source = """
        try:
            try:
                import brotli
            except ImportError:
                import brotlicffi as brotli
        except ImportError:
            brotli = None
        """
    found = levels(world({"app.py": source}).trace("app"))
    assert found == {"brotli": "guarded", "brotlicffi": "guarded"}
