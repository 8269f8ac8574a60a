"""Forges small, valid wheels and sdists, the same bytes every time."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

Files = Mapping[str, str | bytes]


def make_wheel(
    name: str,
    version: str = "1.0",
    *,
    directory: Path,
    files: Files | None = None,
    requires: Iterable[str] = (),
    extras: Mapping[str, Iterable[str]] | None = None,
    scripts: Mapping[str, str] | None = None,
    gui_scripts: Mapping[str, str] | None = None,
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    requires_python: str | None = None,
    metadata: Iterable[str] = (),
    dist_info: Files | None = None,
    tag: str = "py3-none-any",
    build: str = "",
    purelib: bool = True,
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Write one wheel into `directory` and return its path.

    `files` defaults to an empty import package of the distribution's name. `extras` maps an extra
    to requirement lines, `scripts` a console script to `module:object`, `entry_points` a group to
    its names; `metadata` adds lines to METADATA (`Import-Name: yaml`), `dist_info` adds files.
    """
    stem = f"{escape(name)}-{version}"
    members = [(path, as_bytes(text)) for path, text in _files_of(name, files).items()]
    info = f"{stem}.dist-info"
    head = metadata_text(name, version, requires, extras, requires_python, metadata)
    members.append((f"{info}/METADATA", head))
    members.append((f"{info}/WHEEL", _wheel_text(tag, build, purelib)))
    groups = dict(entry_points or {})
    if scripts:
        groups["console_scripts"] = scripts
    if gui_scripts:
        groups["gui_scripts"] = gui_scripts
    if groups:
        members.append((f"{info}/entry_points.txt", _entry_points_text(groups)))
    members += [(f"{info}/{path}", as_bytes(text)) for path, text in (dist_info or {}).items()]
    members.append((f"{info}/RECORD", _record_text(members, f"{info}/RECORD")))

    middle = f"-{build}" if build else ""
    path = directory / f"{stem}{middle}-{tag}.whl"
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for member, content in members:
            entry = zipfile.ZipInfo(member, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = compression
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return path


def make_sdist(
    name: str,
    version: str = "1.0",
    *,
    directory: Path,
    files: Files | None = None,
    requires: Iterable[str] = (),
    extras: Mapping[str, Iterable[str]] | None = None,
    requires_python: str | None = None,
    metadata: Iterable[str] = (),
) -> Path:
    """Write one sdist into `directory` and return its path; it builds offline, by itself.

    Its backend lies in its own tree (PEP 517 `backend-path`) and requires nothing.
    """
    stem = f"{escape(name)}-{version}"
    head = metadata_text(name, version, requires, extras, requires_python, metadata)
    modules = _files_of(name, files)
    members = {f"{stem}/{path}": as_bytes(text) for path, text in modules.items()}
    members[f"{stem}/PKG-INFO"] = head
    members[f"{stem}/pyproject.toml"] = _PYPROJECT
    members[f"{stem}/own_backend.py"] = _BACKEND.format(
        stem=stem, paths=sorted(modules), wheel_text=_wheel_text("py3-none-any", "", True).decode()
    ).encode()
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{stem}.tar.gz"
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for member, content in members.items():
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    path.write_bytes(gzip.compress(raw.getvalue(), mtime=0))
    return path


def metadata_text(
    name: str,
    version: str,
    requires: Iterable[str] = (),
    extras: Mapping[str, Iterable[str]] | None = None,
    requires_python: str | None = None,
    lines: Iterable[str] = (),
) -> bytes:
    """Return METADATA (or PKG-INFO), nothing in it dynamic."""
    text = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
    if requires_python:
        text.append(f"Requires-Python: {requires_python}")
    text += [f"Requires-Dist: {line}" for line in requires]
    for extra, wanted in (extras or {}).items():
        text.append(f"Provides-Extra: {extra}")
        text += [f"Requires-Dist: {_with_extra(line, extra)}" for line in wanted]
    text += lines
    return ("\n".join(text) + "\n").encode()


def as_bytes(text: str | bytes) -> bytes:
    """Return what is to be stored for a file given as text or bytes."""
    return text.encode() if isinstance(text, str) else text


def escape(name: str) -> str:
    """Return the name as file names spell it."""
    return canonicalize_name(name).replace("-", "_")


def _files_of(name: str, files: Files | None) -> Files:
    return {f"{escape(name)}/__init__.py": ""} if files is None else files


def _with_extra(line: str, extra: str) -> str:
    requirement, separator, marker = line.partition(";")
    condition = f"extra == '{extra}'"
    if separator:
        condition = f"({marker.strip()}) and {condition}"
    return f"{requirement.strip()} ; {condition}"


def _wheel_text(tag: str, build: str, purelib: bool) -> bytes:
    python, abi, platform = tag.split("-")
    tags = [
        f"Tag: {one}-{other}-{third}"
        for one in python.split(".")
        for other in abi.split(".")
        for third in platform.split(".")
    ]
    head = [
        "Wheel-Version: 1.0",
        "Generator: wheelsmith",
        f"Root-Is-Purelib: {str(purelib).lower()}",
    ]
    if build:
        head.append(f"Build: {build}")
    return ("\n".join(head + tags) + "\n").encode()


def _entry_points_text(groups: Mapping[str, Mapping[str, str]]) -> bytes:
    lines: list[str] = []
    for group, names in groups.items():
        lines.append(f"[{group}]")
        lines += [f"{name} = {target}" for name, target in names.items()]
        lines.append("")
    return "\n".join(lines).encode()


def _record_text(members: Iterable[tuple[str, bytes]], own: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for path, content in members:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow((path, f"sha256={digest}", len(content)))
    writer.writerow((own, "", ""))
    return text.getvalue().encode()


_PYPROJECT = b"""\
[build-system]
requires = []
build-backend = "own_backend"
backend-path = ["."]
"""

_BACKEND = """\
import base64
import csv
import hashlib
import zipfile
from pathlib import Path

STEM = {stem!r}
PATHS = {paths!r}
WHEEL = {wheel_text!r}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    info = STEM + ".dist-info"
    members = [(path, Path(path).read_bytes()) for path in PATHS]
    members.append((info + "/METADATA", Path("PKG-INFO").read_bytes()))
    members.append((info + "/WHEEL", WHEEL.encode()))
    record = ""
    for path, content in members:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        record += f"{{path}},sha256={{digest.decode()}},{{len(content)}}\\n"
    members.append((info + "/RECORD", (record + info + "/RECORD,,\\n").encode()))
    name = STEM + "-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as archive:
        for path, content in members:
            archive.writestr(path, content)
    return name
"""
