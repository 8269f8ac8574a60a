"""What is listed and read, and when a listing's digest changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from extrasplit.edges.files import LARGEST_READ_BYTES, digest_of, list_files, stat_of


def lay(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")
    return root


LISTED = (
    "pyproject.toml", "uv.lock", "src/a/b.py", "Dockerfile", "docker/web.Dockerfile",
    "Dockerfile.dev", "compose.yaml", "Procfile", "s6/run", ".python-version", "entrypoint.sh",
    ".streamlit/config.toml", ".github/workflows/ci.yml", "env/settings.py", "src/build/x.py",
    "notebooks/a.ipynb", "src/a/dist/y.py", "Makefile", "ops/just.just",
)  # fmt: skip
LEFT_OUT = (
    ".git/HEAD", ".venv/lib/site.py", "src/__pycache__/a.py", "node_modules/x/setup.py",
    "build/lib/a.py", "dist/a.py", "data/hosts.csv", "README.md", "logo.png",
    "a.egg-info/requires.toml", "lib/site-packages/a.py", "x.dist-info/y.toml", ".tox/a.py",
)  # fmt: skip


@pytest.mark.parametrize("path", LISTED)
def test_what_a_stage_may_read_is_listed(path: str, tmp_path: Path) -> None:
    assert list(list_files(lay(tmp_path, path)).stats) == [path]


@pytest.mark.parametrize("path", LEFT_OUT)
def test_what_no_stage_reads_is_left_out(path: str, tmp_path: Path) -> None:
    assert list(list_files(lay(tmp_path, path)).stats) == []


def test_a_virtual_environment_of_any_name_is_left_out(tmp_path: Path) -> None:
    lay(tmp_path, "env/pyvenv.cfg", "env/lib/a.py", "myenv/pyvenv.cfg", "myenv/a.py", "envs/a.py")
    assert list(list_files(tmp_path).stats) == ["envs/a.py"]


def test_paths_are_sorted_and_have_forward_slashes(tmp_path: Path) -> None:
    listing = list_files(lay(tmp_path, "b/c.py", "a.py", "b.py"))
    assert list(listing.stats) == ["a.py", "b.py", "b/c.py"]
    assert listing.paths == frozenset(listing.stats)


def test_a_loop_of_links_ends_and_a_linked_file_is_read(tmp_path: Path) -> None:
    lay(tmp_path, "a.py")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b.py").symlink_to("a.py")
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    assert list(list_files(tmp_path).stats) == ["a.py", "b.py"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_listed_is_told(tmp_path: Path) -> None:
    lay(tmp_path, "a.py", "closed/b.py")
    (tmp_path / "closed").chmod(0)
    try:
        assert list_files(tmp_path).unreadable == ("closed/",)
    finally:
        (tmp_path / "closed").chmod(0o755)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    listing = list_files(tmp_path / "gone")
    assert (listing.stats, listing.unreadable) == ({}, ("",))


def test_the_digest_holds_while_nothing_changes(tmp_path: Path) -> None:
    lay(tmp_path, "a.py", "b.py")
    assert list_files(tmp_path).digest() == list_files(str(tmp_path)).digest()


@pytest.mark.parametrize("change", ["come", "go", "grow", "touch", "rename"])
def test_the_digest_changes_with_every_file(change: str, tmp_path: Path) -> None:
    lay(tmp_path, "a.py", "b.py")
    before = list_files(tmp_path).digest()
    match change:
        case "come":
            lay(tmp_path, "c.py")
        case "go":
            (tmp_path / "b.py").unlink()
        case "grow":
            (tmp_path / "b.py").write_text("xx")
        case "touch":
            os.utime(tmp_path / "b.py", ns=(1, 1))
        case "rename":
            (tmp_path / "b.py").rename(tmp_path / "d.py")
    assert list_files(tmp_path).digest() != before


def test_a_file_that_is_gone_or_not_listed_reads_as_nothing(tmp_path: Path) -> None:
    listing = list_files(lay(tmp_path, "a.py"))
    assert listing.read("a.py") == b"x"
    (tmp_path / "a.py").unlink()
    assert listing.read("a.py") == b""


def test_no_source_is_larger_than_it_should_be(tmp_path: Path) -> None:
    lay(tmp_path, "a.py")
    with (tmp_path / "a.py").open("r+b") as stream:
        stream.truncate(LARGEST_READ_BYTES + 1)
    assert list_files(tmp_path).read("a.py") == b""


def test_a_stat_of_nothing_is_none(tmp_path: Path) -> None:
    assert stat_of(str(tmp_path / "a")) is None
    lay(tmp_path, "a.py")
    size, mtime = stat_of(str(tmp_path / "a.py")) or (0, 0)
    assert (size, mtime) == (1, (tmp_path / "a.py").stat().st_mtime_ns)


def test_equal_values_have_equal_digests_in_every_process() -> None:
    value = (("a.py", (1, 2)), "x", 3)
    code = f"from extrasplit.edges.files import digest_of; print(digest_of({value!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest_of(value)
    # a string that is interned, and one that was put together, are the same string
    assert digest_of(("".join(["a", ".py"]),)) == digest_of(("a.py",))
