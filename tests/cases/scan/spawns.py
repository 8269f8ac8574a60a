"""Commands that the source starts; paths are folded against the file's own folder."""
import asyncio
import os
import subprocess as sp
import sys
from pathlib import Path
from subprocess import Popen

HERE = Path(__file__).resolve().parent
PAGE = HERE / "pages" / "main.py"


def start(port):
    sp.run(["streamlit", "run", str(PAGE), "--server.port", port])
    sp.check_call([sys.executable, "-m", "http.server"])
    Popen("alembic upgrade head", shell=True)
    os.system(f"cd /app && celery -A app.worker worker -c {port}; echo done")
    cmd = ["uvicorn", "app.main:app"]
    cmd += ["--port", port]
    sp.call(cmd)
    os.execvp("gunicorn", ["gunicorn", "app.wsgi:application"])
    os.execlp("flask", "flask", "run")
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tool.py")
    sp.Popen([sys.executable, path, *sys.argv])


async def start_async():
    await asyncio.create_subprocess_exec("dask", "scheduler")
    await asyncio.create_subprocess_shell("dask worker")


def in_place():
    sys.argv = ["streamlit", "run", f"{HERE}/app.py"]
