"""Where a build backend finds the import packages, as its own table says.

Each reader follows its backend's documentation on package discovery; what a table leaves open is
found from the file listing by `layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

Found = tuple[tuple[str, ...], tuple[str, ...]]
"""Source roots relative to the project's root, and top-level import names; empty: not said."""

NOTHING: Final[Found] = ((), ())


def read_source_roots(tables: Mapping[str, Any]) -> Found:
    """Return the source roots and top-level names that pyproject.toml's tool tables state."""
    backend = str(_table(tables, "build-system").get("build-backend") or "")
    for prefix, read in READERS.items():
        if backend == prefix or backend.startswith(f"{prefix}."):
            return read(tables)
    return NOTHING if backend else _setuptools(tables)


def _hatchling(tables: Mapping[str, Any]) -> Found:
    """Read `tool.hatch.build`; the wheel target's own options come first."""
    build = _table(tables, "tool", "hatch", "build")
    wheel = _table(build, "targets", "wheel")
    packages = _strings(wheel.get("packages")) or _strings(build.get("packages"))
    if packages:
        return _from_paths(packages)
    only = _strings(wheel.get("only-include")) or _strings(build.get("only-include"))
    sources = wheel.get("sources", build.get("sources"))
    roots = _strings(list(sources)) if isinstance(sources, Mapping) else _strings(sources)
    if only and not roots:
        return _from_paths(only)
    if isinstance(sources, Mapping):
        # {"src/foo" = "bar"}: only a prefix that is removed is a source root
        roots = tuple(path for path, target in sources.items() if target == "")
    return (_clean(roots), ()) if roots else NOTHING


def _setuptools(tables: Mapping[str, Any]) -> Found:
    """Read `tool.setuptools`: package-dir, packages.find.where, packages, py-modules."""
    table = _table(tables, "tool", "setuptools")
    directories = _table(table, "package-dir")
    roots = _clean(v for k, v in directories.items() if k == "" and isinstance(v, str))
    packages = table.get("packages")
    names: tuple[str, ...] = _strings(table.get("py-modules"))
    if isinstance(packages, Mapping):
        where = _strings(_table(packages, "find").get("where"))
        where = where or _strings(_table(packages, "find-namespace").get("where"))
        roots = _clean(where) or roots
    else:
        names += _strings(packages)
        moved = _clean(
            str(PurePosixPath(v).parent)
            for k, v in directories.items()
            if k and isinstance(v, str) and PurePosixPath(v).name == k
        )
        roots = roots or moved
    return roots, _tops(names)


def _uv_build(tables: Mapping[str, Any]) -> Found:
    """Read `tool.uv.build-backend`: module-root is `src` unless stated."""
    table = _table(tables, "tool", "uv", "build-backend")
    root = table.get("module-root", "src")
    names = table.get("module-name")
    if names is None:
        name = _table(tables, "project").get("name")
        names = str(name).replace("-", "_").replace(".", "_").lower() if name else None
    listed = (names,) if isinstance(names, str) else _strings(names)
    return _clean([str(root)]), _tops(listed)


def _flit(tables: Mapping[str, Any]) -> Found:
    """Read `tool.flit.module`: it lies in `src` or at the root, which the listing tells."""
    name = _table(tables, "tool", "flit", "module").get("name")
    name = name or str(_table(tables, "project").get("name") or "").replace("-", "_")
    return (), _tops((name,)) if isinstance(name, str) and name else ()


def _pdm(tables: Mapping[str, Any]) -> Found:
    """Read `tool.pdm.build`: package-dir, or includes."""
    table = _table(tables, "tool", "pdm", "build")
    root = table.get("package-dir")
    names = [p for p in _strings(table.get("includes")) if "*" not in p]
    if isinstance(root, str):
        return _clean([root]), _from_paths(names)[1]
    return _from_paths(names) if names else NOTHING


def _poetry(tables: Mapping[str, Any]) -> Found:
    """Read `tool.poetry.packages`: include and from."""
    packages = _table(tables, "tool", "poetry").get("packages")
    roots, names = [], []
    for entry in packages if isinstance(packages, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("include"), str):
            roots.append(str(entry.get("from", ".")))
            names.append(str(entry["include"]))
    return _clean(roots), _tops(n.replace("/", ".") for n in names if "*" not in n)


def _maturin(tables: Mapping[str, Any]) -> Found:
    """Read `tool.maturin`: python-source, module-name."""
    table = _table(tables, "tool", "maturin")
    root = table.get("python-source")
    name = table.get("module-name")
    return (
        _clean([root]) if isinstance(root, str) else (),
        _tops((name,)) if isinstance(name, str) else (),
    )


def _scikit_build(tables: Mapping[str, Any]) -> Found:
    """Read `tool.scikit-build.wheel.packages`: a list of folders or a table name -> folder."""
    packages = _table(tables, "tool", "scikit-build", "wheel").get("packages")
    if isinstance(packages, Mapping):
        return _from_paths([p for p in packages.values() if isinstance(p, str)])
    listed = _strings(packages)
    return _from_paths(listed) if listed else NOTHING


READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Found]]] = {
    "hatchling": _hatchling,
    "setuptools": _setuptools,
    "uv_build": _uv_build,
    "flit_core": _flit,
    "flit_scm": _flit,
    "pdm": _pdm,
    "poetry": _poetry,
    "poetry_dynamic_versioning": _poetry,
    "maturin": _maturin,
    "scikit_build_core": _scikit_build,
}
"""By the first name of `build-system.build-backend`."""


def _table(tables: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        inner = tables.get(key)
        if not isinstance(inner, Mapping):
            return {}
        tables = inner
    return tables


def _strings(value: object) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _clean(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(PurePosixPath(path)) for path in paths))


def _tops(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.split(".")[0] for name in names))


def _from_paths(paths: Iterable[str]) -> Found:
    """Take `src/app` for the package `app` under the root `src`."""
    pure = [PurePosixPath(path) for path in paths]
    roots = _clean(str(path.parent) for path in pure)
    return roots, tuple(dict.fromkeys(path.stem for path in pure if path.stem))
