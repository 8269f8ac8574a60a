"""`inventory dashboard`: open the web pages."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

APP = Path(__file__).parents[1] / "dashboard" / "app.py"


@click.command()
@click.option("--port", default=8501, show_default=True)
@click.option("--address", default="127.0.0.1", show_default=True)
def dashboard(port: int, address: str) -> None:
    """Serve the dashboard until it is interrupted."""
    if find_spec("streamlit") is None:
        raise click.ClickException(
            "the dashboard needs the extra: pip install 'fleet-inventory[dashboard]'"
        )
    server = ["--server.port", str(port), "--server.address", address]
    completed = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", str(APP), *server], check=False
    )
    sys.exit(completed.returncode)
