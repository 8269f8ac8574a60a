"""Programs that are really started: their ends, their children, their output."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from extrasplit.edges.starting import (
    FLOOD_BYTES,
    KEPT_BYTES,
    Ended,
    free_port,
    run_to_end,
    serve_until_answer,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def start(code: str, tmp_path: Path, seconds: float = 20) -> Ended:
    words = (sys.executable, "-c", code)
    return run_to_end(words, cwd=tmp_path, env=os.environ, seconds=seconds)


def lives(pid: int) -> bool:
    for _ in range(100):  # one that was killed takes a moment to go
        try:
            if b"Z" in Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2][:3]:
                return False
        except OSError:
            return False
        time.sleep(0.05)
    return True


def test_a_program_that_ends_gives_its_code_and_both_streams(tmp_path: Path) -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    ended = start(code, tmp_path)
    assert ended.exit_code == 3
    assert sorted(ended.output.split()) == ["err", "out"]
    assert not ended.timed_out


def test_one_that_is_not_there_is_127(tmp_path: Path) -> None:
    ended = run_to_end(("no-such-program",), cwd=tmp_path, env=os.environ, seconds=5)
    assert ended.exit_code == 127
    assert "no-such-program" in ended.output


@linux
def test_at_the_limit_the_whole_group_is_ended(tmp_path: Path) -> None:
    code = """
import os, time
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(600)
"""
    ended = start(code, tmp_path, seconds=1)
    assert ended.timed_out
    assert ended.exit_code is None
    assert not lives(int(ended.output))


@linux
def test_a_daemon_that_left_its_group_is_counted_and_ended(tmp_path: Path) -> None:
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
os.wait()
time.sleep(0.3)
"""
    ended = start(code, tmp_path)
    assert ended.exit_code == 0
    assert ended.left_behind == 1
    deadline = time.monotonic() + 5
    while lives(int(ended.output)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not lives(int(ended.output))


def test_a_flood_is_ended_and_its_end_kept(tmp_path: Path) -> None:
    ended = start("while True: print('water' * 10000)", tmp_path)
    assert ended.flooded
    assert ended.exit_code is None
    assert len(ended.output) <= KEPT_BYTES < FLOOD_BYTES


SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.mark.parametrize("status", [200, 503])
def test_a_server_is_asked_until_it_answers_then_ended(tmp_path: Path, status: int) -> None:
    port = free_port()
    ended = serve_until_answer(
        (sys.executable, "-c", SERVER, str(port)),
        f"http://127.0.0.1:{port}/{status}",
        cwd=tmp_path,
        env=os.environ,
        seconds=30,
    )
    assert ended.status == status
    assert ended.exit_code is None
    assert ended.left_behind == 0
