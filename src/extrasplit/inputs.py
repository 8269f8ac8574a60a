"""What an analysis reads before it asks anything: files, settings, targets and the lock.

The first half of `pipeline`: each question is answered once, and imports its stage inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from extrasplit.edges.answers import standing_of
from extrasplit.edges.files import Listing, digest_of, list_files
from extrasplit.edges.progress import Progress, Silence
from extrasplit.errors import ExternalError, ExtrasplitError
from extrasplit.record import Record

if TYPE_CHECKING:
    from extrasplit.edges.memory import Memory
    from extrasplit.edges.premises import Premises
    from extrasplit.lock.target import Target
    from extrasplit.lock.uvlock import Lock
    from extrasplit.project.declared import Project, Settings
    from extrasplit.project.entrypoints import Start
    from extrasplit.project.layout import Layout

_COMPILES: Final = re.compile(r"UV_COMPILE_BYTECODE[= ]\"?(?:1|true)\b|--compile-bytecode\b")
"""What makes uv compile when an image is built (uv's document on Docker)."""


class Options(Record):
    """What a call asks for, beyond what pyproject.toml says."""

    python: str | None = None
    platforms: tuple[str, ...] = ()
    libc: Literal["glibc", "musl"] | None = None
    package: str | None = None
    """The workspace member that is meant."""
    offline: bool = False
    frozen: bool = False
    """Never run `uv lock`."""
    entrypoints: tuple[str, ...] = ()
    """`NAME=COMMAND`, added for this call."""


class Inputs:
    """What one project's files say."""

    def __init__(
        self,
        root: Path,
        options: Options | None = None,
        *,
        memory: Memory,
        progress: Progress | None = None,
        listing: Listing | None = None,
    ) -> None:
        """`memory` is where facts and scans are remembered; `listing` was made just now."""
        self.start = root
        self.options = options or Options()
        self.memory = memory
        self.progress = progress or Silence()
        self._listing = listing
        self._made_lock = False

    # -- what the maintainer wrote -----------------------------------------------------------

    @cached_property
    def root(self) -> Path:
        """The folder of the project, or of the workspace member that `--package` names."""
        from extrasplit.edges.workspace import find_member

        return find_member(self.start, self.options.package)

    @cached_property
    def lock_root(self) -> Path:
        """The folder of uv.lock: the workspace's root where the project is a member of one."""
        if self.premises:
            return self.premises.lock_root
        from extrasplit.edges.workspace import find_lock_root

        return find_lock_root(self.root)

    @cached_property
    def pyproject(self) -> bytes:
        """The bytes of pyproject.toml."""
        from extrasplit.project.pyproject import missing_pyproject

        try:
            return (self.root / "pyproject.toml").read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise missing_pyproject(self.root) from None
        except OSError as error:
            raise ExtrasplitError(
                f"{self.root / 'pyproject.toml'} cannot be read: {error.strerror}",
                hint="mend its permissions",
            ) from None

    @cached_property
    def listing(self) -> Listing:
        """Every file that some stage may read."""
        if self._listing and self._listing.root == str(self.root):
            return self._listing
        return list_files(self.root)

    @cached_property
    def beside_source(self) -> str:
        """The digest of all that answers stand on, but for what the Python files hold."""
        stats = (
            (path, None if path.endswith(".py") else stat)
            for path, stat in self.listing.stats.items()
        )
        options = tuple(getattr(self.options, name) for name in Options.__struct_fields__)
        return digest_of((*standing_of(str(self.root)), options, tuple(stats)))

    @cached_property
    def premises(self) -> Premises | None:
        """What is remembered of all files but the source; None where one of them changed."""
        from extrasplit.edges.premises import recall_premises

        return recall_premises(self._premises_file, self.beside_source)

    @property
    def _premises_file(self) -> Path:
        return self.memory.directory() / "premises" / digest_of(str(self.root))

    @cached_property
    def written(self) -> Project:
        """The project as pyproject.toml says it; what is dynamic is missing."""
        if self.premises:
            return self.premises.written
        from extrasplit.project.pyproject import read_project

        return read_project(self.pyproject, self.root, self.lock_root, listing=self.listing.paths)

    @cached_property
    def project(self) -> Project:
        """The project, with dynamic requirements filled in from the lock."""
        if not {"dependencies", "optional-dependencies"} & self.written.dynamic:
            return self.written
        from extrasplit.project.dynamic import with_locked_requirements

        locked = self.lock.member(self.written.name)
        recorded = (locked.requires_dist if locked else None) or ()
        return with_locked_requirements(self.written, [one.line for one in recorded])

    @cached_property
    def settings(self) -> Settings:
        """`[tool.extrasplit]`, and what the call adds."""
        if self.premises:
            return self.premises.settings
        from extrasplit.project.pyproject import read_tables
        from extrasplit.project.settings import read_settings, with_entrypoints

        path = self.root / "pyproject.toml"
        table = read_tables(self.pyproject, path).get("tool", {}).get("extrasplit")
        return with_entrypoints(read_settings(table, path), self.options.entrypoints)

    @cached_property
    def layout(self) -> Layout:
        """Which module lies in which file."""
        if self.premises:
            return self.premises.layout
        from extrasplit.project.layout import find_modules

        return find_modules(self.written, self.settings, self.listing.paths)

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """The commands that Dockerfile, compose file, Procfile and scripts start."""
        from extrasplit.project.starts.catalog import read_starts

        return read_starts(self.start_texts, self.listing.paths, self.written.name)

    @cached_property
    def start_texts(self) -> Mapping[str, str]:
        """The texts of the files that may say how the project is started, by path."""
        from extrasplit.project.starts.catalog import is_start_file

        return {
            path: self.listing.read(path).decode("utf-8", "replace")
            for path in self.listing.stats
            if is_start_file(path)
        }

    @cached_property
    def _base_images(self) -> tuple[str, ...]:
        from extrasplit.project.runtime import find_base_images, texts_of_dockerfiles

        texts = texts_of_dockerfiles(self.start_texts)
        return tuple(image for text in texts for image in find_base_images(text))

    @cached_property
    def base_image(self) -> str:
        """The base image: configured, the Dockerfile's FROM, else the slim one."""
        if self.premises:
            return self.premises.base_image
        from extrasplit.project.runtime import choose_base_image

        chosen = choose_base_image(self.settings, self._base_images)
        flavour = "alpine" if self.target.libc == "musl" else "slim"
        return chosen or f"python:{self.target.python}-{flavour}"

    @cached_property
    def compiles_bytecode(self) -> bool:
        """Whether an image is built with bytecode, which then counts."""
        if self.premises:
            return self.premises.compiles_bytecode
        return any(_COMPILES.search(text) for text in self.start_texts.values())

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """What the analysis is for; figures are for the first."""
        if self.premises:
            return self.premises.targets
        from extrasplit.lock.target import Target
        from extrasplit.project.runtime import choose_libc, choose_python

        python = self.options.python or choose_python(
            self.written,
            self.settings,
            self._base_images,
            self.listing.read(".python-version"),
        )
        libc = self.options.libc or choose_libc(self.settings, self._base_images)
        platforms = self.options.platforms or self.settings.platforms
        return tuple(Target(python, platform, libc) for platform in platforms)

    @property
    def target(self) -> Target:
        """The target that figures are for."""
        return self.targets[0]

    # -- what uv would install ---------------------------------------------------------------

    @cached_property
    def lock(self) -> Lock:
        """uv.lock; made by `uv lock` where it is missing and may be made."""
        from extrasplit.edges.locks import remembered_lock

        path = self.lock_root / "uv.lock"
        if not path.is_file():
            self._make_lock(path)
        return remembered_lock(path, self.memory.directory() / "locks")

    def _make_lock(self, path: Path) -> None:
        from extrasplit.edges.uv import Uv, find_uv

        if self.options.frozen or self.options.offline:
            raise ExternalError(f"{path} is missing", hint=f"run `uv lock` in {self.lock_root}")
        if self.written.dynamic & {"dependencies", "optional-dependencies", "version"}:
            raise ExternalError(
                f"{path} is missing, and dynamic metadata makes `uv lock` run the project's own "
                "build backend",
                hint=f"run `uv lock` in {self.lock_root} yourself",
            )
        self._made_lock = True
        self.progress.start("locking", None)
        try:
            Uv(find_uv()).lock(self.lock_root)
        finally:
            self.progress.done()
