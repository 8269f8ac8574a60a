"""A small app with one fat extra, resolved by the real uv from the loopback index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from support.index import LocalIndex

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = [
    "clickish>=1",
]

[project.optional-dependencies]
# all that the pages use
dashboard = [
    "streamlit>=1",
    "richish>=1",   # colours
    "walker>=0.1",  # explorer
]

[project.scripts]
shop = "shop.cli:main"
"""

SOURCES = {
    "src/shop/__init__.py": "",
    "src/shop/cli.py": (
        "import clickish\nfrom shop.listing import show\n\n\ndef main():\n    show()\n"
    ),
    "src/shop/listing.py": "import richish\n\n\ndef show():\n    return richish\n",
    "src/shop/app.py": (
        "import streamlit\n\n\ndef explore():\n    import walker\n\n    return walker\n"
    ),
    "Procfile": "web: streamlit run src/shop/app.py\n",
}


def fill(index: LocalIndex) -> None:
    """Serve what the app depends on; the sizes tell the distributions apart."""
    index.wheel("clickish", "1.2", files={"clickish/__init__.py": "x = 1\n"})
    index.wheel("richish", "2.0", files={"richish/__init__.py": "x = 1\n" * 50_000})
    index.wheel(
        "streamlit",
        "1.5",
        files={"streamlit/__init__.py": "", "streamlit/data.bin": bytes(30_000_000)},
        scripts={"streamlit": "streamlit:main"},
    )
    index.wheel("walker", "0.4", files={"walker/__init__.py": "", "walker/w.js": bytes(60_000_000)})


def make_app(folder: Path, index: LocalIndex, files: Mapping[str, str] | None = None) -> Path:
    """Write the app, resolved against the index by `[[tool.uv.index]]`; return its folder."""
    fill(index)
    uv = f'\n[[tool.uv.index]]\nurl = "{index.url}"\ndefault = true\n'
    texts = {"pyproject.toml": PYPROJECT + uv} | SOURCES | dict(files or {})
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder
