from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from extrasplit.edges.interrupted import FOLDER
from extrasplit.edges.transaction import digest_of_bytes, recover, replace_all
from extrasplit.errors import ExternalError, ExtrasplitError

FILES = ("pyproject.toml", "uv.lock", "Dockerfile", ".github/workflows/images.yml")


def write(root: Path, version: str) -> dict[str, bytes | None]:
    for path in FILES[:3]:
        (root / path).write_text(f"{path} {version}")
    return {path: (root / path).read_bytes() for path in FILES[:3]}


def digests(files: dict[str, bytes | None]) -> dict[str, str | None]:
    return {path: None if data is None else digest_of_bytes(data) for path, data in files.items()}


def held(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_files_are_written_made_and_removed_and_nothing_is_left_behind(tmp_path: Path) -> None:
    before = write(tmp_path, "old")
    (tmp_path / "uv.lock").chmod(0o640)
    changes = {"pyproject.toml": b"new", "uv.lock": b"lock", "Dockerfile": None, FILES[3]: b"ci"}
    replace_all(tmp_path, changes, digests(before))
    assert held(tmp_path) == {"pyproject.toml": b"new", "uv.lock": b"lock", FILES[3]: b"ci"}
    assert (tmp_path / "uv.lock").stat().st_mode & 0o777 == 0o640
    assert not (tmp_path / FOLDER).exists()
    assert recover(tmp_path) == "nothing"


def refused(root: Path, changes: dict[str, bytes | None], before: dict[str, bytes | None]) -> str:
    state = held(root)
    with pytest.raises(ExtrasplitError) as caught:
        replace_all(root, changes, digests(before))
    assert held(root) == state
    return str(caught.value)


def test_a_file_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    before = write(tmp_path, "old")
    (tmp_path / "uv.lock").write_text("edited")
    said = refused(tmp_path, {"pyproject.toml": b"new", "uv.lock": b"new"}, before)
    assert "uv.lock changed while the command ran" in said


def test_a_file_that_appeared_meanwhile_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "old")
    assert "changed while" in refused(tmp_path, {"Dockerfile": b"new"}, {"Dockerfile": None})


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    before = write(tmp_path, "old")
    (tmp_path / "uv.lock").unlink()
    (tmp_path / "uv.lock").symlink_to("Dockerfile")
    assert "uv.lock is a symbolic link" in refused(tmp_path, {"uv.lock": b"new"}, before)


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".github").symlink_to("elsewhere")
    assert ".github is a symbolic link" in refused(tmp_path, {FILES[3]: b"new"}, {})


def test_a_read_only_file_is_refused_with_the_command_that_opens_it(tmp_path: Path) -> None:
    before = write(tmp_path, "old")
    (tmp_path / "uv.lock").chmod(0o444)
    assert "chmod u+w uv.lock" in refused(tmp_path, {"uv.lock": b"new"}, before)


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "a/../../outside", "..\\outside"])
def test_a_path_that_leaves_the_root_is_refused(tmp_path: Path, path: str) -> None:
    assert "lies outside" in refused(tmp_path, {path: b"new"}, {})


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").mkdir()
    assert "is no regular file" in refused(tmp_path, {"Dockerfile": b"new"}, {})


def test_a_disk_that_refuses_midway_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = write(tmp_path, "old")
    real = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if target.name == "Dockerfile" and self.name.startswith("new"):
            raise OSError(28, "No space left on device", str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    changes: dict[str, bytes | None] = {FILES[3]: b"ci", "uv.lock": b"new", "Dockerfile": b"new"}
    with pytest.raises(ExternalError, match="No space left on device; nothing was changed"):
        replace_all(tmp_path, changes, digests(before))
    assert held(tmp_path) == before
    assert not (tmp_path / ".github").exists()


def test_an_edit_after_a_kill_is_kept_and_the_rest_goes_back(tmp_path: Path) -> None:
    before = write(tmp_path, "old")
    kill_at(tmp_path, "replaced")
    (tmp_path / "Dockerfile").write_text("by hand")
    assert recover(tmp_path) == "rolled back"
    assert held(tmp_path) == before | {"Dockerfile": b"by hand"}


def test_a_second_process_waits_for_its_turn(tmp_path: Path) -> None:
    before = write(tmp_path, "old")
    child = subprocess.Popen(
        [sys.executable, "-c", PAUSE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "staged\n"
    assert recover(tmp_path) == "busy"
    with pytest.raises(ExternalError, match="another extrasplit is writing"):
        replace_all(tmp_path, {"uv.lock": b"new"}, digests(before))
    child.kill()
    child.wait()
    child.stdout.close()
    assert recover(tmp_path) == "finished"
    assert held(tmp_path)["uv.lock"] == b"theirs"


PAUSE = """
import sys, time
from pathlib import Path
from extrasplit.edges import transaction
def finish(*_):
    print("staged", flush=True)
    time.sleep(60)
transaction._finish = finish
root = Path(sys.argv[1])
transaction.replace_all(root, {"uv.lock": b"theirs"},
    {"uv.lock": transaction.digest_of_bytes((root / "uv.lock").read_bytes())})
"""


def kill_at(root: Path, moment: str) -> None:
    """Run a transaction in a child that kills itself once its first file is in place."""
    assert moment == "replaced"
    child = subprocess.run([sys.executable, "-c", KILLED, str(root)], check=False)
    assert child.returncode == -signal.SIGKILL


KILLED = """
import os, signal, sys
from pathlib import Path
from extrasplit.edges import transaction
root = Path(sys.argv[1])
def replace(self, target, real=Path.replace):
    real(self, target)
    if self.name.startswith("new"):
        os.kill(os.getpid(), signal.SIGKILL)
Path.replace = replace
names = ("pyproject.toml", "uv.lock", "Dockerfile")
transaction.replace_all(root, {n: b"new" for n in names},
    {n: transaction.digest_of_bytes((root / n).read_bytes()) for n in names})
"""

EVERY_STEP = """
import os, signal, sys
from pathlib import Path
from extrasplit.edges.transaction import digest_of_bytes, recover, replace_all
root = Path(sys.argv[1])
count = 0
def strike(event, _):
    global count
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir") and count > 0:
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(strike)
names = ("a", "b", "folder/c")
def state():
    return tuple((root / n).read_bytes() if (root / n).exists() else None for n in names)
seen = set()
for step in range(1, 500):
    (root / "a").write_bytes(b"old"); (root / "b").write_bytes(b"old")
    (root / "folder/c").unlink(missing_ok=True)
    if (root / "folder").exists(): (root / "folder").rmdir()
    old, new = state(), (b"new", None, b"new")
    pid = os.fork()
    if not pid:
        count = step
        replace_all(root, dict(zip(names, new)),
            {n: d and digest_of_bytes(d) for n, d in zip(names, old)})
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    outcome = recover(root)
    found = state()
    assert found in (old, new), (step, outcome, found)
    assert not (root / ".extrasplit-apply").exists()
    seen.add((outcome, found == new))
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
        break
print(step, sorted(seen))
assert {("rolled back", False), ("finished", True), ("nothing", True)} <= seen
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_kill_at_each_step_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EVERY_STEP, str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 15


REWRITE_FOREVER = """
import sys
from pathlib import Path
from extrasplit.edges.transaction import digest_of_bytes, replace_all
root, version = Path(sys.argv[1]), int(sys.argv[2])
names = [f"file-{n}" for n in range(6)]
print("ready", flush=True)
while True:
    old = {n: (root / n).read_bytes() for n in names}
    version += 1
    replace_all(root, {n: str(version).encode() * 200 for n in names},
        {n: digest_of_bytes(data) for n, data in old.items()})
"""


def strike_at_random(root: Path, kills: int, seed: int) -> None:
    """Kill -9 a process that replaces six files again and again; never is a state mixed."""
    chance = random.Random(seed)
    names = [f"file-{n}" for n in range(6)]
    for name in names:
        (root / name).write_bytes(b"0")
    outcomes = set()
    for strike in range(kills):
        child = subprocess.Popen(
            [sys.executable, "-c", REWRITE_FOREVER, str(root), str(strike * 10_000)],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.06))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        outcomes.add(recover(root))
        assert len({(root / name).read_bytes() for name in names}) == 1
        assert not (root / FOLDER).exists()
    assert outcomes - {"nothing"}, "the strikes never met a transaction"


def test_twenty_kills_at_random_moments_never_leave_a_mixed_state(tmp_path: Path) -> None:
    strike_at_random(tmp_path, 20, seed=6)


@pytest.mark.slow
def test_two_hundred_kills_at_random_moments_never_leave_a_mixed_state(tmp_path: Path) -> None:
    strike_at_random(tmp_path, 200, seed=66)
