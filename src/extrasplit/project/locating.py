"""Finds the file of the project that a command starts, and the folders that land on sys.path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extrasplit.project.commands import Command
from extrasplit.project.layout import Layout, folder_of, is_development, join, module_name
from extrasplit.record import Record


class Surrounding(Record):
    """Where a command runs: folders are relative to the project's root."""

    listing: frozenset[str]
    layout: Layout
    cwd: str = "."
    mounts: tuple[tuple[str, str], ...] = ()
    """(path in the image, path in the project), later ones over earlier ones."""


class Located(Record):
    """What a command starts."""

    file: str
    module: str
    """As the command's sys.path names it."""
    attribute: str | None
    paths: tuple[str, ...]


def locate(command: Command, around: Surrounding) -> Located | None:
    """Return the file that a command starts; None where it names none of the project's."""
    cwd = folder_in_project(command.directory, around) if command.directory else around.cwd
    cwd = cwd or around.cwd
    paths = _search_path(command, cwd, around)
    if command.path is not None:
        file = find_file(command.path, around, cwd)
        return _started_file(command, file, paths, around) if file else None
    if command.module is not None:
        return _started_module(command, paths, around)
    for candidate in command.candidates:
        file = join(cwd, candidate)
        if file in around.listing:
            return _started_file(command, str(file), paths, around)
    return None


def find_file(path: str, around: Surrounding, cwd: str | None = None) -> str | None:
    """Return the project's file that a path in a command names.

    Tried in turn: what an image's copied folders say, the working directory, the root, and the one
    file whose path ends so.
    """
    for candidate in _candidates(path, around, cwd or around.cwd):
        if candidate in around.listing:
            return candidate
    tail = "/" + path.strip("./").lstrip("/")
    while tail:
        found = [p for p in around.listing if f"/{p}".endswith(tail) and not is_development(p)]
        if len(found) == 1:
            return found[0]
        if found or not path.startswith("/"):
            return None
        # `/app/src/main.py` of an image whose copies are not known: drop folders from the front
        tail = "/" + tail[1:].partition("/")[2] if "/" in tail[1:] else ""
    return None


def folder_in_project(path: str, around: Surrounding) -> str | None:
    """Return the project's folder that a path in a command or image names."""
    for candidate in _candidates(path, around, around.cwd):
        if candidate == "." or any(p.startswith(f"{candidate}/") for p in around.listing):
            return candidate
    return None


def _candidates(path: str, around: Surrounding, cwd: str) -> Iterator[str]:
    if path.startswith("/"):
        for target, source in reversed(around.mounts):
            if path == target or path.startswith(target.rstrip("/") + "/"):
                found = join(source, path[len(target) :])
                if found is not None:
                    yield found
        return
    for folder in (cwd, "."):
        found = join(folder, path)
        if found is not None:
            yield found


def _search_path(command: Command, cwd: str, around: Surrounding) -> tuple[str, ...]:
    """Return the folders that the command puts on sys.path, its script's own left out."""
    folders = [folder_in_project(folder, around) for folder in command.folders]
    if command.working_folder:
        folders.append(cwd)
    stated = command.env.get("PYTHONPATH", "").replace(";", ":").split(":")
    folders += [folder_in_project(folder, around) for folder in stated if folder]
    return tuple(dict.fromkeys(folder for folder in folders if folder is not None))


def _started_file(
    command: Command, file: str, paths: tuple[str, ...], around: Surrounding
) -> Located:
    folder = folder_of(file)
    if command.script_folder or command.runs_as_main:
        stem = file.rpartition("/")[2].rpartition(".")[0]
        own = (folder,) if command.script_folder else ()
        return Located(file, stem, command.attribute, tuple(dict.fromkeys((*own, *paths))))
    # flask, fastapi and their kin import the file by its name below its outermost package
    while folder != "." and f"{folder}/__init__.py" in around.listing:
        folder = folder_of(folder)
    module = module_name(file, folder) or file.rpartition("/")[2].removesuffix(".py")
    return Located(file, module, command.attribute, tuple(dict.fromkeys((folder, *paths))))


def _started_module(
    command: Command, paths: tuple[str, ...], around: Surrounding
) -> Located | None:
    module = command.module or ""
    if command.runs_as_main:
        main = _find_module(f"{module}.__main__", paths, around)
        if main is not None:
            return Located(main[0], f"{module}.__main__", None, _with_root(paths, main[1]))
    found = _find_module(module, paths, around)
    attribute = command.attribute
    if found is None and "." in module and attribute is None:
        # `celery -A proj.app`, `huey_consumer app.main.huey`: the last part may be an attribute
        module, _, attribute = module.rpartition(".")
        found = _find_module(module, paths, around)
    if found is None:
        return None
    file, root = found
    paths = _with_root(paths, root)
    if command.runs_as_main and file.endswith("/__init__.py"):
        return None  # Python refuses: a package without `__main__` cannot be executed
    if command.program == "celery" and attribute is None and file.endswith("/__init__.py"):
        # celery.app.utils.find_app: a package without an app of its own has it in `.celery`
        below = file.removesuffix("__init__.py") + "celery.py"
        if below in around.listing:
            return Located(below, f"{module}.celery", None, paths)
    return Located(file, module, attribute, paths)


def _with_root(paths: tuple[str, ...], root: str | None) -> tuple[str, ...]:
    return paths if root is None or root in paths else (*paths, root)


def _find_module(
    module: str, paths: Sequence[str], around: Surrounding
) -> tuple[str, str | None] | None:
    """Return a module's file and the folder it was found below; None: by the installed project."""
    relative = module.replace(".", "/")
    for folder in paths:
        if file := _module_file(folder, relative, around.listing):
            return file, folder
    if file := around.layout.file_of(module):
        return file, None
    found = sorted(
        path
        for path in around.listing
        if path.endswith((f"/{relative}.py", f"/{relative}/__init__.py"))
        and not is_development(path)
    )
    if len(found) != 1:
        return None
    root = found[0].removesuffix("/__init__.py").removesuffix(".py").removesuffix(relative)
    return found[0], root.rstrip("/") or "."


def _module_file(folder: str, relative: str, listing: frozenset[str]) -> str | None:
    base = relative if folder == "." else f"{folder}/{relative}"
    for file in (f"{base}/__init__.py", f"{base}.py"):
        if file in listing:
            return file
    return None
