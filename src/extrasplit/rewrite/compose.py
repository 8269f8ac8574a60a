"""Renders compose services: one for each variant that starts something.

The form is that of https://docs.docker.com/reference/compose-file/.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from extrasplit.rewrite.bake import image_tag
from extrasplit.rewrite.dockerfile import Build, Image
from extrasplit.rewrite.quoting import compose_string


def render_compose(
    build: Build, images: Sequence[Image], *, dockerfile: str, context: str = "."
) -> str:
    """Return the compose file's text, without header."""
    services = "\n".join(
        _service(build, image, dockerfile, context) for image in images if image.start
    )
    return f"services:\n{services}" if services else "services: {}\n"


def _service(build: Build, image: Image, dockerfile: str, context: str) -> str:
    lines = [
        f"  {image.stage.name}:",
        "    build:",
        f"      context: {compose_string(context)}",
        f"      dockerfile: {compose_string(dockerfile)}",
        f"      target: {compose_string(image.stage.name)}",
        f"    image: {compose_string(image_tag(build, image))}",
        "    init: true",
    ]
    ports = exposed_ports(image)
    if ports:
        lines += ["    ports:", *(f"      - {compose_string(f'{p}:{p}')}" for p in ports)]
    return "\n".join(lines) + "\n"


def exposed_ports(image: Image) -> list[str]:
    """Return the ports that the image's EXPOSE names, in order."""
    return [
        port
        for text in image.carried.settings
        if text.startswith("EXPOSE")
        for port in re.findall(r"(?<!\S)(\d{1,5})(?:/tcp)?(?!\S)", text)
    ]
