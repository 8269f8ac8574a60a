"""Starts programs to see whether they live: output kept within bounds, whole group ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from extrasplit.edges.process import end

FLOOD_BYTES: Final = 10_000_000
KEPT_BYTES: Final = 100_000
PAUSE_SECONDS: Final = 0.05


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
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        try:
            process: subprocess.Popen[str] = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            return Ended(127, 0.0, f"{argv[0]}: {error.strerror}")
        try:
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
        finally:
            # children that it left behind are of the same group
            end(process)
            process.wait()


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
    return output.read().decode("utf-8", "replace")
