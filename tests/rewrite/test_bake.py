from __future__ import annotations

from extrasplit.rewrite.bake import image_tag, render_bake
from extrasplit.rewrite.carry import Carried
from extrasplit.rewrite.dockerfile import Build, Image
from extrasplit.rewrite.stages import chain
from support.plans import variant

BUILD = Build("My.App", "python:3.12-slim", "astral/uv:0.9")
IMAGES = [
    Image(stage, Carried())
    for stage in chain([variant("cli", packages="a"), variant("Web Full", packages="ab")])
]
TEXT = render_bake(BUILD, IMAGES, dockerfile="Dockerfile", platforms=["linux/amd64", "linux/arm64"])


def test_each_image_has_a_target_and_all_are_built_by_default() -> None:
    assert 'group "default" {\n  targets = ["cli", "web-full"]\n}' in TEXT
    assert 'target "web-full" {\n  inherits = ["_image"]\n  target = "web-full"' in TEXT


def test_an_image_is_named_after_project_and_variant() -> None:
    assert image_tag(BUILD, IMAGES[1]) == "my-app-web-full"
    assert 'tags = ["${REGISTRY}my-app-web-full:${TAG}"]' in TEXT


def test_platforms_are_the_configured_ones() -> None:
    assert 'platforms = ["linux/amd64", "linux/arm64"]' in TEXT


def test_cache_and_certificates_are_left_out_until_they_are_named() -> None:
    assert 'secret = CA == "" ? [] : ["id=ca,src=${CA}"]' in TEXT
    assert 'cache-to = CACHE == "" ? [] : ["type=registry,ref=${CACHE}:cli,mode=max"]' in TEXT


def test_a_path_is_no_template() -> None:
    text = render_bake(BUILD, IMAGES, dockerfile='D${x}%{y}"', platforms=[])
    assert 'dockerfile = "D$${x}%%{y}\\""' in text
