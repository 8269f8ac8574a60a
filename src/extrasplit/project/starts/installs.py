"""Which of the project's extras a build step installs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.project.wrappers import program_of, unwrap
from extrasplit.record import Record

_PIP: Final = re.compile(r"pip(?:3(?:\.\d+)?)?")
_TARGET: Final = re.compile(
    r"(?P<what>[^\[\]@=<>!~;]*?)\s*(?:\[(?P<extras>[^\]]*)\])?\s*(?:[@=<>!~;].*)?"
)
_PIP_VALUED: Final = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f"}
    | {"--find-links", "-t", "--target", "--prefix", "--root", "--python", "-p", "--platform", "-w"}
    | {"--cache-dir", "--trusted-host", "--group", "--config-settings", "--wheel-dir", "--retries"}
    | {"--no-binary", "--only-binary", "--upgrade-strategy", "--timeout", "--extra"}
)


class Installed(Record):
    """What is known to be installed of the project."""

    extras: tuple[NormalizedName, ...] | None = None
    """None: no install of the project was seen, or its extras cannot be told."""
    all_extras: bool = False


NOTHING: Final = Installed()


def after_command(before: Installed, words: Sequence[str], name: NormalizedName) -> Installed:
    """Return what is installed once a command of a build step has run.

    `uv sync` makes the environment exact, so it counts anew (unless `--inexact`); the others add.
    """
    outer = unwrap(words)
    if outer.extras or outer.all_extras:  # `uv run --extra web ...` syncs before it runs
        before = _added(before, Installed(outer.extras or (), outer.all_extras))
    words = outer.words
    if len(words) < 2:
        return before
    program, verb = program_of(words[0]), words[1]
    if re.fullmatch(r"python[\d.]*", program) and verb == "-m" and len(words) > 2:
        return after_command(before, words[2:], name)
    if program == "uv":
        return _after_uv(before, words[1:], name)
    if _PIP.fullmatch(program) and verb in ("install", "wheel"):
        return _added(before, _of_pip(words[2:], name))
    if program == "pipx" and verb == "install":
        return _added(before, _of_pip(words[2:], name))
    if program == "poetry" and verb in ("install", "sync", "export"):
        return _added(before, _of_options(words[2:], ("-E", "--extras"), ("--all-extras",)))
    if program == "pdm" and verb in ("install", "sync", "export"):
        return _added(before, _of_options(words[2:], ("-G", "--group", "--with"), ()))
    if program == "pip-compile":
        return _added(before, _of_options(words[1:], ("--extra",), ("--all-extras",)))
    return before


def merged(first: Installed, second: Installed) -> Installed:
    """Return what two stages install together (`COPY --from` of an environment)."""
    return _added(first, second)


def _after_uv(before: Installed, words: Sequence[str], name: NormalizedName) -> Installed:
    words = _without_global_options(words)
    match tuple(words[:2]):
        case ("sync", *_):
            found = _of_options(words[1:], ("--extra",), ("--all-extras",))
            if {"--only-group", "--only-dev"} & {word.partition("=")[0] for word in words}:
                return before
            return _added(before, found) if "--inexact" in words else found
        case ("export", *_):
            return _added(before, _of_options(words[1:], ("--extra",), ("--all-extras",)))
        case ("pip", "compile"):
            return _added(before, _of_options(words[2:], ("--extra",), ("--all-extras",)))
        case ("pip", "install") | ("tool", "install"):
            return _added(before, _of_pip(words[2:], name))
        case _:
            return before


def _without_global_options(words: Sequence[str]) -> Sequence[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        valued = words[at] in ("--directory", "--project", "--config-file", "--cache-dir")
        at += 2 if valued else 1
    return words[at:]


def _of_options(words: Sequence[str], naming: tuple[str, ...], whole: tuple[str, ...]) -> Installed:
    """Read options that name extras; one whose value only the shell knows makes it no answer."""
    extras: list[str] = []
    for index, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option not in naming:
            continue
        value = value if equals else next(iter(words[index + 1 : index + 2]), "")
        if not value:
            return Installed(None)
        extras += re.split(r"[\s,]+", value.strip())
    all_extras = any(word in whole for word in words)
    return Installed(_names(extras), all_extras)


def _of_pip(words: Sequence[str], name: NormalizedName) -> Installed:
    """Read the targets of a pip install; `--no-deps` tells nothing of what the project needs."""
    found = NOTHING
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-") and word not in ("-e", "--editable"):
            option, equals, value = word.partition("=")
            if not equals and option in _PIP_VALUED and rest:
                value = rest.pop(0)
            if option != "--editable":
                found = _with_extra_option(found, option, value)
                continue
            word = value
        target = _TARGET.fullmatch(word)
        if target and _is_project(target["what"], name):
            extras = _names(re.split(r"[\s,]+", target["extras"] or ""))
            found = _added(found, Installed(extras))
    if "--no-deps" in words and not (found.extras or found.all_extras):
        return NOTHING
    return found


def _with_extra_option(found: Installed, option: str, value: str) -> Installed:
    """Read `uv pip install -r pyproject.toml --extra web`."""
    if option == "--all-extras":
        return Installed(found.extras or (), True)
    if option == "--extra" and value:
        return _added(found, Installed(_names([value])))
    return found


def _is_project(what: str, name: NormalizedName) -> bool:
    path = what.removeprefix("file://").rstrip("/")
    if path in (".", "") or (path.startswith("/") and "." not in path.rpartition("/")[2]):
        return bool(what)
    if path.endswith((".whl", ".tar.gz", "*")):
        stem = path.rpartition("/")[2].partition("-")[0].rstrip("*.whl")
        return not stem or canonicalize_name(stem) == name
    return "/" not in path and canonicalize_name(path) == name


def _added(before: Installed, more: Installed) -> Installed:
    if more.extras is None and not more.all_extras:
        return before
    extras = tuple(dict.fromkeys((*(before.extras or ()), *(more.extras or ()))))
    return Installed(extras, before.all_extras or more.all_extras)


def _names(extras: Sequence[str]) -> tuple[NormalizedName, ...]:
    return tuple(dict.fromkeys(canonicalize_name(extra) for extra in extras if extra))
