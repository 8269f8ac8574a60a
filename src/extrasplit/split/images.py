"""What an image weighs: a base image, what is installed, the app, and bytecode where compiled.

The table holds estimates, rounded to a megabyte: `verify --image` measures what an engine has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from extrasplit.lock.uvlock import PackageKey
from extrasplit.record import Record
from extrasplit.split.ground import Ground

TABLE_DATE: Final = "2025-10"
"""When the table was last looked at; Debian moved from bookworm to trixie in these tags."""

MB: Final = 1_000_000


class ImageSize(NamedTuple):
    """One image, both as a registry serves it and as an engine unpacks it."""

    unpacked_bytes: int
    compressed_bytes: int


SLIM: Final = ImageSize(120 * MB, 43 * MB)

SIZES: Final[dict[tuple[str, str, str], ImageSize]] = {
    (python, flavour, machine): ImageSize(unpacked * MB, compressed * MB)
    for python, figures in {
        "3.9": ((122, 42, 138, 42), (48, 17, 51, 18), (1004, 353, 1029, 348)),
        "3.10": ((122, 42, 138, 43), (49, 18, 52, 18), (1009, 355, 1034, 350)),
        "3.11": ((124, 44, 141, 44), (53, 19, 55, 19), (1018, 359, 1043, 354)),
        "3.12": ((119, 42, 136, 42), (49, 17, 51, 18), (1020, 360, 1046, 355)),
        "3.13": ((117, 41, 134, 41), (45, 16, 48, 17), (1022, 361, 1047, 356)),
        "3.14": ((119, 42, 136, 42), (46, 17, 49, 17), (1110, 398, 1135, 393)),
        "3.15": ((119, 42, 136, 42), (46, 17, 49, 17), (1110, 398, 1135, 393)),
    }.items()
    for flavour, (amd, amd_pull, arm, arm_pull) in zip(
        ("slim", "alpine", "full"), figures, strict=True
    )
    for machine, unpacked, compressed in (("amd64", amd, amd_pull), ("arm64", arm, arm_pull))
}
"""By Python, flavour and machine: the official `python` images, estimated."""

COMPRESSED_SHARE: Final = 0.3
"""Source and bytecode in a gzip layer, measured on popular wheels: 25 to 35%."""

_OFFICIAL = re.compile(r"(?:^|/)python:(?P<python>\d+\.\d+)(?:\.\d+)?[a-z0-9]*(?:-(?P<rest>.+))?$")


class BaseImage(Record):
    """The image that a Dockerfile starts from."""

    name: str
    size: ImageSize
    known: bool
    """False: its size is that of a slim image, for want of a better one."""


class ImageBytes(Record):
    """What one image weighs, part by part."""

    installed_bytes: int
    bytecode_bytes: int
    app_bytes: int
    image_bytes: int
    pull_bytes: int


def base_image(ground: Ground) -> BaseImage:
    """Return the ground's base image, else the slim one (or Alpine's for musl)."""
    target = ground.first.target
    flavour = "alpine" if target.libc == "musl" else "slim"
    name = ground.base_image or ground.settings.base_image
    name = name or f"python:{target.python}-{flavour}"
    machine = "arm64" if target.platform.endswith("arm64") else "amd64"
    found = _OFFICIAL.search(name.partition("@")[0])
    if found is None:
        return BaseImage(name, SLIM, known=False)
    rest = found["rest"] or ""
    kind = next((word for word in ("slim", "alpine") if rest.startswith(word)), "full")
    size = SIZES.get((found["python"], kind, machine))
    return BaseImage(name, size or SLIM, known=size is not None)


def weigh_image(ground: Ground, packages: Iterable[PackageKey]) -> ImageBytes:
    """Return what an image with these packages weighs on the first target."""
    facts = [ground.first.facts[key] for key in packages if key in ground.first.facts]
    installed = sum(one.installed_bytes for one in facts)
    bytecode = sum(one.bytecode_bytes for one in facts)
    base = base_image(ground).size
    compiled = bytecode if ground.compiles_bytecode else 0
    layers = sum(one.wheel_bytes for one in facts)
    loose = round((ground.app_bytes + compiled) * COMPRESSED_SHARE)
    return ImageBytes(
        installed,
        bytecode,
        ground.app_bytes,
        base.unpacked_bytes + installed + ground.app_bytes + compiled,
        base.compressed_bytes + layers + loose,
    )
