"""Renders docker-bake.hcl: a target for each variant, for any BuildKit builder.

The form is that of https://docs.docker.com/build/bake/reference/.
"""

from __future__ import annotations

from collections.abc import Sequence

from extrasplit.rewrite.dockerfile import Build, Image
from extrasplit.rewrite.quoting import hcl_list, hcl_string

_VARIABLES = (
    ("REGISTRY", "", "Before each tag, with its slash: registry.example/team/"),
    ("TAG", "latest", "The tag of every image"),
    ("VERSION", "", "Recorded in each image's labels"),
    ("REVISION", "", "The commit, recorded in each image's labels"),
    ("CACHE", "", "A registry reference that keeps layers between builds"),
    ("NETWORK", "default", "The network of RUN instructions: default, host or none"),
    ("CA", "", "A file of certificates that a proxy asks for"),
)


def render_bake(
    build: Build,
    images: Sequence[Image],
    *,
    dockerfile: str,
    platforms: Sequence[str],
    context: str = ".",
) -> str:
    """Return docker-bake.hcl's text, without header."""
    names = [image.stage.name for image in images]
    blocks = [_variable(*variable) for variable in _VARIABLES]
    blocks.append(f'group "default" {{\n  targets = {hcl_list(names)}\n}}')
    blocks.append(
        _block(
            'target "_image"',
            f"context = {hcl_string(context)}",
            f"dockerfile = {hcl_string(dockerfile)}",
            f"platforms = {hcl_list(platforms)}",
            "network = NETWORK",
            'secret = CA == "" ? [] : ["id=ca,src=${CA}"]',
        )
    )
    blocks += [_target(build, image) for image in images]
    return "\n\n".join(blocks) + "\n"


def image_tag(build: Build, image: Image) -> str:
    """Return a variant's image name without registry and tag."""
    from packaging.utils import canonicalize_name

    return f"{canonicalize_name(build.title)}-{image.stage.name}"


def _variable(name: str, default: str, description: str) -> str:
    return f'# {description}\nvariable "{name}" {{\n  default = {hcl_string(default)}\n}}'


def _target(build: Build, image: Image) -> str:
    tag = hcl_string(image_tag(build, image))[1:-1]
    reference = f"${{CACHE}}:{image.stage.name}"
    return _block(
        f"target {hcl_string(image.stage.name)}",
        'inherits = ["_image"]',
        f"target = {hcl_string(image.stage.name)}",
        f'tags = ["${{REGISTRY}}{tag}:${{TAG}}"]',
        f'cache-from = CACHE == "" ? [] : ["type=registry,ref={reference}"]',
        f'cache-to = CACHE == "" ? [] : ["type=registry,ref={reference},mode=max"]',
        "labels = {\n"
        '    "org.opencontainers.image.version" = VERSION\n'
        '    "org.opencontainers.image.revision" = REVISION\n'
        "  }",
    )


def _block(head: str, *lines: str) -> str:
    return "\n  ".join((f"{head} {{", *lines)) + "\n}"
