"""Facts of wheels, held against what the real uv installs."""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extrasplit.edges.archive import LocalArchive, read_wheel
from extrasplit.wheels.contents import WheelFacts
from extrasplit.wheels.installation import PYTHON
from support.index import LocalIndex
from support.uv import run_uv
from support.wheelsmith import make_wheel


def facts_of(path: Path) -> WheelFacts:
    return read_wheel(path.name, LocalArchive(path))


def wheel(tmp_path: Path, name: str = "demo", **what: Any) -> WheelFacts:
    return facts_of(make_wheel(name, directory=tmp_path, **what))


WHEELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "scripts": {
        "scripts": {"demo": "demo.cli:main", "deep": "demo.cli:App.run", "extra": "demo:x [fast]"},
        "gui_scripts": {"window": "demo.gui:main"},
    },
    "data": {
        "files": {
            "demo/__init__.py": "x = 1\n",
            "demo-1.0.data/purelib/pure.py": "y = 1\n",
            "demo-1.0.data/platlib/plat/__init__.py": "y = 1\n",
            "demo-1.0.data/data/share/demo/readme.txt": "hello",
            "demo-1.0.data/headers/demo.h": "int x;\n",
            "demo-1.0.data/scripts/run.sh": "#!/bin/sh\necho\n",
            "demo-1.0.data/scripts/run": "#!python\nprint(1)\n",
            "demo-1.0.data/scripts/runw": "#!pythonw -E\nprint(1)\n",
        }
    },
    "quoted": {"files": {"demo/a,b.txt": "q", 'demo/say"hi".txt': "q", "demo/ü.txt": "ü"}},
    "licenses": {"dist_info": {"licenses/LICENSE": "MIT " * 400, "sboms/one.json": "{}"}},
    "stored": {"compression": zipfile.ZIP_STORED, "files": {"demo.py": "x = 1\n" * 500}},
}


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder so near the root that uv writes plain shebangs (at most 127 bytes)."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_installed_bytes_are_those_that_uv_writes(index: LocalIndex, short_path: Path) -> None:
    tmp_path = short_path
    forged = {name: index.wheel(name, **_named(name, what)) for name, what in WHEELS.items()}
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f"dependencies = {list(WHEELS)!r}\n"
    )
    run_uv("venv", "--python", sys.executable, cwd=tmp_path)
    before = set(files_of(tmp_path / ".venv"))
    run_uv("sync", "--index-url", index.url, cwd=tmp_path)
    environment = tmp_path / ".venv"
    longer = len(str(environment / "bin/python")) - len(PYTHON)
    site = next(environment.glob("lib/python*/site-packages"))
    added = {path: path.stat().st_size for path in files_of(environment) if path not in before}
    predicted, listed = 0, 0
    for name, path in forged.items():
        fact = facts_of(path)
        record = (site / f"{name}-1.0.dist-info/RECORD").read_text("utf-8")
        measured = sum(added[file] for file in _listed(site, record))
        assert fact.installed_bytes + fact.shebangs * longer == measured, name
        predicted += fact.installed_bytes + fact.shebangs * longer
        listed += measured
    assert predicted == listed == sum(added.values())


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def _listed(site: Path, record: str) -> list[Path]:
    import csv

    return [Path(os.path.normpath(site / row[0])) for row in csv.reader(record.splitlines())]


def _named(name: str, what: dict[str, Any]) -> dict[str, Any]:
    files = {path.replace("demo-1.0", f"{name}-1.0"): text for path, text in
             what.get("files", {}).items()}  # fmt: skip
    return what | {"files": files} if files else what


@pytest.mark.parametrize("quirk", ["crlf", "no-last-newline", "no-hashes", "md5", "absent"])
def test_records_of_other_builders_are_measured_too(
    index: LocalIndex, tmp_path: Path, quirk: str
) -> None:
    path = index.wheel("demo", files={"demo.py": "x = 1\n", "demo-1.0.data/purelib/more.py": ""})
    _rewrite_record(path, quirk)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["demo"]\n'
    )
    done = run_uv("sync", "--index-url", index.url, cwd=tmp_path, check=False)
    if done.returncode:
        assert quirk == "absent", done.stderr
        return
    site = next((tmp_path / ".venv").glob("lib/python*/site-packages"))
    listed = _listed(site, (site / "demo-1.0.dist-info/RECORD").read_text())
    assert facts_of(path).installed_bytes == sum(file.stat().st_size for file in listed)


