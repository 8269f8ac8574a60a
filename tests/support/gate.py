"""Small recorded projects for the gate: one thing wrong in each, resolved by the real uv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from support.index import LocalIndex
from support.uv import run_uv

CLI = "import clickish\n\n\ndef main():\n    return clickish\n"

RECORDED = """\
[tool.extrasplit.variants.shop]
entrypoints = ["shop"]
extras = []
"""


@dataclass(frozen=True)
class World:
    """One project: what it declares, what its source says, what is configured."""

    base: tuple[str, ...] = ("clickish",)
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cli: str = CLI
    files: Mapping[str, str] = field(default_factory=dict)
    settings: str = ""
    """Keys of `[tool.extrasplit]`."""
    tables: str = RECORDED
    """Tables below it."""
    stale: str = ""
    """A requirement that joins base after the lock was made."""
    command: str = "check"

    def ignoring(self, what: str) -> Self:
        """Return the world with one entry of `[tool.extrasplit] ignore`."""
        return replace(self, settings=f'{self.settings}ignore = ["{what}"]\n')

    def commenting(self, line: str, kind: str) -> Self:
        """Return the world with an ignore comment on one line of the console script's module."""
        assert line in self.cli
        return replace(
            self, cli=self.cli.replace(line, f"{line}  # extrasplit: ignore[{kind}] on purpose", 1)
        )

    def write(self, folder: Path, index: LocalIndex, locks: dict[str, bytes]) -> Path:
        """Write the project with its lock; equal requirements are locked once."""
        texts = {
            "src/shop/__init__.py": "",
            "src/shop/cli.py": self.cli,
            **self.files,
        }
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        pyproject = folder / "pyproject.toml"
        head = self._project(index, self.base)
        if head not in locks:
            pyproject.write_text(head, encoding="utf-8")
            run_uv("lock", cwd=folder)
            locks[head] = (folder / "uv.lock").read_bytes()
        (folder / "uv.lock").write_bytes(locks[head])
        base = (*self.base, self.stale) if self.stale else self.base
        configured = f"[tool.extrasplit]\n{self.settings}{self.tables}"
        pyproject.write_text(self._project(index, base) + configured, encoding="utf-8")
        return folder

    def _project(self, index: LocalIndex, base: Sequence[str]) -> str:
        extras = "".join(f"{name} = {list(wanted)!r}\n" for name, wanted in self.extras.items())
        return (
            '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
            '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
            f"dependencies = {list(base)!r}\n\n"
            '[project.scripts]\nshop = "shop.cli:main"\n\n'
            f"[project.optional-dependencies]\n{extras}\n"
            f'[[tool.uv.index]]\nurl = "{index.url}"\ndefault = true\n\n'
        )


def fill(index: LocalIndex) -> None:
    """Serve what the worlds depend on."""
    for name in ("clickish", "richish", "idle", "light", "sheets"):
        index.wheel(name)
    index.wheel("heavy", requires=["light"])
    index.wheel("bulky", files={"bulky/__init__.py": "", "bulky/b.bin": bytes(12_000_000)})
    index.wheel("reader", extras={"excel": ["sheets"]})
    index.sdist("compiled")
