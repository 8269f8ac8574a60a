"""The command line: has arguments parsed, asks the pipeline, prints; it decides nothing.

Only what parsing needs is imported here: a hook that answers from memory loads nothing else.
"""

from __future__ import annotations

import os
import sys

from extrasplit.arguments import build_parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from extrasplit.edges.answers import Answer

REMEMBERED = frozenset({"suggest", "check", "why", "tree", "entrypoints"})
"""Commands that only ask: the same tree and options give the same answer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code (DESIGN section 4)."""
    words = sys.argv[1:] if argv is None else argv
    parser = build_parser(words)
    arguments = parser.parse_args(words)
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


def _read_lone_path(arguments: Namespace) -> None:
    """Take the one word of `unlock PATH` for the folder that it names."""
    word = getattr(arguments, "distribution", None)
    if arguments.command == "unlock" and word and arguments.path == "." and os.path.isdir(word):
        arguments.path, arguments.distribution = word, None


def ask(arguments: Namespace) -> Answer:
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
