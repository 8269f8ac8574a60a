"""Runs inside a variant's environment: starts what it is told, and writes down what was imported.

Copied there as a file of its own: it imports nothing of extrasplit, and runs on Python 3.9 and
later. Usage: `python probe.py REQUEST.json ANSWER.json`.
"""

from __future__ import annotations

import builtins
import json
import os
import runpy
import sys
import time
import traceback
from typing import Any, Callable, Dict

Request = Dict[str, Any]

MOST_IMPORTS = 20000


class Recorder:
    """Notes which file asked first for which module, by the audit event `import` (PEP 578)."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.asked: list[tuple[str, str, int]] = []
        self.known: set[str] = set()
        self.on = True

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note one import; the frame that asked is the first that isn't the import system's."""
        if event != "import" or not self.on or len(self.asked) >= MOST_IMPORTS:
            return
        module = arguments[0]
        if module in self.known:
            return
        self.known.add(module)
        frame: Any = sys._getframe(1)
        while frame is not None and _is_machinery(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is None:
            self.asked.append((module, "", 0))
        else:
            self.asked.append((module, frame.f_code.co_filename, frame.f_lineno))


def _is_machinery(filename: str) -> bool:
    """Whether a file is part of the import system or this probe."""
    return (
        filename.startswith("<frozen ")
        or filename == __file__
        or filename.endswith(("importlib/__init__.py", "importlib\\__init__.py"))
    )


class Blocker:
    """A finder that makes modules unimportable, as if their distributions were not installed."""

    def __init__(self, names: list[str]) -> None:
        """`names` are import packages, dotted where they lie in a namespace."""
        self.names = frozenset(names)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Refuse what is blocked; say nothing of anything else (PEP 451)."""
        if name in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def run(request: Request) -> Request:
    """Start what the request names and return what became of it."""
    recorder = Recorder()
    for folder in reversed(request.get("paths", [])):
        sys.path.insert(0, folder)
    if request.get("blocked"):
        sys.meta_path.insert(0, Blocker(request["blocked"]))
    if request.get("chdir"):
        os.chdir(request["chdir"])
    sys.argv = list(request.get("argv", [])) or sys.argv[:1]
    before = set(sys.modules)
    sys.addaudithook(recorder.hook)
    started = time.perf_counter()
    error: Request | None = None
    outcome: Request = {}
    try:
        outcome = MODES[request["mode"]](request)
    except SystemExit as end:
        if end.code not in (None, 0):
            error = {"type": "SystemExit", "text": str(end.code), "name": None, "frames": []}
    except BaseException as problem:
        error = describe(problem)
    seconds = time.perf_counter() - started
    recorder.on = False
    origins = {}
    for name in sorted(set(sys.modules) - before):
        origin = getattr(sys.modules[name], "__file__", None)
        if isinstance(origin, str):
            origins[name] = origin
    return {
        "seconds": seconds,
        "error": error,
        "asked": recorder.asked,
        "origins": origins,
        "python": ".".join(map(str, sys.version_info[:3])),
        **outcome,
    }


def import_module(request: Request) -> Request:
    """Import the entrypoint's module, as its console script or server does."""
    __import__(request["module"])
    return {"started": request["module"] in sys.modules}


def run_path(request: Request) -> Request:
    """Run a file's top level, but not what stands under `if __name__ == "__main__"`."""
    runpy.run_path(request["file"], run_name=request.get("run_name", "probed"))
    return {"started": True}


def run_module(request: Request) -> Request:
    """Run a module as `python -m` does."""
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    return {"started": True}


def run_code(request: Request) -> Request:
    """Run the code of a HEALTHCHECK as far as its imports go."""
    import ast

    tree = ast.parse(request["code"])
    kept: list[ast.stmt] = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    module = ast.Module(body=kept, type_ignores=[])
    exec(compile(module, "<healthcheck>", "exec"), {"__name__": "__main__"})
    return {"started": True}


def run_pages(request: Request) -> Request:
    """Run every page with Streamlit's own test runner; each tells its exceptions."""
    import importlib

    AppTest = importlib.import_module("streamlit.testing.v1").AppTest  # noqa: N806

    pages = []
    for page in request["pages"]:
        problem = None
        try:
            tested = AppTest.from_file(page, default_timeout=request.get("seconds", 60)).run()
            for shown in tested.exception:
                problem = {
                    "type": str(getattr(shown.proto, "type", "")) or "Exception",
                    "text": shown.value,
                    "name": missing_in(shown.value),
                    "frames": list(getattr(shown.proto, "stack_trace", []))[-6:],
                }
                break
        except BaseException as error:
            problem = describe(error)
        pages.append({"page": page, "error": problem})
    return {"started": True, "pages": pages}


def request_app(request: Request) -> Request:
    """Send one GET / to an ASGI or WSGI application, in this process."""
    __import__(request["module"])
    app: Any = sys.modules[request["module"]]
    for part in request["object"].split("."):
        app = getattr(app, part)
    if request.get("factory"):
        app = app()
    if request["protocol"] == "wsgi":
        return {"started": True, "status": _ask_wsgi(app)}
    import asyncio

    return {"started": True, "status": asyncio.run(_ask_asgi(app))}


def _ask_wsgi(app: Any) -> int:
    """Return the status of one request (PEP 3333)."""
    from wsgiref.util import setup_testing_defaults

    seen: list[str] = []
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)

    def start_response(status: str, headers: Any, info: Any = None) -> Callable[[bytes], None]:
        seen.append(status)
        return lambda data: None

    body = app(environ, start_response)
    for _ in body:
        break
    return int(seen[0].split()[0]) if seen else 0


async def _ask_asgi(app: Any) -> int:
    """Return the status of one request (ASGI 3, HTTP connection scope)."""
    seen: list[int] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            seen.append(message["status"])

    await app(scope, receive, send)
    return seen[0] if seen else 0


def describe(problem: BaseException) -> Request:
    """Return an exception as builtin values, with the frames that led to it."""
    frames = [
        [entry.filename, entry.lineno, entry.name]
        for entry in traceback.extract_tb(problem.__traceback__)
        if not _is_machinery(entry.filename)
    ]
    name = getattr(problem, "name", None) if isinstance(problem, ImportError) else None
    cause = problem.__cause__
    if name is None and isinstance(cause, ImportError):
        name = cause.name
    return {
        "type": type(problem).__name__,
        "text": str(problem)[:500],
        "name": name,
        "frames": frames[-12:],
        "guarded": not isinstance(problem, ImportError) and isinstance(cause, ImportError),
    }


def missing_in(text: str) -> str | None:
    """Return the module that a message says is missing."""
    _, found, rest = text.partition("No module named ")
    return rest.split("'")[1] if found and "'" in rest else None


MODES: Dict[str, Callable[[Request], Request]] = {
    "import": import_module,
    "path": run_path,
    "module": run_module,
    "code": run_code,
    "pages": run_pages,
    "request": request_app,
}


def main() -> None:
    """Read the request, run it, write the answer; prints of the app go where they always go."""
    with builtins.open(sys.argv[1], encoding="utf-8") as stream:
        request = json.load(stream)
    answer_path = sys.argv[2]
    answer = run(request)
    with builtins.open(answer_path, "w", encoding="utf-8") as stream:
        json.dump(answer, stream)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
