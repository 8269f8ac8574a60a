"""Runs inside a variant's environment: starts what it is told, and writes down what was imported.

Copied there as a file of its own: it imports nothing of extrasplit, and runs on Python 3.9 and
later. Usage: `python probe.py REQUEST.json ANSWER.json`.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import runpy
import sys
import time
import traceback
from typing import Any, Callable, Dict

Request = Dict[str, Any]

MOST_IMPORTS = 100000
STANDARD: Any = getattr(sys, "stdlib_module_names", frozenset())


class Recorder:
    """Notes which file asked for which module, the first line of each.

    The audit event `import` (PEP 578) would be simpler, but `importlib.import_module` does not
    raise it, and neither does an import of what is loaded already.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.asked: dict[tuple[str, str], int] = {}
        self.on = False

    def watch(self) -> None:
        """Listen to import statements, `import_module` and whatever else asks a finder."""
        statement, by_name = builtins.__import__, importlib.import_module

        def import_statement(
            name: str,
            globals: Any = None,  # noqa: A002 - the name is that of `__import__`
            locals: Any = None,  # noqa: A002
            fromlist: Any = (),
            level: int = 0,
        ) -> Any:
            if self.on:
                absolute = _absolute(name, globals, level)
                self.note(absolute)
                for part in fromlist or ():
                    self.note(f"{absolute}.{part}")
            return statement(name, globals, locals, fromlist, level)

        def import_module(name: str, package: str | None = None) -> Any:
            if self.on:
                self.note(importlib.util.resolve_name(name, package) if package else name)
            return by_name(name, package)

        builtins.__import__ = import_statement
        importlib.import_module = import_module
        sys.meta_path.insert(0, self)
        self.on = True

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Note what nobody announced; find nothing (PEP 451)."""
        if self.on:
            self.note(name)

    def note(self, module: str) -> None:
        """Note one request; the frame that asked is the first that isn't the import system's."""
        if module.partition(".")[0] in STANDARD or len(self.asked) >= MOST_IMPORTS:
            return
        frame: Any = sys._getframe(1)
        while frame is not None and _is_machinery(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None:
            self.asked.setdefault((module, frame.f_code.co_filename), frame.f_lineno)


def _absolute(name: str, names: Any, level: int) -> str:
    """Return the full name of what an import statement asks for (PEP 328)."""
    if not level:
        return name
    package = str((names or {}).get("__package__") or "")
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{name}" if name else base


def _is_machinery(filename: str) -> bool:
    """Whether a file is part of the import system or this probe."""
    return (
        filename.startswith("<frozen ")
        or filename == __file__
        or filename.endswith(("importlib/__init__.py", "importlib\\__init__.py"))
    )


class Without:
    """A finder that no longer finds some modules, as if their distributions were not installed."""

    def __init__(self, finder: Any, modules: frozenset[str], distributions: frozenset[str]) -> None:
        """`modules` are import packages, dotted where they lie in a namespace."""
        self.finder = finder
        self.modules = modules
        self.distributions = distributions

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find what isn't blocked; None says that it isn't there (PEP 451)."""
        if name in self.modules:
            return None
        return self.finder.find_spec(name, path, target)

    def find_distributions(self, *context: Any) -> Any:
        """Yield the metadata of what isn't blocked (importlib.metadata)."""
        find = getattr(self.finder, "find_distributions", None)
        for found in find(*context) if find else ():
            if normalized(found.metadata["Name"] or "") not in self.distributions:
                yield found

    def __getattr__(self, name: str) -> Any:
        """Be the finder in everything else."""
        return getattr(self.finder, name)


def block(modules: list[str], distributions: list[str]) -> None:
    """Make modules unimportable, and their distributions unknown to importlib.metadata."""
    names, owners = frozenset(modules), frozenset(distributions)
    sys.meta_path[:] = [Without(finder, names, owners) for finder in sys.meta_path]


def normalized(name: str) -> str:
    """Return a distribution's name as it is compared (PEP 503)."""
    import re

    return re.sub(r"[-_.]+", "-", name).lower()


def run(request: Request) -> Request:
    """Start what the request names and return what became of it."""
    recorder = Recorder()
    for folder in reversed(request.get("paths", [])):
        sys.path.insert(0, folder)
    if request.get("blocked"):
        block(request["blocked"], request.get("blocked_distributions", []))
    if request.get("chdir"):
        os.chdir(request["chdir"])
    sys.argv = list(request.get("argv", [])) or sys.argv[:1]
    before = set(sys.modules)
    if request.get("watch", True):
        recorder.watch()
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
        "asked": [[module, file, line] for (module, file), line in recorder.asked.items()],
        "origins": origins,
        **outcome,
    }


def list_environment(request: Request) -> Request:
    """Tell which Python this is, and what each installed distribution recorded of itself."""
    distributions = []
    for found in importlib.metadata.distributions():
        files = [os.path.normpath(str(found.locate_file(file))) for file in found.files or ()]
        distributions.append({"name": normalized(found.metadata["Name"]), "files": files})
    return {
        "started": True,
        "python": "{}.{}".format(*sys.version_info[:2]),
        "machine": platform.machine(),
        "libc": "glibc" if platform.libc_ver()[0] == "glibc" else "musl",
        "distributions": distributions,
    }


def import_lost(request: Request) -> Request:
    """Import what a variant is said to lack; each module tells what became of it."""
    lost = []
    for module in request["modules"]:
        problem = None
        try:
            importlib.import_module(module)
        except BaseException as error:
            problem = describe(error)
        lost.append({"module": module, "error": problem})
    return {"started": True, "lost": lost}


def run_tests(request: Request) -> Request:
    """Run the project's tests with pytest, in this process; 5 says that there are none."""
    pytest: Any = importlib.import_module("pytest")
    return {"started": True, "pytest": int(pytest.main(list(request["arguments"])))}


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
    "environment": list_environment,
    "lost": import_lost,
    "pytest": run_tests,
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
