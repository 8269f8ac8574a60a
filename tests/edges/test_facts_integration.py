"""Real wheels of the real registry, as uv is configured here."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest

from extrasplit.edges.facts import read_facts
from extrasplit.edges.memory import Memory
from extrasplit.edges.progress import Silence
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import read_lock
from extrasplit.wheels.installation import PYTHON
from extrasplit.wheels.selection import choose_wheel
from support.uv import run_uv

PYPROJECT = """\
[project]
name = "app"
version = "1"
requires-python = ">=3.11"
dependencies = ["pyyaml==6.0.2", "markupsafe==3.0.2", "six==1.17.0", "alembic==1.14.0"]
"""


@pytest.mark.integration
@pytest.mark.skipif(sys.platform != "linux", reason="installs for this machine")
def test_real_wheels_weigh_what_uv_installs(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    if run_uv("lock", cwd=tmp_path, check=False).returncode:
        pytest.skip("no registry at hand")
    run_uv("sync", "--frozen", "--python", sys.executable, cwd=tmp_path)
    python = ".".join(map(str, sys.version_info[:3]))
    platform = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}[os.uname().machine]
    target = Target(python, platform)
    lock = read_lock((tmp_path / "uv.lock").read_bytes(), "uv.lock")
    records = {
        record.parent.name.partition("-")[0].lower().replace("_", "-"): record
        for record in tmp_path.glob(".venv/lib/python*/site-packages/*.dist-info/RECORD")
    }
    packages = [package for package in lock.packages.values() if package.key.name in records]
    with Memory(tmp_path / "cache") as store:
        facts = read_facts(
            [(package, choose_wheel(package, target)) for package in packages],
            store=store, progress=Silence(), offline=False, lock_root=tmp_path, python=python,
        )  # fmt: skip
    longer = len(str(tmp_path / ".venv/bin/python")) - len(PYTHON)
    assert len(facts) >= 5
    for key, fact in facts.items():
        site = records[key.name].parent.parent
        rows = csv.reader(records[key.name].read_text("utf-8").splitlines())
        measured = sum(Path(os.path.normpath(site / row[0])).stat().st_size for row in rows)
        assert fact.installed_bytes + fact.shebangs * longer == measured, key.name
