"""The arguments of every command, in one table.

Building all parsers takes longer than answering from memory: where a command is named, its own is
the only one.
"""

from __future__ import annotations

import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Adder = Callable[[argparse.ArgumentParser], None]
    """Adds a command's options to its parser."""

FORMATS = {
    "suggest": ("table", "json", "markdown", "html"),
    "apply": ("table", "json"),
    "check": ("lines", "table", "json", "markdown", "github", "sarif"),
    "verify": ("table", "json", "markdown"),
    "unlock": ("table", "json"),
    "diff": ("table", "json", "markdown"),
    "why": ("table", "json"),
    "tree": ("table", "json", "dot", "graphml"),
    "entrypoints": ("table", "json"),
}
"""What each command can print; the first is the default."""


def build_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser; where the first word is a command, of that one alone."""
    from extrasplit import __version__

    parser = argparse.ArgumentParser(
        prog="extrasplit",
        description="Splits a fat dependency list into lean image variants, before any build.",
    )
    parser.add_argument("--version", action="version", version=f"extrasplit {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog=parser.prog)
    named = [word for word in words[:1] if word in COMMANDS]
    for name in named or COMMANDS:
        summary, add_options = COMMANDS[name]
        description = summary[0].upper() + summary[1:]
        command = commands.add_parser(name, help=summary, description=description)
        add_options(command)
        if name in FORMATS:
            _add_common(command, name)
    return parser


def _add_suggest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--explain", metavar="GROUP|DIST", help="say why it stands where it does")
    parser.add_argument(
        "--without",
        metavar="DIST",
        action="append",
        default=[],
        help="the sizes, were this distribution gone",
    )
    parser.add_argument(
        "--with",
        metavar="EXTRA",
        action="append",
        default=[],
        dest="with_extra",
        help="the sizes, were this extra added",
    )
    parser.add_argument("--deep", action="store_true", help="follow imports inside the wheels too")
    parser.add_argument(
        "--unlocked", action="store_true", help="plan as if every shown unlock were made"
    )
    parser.add_argument("--output", metavar="DIR", help="write report.json, .md and .html there")


def _add_apply(parser: argparse.ArgumentParser) -> None:
    _add_write(parser)
    parser.add_argument(
        "--only",
        metavar="WHAT",
        action="append",
        default=[],
        choices=("pyproject", "docker", "bake", "compose", "workflow"),
        help="pyproject, docker, bake, compose or workflow",
    )
    parser.add_argument("--variant", metavar="NAME", action="append", default=[])
    parser.add_argument("--compose", action="store_true", help="write compose services too")
    parser.add_argument("--workflow", choices=("github",), help="write the size-tracking job too")
    parser.add_argument(
        "--allow-lock-changes", action="store_true", help="accept that uv changes locked versions"
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite generated files that were edited since"
    )


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--online", action="store_true", help="read facts that are not at hand")
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        nargs="?",
        const=".extrasplit-baseline.json",
        help="accept what this file holds; made where it is missing",
    )


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", action="store_true", help="build and run the images too")
    parser.add_argument(
        "--record", action="store_true", help="write what was seen into [tool.extrasplit.needs]"
    )
    parser.add_argument("--pytest", action="store_true", help="run the project's tests as well")
    parser.add_argument("--variant", metavar="NAME", action="append", default=[])


def _add_unlock(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("distribution", metavar="DIST", nargs="?")
    _add_write(parser)


def _add_diff(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("base", metavar="BASE")
    parser.add_argument("--fail-over", metavar="5MB|2%", help="exit 1 where a variant grew by more")


def _add_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("distribution", metavar="DIST")


def _add_tree(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--extra", metavar="E", action="append", default=[])
    parser.add_argument("--all-extras", action="store_true")
    parser.add_argument("--group", metavar="G", action="append", default=[])
    parser.add_argument("--invert", metavar="DIST", help="who brings this distribution in")
    parser.add_argument("--depth", metavar="N", type=int)


def _add_entrypoints(parser: argparse.ArgumentParser) -> None:
    """It has no options of its own."""


def _add_cache(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("dir", "size", "clear"))
    parser.add_argument("--scans", action="store_true", help="clear: only what was read of sources")
    parser.add_argument("--verbose", action="store_true")


def _add_write(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="do it; without, the diff is shown")
    parser.add_argument("--check", action="store_true", help="exit 1 where a write would change")


def _add_common(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        "path",
        nargs="?",
        default=".",
        metavar="PATH",
        help="the project's folder (default: this one)",
    )
    parser.add_argument("--python", metavar="3.12")
    parser.add_argument("--platform", metavar="linux/amd64", action="append", default=[])
    parser.add_argument("--libc", choices=("glibc", "musl"))
    parser.add_argument("--package", metavar="MEMBER", help="the workspace member that is meant")
    parser.add_argument("--offline", action="store_true", help="only what is already at hand")
    parser.add_argument("--frozen", action="store_true", help="never run `uv lock`")
    parser.add_argument("--format", choices=FORMATS[name], default=FORMATS[name][0])
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument("--verbose", action="store_true", help="tracebacks")
    if name in ("suggest", "apply", "check", "verify", "why", "unlock"):
        parser.add_argument("--entrypoint", metavar="NAME=COMMAND", action="append", default=[])


COMMANDS: Mapping[str, tuple[str, Adder]] = {
    "suggest": ("say how to cut the extras, and what that saves", _add_suggest),
    "apply": ("rewrite pyproject.toml and write an image per variant", _add_apply),
    "check": ("the hook: do the recorded variants still hold?", _add_check),
    "verify": ("install, build and start every variant", _add_verify),
    "unlock": ("defer the import lines that hold a split back", _add_unlock),
    "diff": ("what came, went and grew since BASE", _add_diff),
    "why": ("who asks for a distribution", _add_why),
    "tree": ("what would be installed, and what it weighs", _add_tree),
    "entrypoints": ("the roles in which the project is started", _add_entrypoints),
    "cache": ("where facts are remembered", _add_cache),
}
"""What each command is for, and its own options."""
