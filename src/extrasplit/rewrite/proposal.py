"""Composes all that `apply` would write: pyproject.toml and the files that build the images.

Text from text; nothing is read or written here. A file that extrasplit did not generate is never
changed: ours then has another name. One that was edited since is refused, with its diff.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from packaging.utils import NormalizedName

from extrasplit.errors import ExtrasplitError
from extrasplit.places import Place
from extrasplit.project.declared import Project, Settings
from extrasplit.project.roles import Entrypoint
from extrasplit.project.starts.dockerfile import reads, started_stages
from extrasplit.project.starts.interface import ProjectFiles
from extrasplit.project.starts.stages import read_stages
from extrasplit.rewrite import workflow
from extrasplit.rewrite.bake import render_bake
from extrasplit.rewrite.carry import Carried, Copied, read_carried
from extrasplit.rewrite.compose import render_compose
from extrasplit.rewrite.dockerfile import Build, Image, render_dockerfile
from extrasplit.rewrite.dockerignore import render_dockerignore
from extrasplit.rewrite.header import Ownership, ownership, seal
from extrasplit.rewrite.images import Surroundings, assemble
from extrasplit.split.ground import Ground
from extrasplit.split.plan import Addition, Move, Plan, Variant

Part = Literal["pyproject", "docker", "bake", "compose", "workflow"]
Action = Literal["create", "change", "keep", "refuse"]
PARTS: Final[tuple[Part, ...]] = ("pyproject", "docker", "bake", "compose", "workflow")
UV_IMAGE: Final = "astral/uv"
"""Without a registry's host: the engine's default is meant."""
COMPOSE_NAMES: Final = (
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
)


@dataclass(frozen=True, slots=True)
class ProposalOptions:
    """What the call asks for."""

    only: frozenset[Part] = frozenset()
    """Empty: pyproject, docker and bake, and what was generated before."""
    variants: tuple[str, ...] = ()
    """Empty: all of the plan's."""
    compose: bool = False
    workflow: bool = False
    force: bool = False
    """Overwrite generated files that were edited since."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known beside the plan, for the files that build images."""

    base_image: str
    uv_version: str | None = None
    """Of the uv that made the lock; None: its newest image."""
    libc: Literal["glibc", "musl"] = "glibc"
    entries: frozenset[str] = frozenset()
    """Names directly in the project's folder."""
    modules: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Variant to the top-level modules that its distributions ship."""
    compiled: Mapping[str, tuple[NormalizedName, ...]] = field(default_factory=dict)
    """Variant to the distributions that no wheel serves on the target."""
    local_sources: bool = False
    """The lock holds packages of the source tree beside the project."""


@dataclass(frozen=True, slots=True)
class ProposedFile:
    """One file, as it is and as it would be."""

    path: str
    """Relative to the project's folder, with forward slashes."""
    before: bytes | None
    after: bytes
    action: Action
    reason: str | None = None
    """Why it is refused."""

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty where there is none."""
        return unified_diff(self.path, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Proposal:
    """All that would be written."""

    files: tuple[ProposedFile, ...]
    moves: tuple[Move, ...]
    additions: tuple[Addition, ...]
    notes: tuple[Place, ...]
    """What the owner's Dockerfile says and ours cannot: place, and the text."""

    @property
    def changes(self) -> Mapping[str, bytes]:
        """Path to new content of each file that is to be written."""
        return {f.path: f.after for f in self.files if f.action in ("create", "change")}

    @property
    def refused(self) -> tuple[ProposedFile, ...]:
        """Files that stand in the way."""
        return tuple(file for file in self.files if file.action == "refuse")


def propose(
    files: Mapping[str, bytes | None],
    project: Project,
    settings: Settings,
    plan: Plan,
    entrypoints: Sequence[Entrypoint],
    facts: ImageFacts,
    options: ProposalOptions = ProposalOptions(),
) -> Proposal:
    """Return what `apply` would write.

    `files` are those that stand, by path relative to the project's folder: pyproject.toml, every
    Dockerfile, and each that may be ours. Raises ExtrasplitError where a file can't be rewritten,
    a name can't be quoted or `--variant` names none.
    """
    texts = {path: data.decode("utf-8", "replace") for path, data in files.items() if data}
    variants = _chosen(plan.variants, options.variants)
    proposed = []
    if _wants("pyproject", options, plan, texts, "pyproject.toml"):
        proposed.append(_pyproject(files, project, plan, variants))
    around = _surroundings(texts, project, settings, facts)
    images, notes = assemble(project, variants, entrypoints, around)
    build = _build(project, facts)
    written = _Generated(texts, project, settings, options, plan, build, images)
    proposed += written.all()
    return Proposal(
        files=tuple(proposed),
        moves=plan.moves,
        additions=(*plan.additions, *(a for group in plan.groups for a in group.additions)),
        notes=notes,
    )


