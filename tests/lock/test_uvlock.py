"""The reader knows every source that uv locks, and says in one sentence what it can't read."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from closures import read_export, spell
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from extrasplit.errors import ExtrasplitError
from extrasplit.lock.agreement import compare
from extrasplit.lock.closure import close
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Lock, LockedPackage, read_lock, strip_credentials
from extrasplit.project.pyproject import read_project
from support.index import LocalIndex
from support.uv import run_uv
from support.wheelsmith import make_sdist, make_wheel

PACKAGE = """\
[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["leaf"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""

APP = """\
[project]
name = "app"
version = "1.0"
requires-python = ">=3.10"
dependencies = [
    "flat-wheel", "flat-source", "path-wheel", "path-source", "folder", "editable", "virtual",
    "from-git", "url-wheel", "url-source", "leaf",
]
[tool.uv.sources]
flat-wheel = {{ index = "flat" }}
flat-source = {{ index = "flat" }}
path-wheel = {{ path = "../files/path_wheel-1.0-py3-none-any.whl" }}
path-source = {{ path = "../files/path_source-1.0.tar.gz" }}
folder = {{ path = "../folder" }}
editable = {{ path = "../editable", editable = true }}
virtual = {{ path = "../virtual" }}
from-git = {{ git = "{git}" }}
url-wheel = {{ url = "{files}/url_wheel-1.0-py3-none-any.whl" }}
url-source = {{ url = "{files}/url_source-1.0.tar.gz" }}
[[tool.uv.index]]
name = "flat"
url = "../flat"
format = "flat"
explicit = true
"""


@dataclass(frozen=True)
class World:
    """A project with a dependency of every kind of source, locked by uv."""

    folder: Path
    lock: Lock

    def package(self, name: str) -> LockedPackage:
        (key,) = self.lock.by_name[canonicalize_name(name)]
        return self.lock.packages[key]

    def uv(self, *arguments: str) -> str:
        return run_uv(*arguments, cwd=self.folder, cache=self.folder / "cache").stdout


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("sources")
    make_wheel("flat-wheel", directory=root / "flat")
    make_sdist("flat-source", directory=root / "flat")
    make_wheel("path-wheel", directory=root / "files")
    make_sdist("path-source", directory=root / "files")
    for name in ("folder", "editable", "from-git", "virtual"):
        text = PACKAGE.format(name=name)
        (root / name).mkdir()
        virtual = text.partition("[build-system]")[0] + "[tool.uv]\npackage = false\n"
        (root / name / "pyproject.toml").write_text(virtual if name == "virtual" else text)
    commit(root / "from-git")
    with LocalIndex(root / "index") as index:
        index.wheel("leaf", "1.0+local.1")
        index.wheel("url-wheel", requires=["leaf"])
        index.sdist("url-source")
        folder = root / "app"
        folder.mkdir()
        files, git = f"{index.origin}/files", (root / "from-git").as_uri()
        (folder / "pyproject.toml").write_text(APP.format(files=files, git=git))
        run_uv("lock", "--index-url", index.url, cwd=folder, cache=folder / "cache")
        yield World(folder, read_lock((folder / "uv.lock").read_bytes(), "uv.lock"))


def commit(folder: Path) -> None:
    author = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


@pytest.mark.parametrize(
    ("name", "kind", "filename", "location"),
    [
        ("flat-wheel", "registry", "flat_wheel-1.0-py3-none-any.whl", "../flat/flat_wheel-1.0-"),
        ("flat-source", "registry", "flat_source-1.0.tar.gz", "../flat/flat_source-1.0.tar.gz"),
        ("path-wheel", "path", "path_wheel-1.0-py3-none-any.whl", "../files/path_wheel-1.0-"),
        ("path-source", "path", "path_source-1.0.tar.gz", "../files/path_source-1.0.tar.gz"),
        ("url-wheel", "url", "url_wheel-1.0-py3-none-any.whl", "http://127.0.0.1:"),
        ("url-source", "url", "url_source-1.0.tar.gz", "http://127.0.0.1:"),
        ("leaf", "registry", "leaf-1.0+local.1-py3-none-any.whl", "http://127.0.0.1:"),
        ("folder", "directory", None, None),
        ("editable", "editable", None, None),
        ("virtual", "virtual", None, None),
        ("from-git", "git", None, None),
        ("app", "virtual", None, None),
    ],
)
def test_every_source_is_read_with_the_place_of_its_file(
    world: World, name: str, kind: str, filename: str | None, location: str | None
) -> None:
    package = world.package(name)
    files = [*package.wheels, *filter(None, [package.sdist])]
    assert package.source_kind == kind
    assert [file.filename for file in files] == ([filename] if filename else [])
    assert all(file.location.startswith(location or "") for file in files)


def test_files_on_disk_are_found_from_the_folder_of_the_lock(world: World) -> None:
    for name in ("flat-wheel", "flat-source", "path-wheel", "path-source"):
        package = world.package(name)
        (file,) = [*package.wheels, *filter(None, [package.sdist])]
        assert (world.folder / file.location).is_file()


def test_the_closure_over_all_sources_is_what_uv_exports(world: World) -> None:
    exported = world.uv(
        "export", "--frozen", "--no-hashes", "--no-header", "--no-annotate", "--no-emit-project"
    )
    closure = close(world.lock, canonicalize_name("app"), Target("3.12"))
    ours = {spell(key) for key in closure.packages}
    assert ours == set(read_export(exported, Target("3.12")))
    assert len(ours) == 10


def test_packages_and_edges_are_those_of_uv_workspace_metadata(world: World) -> None:
    answer = json.loads(
        world.uv(
            "workspace", "metadata", "--frozen", "--offline",
            "--preview-features", "workspace-metadata",
        )
    )  # fmt: skip
    theirs = {
        node["name"]: {edge["id"].partition("==")[0].partition("[")[0] for edge in edges(node)}
        for node in answer["resolution"].values()
        if node["kind"] == "package"
    }
    ours = {
        package.key.name: {str(edge.name) for edge in package.dependencies}
        for package in world.lock.packages.values()
    }
    assert ours == theirs


def edges(node: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = node["dependencies"]
    return found


def test_a_project_with_sources_agrees_with_its_lock(world: World) -> None:
    text = (world.folder / "pyproject.toml").read_bytes()
    assert compare(world.lock, read_project(text, world.folder)) == ()
    without = text.replace(b'"url-source", ', b"")
    (finding,) = compare(world.lock, read_project(without, world.folder))
    assert "`url-source` is gone from [project.dependencies]" in finding.message


def test_a_lock_survives_the_memory(world: World) -> None:
    stored = msgspec.msgpack.encode(world.lock)
    recalled = msgspec.msgpack.decode(stored, type=Lock)
    assert recalled.packages == world.lock.packages
    assert recalled.by_name == world.lock.by_name


MINIMAL = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
source = { editable = "." }
dependencies = [{ name = "Plot.Ly", extra = ["Fast_Path"], marker = "sys_platform == 'linux'" }]

[[package]]
name = "plot-ly"
version = "5.0"
source = { registry = "https://ada:s3cret@index.example/simple" }
"""


def test_what_may_be_absent_is_absent_without_complaint() -> None:
    lock = read_lock(MINIMAL.encode(), "uv.lock")
    app = lock.member(canonicalize_name("app"))
    assert app is not None
    assert (lock.revision, app.key.version, app.requires_dist) == (0, "", None)
    (edge,) = app.dependencies
    assert (edge.name, edge.version, edge.extras) == ("plot-ly", "5.0", ("fast-path",))
    assert edge.key in lock.packages


def test_credentials_are_in_no_key() -> None:
    lock = read_lock(MINIMAL.encode(), "uv.lock")
    sources = [key.source for key in lock.packages]
    assert sources == ["editable+.", "registry+https://index.example/simple"]


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://token@index.example/simple", "https://index.example/simple"),
        ("https://ada:pass@index.example:8443/x?y#z", "https://index.example:8443/x?y#z"),
        ("ssh://git@index.example/repo#abc", "ssh://git@index.example/repo#abc"),
        ("../folder@home", "../folder@home"),
        ("https://index.example/@scope/x", "https://index.example/@scope/x"),
    ],
)
def test_only_credentials_leave_a_url(url: str, clean: str) -> None:
    assert strip_credentials(url) == clean


def test_unknown_fields_are_passed_over() -> None:
    text = MINIMAL.replace('version = "5.0"', 'version = "5.0"\nvariants = [{ x = 1 }]\n')
    lock = read_lock(f'new-table = {{ a = 1 }}\n{text}[later]\nx = "y"\n'.encode(), "uv.lock")
    assert len(lock.packages) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version = 1\n", "version = 2\n", "is of lock version 2; extrasplit reads version 1"),
        ("version = 1\n", "", "is of lock version None"),
        ("version = 1\n", "version = ", "cannot be read"),
        ('name = "app"\n', "name = 3\n", "`name` is not a string"),
        ('name = "app"\n', "", "no `name`"),
        ('{ editable = "." }', '"."', "`source` is not a table"),
        ('editable = "."', 'teleport = "."', "package `app`: its `source` is of no kind"),
        ('"Plot.Ly"', '"absent"', "package `app`, `dependencies` names `absent`, which is not"),
        ('["Fast_Path"]', '"fast"', "`extra` is not an array of strings"),
        ("dependencies = [", "dependencies = [3, ", "`dependencies` is not an array of tables"),
        ('requires-python = ">=3.11"', "requires-python = 3", "`requires-python` is not a string"),
        ('">=3.11"', '"three"', "`requires-python` is not a version specifier"),
        ('"5.0"', '"' + "9" * 5000 + '"', "`version` is not a version"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_the_way_out(
    old: str, new: str, said: str
) -> None:
    with pytest.raises(ExtrasplitError) as caught:
        read_lock(MINIMAL.replace(old, new, 1).encode(), "some/uv.lock")
    assert said in caught.value.sentence
    assert caught.value.sentence.startswith("some/uv.lock")
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"x = " + b"[" * 100_000, b"x = " + b"9" * 5000],
    ids=["no UTF-8", "endless nesting", "an endless number"],
)
def test_bytes_beyond_any_sense_are_one_sentence(data: bytes) -> None:
    with pytest.raises(ExtrasplitError, match="cannot be read"):
        read_lock(data, "uv.lock")


@pytest.mark.parametrize(
    "marker",
    ["(" * 5000 + "os_name == 'nt'" + ")" * 5000, "python_version >", "extra == ", "os == 'x'"],
)
def test_a_marker_that_cannot_be_evaluated_is_one_sentence(marker: str) -> None:
    lock = read_lock(MINIMAL.replace("sys_platform == 'linux'", marker).encode(), "uv.lock")
    with pytest.raises(ExtrasplitError, match="cannot be evaluated") as caught:
        close(lock, canonicalize_name("app"), Target("3.12"))
    assert "\n" not in str(caught.value)


HOSTILE = st.text(
    st.sampled_from("abz09.-_/\\'\"$`;&|<>(){}[]#=!\n\r\t\0 \u202e\u00e9@:"), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(name=HOSTILE, version=HOSTILE, place=HOSTILE, marker=HOSTILE)
def test_names_with_metacharacters_are_read_or_refused(
    name: str, version: str, place: str, marker: str
) -> None:
    text = f"""version = 1
[[package]]
name = {json.dumps(name)}
version = {json.dumps(version)}
source = {{ registry = {json.dumps(place)} }}
dependencies = [{{ name = {json.dumps(name)}, marker = {json.dumps(marker)} }}]
wheels = [{{ url = {json.dumps(place)} }}]
"""
    try:
        lock = read_lock(text.encode(), "uv.lock")
        (key,) = lock.packages
        close(lock, key.name, Target("3.12"))
    except ExtrasplitError as error:
        assert error.hint
    else:
        assert key.version == version
