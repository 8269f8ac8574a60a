"""Runs the real uv against a local index, with a clean environment and, by default, no cache."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from uv import find_uv_bin


def run_uv(
    *arguments: str | Path,
    cwd: Path,
    cache: Path | None = None,
    env: dict[str, str] | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run uv in `cwd`; a failure raises AssertionError with what uv said.

    `cache` is uv's cache folder (default: none); `env` adds to a clean environment.
    """
    outer = {name: os.environ[name] for name in _KEPT if name in os.environ}
    settled = {"UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
    where = ["--cache-dir", str(cache)] if cache else ["--no-cache"]
    done = subprocess.run(
        [find_uv_bin(), *where, *map(str, arguments)],
        cwd=cwd,
        env=outer | settled | (env or {}),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if check:
        assert done.returncode == 0, f"uv {' '.join(map(str, arguments))}\n{done.stderr}"
    return done


_KEPT = (
    "PATH", "HOME", "TMPDIR", "TEMP", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "UV_DEFAULT_INDEX", "UV_INDEX_URL",
)  # fmt: skip