def _rewrite_record(path: Path, quirk: str) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    record = members.pop("demo-1.0.dist-info/RECORD").decode()
    lines = record.splitlines()
    match quirk:
        case "crlf":
            record = "\r\n".join(lines) + "\r\n"
        case "no-last-newline":
            record = record.rstrip("\n")
        case "no-hashes":
            record = "".join(line.split(",")[0] + ",,\n" for line in lines)
        case "md5":
            record = "".join(f"{line.split(',')[0]},md5=xyz,1\n" for line in lines)
    if quirk != "absent":
        members["demo-1.0.dist-info/RECORD"] = record.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_metadata_tells_what_an_extra_requires(tmp_path: Path) -> None:
    facts = wheel(
        tmp_path,
        requires=["numpy>=1", 'tzdata; sys_platform == "win32"'],
        extras={
            "Excel_Files": ["openpyxl>=3", "XlsxWriter; python_version > '3.8'"],
            "all": ["demo[x]"],
        },
    )
    assert facts.optional_requirements == {"excel-files": ("openpyxl", "xlsxwriter"), "all": ()}


def test_entry_points_are_told_apart(tmp_path: Path) -> None:
    facts = wheel(
        tmp_path,
        scripts={"demo": "demo.cli:main"},
        entry_points={
            "sqlalchemy.dialects": {"duck": "demo.sql:Dialect"},
            "Fsspec.Specs": {"d": "demo"},
        },
    )
    assert facts.scripts == ("demo",)
    assert facts.script_targets == {"demo": "demo.cli:main"}
    assert facts.entry_points == {
        "sqlalchemy.dialects": ("duck = demo.sql:Dialect",),
        "Fsspec.Specs": ("d = demo",),
    }


def test_native_libraries_are_named(tmp_path: Path) -> None:
    files = {
        "demo/fast.cpython-312-x86_64-linux-gnu.so": b"\x7fELF",
        "demo.libs/libgomp-1.so.1.0.0": b"\x7fELF",
        "demo/some.so.txt": b"",
        "demo/x.pyd": b"MZ",
    }
    facts = wheel(tmp_path, files=files, tag="cp312-cp312-manylinux_2_17_x86_64", purelib=False)
    assert facts.native_libraries == tuple(sorted(set(files) - {"demo/some.so.txt"}))
    assert not facts.root_is_purelib


def test_what_could_be_trimmed_is_summed_by_category(tmp_path: Path) -> None:
    facts = wheel(
        tmp_path,
        files={
            "demo/__init__.py": "",
            "demo/tests/test_a.py": "a" * 10,
            "demo/core.pyx": "b" * 20,
            "demo/a.pyi": "c" * 5,
            "demo/static/app.js.map": "d" * 7,
        },
    )
    assert facts.trim_bytes == {"tests": 10, "sources": 20, "stubs": 5, "sourcemaps": 7}


def test_modules_in_data_folders_and_path_files_count(tmp_path: Path) -> None:
    facts = wheel(
        tmp_path,
        files={
            "demo-1.0.data/purelib/pure.py": "",
            "demo-1.0.data/scripts/tool.py": "#!/bin/sh\n",
            "vendored/lib/hidden/__init__.py": "",
            "demo.pth": "import os\nvendored/lib\n../outside\n",
        },
    )
    assert {"pure", "hidden"} <= facts.modules
    assert "tool" not in facts.modules


@pytest.mark.parametrize("folders", [0, 2])
def test_a_zip_that_is_no_wheel_is_one_clear_error(tmp_path: Path, folders: int) -> None:
    from extrasplit.wheels.directory import BrokenArchiveError

    path = tmp_path / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo.py", "")
        for number in range(folders):
            archive.writestr(f"demo-{number}.dist-info/METADATA", "")
    with pytest.raises(BrokenArchiveError, match="no wheel"):
        facts_of(path)
