"""One quoting function for each language that names, paths and commands are written into.

What comes from a pyproject.toml, a lock or a file name is hostile until it was quoted here. What
no quoting can make safe is refused, by name.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from typing import Final

from extrasplit.errors import ExtrasplitError

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")
_IMAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]*")
_STAGE: Final = re.compile(r"[a-z][a-z0-9-]*")
_GLOB: Final = re.compile(r"[\[*?]")


def refuse_control(text: str, what: str) -> str:
    """Return the text; raises ExtrasplitError where it holds what breaks lines or terminals."""
    found = _CONTROL.search(text)
    if found:
        raise ExtrasplitError(
            f"{what} {text!r} holds the control character {found[0]!r}, "
            "which no generated file can carry",
            hint="give it another name",
        )
    return text


def exec_form(words: Iterable[str]) -> str:
    """Return the JSON array of CMD, ENTRYPOINT and HEALTHCHECK: no shell, no variables.

    https://docs.docker.com/reference/dockerfile/#exec-form
    """
    return json.dumps([_printable(word) for word in words], ensure_ascii=False).replace(
        "\x7f", "\\u007f"
    )


def shell_word(text: str, what: str = "the word") -> str:
    """Return one word for a POSIX shell in a RUN line; a here-document cannot begin in it."""
    if "<<" in text:
        raise ExtrasplitError(f"{what} {text!r} holds `<<`", hint="give it another name")
    return shlex.quote(refuse_control(text, what))


def docker_word(text: str, what: str = "the value") -> str:
    """Return a quoted value of LABEL, ENV or ARG, in which no variable is replaced.

    https://docs.docker.com/reference/dockerfile/#environment-replacement
    """
    escaped = re.sub(r'([\\"$])', r"\\\1", refuse_control(text, what))
    return f'"{escaped}"'


def copy_form(paths: Iterable[str]) -> str:
    """Return the JSON array of COPY: its words know wildcards and variables, which are escaped.

    The last word is the destination, which knows no wildcards.
    https://docs.docker.com/reference/dockerfile/#copy
    """
    *sources, destination = paths
    words = [_GLOB.sub(r"[\g<0>]", refuse_control(path, "the path")) for path in sources]
    words.append(refuse_control(destination, "the path"))
    for path in words:
        if "\\" in path:
            raise ExtrasplitError(f"the path {path!r} holds a backslash", hint="rename the file")
    return json.dumps([path.replace("$", "\\$") for path in words], ensure_ascii=False)


def image_name(text: str) -> str:
    """Return the name of a container image as it may stand in FROM and ARG."""
    if not _IMAGE.fullmatch(text):
        raise ExtrasplitError(
            f"{text!r} is no name of a container image",
            hint='write base-image in [tool.extrasplit] as in "python:3.12-slim"',
        )
    return text


def stage_name(text: str) -> str:
    """Return a variant's name as a Docker stage, bake target, tag and compose service.

    All of these take lower case letters, digits and dashes, beginning with a letter.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", refuse_control(text, "the variant").lower()).strip("-")
    slug = slug if _STAGE.fullmatch(slug) else f"image-{slug}".rstrip("-")
    if slug in ("base", "uv", "scratch", "default") or slug.startswith(("deps-", "build-")):
        slug = f"image-{slug}"
    return slug


def hcl_string(text: str) -> str:
    """Return a quoted HCL string without templates.

    https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions
    """
    quoted = _double_quoted(text)
    return quoted.replace("${", "$${").replace("%{", "%%{")


def hcl_list(texts: Iterable[str]) -> str:
    """Return an HCL tuple of strings."""
    return f"[{', '.join(hcl_string(text) for text in texts)}]"


def yaml_string(text: str) -> str:
    """Return a double-quoted YAML scalar: always a string, never a number, date or `no`.

    https://yaml.org/spec/1.2.2/#731-double-quoted-style
    """
    return _double_quoted(text)


def compose_string(text: str) -> str:
    """Return a YAML scalar in which compose replaces no variable.

    https://docs.docker.com/reference/compose-file/interpolation/
    """
    return _double_quoted(text.replace("$", "$$"))


def github_string(text: str) -> str:
    """Return a YAML scalar in which GitHub evaluates no expression.

    https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
    """
    return _double_quoted(text.replace("${{", "${{ '${{' }}"))


def _double_quoted(text: str) -> str:
    """Return the double-quoted string that JSON, HCL and YAML share, in printable characters."""
    _printable(text)
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '\\"':
        return f"\\{char}"
    if char == " " or char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _printable(word: str) -> str:
    if "\x00" in word or any("\ud800" <= char <= "\udfff" for char in word):
        raise ExtrasplitError(f"the word {word!r} is no text", hint="mend the command")
    return word
