"""Builds, measures and starts images, with Docker BuildKit or with buildah.

Where base images, certificates or network differ from the ordinary, the environment says so:
`EXTRASPLIT_PYTHON_IMAGE`, `EXTRASPLIT_UV_IMAGE`, `SSL_CERT_FILE`, `EXTRASPLIT_NETWORK`.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from extrasplit.edges.probing import ANSWER, PROBE, REQUEST, Exchange, exchange, outcome_of
from extrasplit.edges.process import Finished, run
from extrasplit.edges.starting import free_port, run_to_end, serve_until_answer
from extrasplit.errors import ExternalError
from extrasplit.verify.image import Layer
from extrasplit.verify.smoke import PORT, Smoke
from extrasplit.verify.verdict import Outcome

BUILD_SECONDS: Final = 3600.0
ASKED: Final = "/run/extrasplit/asked"
ANSWERED: Final = "/run/extrasplit/answered"
_UV_SETTING: Final = re.compile(r"^ARG (UV_(?!IMAGE)\w+=\S+)$", re.MULTILINE)
_INSTALL: Final = "install Docker Engine with its buildx plugin, or buildah"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the environment says of building and running images here."""

    network: str
    arguments: Mapping[str, str]
    """Build arguments."""
    certificates: Path | None
    """The authorities that a build trusts, given as the secret `ca`."""

    def words(self) -> list[str]:
        """Return the options that `docker build` and `buildah build` share."""
        words = ["--network", self.network]
        for name, value in self.arguments.items():
            words += ["--build-arg", f"{name}={value}"]
        if self.certificates:
            words += ["--secret", f"id=ca,src={self.certificates}"]
        return words


@dataclass(frozen=True, slots=True)
class Measured:
    """A built image as the engine has it."""

    size_bytes: int
    history: tuple[Layer, ...]
    """Every step, the first at the bottom; those that wrote nothing have no bytes."""


class Engine(Protocol):
    """What can build, measure and start an image."""

    def build(self, context: Path, dockerfile: Path, target: str, tag: str) -> None:
        """Build one target; raises ExternalError with what the engine said."""

    def measure(self, tag: str) -> Measured:
        """Return the size of an image and of its layers."""

    def command(
        self, tag: str, name: str, words: Sequence[str], folders: Exchange | None
    ) -> tuple[str, ...]:
        """Return how words are run in a new container of an image."""

    def end(self, name: str) -> None:
        """Remove a container, whatever runs in it."""

    def forget(self, tag: str) -> None:
        """Remove an image; its layers stay in the build cache."""


def find_engine(environment: Mapping[str, str] = os.environ) -> Engine:
    """Return Docker where its engine answers, else buildah.

    Raises ExternalError, which says what to install or start, where there is neither.
    """
    path = environment.get("PATH", os.defpath)
    around = read_surroundings(environment)
    docker, buildah = shutil.which("docker", path=path), shutil.which("buildah", path=path)
    said = ""
    if docker:
        asked = run(
            (docker, "version", "--format", "{{.Server.Version}}"), cwd=Path.cwd(), seconds=60
        )
        if asked.succeeded:
            return Docker(docker, around)
        said = asked.last_line
    if buildah:
        return Buildah(buildah, around)
    if docker:
        raise ExternalError(
            f"Docker's engine does not answer: {said}",
            hint="start it, or set DOCKER_HOST to where it listens",
        )
    raise ExternalError("neither docker nor buildah was found, to build images", hint=_INSTALL)


def read_surroundings(environment: Mapping[str, str]) -> Surroundings:
    """Return what the environment says of building and running images here."""
    named = {
        "PYTHON_IMAGE": environment.get("EXTRASPLIT_PYTHON_IMAGE"),
        "UV_IMAGE": environment.get("EXTRASPLIT_UV_IMAGE"),
    }
    certificates = Path(environment.get("SSL_CERT_FILE", ""))
    return Surroundings(
        network=environment.get("EXTRASPLIT_NETWORK") or "host",
        arguments={name: value for name, value in named.items() if value},
        certificates=certificates if certificates.is_file() else None,
    )


@dataclass(frozen=True, slots=True)
class Docker:
    """Docker BuildKit: `docker build`, `docker run`, `docker history`."""

    executable: str
    around: Surroundings

    def build(self, context: Path, dockerfile: Path, target: str, tag: str) -> None:
        """Build one target; raises ExternalError with what the engine said."""
        words = ["build", "--progress", "plain", *self.around.words(), "--target", target]
        words += ["--tag", tag, "--file", str(dockerfile), "--load", str(context)]
        demand(self.call(words, cwd=context, seconds=BUILD_SECONDS), f"building {target}")

    def measure(self, tag: str) -> Measured:
        """Return the size of an image and of its layers.

        Where images are kept by containerd, `inspect` counts what is compressed: the layers'
        contents are what is meant.
        """
        asked = self.call(("image", "inspect", "--format", "{{.Size}}", tag))
        size = int(demand(asked, f"measuring {tag}").stdout)
        words = ("history", "--no-trunc", "--human=false", "--format", "{{json .}}", tag)
        lines = demand(self.call(words), f"measuring {tag}").stdout.splitlines()
        steps = [json.loads(line) for line in reversed(lines)]
        history = tuple(Layer(int(step["Size"]), step["CreatedBy"]) for step in steps)
        return Measured(max(size, sum(layer.bytes for layer in history)), history)

    def command(
        self, tag: str, name: str, words: Sequence[str], folders: Exchange | None
    ) -> tuple[str, ...]:
        """Return how words are run in a new container of an image."""
        argv = [self.executable, "run", "--rm", "--init", "--no-healthcheck", "--name", name]
        argv += ["--network", self.around.network, "--entrypoint", words[0]]
        if folders:
            argv += ["--volume", f"{folders.asked}:{ASKED}:ro"]
            argv += ["--volume", f"{folders.answered}:{ANSWERED}"]
        return (*argv, tag, *words[1:])

    def end(self, name: str) -> None:
        """Remove a container, whatever runs in it."""
        self.call(("rm", "--force", "--volumes", name))

    def forget(self, tag: str) -> None:
        """Remove an image; its layers stay in the build cache."""
        self.call(("image", "rm", "--force", tag))

    def call(
        self, words: Sequence[str], *, cwd: Path | None = None, seconds: float = 300.0
    ) -> Finished:
        """Run docker and return what became of it."""
        environment = dict(os.environ) | {"DOCKER_BUILDKIT": "1"}
        where = cwd or Path.cwd()
        return run((self.executable, *words), cwd=where, env=environment, seconds=seconds)


