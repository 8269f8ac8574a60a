"""`apply`: writes the rewrite and the lock that goes with it, all or nothing."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from extrasplit.edges.transaction import digest_of_bytes, recover, replace_all
from extrasplit.edges.uv import Uv, find_uv
from extrasplit.errors import ExternalError, ExtrasplitError
from extrasplit.lock.uvlock import Lock, PackageKey, read_lock
from extrasplit.pipeline import Analysis
from extrasplit.project.starts import dockerfile
from extrasplit.rewrite import workflow
from extrasplit.rewrite.proposal import (
    COMPOSE_NAMES,
    Proposal,
    ProposalOptions,
    ProposedFile,
    facts_of,
    propose,
)

GENERATED = (
    "pyproject.toml",
    "Dockerfile",
    "Dockerfile.extrasplit",
    ".dockerignore",
    "Dockerfile.dockerignore",
    "Dockerfile.extrasplit.dockerignore",
    "docker-bake.hcl",
    "docker-bake.extrasplit.hcl",
    *COMPOSE_NAMES,
    "compose.extrasplit.yaml",
    workflow.PATH,
    workflow.PATH.replace(".yml", "-extrasplit.yml"),
)
"""Files that `apply` may write, or that stand where it would."""
LEFT_BEHIND = (".git", ".venv", "venv", "__pycache__", "node_modules", ".*_cache")
"""What a copy of the project does without."""


@dataclass(frozen=True, slots=True)
class LockChange:
    """What `uv lock` made of the prepared state: `name==version` lines."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        parts = (("added", self.added), ("removed", self.removed), ("changed", self.changed))
        return "; ".join(f"{what} {', '.join(names)}" for what, names in parts if names)


def prepare(analysis: Analysis, options: ProposalOptions) -> Proposal:
    """Return what `apply` would write, after finishing what a killed one had begun.

    Raises ExtrasplitError where pyproject.toml can't be rewritten.
    """
    recover(analysis.lock_root)
    entries = frozenset(path.name for path in analysis.root.iterdir())
    return propose(
        standing_files(analysis),
        analysis.project,
        analysis.settings,
        analysis.plan,
        analysis.ground.entrypoints,
        facts_of(analysis.ground, analysis.plan, base_image=analysis.base_image, entries=entries),
        options,
    )


def standing_files(analysis: Analysis) -> dict[str, bytes | None]:
    """Return the files that `apply` may write or has to heed; None: not there."""
    names = {path for path in analysis.listing.paths if dockerfile.reads(path)}
    found: dict[str, bytes | None] = {}
    for name in sorted(names.union(GENERATED)):
        path = analysis.root / name
        found[name] = path.read_bytes() if path.is_file() else None
    return found


def write(analysis: Analysis, proposal: Proposal, *, allow_lock_changes: bool) -> LockChange:
    """Write the proposal and the lock that goes with it, all or nothing.

    Raises ExtrasplitError where a file stands in the way or would be lost, ExternalError where
    `uv lock` fails or would change a locked version; nothing is changed then.
    """
    if proposal.refused:
        first = proposal.refused[0]
        raise ExtrasplitError(first.reason or first.path, hint="nothing was changed")
    if not proposal.changes:
        return LockChange()
    prefix = analysis.root.relative_to(analysis.lock_root).as_posix()
    prefix = "" if prefix == "." else f"{prefix}/"
    changes: dict[str, bytes | None] = {
        prefix + path: data for path, data in proposal.changes.items()
    }
    standing = {prefix + file.path: file.before for file in proposal.files}
    change = LockChange()
    if prefix + "pyproject.toml" in changes:
        lock_path = analysis.lock_root / "uv.lock"
        before = lock_path.read_bytes()
        after = lock_anew(analysis, {path: data for path, data in changes.items() if data})
        change = compare_locks(analysis.lock, read_lock(after, str(lock_path)), analysis)
        if change and not allow_lock_changes:
            raise ExternalError(
                f"uv would change locked versions ({change}); nothing was changed",
                hint="run `uv lock` first, or accept it with --allow-lock-changes",
            )
        changes["uv.lock"], standing["uv.lock"] = after, before
    expected = {
        path: None if (data := standing.get(path)) is None else digest_of_bytes(data)
        for path in changes
    }
    replace_all(analysis.lock_root, changes, expected)
    return change


def write_files(analysis: Analysis, files: Iterable[ProposedFile]) -> None:
    """Write files that no lock depends on (source), all or nothing.

    Raises ExtrasplitError where one would be lost, ExternalError where the disk refuses.
    """
    changed = [file for file in files if file.action in ("create", "change")]
    replace_all(
        analysis.root,
        {file.path: file.after for file in changed},
        {
            file.path: None if file.before is None else digest_of_bytes(file.before)
            for file in changed
        },
    )


def lock_anew(analysis: Analysis, changes: Mapping[str, bytes]) -> bytes:
    """Return the lock that uv makes of the prepared state, made in a copy of the project."""
    with copied(analysis.lock_root) as copy:
        for path, data in changes.items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(data)
        analysis.progress.start("locking the new state", None)
        try:
            Uv(find_uv()).lock(copy)
        finally:
            analysis.progress.done()
        return (copy / "uv.lock").read_bytes()


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """Yield a copy of the project's tree, beside it where its sources lead out of it (`../x`).

    Environments, caches and version control stay behind: build backends litter what they build.
    """
    leads_out = b'"../' in (root / "pyproject.toml").read_bytes()
    parent = root.parent if leads_out else None
    left = shutil.ignore_patterns(*LEFT_BEHIND)
    with tempfile.TemporaryDirectory(prefix=".extrasplit-", dir=parent) as folder:
        copy = Path(folder) if leads_out else Path(folder) / (root.name or "project")
        shutil.copytree(root, copy, ignore=left, symlinks=True, dirs_exist_ok=True)
        yield copy


def compare_locks(before: Lock, after: Lock, analysis: Analysis) -> LockChange:
    """Return how the locked versions differ, the project itself left out."""
    old, new = _versions(before, analysis), _versions(after, analysis)
    return LockChange(
        added=tuple(f"{name} {_listed(new[name])}" for name in sorted(new.keys() - old.keys())),
        removed=tuple(f"{name} {_listed(old[name])}" for name in sorted(old.keys() - new.keys())),
        changed=tuple(
            f"{name} {_listed(old[name])} -> {_listed(new[name])}"
            for name in sorted(old.keys() & new.keys())
            if old[name] != new[name]
        ),
    )


def uncommitted(root: Path) -> bool:
    """Whether git knows the folder and has uncommitted changes in it."""
    try:
        status = subprocess.run(
            ["git", "-C", str(root), "status", "--porcelain", "--", "."],
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        return False
    return status.returncode == 0 and bool(status.stdout.strip())


def _versions(lock: Lock, analysis: Analysis) -> dict[str, set[PackageKey]]:
    found: dict[str, set[PackageKey]] = {}
    for key in lock.packages:
        if key.name != analysis.project.name:
            found.setdefault(key.name, set()).add(key)
    return found


def _listed(keys: set[PackageKey]) -> str:
    return "/".join(key.version for key in sorted(keys))
