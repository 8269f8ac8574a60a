"""What a plan stands on: the answers of the earlier stages, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import NormalizedName

from extrasplit.imports.traced import Use
from extrasplit.lock.target import Target
from extrasplit.lock.uvlock import Lock, PackageKey
from extrasplit.places import Place
from extrasplit.project.declared import Project, Requirement, Settings
from extrasplit.project.entrypoints import Entrypoint
from extrasplit.record import Record
from extrasplit.wheels.contents import WheelFacts
from extrasplit.wheels.owners import Owners


class TargetGround(Record):
    """What lock and wheels say on one target."""

    target: Target
    requirement_closures: Mapping[Requirement, frozenset[PackageKey]]
    """What each declared requirement brings, itself included; empty where its marker is false."""
    distribution_closures: Mapping[NormalizedName, frozenset[PackageKey]]
    """What each locked distribution would bring if it were declared, without extras."""
    edges: frozenset[tuple[PackageKey | None, PackageKey]]
    """Who brings whom when all of the project is installed; None is the project."""
    facts: Mapping[PackageKey, WheelFacts]
    owners: Owners


class Ground(Record):
    """Project, lock, wheels and uses of one analysis."""

    project: Project
    settings: Settings
    entrypoints: tuple[Entrypoint, ...]
    uses: Mapping[str, tuple[Use, ...]]
    """By entrypoint, strongest first, each with its chain."""
    importers: Mapping[str, frozenset[str]]
    """Import package (`yaml`, `google.cloud.storage`) to the first-party modules that import it."""
    lock: Lock
    targets: tuple[TargetGround, ...]
    """The first is the one that figures are for; soundness holds on all."""
    base_image: str = ""
    """What the images start from: configured, or the Dockerfile's FROM; empty: the slim one."""
    app_bytes: int = 0
    """The project's own wheel and copied source."""
    copies_source: bool = False
    compiles_bytecode: bool = False
    """The image is built with `UV_COMPILE_BYTECODE`: its bytecode counts."""
    undecided: tuple[Place, ...] = ()
    """Lines whose meaning no reading could tell; `module` is the text that is meant."""

    @property
    def first(self) -> TargetGround:
        """The target that figures are for."""
        return self.targets[0]
