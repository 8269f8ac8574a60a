from __future__ import annotations

import yaml

from extrasplit.rewrite.carry import Carried
from extrasplit.rewrite.compose import render_compose
from extrasplit.rewrite.dockerfile import Build, Image
from extrasplit.rewrite.stages import chain
from support.plans import variant

BUILD = Build("My.App", "python:3.12-slim", "astral/uv:0.9")
STAGES = chain([variant("cli", packages="a"), variant("web", packages="ab")])


def test_ports_are_those_that_the_image_exposes() -> None:
    image = Image(STAGES[1], Carried(settings=("EXPOSE 8501 53/udp 80/tcp",)), ("CMD x",))
    services = yaml.safe_load(render_compose(BUILD, [image], dockerfile="D"))["services"]
    assert services["web"]["ports"] == ["8501:8501", "80:80"]


def test_an_image_that_starts_nothing_is_no_service() -> None:
    images = [Image(STAGES[0], Carried())]
    assert yaml.safe_load(render_compose(BUILD, images, dockerfile="D")) == {"services": {}}


def test_a_path_with_a_variable_is_meant_literally() -> None:
    image = Image(STAGES[0], Carried(), ("CMD x",))
    text = render_compose(BUILD, [image], dockerfile="a$b: c#d\n", context="..")
    build = yaml.safe_load(text)["services"]["cli"]["build"]
    assert build == {"context": "..", "dockerfile": "a$$b: c#d\n", "target": "cli"}
