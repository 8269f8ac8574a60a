"""Small apps that really run: built by a backend of their own, with wheels of the local index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from extrasplit.edges.memory import Memory
from extrasplit.pipeline import Analysis
from support.index import LocalIndex
from support.uv import run_uv

BACKEND = """\
import tomllib
import zipfile
from pathlib import Path


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    scripts = "".join(f"{k} = {v}\\n" for k, v in project.get("scripts", {}).items())
    stem = f"{project['name']}-{project['version']}"
    info = f"{stem}.dist-info"
    head = f"Metadata-Version: 2.1\\nName: {project['name']}\\nVersion: {project['version']}\\n"
    files = {str(p.relative_to("src")): p.read_text() for p in sorted(Path("src").rglob("*.py"))}
    files |= {
        f"{info}/METADATA": head,
        f"{info}/WHEEL":
            "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{info}/entry_points.txt": "[console_scripts]\\n" + scripts,
    }
    record = "".join(f"{name},,\\n" for name in (*files, f"{info}/RECORD"))
    Path("build").mkdir(exist_ok=True)  # as setuptools litters the tree
    with zipfile.ZipFile(Path(wheel_directory, f"{stem}-py3-none-any.whl"), "w") as archive:
        for name, text in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(name, text)
    return f"{stem}-py3-none-any.whl"
"""

BUILD = """
[build-system]
requires = []
build-backend = "own_backend"
backend-path = ["."]

[[tool.uv.index]]
url = "@INDEX@"
default = true
"""


def make_runnable(
    folder: Path, index: LocalIndex, pyproject: str, files: Mapping[str, str]
) -> Path:
    """Write an app and lock it; return its folder. uv's cache lies beside it."""
    texts = {
        "pyproject.toml": pyproject + BUILD.replace("@INDEX@", index.url),
        "own_backend.py": BACKEND,
        **files,
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    run_uv("lock", cwd=folder)
    return folder


def analyse(folder: Path, cache: Path) -> Analysis:
    """Return an analysis that remembers in `cache`."""
    return Analysis(folder, memory=Memory(cache / "facts"))