def facts_of(
    ground: Ground,
    plan: Plan,
    *,
    base_image: str,
    entries: frozenset[str] = frozenset(),
    uv_version: str | None = None,
) -> ImageFacts:
    """Return the facts that an analysis holds: what the first target's wheels ship."""
    facts = ground.first.facts
    modules = {
        variant.name: frozenset(
            module.partition(".")[0]
            for key in variant.packages
            if key in facts
            for module in facts[key].modules
        )
        for variant in plan.variants
    }
    compiled = {
        variant.name: tuple(
            sorted(
                key.name
                for key in variant.packages
                if key in facts and facts[key].reason in ("sdist", "no-wheel")
            )
        )
        for variant in plan.variants
    }
    local = any(
        key.source.startswith(("directory+", "editable+", "path+"))
        and key.name != ground.project.name
        for key in ground.lock.packages
    )
    return ImageFacts(
        base_image=base_image,
        uv_version=uv_version,
        libc=ground.first.target.libc,
        entries=entries,
        modules=modules,
        compiled=compiled,
        local_sources=local,
    )


def unified_diff(path: str, before: bytes | None, after: bytes) -> str:
    """Return the change of one file as `diff -u` shows it."""
    old = (before or b"").decode("utf-8", "replace").splitlines(keepends=True)
    new = after.decode("utf-8", "replace").splitlines(keepends=True)
    origin = "/dev/null" if before is None else f"a/{path}"
    lines = difflib.unified_diff(old, new, origin, f"b/{path}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _chosen(variants: Sequence[Variant], names: Sequence[str]) -> tuple[Variant, ...]:
    known = {variant.name for variant in variants}
    for name in names:
        if name not in known:
            raise ExtrasplitError(
                f"the plan has no variant {name!r}",
                hint=f"it has {', '.join(sorted(known)) or 'none'}",
            )
    return tuple(v for v in variants if not names or v.name in names)


def _wants(
    part: Part, options: ProposalOptions, plan: Plan, texts: Mapping[str, str], path: str
) -> bool:
    """Whether a part is to be written.

    Where the plan has nothing to do, only what was generated before is kept up to date.
    """
    if options.only:
        return part in options.only
    if part == "pyproject":
        return plan.changed
    asked = {"compose": options.compose, "workflow": options.workflow}.get(part, plan.changed)
    return asked or ownership(texts.get(path)) in ("generated", "edited")


def _pyproject(
    files: Mapping[str, bytes | None], project: Project, plan: Plan, variants: Sequence[Variant]
) -> ProposedFile:
    from extrasplit.rewrite.pyproject import rewrite_pyproject

    before = files.get("pyproject.toml")
    if before is None:
        raise ExtrasplitError(f"{project.root} holds no pyproject.toml", hint="nothing was changed")
    after = rewrite_pyproject(before.decode(), project, plan, variants=variants).encode()
    return ProposedFile("pyproject.toml", before, after, "keep" if after == before else "change")


def _build(project: Project, facts: ImageFacts) -> Build:
    member = project.root != project.lock_root
    return Build(
        title=project.written_name,
        base_image=facts.base_image,
        uv_image=f"{UV_IMAGE}:{facts.uv_version or 'latest'}",
        libc=facts.libc,
        virtual=project.virtual,
        folder=project.root.relative_to(project.lock_root).as_posix() if member else ".",
        package=project.name if member else None,
        members=project.members,
        local_sources=facts.local_sources,
        dynamic_version="version" in project.dynamic,
    )


def _surroundings(
    texts: Mapping[str, str], project: Project, settings: Settings, facts: ImageFacts
) -> Surroundings:
    """Read what the owner's Dockerfiles and .dockerignore say."""
    roots = settings.source or project.source_roots
    carried: dict[str, Carried] = {}
    started: list[str] = []
    for path, text in texts.items():
        if reads(path) and ownership(text) == "foreign":
            carried |= read_carried(text, path, roots)
            stages = read_stages(text, path, ProjectFiles(project.name))
            started += [f"{path}#{stage.label}" for stage in started_stages(stages)]
    general = Carried()
    if len(started) == 1 and started[0] in carried:
        general = carried[started[0]].without_start()
    theirs = texts.get(".dockerignore", "")
    patterns = () if ownership(theirs) == "generated" else tuple(theirs.split())
    return Surroundings(
        entries=facts.entries,
        carried=carried,
        general=general,
        modules=facts.modules,
        compiled=facts.compiled,
        libc=facts.libc,
        ignored=tuple(p.strip("/").removeprefix("**/") for p in patterns if p[0] not in "!#"),
    )


class _Generated:
    """The generated files: each has a path that is free or ours, and a text."""

    def __init__(
        self,
        texts: Mapping[str, str],
        project: Project,
        settings: Settings,
        options: ProposalOptions,
        plan: Plan,
        build: Build,
        images: Sequence[Image],
    ) -> None:
        self.texts = texts
        self.project = project
        self.settings = settings
        self.options = options
        self.plan = plan
        self.build = build
        self.images = images
        self.dockerfile = self.free_path("Dockerfile", "Dockerfile.extrasplit")

    def all(self) -> list[ProposedFile]:
        """Return every file that is wanted."""
        found = []
        if self.images and self.wants("docker", self.dockerfile):
            found.append(self.file(self.dockerfile, render_dockerfile(self.build, self.images)))
            found.append(self.dockerignore())
        bake = self.free_path("docker-bake.hcl", "docker-bake.extrasplit.hcl")
        if self.images and self.wants("bake", bake):
            found.append(self.file(bake, self.bake()))
        compose = self.compose_path()
        if self.images and self.wants("compose", compose):
            text = render_compose(
                self.build, self.images, dockerfile=self.in_context(), context=self.context()
            )
            found.append(self.file(compose, text))
        path = self.free_path(workflow.PATH, workflow.PATH.replace(".yml", "-extrasplit.yml"))
        if self.images and self.wants("workflow", path):
            found.append(self.file(path, self.workflow(bake)))
        return found

    def wants(self, part: Part, path: str) -> bool:
        return _wants(part, self.options, self.plan, self.texts, path)

    def owner(self, path: str) -> Ownership:
        return ownership(self.texts.get(path))

    def free_path(self, path: str, otherwise: str) -> str:
        return otherwise if self.owner(path) == "foreign" else path

    def compose_path(self) -> str:
        taken = any(self.owner(name) == "foreign" for name in COMPOSE_NAMES)
        return "compose.extrasplit.yaml" if taken else COMPOSE_NAMES[0]

    def context(self) -> str:
        """The build context, relative to the project's folder."""
        depth = 0 if self.build.folder == "." else self.build.folder.count("/") + 1
        return "/".join([".."] * depth) or "."

    def in_context(self) -> str:
        """The Dockerfile, relative to the build context."""
        folder = self.build.folder
        return self.dockerfile if folder == "." else f"{folder}/{self.dockerfile}"

    def file(self, path: str, body: str) -> ProposedFile:
        """Return one generated file, refused where it was edited."""
        text = seal(body)
        standing = self.texts.get(path)
        owner = self.owner(path)
        before = None if standing is None else standing.encode()
        if owner == "foreign" or (owner == "edited" and not self.options.force):
            reason = (
                f"{path} was edited since extrasplit generated it; --force overwrites it"
                if owner == "edited"
                else f"{path} is not extrasplit's; move it away"
            )
            return ProposedFile(path, before, text.encode(), "refuse", reason)
        if standing is None:
            return ProposedFile(path, None, text.encode(), "create")
        same = standing.replace("\r\n", "\n") == text
        after = standing if same else text
        return ProposedFile(path, before, after.encode(), "keep" if same else "change")

    def dockerignore(self) -> ProposedFile:
        """Return the .dockerignore; where the owner has one, or builds without, that of our file.

        BuildKit reads `<Dockerfile>.dockerignore` before `.dockerignore`:
        https://docs.docker.com/build/concepts/context/#filename-and-location
        """
        own_name = self.dockerfile == "Dockerfile" and self.owner(".dockerignore") != "foreign"
        path = ".dockerignore" if own_name else f"{self.dockerfile}.dockerignore"
        theirs = (
            self.texts.get(".dockerignore") if self.owner(".dockerignore") == "foreign" else None
        )
        copied = {
            source.strip("./").partition("/")[0]
            for image in self.images
            for step in image.carried.steps
            if isinstance(step, Copied)
            for source in step.sources
        }
        copied |= {source for image in self.images for source in image.sources}
        packages = {root.partition("/")[0] for root in self.project.source_roots}
        needed = ["pyproject.toml", "uv.lock", *sorted(packages - {"."})]
        needed += [self.project.readme] if self.project.readme else []
        body = render_dockerignore(
            needed=needed, kept=packages | copied | {*self.project.packages}, theirs=theirs
        )
        return self.file(path, body)

    def bake(self) -> str:
        return render_bake(
            self.build,
            self.images,
            dockerfile=self.in_context(),
            platforms=self.settings.platforms,
            context=self.context(),
        )

    def workflow(self, bake: str) -> str:
        limits = {
            name: variant.max_size_bytes
            for name, variant in self.settings.variants.items()
            if variant.max_size_bytes is not None
        }
        return workflow.render_workflow(self.build, self.images, bake_file=bake, limits=limits)
