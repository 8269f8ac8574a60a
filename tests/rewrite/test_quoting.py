from __future__ import annotations

import json
import re
import shlex

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.errors import ExtrasplitError
from extrasplit.rewrite.quoting import (
    compose_string,
    copy_form,
    docker_word,
    exec_form,
    github_string,
    hcl_string,
    image_name,
    shell_word,
    stage_name,
    yaml_string,
)

_HOSTILE = [
    "$(touch x)",
    "`id`",
    "a && b",
    "${{ secrets.X }}",
    "${HOME}",
    "%{ if }",
    "'\"",
    "\\",
    "$$",
]
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
    st.lists(st.sampled_from([*_HOSTILE, " ", "x"]), max_size=4).map("".join),
)
fine_texts = texts.filter(str.isprintable)
many = settings(max_examples=150, deadline=None)


@many
@given(st.lists(texts))
def test_the_exec_form_is_one_line_of_json_with_the_same_words(words: list[str]) -> None:
    quoted = exec_form(words)
    assert json.loads(quoted) == words
    assert not re.search(r"[\n\r\x00]", quoted)


@many
@given(fine_texts)
def test_a_shell_word_is_one_word_to_a_shell(text: str) -> None:
    if "<<" not in text:
        assert shlex.split(shell_word(text)) == [text]


@many
@given(fine_texts)
def test_a_docker_word_replaces_no_variable_and_ends_at_its_quote(text: str) -> None:
    quoted = docker_word(text)
    inner = quoted[1:-1]
    assert re.fullmatch(r'(?:\\[\\"$]|[^\\"$])*', inner)
    assert re.sub(r'\\([\\"$])', r"\1", inner) == text


@many
@given(texts)
def test_an_hcl_string_holds_no_template(text: str) -> None:
    quoted = hcl_string(text)
    assert not re.search(r"(?<!\$)(?:\$\$)*\$\{", quoted.replace("$${", ""))
    plain = quoted.replace("$${", "${").replace("%%{", "%{")
    assert yaml.safe_load(plain) == text  # the escapes of YAML, JSON and HCL are the same


@many
@given(texts)
def test_a_yaml_scalar_is_read_back_as_the_same_string(text: str) -> None:
    assert yaml.safe_load(f"key: {yaml_string(text)}\nnext: 1") == {"key": text, "next": 1}


@pytest.mark.parametrize("text", ["no", "1.0", "2024-01-01", "null", "~", "", "[a", "# x", "- y"])
def test_a_yaml_scalar_is_never_anything_but_a_string(text: str) -> None:
    assert yaml.safe_load(yaml_string(text)) == text


@many
@given(texts)
def test_compose_replaces_no_variable(text: str) -> None:
    read = yaml.safe_load(compose_string(text))
    assert read.replace("$$", "").count("$") == 0
    assert read.replace("$$", "$") == text


@many
@given(texts)
def test_github_evaluates_nothing_but_the_quoted_opening(text: str) -> None:
    read = yaml.safe_load(github_string(text))
    assert read.replace("${{ '${{' }}", "").count("${{") == 0
    assert read.replace("${{ '${{' }}", "${{") == text


@pytest.mark.parametrize("text", ["a\nRUN evil", "a\rb", "a\x00", "\x1b[31m", "a\u2028b"])
def test_control_characters_are_refused_with_the_name(text: str) -> None:
    for quote in (shell_word, docker_word, stage_name, lambda path: copy_form((path, "/app"))):
        with pytest.raises(ExtrasplitError, match="control character"):
            quote(text)


def test_a_here_document_is_refused() -> None:
    with pytest.raises(ExtrasplitError, match="<<"):
        shell_word("<<EOF")


def test_wildcards_and_variables_of_a_path_are_meant_literally() -> None:
    assert json.loads(copy_form(("a[1]*$x", "/app/a[1]*$x"))) == [
        "a[[]1][*]\\$x",
        "/app/a[1]*\\$x",
    ]


def test_a_backslash_in_a_path_is_refused() -> None:
    with pytest.raises(ExtrasplitError, match="backslash"):
        copy_form(("a\\b", "/app"))


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("dashboard", "dashboard"),
        ("Dashboard Full", "dashboard-full"),
        ("my_app.web", "my-app-web"),
        ("3d", "image-3d"),
        ("uv", "image-uv"),
        ("deps-x", "image-deps-x"),
        ("build-x", "image-build-x"),
        ("$(evil)", "evil"),
        ("日本", "image"),
    ],
)
def test_a_stage_is_named_in_letters_digits_and_dashes(name: str, stage: str) -> None:
    assert stage_name(name) == stage


@pytest.mark.parametrize("name", ["python:3.12-slim", "team/base@sha256:ab", "localhost:5000/a_b"])
def test_an_image_name_passes(name: str) -> None:
    assert image_name(name) == name


@pytest.mark.parametrize("name", ["", "a b", "a\nRUN x", "$(x)", "-x", "a'b", "${X}"])
def test_anything_else_is_no_image_name(name: str) -> None:
    with pytest.raises(ExtrasplitError, match="container image"):
        image_name(name)
