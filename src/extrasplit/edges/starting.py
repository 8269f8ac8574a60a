"""Starts programs to see whether they live: output kept within bounds, whole group ended."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from extrasplit.edges.process import end

FLOOD_BYTES: Final = 10_000_000
KEPT_BYTES: Final = 100_000
PAUSE_SECONDS: Final = 0.05
TOKEN: Final = "EXTRASPLIT_VERIFY"
"""The variable by which processes are known that left their parent's group."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one program."""

    exit_code: int | None
    """None: it was ended, at its limit or because it had answered."""
    seconds: float
    output: str
    """The last of what it wrote to both streams."""
    timed_out: bool = False
    flooded: bool = False
    status: int | None = None
    """Of a server: the HTTP status of its first answer."""
    left_behind: int = 0
    """Processes that it had started and that outlived it; they were ended."""


def run_to_end(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> Ended:
    """Run a program until it ends, floods its output or is out of time."""
    return _watch(argv, cwd, env, seconds, url=None)


def serve_until_answer(
    argv: Sequence[str], url: str, *, cwd: Path, env: Mapping[str, str], seconds: float
) -> Ended:
    """Run a server until it answers at `url`, then end it."""
    return _watch(argv, cwd, env, seconds, url=url)


def free_port() -> int:
    """Return a port of the loopback that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _watch(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], seconds: float, url: str | None
) -> Ended:
    token = secrets.token_hex(8)
    with tempfile.TemporaryFile() as output:
        try:
            process: subprocess.Popen[str] = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env={**env, TOKEN: token},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            return Ended(127, 0.0, f"{argv[0]}: {error.strerror}")
        try:
            ended = _wait(process, output, seconds, url)
            left = _started_with(token) if ended.exit_code is not None else ()
            return replace(ended, left_behind=len(left))
        finally:
            end(process)
            process.wait()
            for pid in _started_with(token):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)


def _wait(
    process: subprocess.Popen[str], output: IO[bytes], seconds: float, url: str | None
) -> Ended:
    started = time.monotonic()
    while True:
        spent = time.monotonic() - started
        code = process.poll()
        if code is not None:
            return Ended(code, spent, _tail(output))
        if os.fstat(output.fileno()).st_size > FLOOD_BYTES:
            return Ended(None, spent, _tail(output), flooded=True)
        if url and (status := _ask(url)) is not None:
            return Ended(None, time.monotonic() - started, _tail(output), status=status)
        if spent > seconds:
            return Ended(None, spent, _tail(output), timed_out=True)
        time.sleep(PAUSE_SECONDS)


def _started_with(token: str) -> tuple[int, ...]:
    """Return the processes that live with our token in their environment; of Linux only.

    A daemon leaves its group and its parent, but not the variables that it was started with.
    Elsewhere the group is all that is known.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*") if sys.platform == "linux" else ():
        with contextlib.suppress(OSError):
            if f"{TOKEN}={token}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return tuple(found)


def _ask(url: str) -> int | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return None


def _tail(output: IO[bytes]) -> str:
    size = os.fstat(output.fileno()).st_size
    output.seek(max(0, size - KEPT_BYTES))
    return output.read(KEPT_BYTES).decode("utf-8", "replace")
