"""`verify --image`: builds every target, starts it, and holds its layers against the plan."""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from extrasplit.actions import apply
from extrasplit.actions.proving import Bench, prove
from extrasplit.edges.engine import Engine, Image, Measured, find_engine
from extrasplit.edges.machine import platform_of
from extrasplit.errors import ExternalError, ExtrasplitError
from extrasplit.pipeline import Analysis
from extrasplit.rewrite.header import ownership
from extrasplit.rewrite.proposal import ProposalOptions
from extrasplit.rewrite.quoting import stage_name
from extrasplit.split.values import Variant
from extrasplit.verify.image import (
    Foretold,
    base_layers,
    compiles_bytecode,
    predict_image,
    predict_layers,
)
from extrasplit.verify.observed import Installed
from extrasplit.verify.results import Proven, Result, Size
from extrasplit.verify.smoke import environment_smoke

WORKDIR = "/app"
DOCKERFILES = ("Dockerfile", "Dockerfile.extrasplit")


def prove_images(analysis: Analysis, names: Sequence[str], seconds: float) -> list[Proven]:
    """Build and start the image of each variant (or of those that are named).

    Where no Dockerfile was generated yet, what `apply` would write is written in a copy of the
    project: the images are then those of the plan. Raises ExternalError where no engine is there,
    or it fails.
    """
    engine = find_engine()
    with prepared(analysis) as ready, tempfile.TemporaryDirectory(prefix="extrasplit-") as scratch:
        folder = Path(scratch).resolve()
        yard = Yard(ready, engine, folder, seconds)
        chosen = [v for v in ready.today.variants if not names or v.name in names]
        analysis.progress.start("building and starting images", len(chosen))
        proven = []
        for variant in chosen:
            proven.append(yard.prove(variant))
            analysis.progress.advance()
        analysis.progress.done()
        return proven


@contextmanager
def prepared(analysis: Analysis) -> Iterator[Analysis]:
    """Yield the analysis of a copy of the project that holds a generated Dockerfile."""
    member = analysis.root.relative_to(analysis.lock_root)
    with apply.copied(analysis.lock_root) as copy:
        inner = analysis.beside(copy / member)
        if generated_dockerfile(inner) is None:
            only = ProposalOptions(only=frozenset({"pyproject", "docker"}))
            apply.write(inner, apply.prepare(inner, only), allow_lock_changes=False)
            inner = analysis.beside(copy / member)
        yield inner


def generated_dockerfile(analysis: Analysis) -> Path | None:
    """Return the Dockerfile that extrasplit wrote, edited since or not; None where there is none.

    Both may be: then the owner's own file stands under the plain name.
    """
    for name in reversed(DOCKERFILES):
        path = analysis.root / name
        if path.is_file() and ownership(path.read_text("utf-8")) in ("generated", "edited"):
            return path
    return None


class Yard:
    """Where images are built, measured and started, one after the other: they share layers."""

    def __init__(self, analysis: Analysis, engine: Engine, scratch: Path, seconds: float) -> None:
        """`analysis` is of a copy of the project with a generated Dockerfile."""
        self.analysis = analysis
        self.engine = engine
        self.scratch = scratch
        self.seconds = seconds
        self.known: dict[tuple[str, str, str], Analysis] = {}

    def prove(self, variant: Variant) -> Proven:
        """Build one image, measure it, start all that it is for, and remove it."""
        dockerfile = generated_dockerfile(self.analysis)
        if dockerfile is None:
            raise ExtrasplitError("no Dockerfile was generated", hint="extrasplit apply --write")
        target = stage_name(variant.name)
        title = re.sub(r"[^a-z0-9]+", "-", self.analysis.project.name.lower())
        tag = f"extrasplit-{title}-{target.lower()}:{secrets.token_hex(4)}"
        self.engine.build(self.analysis.lock_root, dockerfile, target, tag)
        try:
            return self.start(variant, Image(self.engine, tag, self.scratch))
        finally:
            self.engine.forget(tag)

    def start(self, variant: Variant, image: Image) -> Proven:
        """Measure and start one image that is built."""
        found = image.run(environment_smoke())
        if found.answer is None:
            raise ExternalError(
                f"no Python answers in the image of {variant.name}: {found.output[-300:].strip()}",
                hint="look at its Dockerfile's base image and PATH",
            )
        analysis = self.analysis_for(found.answer)
        own = next(v for v in analysis.today.variants if v.name == variant.name)
        size = size_of(own, analysis, self.engine.measure(image.tag))
        installed = installed_in(found.answer, analysis)
        bench = Bench(analysis, own, "image", image, installed, self.seconds)
        proven = prove(bench, size)
        return replace(proven, results=tuple(self.time(bench, proven.results)))

    def time(self, bench: Bench, found: Sequence[Result]) -> Iterator[Result]:
        """Measure each start in a container of its own, as it is started in earnest."""
        for result, entrypoint in zip(found, bench.entrypoints(), strict=True):
            first = bench.smokes(entrypoint)[:1]
            if first and first[0].kind == "probe":
                seconds = bench.runner.run(first[0].unwatched()).seconds
                yield replace(result, seconds=seconds)
            else:
                yield result

    def analysis_for(self, answer: Mapping[str, Any]) -> Analysis:
        """Return the prediction made anew for the Python and platform of an image."""
        key = answer["python"], platform_of(answer["machine"]), answer["libc"]
        if key not in self.known:
            self.known[key] = self.analysis.on(*key)
        return self.known[key]


def size_of(variant: Variant, analysis: Analysis, measured: Measured) -> Size:
    """Return an image's size and layers beside what was foretold for its Python and platform."""
    compiled = compiles_bytecode(measured.history)
    twice = analysis.copies_source and not analysis.project.virtual
    folders = {path.partition("/")[0] for path in analysis.layout.modules.values() if "/" in path}
    foretold = Foretold(
        installed_bytes={
            frozenset(one.extras): one.installed_bytes + (one.bytecode_bytes if compiled else 0)
            for one in analysis.today.variants
        },
        own_bytes=analysis.app_bytes // 2 if twice else analysis.app_bytes,
        source_folders=frozenset(folders),
    )
    layers = predict_layers(base_layers(measured.history), foretold)
    sizes = predict_image(layers), measured.size_bytes
    return Size(variant.name, image_bytes=sizes, layers=layers)


def installed_in(answer: Mapping[str, Any], analysis: Analysis) -> Installed:
    """Return what an image holds, as runs in it see it."""
    owners = {
        path: canonicalize_name(one["name"])
        for one in answer["distributions"]
        for path in one["files"]
    }
    own = analysis.project.name
    return Installed(WORKDIR, own, owners, analysis.listing.paths, analysis.layout.roots)
