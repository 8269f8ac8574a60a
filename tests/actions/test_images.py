"""A small app's images: built by the real engine, started, and held against their prediction."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from extrasplit.actions.images import generated_dockerfile, prove_images
from extrasplit.edges.process import run
from extrasplit.errors import ExternalError
from extrasplit.verify.results import Proven, Result
from support.index import LocalIndex
from support.runnable import analyse, make_runnable

PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["clickish", "heavy"]

[project.scripts]
shop = "shop.cli:main"
report = "shop.report:main"

[tool.extrasplit]
default-entrypoint = "shop"
"""

SOURCES = {
    "src/shop/__init__.py": "",
    "src/shop/cli.py": "import clickish\n\n\ndef main():\n    print(clickish.x)\n",
    "src/shop/report.py": "import heavy\n\n\ndef main():\n    print(heavy)\n",
}

engine = [
    pytest.mark.engine,
    pytest.mark.skipif(
        "DOCKER_HOST" not in os.environ or shutil.which("docker") is None,
        reason='NO ENGINE, so no image was built: eval "$(.ci/engine start)"',
    ),
]


@dataclass(frozen=True)
class World:
    root: Path
    cache: Path
    proven: list[Proven]

    def __getitem__(self, entrypoint: str) -> Result:
        found = [r for one in self.proven for r in one.results if r.entrypoint == entrypoint]
        return found[0]


@pytest.fixture
def app(tmp_path: Path, index: LocalIndex) -> Path:
    fill(index)
    return make_runnable(tmp_path / "shop", index, PYPROJECT, SOURCES)


def fill(index: LocalIndex) -> None:
    index.wheel("clickish", files={"clickish/__init__.py": "x = 1\n"})
    index.wheel("heavy", files={"heavy/__init__.py": "", "heavy/x.bin": bytes(40_000_000)})


def test_without_an_engine_it_says_what_to_install(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExternalError, match="install Docker Engine"):
        prove_images(analyse(app, tmp_path), (), 10)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("images")
    with LocalIndex(folder / "index") as index, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", str(folder / "uv"))
        fill(index)
        root = make_runnable(folder / "shop", index, PYPROJECT, SOURCES)
        yield World(root, folder, prove_images(analyse(root, folder), (), 60))


class TestEngine:
    pytestmark = engine

    def test_without_a_dockerfile_the_plans_images_are_built_from_a_copy(
        self, world: World
    ) -> None:
        assert {one.size.variant for one in world.proven} == {"shop", "report"}
        assert generated_dockerfile(analyse(world.root, world.cache)) is None
        assert "[tool.extrasplit.variants" not in (world.root / "pyproject.toml").read_text()

    def test_each_entrypoint_starts_in_its_image(self, world: World) -> None:
        assert world["shop"].verdict == "passed"
        assert world["shop"].level == "image"
        assert world["shop"].imported == ("clickish",)
        assert world["report"].imported == ("heavy",)

    def test_sizes_are_within_two_percent_layer_by_layer(self, world: World) -> None:
        for one in world.proven:
            assert one.size.image_bytes is not None
            predicted, measured = one.size.image_bytes
            assert abs(predicted - measured) <= 0.02 * measured
            assert sum(layer.bytes for layer in one.size.layers) == measured
        (report,) = [one.size for one in world.proven if one.size.variant == "report"]
        (heavy,) = [layer for layer in report.layers if (layer.predicted_bytes or 0) >= 40_000_000]
        assert abs((heavy.predicted_bytes or 0) - heavy.bytes) < 0.02 * heavy.bytes
        assert report.layers[0].created_by == "the base image"
        assert report.layers[0].predicted_bytes is None

    def test_no_image_is_left(self, world: World) -> None:
        words = ("docker", "images", "--format", "{{.Repository}}")
        assert world.proven
        assert "extrasplit-shop-report" not in run(words, cwd=world.root).stdout.split()
