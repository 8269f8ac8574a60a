import pytest

from extrasplit.project.backends import read_source_roots
from extrasplit.project.pyproject import read_tables

Found = tuple[tuple[str, ...], tuple[str, ...]]


def roots(backend: str, table: str) -> Found:
    text = f'[build-system]\nbuild-backend = "{backend}"\n[project]\nname = "my-shop"\n{table}'
    return read_source_roots(read_tables(text.encode(), "pyproject.toml"))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('[tool.hatch.build.targets.wheel]\npackages = ["src/shop"]', (("src",), ("shop",))),
        ('[tool.hatch.build.targets.wheel]\npackages = ["shop"]', ((".",), ("shop",))),
        ('[tool.hatch.build.targets.wheel]\nonly-include = ["lib/shop"]', (("lib",), ("shop",))),
        ('[tool.hatch.build.targets.wheel]\nsources = ["src"]', (("src",), ())),
        ('[tool.hatch.build.targets.wheel.sources]\n"python" = ""', (("python",), ())),
        ('[tool.hatch.build]\npackages = ["a/x", "b/y"]', (("a", "b"), ("x", "y"))),
        ("", ((), ())),
    ],
)
def test_hatchling(table: str, expected: Found) -> None:
    assert roots("hatchling.build", table) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('[tool.setuptools.packages.find]\nwhere = ["src"]', (("src",), ())),
        ('[tool.setuptools]\npackage-dir = {"" = "lib"}', (("lib",), ())),
        ('[tool.setuptools]\npackages = ["shop", "shop.web"]', ((), ("shop",))),
        ('[tool.setuptools]\npy-modules = ["shop"]', ((), ("shop",))),
        (
            '[tool.setuptools]\npackages = ["shop"]\npackage-dir = {shop = "source/shop"}',
            (("source",), ("shop",)),
        ),
        ("", ((), ())),
    ],
)
def test_setuptools(table: str, expected: Found) -> None:
    assert roots("setuptools.build_meta", table) == expected


@pytest.mark.parametrize(
    ("backend", "table", "expected"),
    [
        ("uv_build", "", (("src",), ("my_shop",))),
        ("uv_build", '[tool.uv.build-backend]\nmodule-root = ""', ((".",), ("my_shop",))),
        ("uv_build", '[tool.uv.build-backend]\nmodule-name = "a.b"', (("src",), ("a",))),
        ("flit_core.buildapi", "", ((), ("my_shop",))),
        ("flit_core.buildapi", '[tool.flit.module]\nname = "shop"', ((), ("shop",))),
        ("pdm.backend", '[tool.pdm.build]\npackage-dir = "src"', (("src",), ())),
        ("pdm.backend", '[tool.pdm.build]\nincludes = ["lib/shop"]', (("lib",), ("shop",))),
        (
            "poetry.core.masonry.api",
            '[tool.poetry]\npackages = [{include = "shop", from = "src"}]',
            (("src",), ("shop",)),
        ),
        ("maturin", '[tool.maturin]\npython-source = "python"', (("python",), ())),
        ("maturin", '[tool.maturin]\nmodule-name = "shop._core"', ((), ("shop",))),
        (
            "scikit_build_core.build",
            '[tool.scikit-build.wheel]\npackages = ["python/shop"]',
            (("python",), ("shop",)),
        ),
        (
            "scikit_build_core.build",
            '[tool.scikit-build.wheel.packages]\nshop = "src/shop"',
            (("src",), ("shop",)),
        ),
        ("unheard.of", "[tool.unheard]\nx = 1", ((), ())),
    ],
)
def test_other_backends(backend: str, table: str, expected: Found) -> None:
    assert roots(backend, table) == expected


def test_wrong_types_in_a_backends_table_say_nothing() -> None:
    assert roots("hatchling.build", "[tool]\nhatch = 3") == ((), ())
    assert roots("setuptools.build_meta", '[tool.setuptools]\npackages = "x"') == ((), ())