@dataclass(frozen=True, slots=True)
class Buildah:
    """buildah, which needs no engine that runs beside it."""

    executable: str
    around: Surroundings

    def build(self, context: Path, dockerfile: Path, target: str, tag: str) -> None:
        """Build one target; raises ExternalError with what buildah said.

        Other than BuildKit, buildah lets no stage inherit the ARGs of the one that it continues:
        uv's settings are handed in as variables.
        """
        words = ["build", "--layers", "--force-rm", "--format", "docker", *self.around.words()]
        for setting in _UV_SETTING.findall(dockerfile.read_text("utf-8")):
            words += ["--env", setting]
        words += ["--target", target, "--tag", tag, "--file", str(dockerfile), str(context)]
        demand(self.call(words, cwd=context, seconds=BUILD_SECONDS), f"building {target}")

    def measure(self, tag: str) -> Measured:
        """Return the size of an image and of its layers: the files in each, as they are packed."""
        with tempfile.TemporaryDirectory(prefix="extrasplit-image-") as folder:
            words = ("push", "--disable-compression", tag, f"oci:{folder}:image")
            demand(self.call(words, seconds=BUILD_SECONDS), f"measuring {tag}")
            history = tuple(read_oci(Path(folder)))
        return Measured(sum(layer.bytes for layer in history), history)

    def command(
        self, tag: str, name: str, words: Sequence[str], folders: Exchange | None
    ) -> tuple[str, ...]:
        """Return how words are run in a new container of an image."""
        made = ("from", "--pull-never", "--name", name, tag)
        demand(self.call(made), f"starting {tag}")
        argv = [self.executable, "run", "--network", self.around.network]
        if folders:
            argv += ["--volume", f"{folders.asked}:{ASKED}:ro"]
            argv += ["--volume", f"{folders.answered}:{ANSWERED}"]
        return (*argv, name, "--", *words)

    def end(self, name: str) -> None:
        """Remove a container; what runs in it is of the group that was ended."""
        self.call(("rm", name))

    def forget(self, tag: str) -> None:
        """Remove an image; its layers stay in the build cache."""
        self.call(("rmi", "--force", tag))

    def call(
        self, words: Sequence[str], *, cwd: Path | None = None, seconds: float = 300.0
    ) -> Finished:
        """Run buildah and return what became of it."""
        return run((self.executable, *words), cwd=cwd or Path.cwd(), seconds=seconds)


@dataclass(frozen=True)
class Image:
    """One built image, in which entrypoints are started."""

    engine: Engine
    tag: str
    scratch: Path
    """A folder for what is handed in and out."""

    def run(self, smoke: Smoke) -> Outcome:
        """Run one start in a new container, and leave none behind."""
        name = f"extrasplit-{secrets.token_hex(6)}"
        how: dict[str, Any] = {"cwd": self.scratch, "env": os.environ, "seconds": smoke.seconds}
        try:
            if smoke.kind == "probe":
                with exchange(self.scratch, smoke) as folders:
                    words = ["python", f"{ASKED}/{PROBE}", f"{ASKED}/{REQUEST}"]
                    words.append(f"{ANSWERED}/{ANSWER}")
                    argv = self.engine.command(self.tag, name, words, folders)
                    return outcome_of(run_to_end(argv, **how), folders.answer())
            port = str(free_port())
            words = [word.replace(PORT, port) for word in smoke.argv]
            argv = self.engine.command(self.tag, name, words, None)
            if smoke.kind == "command":
                return outcome_of(run_to_end(argv, **how))
            url = f"http://127.0.0.1:{port}{smoke.path}"
            return outcome_of(serve_until_answer(argv, url, **how))
        finally:
            self.engine.end(name)


def read_oci(folder: Path) -> Iterator[Layer]:
    """Yield the steps of an image in an OCI layout, with the bytes of the files in each layer."""

    def blob(digest: str) -> Path:
        return folder / "blobs" / digest.replace(":", "/")

    index = json.loads((folder / "index.json").read_bytes())
    manifest = json.loads(blob(index["manifests"][0]["digest"]).read_bytes())
    config = json.loads(blob(manifest["config"]["digest"]).read_bytes())
    layers = iter(manifest["layers"])
    for step in config["history"]:
        size = 0
        if not step.get("empty_layer"):
            with tarfile.open(blob(next(layers)["digest"])) as archive:
                size = sum(member.size for member in archive if member.isreg())
        yield Layer(size, step.get("created_by", ""))


def demand(finished: Finished, what: str) -> Finished:
    """Return what a command said; raises ExternalError where it failed."""
    if finished.succeeded:
        return finished
    said = [line.strip() for line in finished.stderr.splitlines() if "error" in line.lower()]
    raise ExternalError(
        f"{what} failed: {said[-1] if said else finished.last_line}",
        hint="build it yourself to see all of it",
    )
