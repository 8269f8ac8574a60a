"""The shared worlds hold what they promise: real uv locks, installs and builds from them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from support.index import LocalIndex
from support.uv import run_uv

PYPROJECT = """\
[project]
name = "app"
version = "1"
requires-python = ">=3.11"
dependencies = ["Plotly[express]"]
"""


def serve_plotly(index: LocalIndex) -> None:
    index.wheel("plotly", "5.0", requires=["tenacity>=1"], extras={"express": ["num_py"]})
    index.wheel("tenacity", "2.0", scripts={"retry": "tenacity:main"})
    index.sdist("num-py", "1.5", files={"num_py/__init__.py": "answer = 42\n"})


def test_uv_locks_and_syncs_what_the_index_serves(index: LocalIndex, tmp_path: Path) -> None:
    serve_plotly(index)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    run_uv("lock", "--index-url", index.url, cwd=tmp_path)
    lock = tomllib.loads((tmp_path / "uv.lock").read_text())
    locked = {package["name"]: package for package in lock["package"]}
    assert set(locked) == {"app", "plotly", "tenacity", "num-py"}
    assert locked["plotly"]["wheels"][0]["size"] > 0
    run_uv("sync", "--frozen", "--index-url", index.url, cwd=tmp_path)
    packages = next((tmp_path / ".venv" / "lib").glob("python*/site-packages"))
    assert (packages / "num_py" / "__init__.py").read_text() == "answer = 42\n"
    assert (tmp_path / ".venv" / "bin" / "retry").exists()


@pytest.mark.parametrize("named", ["[[tool.uv.index]]", "credentials"])
def test_uv_locks_from_an_index_that_the_project_names(
    index: LocalIndex, tmp_path: Path, named: str
) -> None:
    serve_plotly(index)
    env = {}
    if named == "credentials":
        index.auth = ("ada", "s3cret")
        env = {"UV_INDEX_LOCAL_USERNAME": "ada", "UV_INDEX_LOCAL_PASSWORD": "s3cret"}
    table = f'[[tool.uv.index]]\nname = "local"\nurl = "{index.url}"\ndefault = true\n'
    (tmp_path / "pyproject.toml").write_text(PYPROJECT + table)
    run_uv("lock", cwd=tmp_path, env=env)
    assert index.url in (tmp_path / "uv.lock").read_text()
    assert "s3cret" not in (tmp_path / "uv.lock").read_text()
