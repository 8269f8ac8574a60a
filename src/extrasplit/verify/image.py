"""Holds a built image against its prediction, layer by layer.

What extrasplit foretells is what Python brings: dependencies, the project, bytecode. The base image
and what the owner adds beside it (Debian packages, users, data) are taken as they are found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

_BEGIN: Final = "ARG UV_COMPILE_BYTECODE"
"""What every generated Dockerfile says first of its own, directly above the base image."""
_SYNC: Final = re.compile(r"\buv sync\b")
_EXTRA: Final = re.compile(r"--extra '?([\w.-]+)'?")
_COPY: Final = re.compile(r"\bCOPY .* /app/([^/ ]+)")
"""Of the destination: buildah names a digest for the source."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a built image; its bytes are those of the files in it."""

    bytes: int
    created_by: str
    predicted_bytes: int | None = None
    """None: taken as it is found."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """What the image of one variant was said to hold, on the Python found in it."""

    installed_bytes: Mapping[frozenset[str], int]
    """Of each variant, by its extras: a dependency layer continues a narrower one's. With its
    bytecode, where the image was built with that."""
    own_bytes: int
    """The project's own modules: once in its wheel, once where source is copied."""
    source_folders: frozenset[str]
    """Top folders that hold these modules (`src`)."""


def predict_layers(layers: Sequence[Layer], foretold: Foretold) -> tuple[Layer, ...]:
    """Return the layers, base first, each with its prediction where there is one."""
    found: list[Layer] = []
    below = 0
    for layer in layers:
        predicted: int | None = None
        extras = frozenset(_EXTRA.findall(layer.created_by))
        if _SYNC.search(layer.created_by) and "--no-install-project" in layer.created_by:
            total = foretold.installed_bytes.get(extras)
            if total is not None:
                predicted, below = total - below, total
        elif _SYNC.search(layer.created_by) or _copied(layer) in foretold.source_folders:
            predicted = foretold.own_bytes
        found.append(replace(layer, predicted_bytes=predicted))
    return tuple(found)


def base_layers(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return a history without its empty layers, and those of the base image as one."""
    begin = next((at for at, one in enumerate(layers) if _BEGIN in one.created_by), 0)
    base = Layer(sum(layer.bytes for layer in layers[:begin]), "the base image")
    return (base, *(layer for layer in layers[begin:] if layer.bytes))


def compiles_bytecode(history: Sequence[Layer]) -> bool:
    """Whether an image was built with bytecode."""
    return any(f"{_BEGIN}=1" in layer.created_by for layer in history)


def predict_image(layers: Sequence[Layer]) -> int:
    """Return what the image was foretold to weigh, what is no part of the prediction as found."""
    return sum(
        layer.bytes if layer.predicted_bytes is None else layer.predicted_bytes for layer in layers
    )


def _copied(layer: Layer) -> str | None:
    """Return the top folder that a layer copies below the working folder."""
    found = _COPY.search(layer.created_by)
    return found[1] if found else None
