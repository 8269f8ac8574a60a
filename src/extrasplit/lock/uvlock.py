"""Reads uv.lock, version 1 of any revision, into frozen values.

What older revisions, proxies or previews leave out (sizes, upload times, `[package.metadata]`) is
absent here too; fields that are not known are passed over. The format is uv's own:
https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from packaging.utils import NormalizedName

from extrasplit.errors import ExtrasplitError
from extrasplit.lock.conflicts import ConflictItem
from extrasplit.lock.tables import REMEDY, Table
from extrasplit.record import Record, field

SourceKind = Literal["registry", "git", "url", "path", "directory", "editable", "virtual"]

SOURCE_KINDS: Final[tuple[SourceKind, ...]] = (
    "registry",
    "git",
    "url",
    "path",
    "directory",
    "editable",
    "virtual",
)


class PackageKey(NamedTuple):
    """What tells one locked package from another: several versions of one name may be locked."""

    name: NormalizedName
    version: str
    """Empty where uv records none (dynamic)."""
    source: str
    """`kind+location`, credentials removed: `registry+https://index.example/simple`."""


class Dependency(Record):
    """One edge of the lock: from a package, an extra or a group to a package."""

    name: NormalizedName
    version: str | None
    """As `read_lock` returns it: what the edge means, even where uv leaves it out (one locked)."""
    source: str | None
    """The same; in the form of `PackageKey.source`."""
    extras: tuple[NormalizedName, ...]
    marker: str | None

    @property
    def key(self) -> PackageKey:
        """The package that the edge leads to."""
        return PackageKey(self.name, self.version or "", self.source or "")


class LockedFile(Record):
    """One wheel or sdist of a locked package."""

    filename: str
    location: str
    """Absolute URL, or a path relative to the lock; credentials are never in reports."""
    hash: str | None
    """`sha256:...`, the key of the facts store."""
    size_bytes: int | None


class RecordedRequirement(Record):
    """One line of `[package.metadata] requires-dist`: the project as it was when it was locked."""

    name: NormalizedName
    extras: tuple[NormalizedName, ...]
    specifier: str
    marker: str | None
    source: Mapping[str, str]

    @property
    def line(self) -> str:
        """The requirement as one PEP 508 line."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        marker = f" ; {self.marker}" if self.marker else ""
        return f"{self.name}{extras}{self.specifier}{marker}"


class LockedPackage(Record):
    """One `[[package]]`."""

    key: PackageKey
    source_kind: SourceKind
    resolution_markers: tuple[str, ...]
    dependencies: tuple[Dependency, ...]
    optional: Mapping[NormalizedName, tuple[Dependency, ...]]
    groups: Mapping[NormalizedName, tuple[Dependency, ...]]
    wheels: tuple[LockedFile, ...]
    sdist: LockedFile | None
    requires_dist: tuple[RecordedRequirement, ...] | None
    """None where the lock records no metadata."""
    provides_extras: tuple[NormalizedName, ...] | None
    requires_groups: Mapping[NormalizedName, tuple[RecordedRequirement, ...]] | None = None
    """`requires-dev`: the dependency groups, included groups written out."""


class Lock(Record, eq=False):
    """All of one uv.lock; compared by identity, so that an answer about it can be remembered."""

    version: int
    revision: int
    requires_python: str
    resolution_markers: tuple[str, ...]
    conflicts: tuple[frozenset[ConflictItem], ...]
    """Sets of which no environment holds two: extras and groups of this or another package."""
    packages: Mapping[PackageKey, LockedPackage]
    members: tuple[NormalizedName, ...]
    """`[manifest] members`: the workspace; empty for a single project."""
    excludes: frozenset[NormalizedName]
    by_name: Mapping[NormalizedName, tuple[PackageKey, ...]]
    overrides: frozenset[NormalizedName] = frozenset()
    """Names whose requirements `[tool.uv] override-dependencies` replaced."""
    supported_markers: tuple[str, ...] = ()
    """`[tool.uv] environments`: uv installs nowhere else."""
    manifest_groups: Mapping[NormalizedName, tuple[RecordedRequirement, ...]] = field(
        default_factory=dict
    )
    """Dependency groups of a workspace root that is no project."""

    def member(self, name: NormalizedName) -> LockedPackage | None:
        """Return the package of the project itself, None where it isn't locked."""
        for key in self.by_name.get(name, ()):
            if self.packages[key].source_kind in ("editable", "virtual", "directory"):
                return self.packages[key]
        return None


