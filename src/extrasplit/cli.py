"""The command line: parses arguments, asks the pipeline, prints; it decides nothing.

Only what parsing needs is imported here: a hook that answers from memory loads nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from extrasplit.edges.answers import Answer

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


REMEMBERED = frozenset({"suggest", "check", "why", "tree", "entrypoints"})
"""Commands that only ask: the same tree and options give the same answer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code (DESIGN section 4)."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if not arguments.command:
        parser.print_help()
        return 2
    _read_lone_path(arguments)
    try:
        answer = ask(arguments)
        sys.stdout.write(answer.text)
        sys.stdout.flush()
        return answer.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("extrasplit: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        from extrasplit.errors import ExtrasplitError

        if arguments.verbose or not isinstance(error, ExtrasplitError):
            raise
        print(f"extrasplit: {error}", file=sys.stderr)
        return error.exit_code


def _read_lone_path(arguments: argparse.Namespace) -> None:
    """Take the one word of `unlock PATH` for the folder that it names."""
    word = getattr(arguments, "distribution", None)
    if arguments.command == "unlock" and word and arguments.path == "." and os.path.isdir(word):
        arguments.path, arguments.distribution = word, None


def ask(arguments: argparse.Namespace) -> Answer:
    """Return the answer: remembered where nothing changed, else the pipeline's."""
    from extrasplit.edges import answers

    key = None
    if arguments.command in REMEMBERED and os.path.isdir(arguments.path):
        asked = [f"{name}={value}" for name, value in sorted(vars(arguments).items())]
        screen = str(os.get_terminal_size()) if sys.stdout.isatty() else ""
        shown = [
            os.environ.get(name, "") for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM")
        ]
        key = answers.key_of(arguments.path, (*asked, screen, os.getcwd(), *shown))
        answer = answers.recall(key)
        if answer is not None:
            return answer
    from extrasplit.commands import run

    answer = run(arguments)
    if key is not None and answer.lasting:
        answers.remember(key, answer)
    return answer


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    from extrasplit import __version__

    parser = argparse.ArgumentParser(
        prog="extrasplit",
        description="Splits a fat dependency list into lean image variants, before any build.",
    )
    parser.add_argument("--version", action="version", version=f"extrasplit {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    suggest = _command(commands, "suggest", "say how to cut the extras, and what that saves")
    suggest.add_argument("--explain", metavar="GROUP|DIST", help="say why it stands where it does")
    suggest.add_argument(
        "--without",
        metavar="DIST",
        action="append",
        default=[],
        help="the sizes, were this distribution gone",
    )
    suggest.add_argument(
        "--with",
        metavar="EXTRA",
        action="append",
        default=[],
        dest="with_extra",
        help="the sizes, were this extra added",
    )
    suggest.add_argument("--deep", action="store_true", help="follow imports inside the wheels too")
    suggest.add_argument(
        "--unlocked", action="store_true", help="plan as if every shown unlock were made"
    )
    suggest.add_argument("--output", metavar="DIR", help="write report.json, .md and .html there")

    apply = _command(commands, "apply", "rewrite pyproject.toml and write an image per variant")
    apply.add_argument("--write", action="store_true", help="do it; without, the diff is shown")
    apply.add_argument("--check", action="store_true", help="exit 1 where a write would change")
    apply.add_argument(
        "--only",
        metavar="WHAT",
        action="append",
        default=[],
        choices=("pyproject", "docker", "bake", "compose", "workflow"),
        help="pyproject, docker, bake, compose or workflow",
    )
    apply.add_argument("--variant", metavar="NAME", action="append", default=[])
    apply.add_argument("--compose", action="store_true", help="write compose services too")
    apply.add_argument("--workflow", choices=("github",), help="write the size-tracking job too")
    apply.add_argument(
        "--allow-lock-changes", action="store_true", help="accept that uv changes locked versions"
    )
    apply.add_argument(
        "--force", action="store_true", help="overwrite generated files that were edited since"
    )

    check = _command(commands, "check", "the hook: do the recorded variants still hold?")
    check.add_argument("--online", action="store_true", help="read facts that are not at hand")
    check.add_argument(
        "--baseline",
        metavar="FILE",
        nargs="?",
        const=".extrasplit-baseline.json",
        help="accept what this file holds; made where it is missing",
    )

    verify = _command(commands, "verify", "install, build and start every variant")
    verify.add_argument("--image", action="store_true", help="build and run the images too")
    verify.add_argument(
        "--record", action="store_true", help="write what was seen into [tool.extrasplit.needs]"
    )
    verify.add_argument("--pytest", action="store_true", help="run the project's tests as well")
    verify.add_argument("--variant", metavar="NAME", action="append", default=[])

    unlock = _command(
        commands,
        "unlock",
        "defer the import lines that hold a split back",
        positional=("distribution", "DIST", "?"),
    )
    unlock.add_argument("--write", action="store_true", help="do it; without, the diff is shown")
    unlock.add_argument("--check", action="store_true", help="exit 1 where a write would change")

    diff = _command(
        commands, "diff", "what came, went and grew since BASE", positional=("base", "BASE", None)
    )
    diff.add_argument("--fail-over", metavar="5MB|2%", help="exit 1 where a variant grew by more")

    _command(
        commands, "why", "who asks for a distribution", positional=("distribution", "DIST", None)
    )

    tree = _command(commands, "tree", "what would be installed, and what it weighs")
    tree.add_argument("--extra", metavar="E", action="append", default=[])
    tree.add_argument("--all-extras", action="store_true")
    tree.add_argument("--group", metavar="G", action="append", default=[])
    tree.add_argument("--invert", metavar="DIST", help="who brings this distribution in")
    tree.add_argument("--depth", metavar="N", type=int)

    _command(commands, "entrypoints", "the roles in which the project is started")

    cache = commands.add_parser(
        "cache", help="where facts are remembered", description="The cache."
    )
    cache.add_argument("action", choices=("dir", "size", "clear"))
    cache.add_argument("--scans", action="store_true", help="clear: only what was read of sources")
    cache.add_argument("--verbose", action="store_true")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    *,
    positional: tuple[str, str, str | None] | None = None,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:])
    if positional:
        dest, metavar, nargs = positional
        parser.add_argument(dest, metavar=metavar, nargs=nargs)
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
    return parser
