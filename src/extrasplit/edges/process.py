"""Runs another program: output kept, time limited, its whole process group ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OUTPUT_LIMIT_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of one command."""

    argv: tuple[str, ...]
    exit_code: int | None
    """None where it was ended at the time limit."""
    stdout: str
    stderr: str

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself, with 0."""
        return self.exit_code == 0

    @property
    def last_line(self) -> str:
        """The last line of what it said, for a one-sentence error."""
        said = self.stderr.strip() or self.stdout.strip()
        return said.splitlines()[-1].strip() if said else "it said nothing"


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    seconds: float = 600.0,
    stdin: str = "",
) -> Finished:
    """Run `argv` in `cwd` and wait for it.

    Raises FileNotFoundError where the program isn't there.
    """
    process = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=sys.platform != "win32",
    )
    try:
        stdout, stderr = process.communicate(stdin, timeout=seconds)
        exit_code: int | None = process.returncode
    except subprocess.TimeoutExpired:
        end(process)
        stdout, stderr = process.communicate()
        exit_code = None
    except BaseException:
        end(process)
        raise
    return Finished(
        tuple(argv), exit_code, stdout[-OUTPUT_LIMIT_BYTES:], stderr[-OUTPUT_LIMIT_BYTES:]
    )


def end(process: subprocess.Popen[str]) -> None:
    """End a process with all that it started."""
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