def read_lock(data: bytes, path: str) -> Lock:
    """Read the bytes of a uv.lock; `path` names it in errors.

    Raises ExtrasplitError where it is no TOML, of another version than 1, or where a field that
    is read has another type than uv writes.
    """
    import tomllib

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        # Beside broken TOML and text that is no UTF-8: numbers and nesting beyond any sense.
        raise ExtrasplitError(f"{path} cannot be read: {error}", hint=REMEDY) from None
    return _Reader(path).read(Table(document, path))


def strip_credentials(url: str) -> str:
    """Return the URL without user name and password; `git@`, which is neither, stays."""
    if "@" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    user, at, host = parts.netloc.rpartition("@")
    if not at or user == "git":
        return url
    return urlunsplit(parts._replace(netloc=host))


class _Source(NamedTuple):
    kind: SourceKind
    location: str
    text: str


class _Reader:
    """The reading of one lock: what is known of all packages resolves the edges of each."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.by_name: dict[NormalizedName, tuple[PackageKey, ...]] = {}

    def read(self, document: Table) -> Lock:
        version = document.number("version")
        if version != 1:
            raise ExtrasplitError(
                f"{self.path} is of lock version {version}; extrasplit reads version 1",
                hint="upgrade extrasplit, or run `uv lock` with a uv that writes version 1",
            )
        tables = []
        for table in document.tables("package"):
            name = table.name()
            table.where = f"{self.path}: package `{name}`"
            source = _read_source(table)
            key = PackageKey(name, table.version(), source.text)
            tables.append((key, source, table))
            self.by_name[name] = (*self.by_name.get(name, ()), key)
        manifest = document.table("manifest") or Table({}, self.path)
        return Lock(
            version=version,
            revision=document.number("revision") or 0,
            requires_python=document.specifier("requires-python"),
            resolution_markers=document.texts("resolution-markers"),
            conflicts=_read_conflicts(document),
            packages={key: self._read_package(key, source, table) for key, source, table in tables},
            members=manifest.names("members"),
            excludes=_read_excludes(manifest),
            by_name=self.by_name,
            overrides=frozenset(item.name() for item in _tables_of(manifest, "overrides")),
            supported_markers=document.texts("supported-markers"),
            manifest_groups=manifest.tables_by_name("dependency-groups", _read_recorded),
        )

    def _read_package(self, key: PackageKey, source: _Source, table: Table) -> LockedPackage:
        metadata = table.table("metadata")
        sdist = table.table("sdist")
        recorded = metadata is not None and "requires-dist" in metadata.fields
        return LockedPackage(
            key=key,
            source_kind=source.kind,
            resolution_markers=table.texts("resolution-markers"),
            dependencies=tuple(self._read_edge(item) for item in table.tables("dependencies")),
            optional=table.tables_by_name("optional-dependencies", self._read_edge),
            groups=table.tables_by_name("dev-dependencies", self._read_edge),
            wheels=tuple(_read_file(item, source) for item in table.tables("wheels")),
            sdist=None if sdist is None else _read_file(sdist, source),
            requires_dist=tuple(_read_recorded(item) for item in metadata.tables("requires-dist"))
            if metadata is not None and (recorded or "provides-extras" in metadata.fields)
            else None,
            provides_extras=metadata.names("provides-extras")
            if metadata is not None and "provides-extras" in metadata.fields
            else None,
            requires_groups=metadata.tables_by_name("requires-dev", _read_recorded)
            if metadata is not None
            else None,
        )

    def _read_edge(self, table: Table) -> Dependency:
        name = table.name()
        version, source = table.text("version"), None
        if "source" in table.fields:
            source = _read_source(table).text
        keys = [
            key
            for key in self.by_name.get(name, ())
            if version in (None, key.version) and source in (None, key.source)
        ]
        if len(keys) != 1:
            problem = "which is not locked" if not keys else "and does not tell which of several"
            raise ExtrasplitError(
                f"{table.where} names `{name}`, {problem}",
                hint=REMEDY,
            )
        return Dependency(
            name=name,
            version=keys[0].version,
            source=keys[0].source,
            extras=table.names("extra"),
            marker=table.text("marker"),
        )


def _read_source(table: Table) -> _Source:
    source = table.table("source")
    for kind in SOURCE_KINDS:
        location = None if source is None else source.text(kind)
        if source is not None and location is not None:
            text = f"{kind}+{strip_credentials(location)}"
            subdirectory = source.text("subdirectory")
            return _Source(kind, location, f"{text}#{subdirectory}" if subdirectory else text)
    raise ExtrasplitError(
        f"{table.where}: its `source` is of no kind that extrasplit knows",
        hint=f"it reads {', '.join(SOURCE_KINDS)}: upgrade extrasplit, or run `uv lock` again",
    )


def _read_file(table: Table, source: _Source) -> LockedFile:
    """Read one wheel or sdist: by URL, by a path in a flat index, or the source itself."""
    location = table.text("url")
    if location is None:
        path = table.text("path")
        location = source.location if path is None else _join(source.location, path)
    filename = table.text("filename") or _filename(location)
    return LockedFile(filename, location, table.text("hash"), table.number("size"))


def _join(folder: str, path: str) -> str:
    if path.startswith(("/", "file:")) or folder in ("", "."):
        return path
    return f"{folder.rstrip('/')}/{path}"


def _filename(location: str) -> str:
    path = location.partition("#")[0].partition("?")[0] if "://" in location else location
    return unquote(path.rstrip("/").rpartition("/")[2])


def _read_recorded(table: Table) -> RecordedRequirement:
    kinds = ("git", "url", "path", "directory", "editable", "virtual", "index", "subdirectory")
    return RecordedRequirement(
        name=table.name(),
        extras=table.names("extras"),
        specifier=table.text("specifier") or "",
        marker=table.text("marker"),
        source={
            kind: strip_credentials(value)
            for kind in kinds
            if isinstance(value := table.fields.get(kind), str)
        },
    )


def _read_conflicts(document: Table) -> tuple[frozenset[ConflictItem], ...]:
    sets = document.fields.get("conflicts", [])
    if not isinstance(sets, list):
        raise document.wrong("conflicts", "an array of arrays")
    tables = (Table({"conflicts": items}, document.where).tables("conflicts") for items in sets)
    return tuple(frozenset(_read_conflict_item(item) for item in items) for items in tables)


def _read_conflict_item(table: Table) -> ConflictItem:
    package = table.normalize(table.text("package") or "")
    if extra := table.text("extra"):
        return ConflictItem("extra", package, table.normalize(extra))
    if group := table.text("group"):
        return ConflictItem("group", package, table.normalize(group))
    return ConflictItem("project", package)


def _read_excludes(manifest: Table) -> frozenset[NormalizedName]:
    """Read `[manifest] excludes`: names, or (revision 5 and later) tables with a name."""
    value = manifest.fields.get("excludes", [])
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return frozenset(manifest.normalize(item) for item in value)
    return frozenset(item.name() for item in manifest.tables("excludes"))


def _tables_of(table: Table, key: str) -> Iterator[Table]:
    """Yield those entries that are tables: an override may be one, or plain text."""
    value = table.fields.get(key, [])
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and "name" in item:
            yield Table(item, f"{table.where}, `{key}`")
