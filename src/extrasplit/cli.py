"""The command line: has arguments parsed, asks the pipeline, prints; it decides nothing.

Only memory is imported here: a hook that answers from it loads nothing else, not even argparse.
"""

from __future__ import annotations

import gc
import os
import sys

from extrasplit.edges import answers
from extrasplit.edges.answers import Answer
from extrasplit.edges.files import list_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from extrasplit.edges.files import Listing

REMEMBERED = frozenset({"suggest", "check", "why", "tree", "entrypoints"})
"""Commands that only ask: the same tree and options give the same answer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code (DESIGN section 4)."""
    if argv is None:
        gc.disable()  # one answer and the process ends: its few cycles aren't worth looking for
    words = tuple(sys.argv[1:] if argv is None else argv)
    try:
        answer = ask(words)
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

        if "--verbose" in words or not isinstance(error, ExtrasplitError):
            raise
        print(f"extrasplit: {error}", file=sys.stderr)
        return error.exit_code


def ask(words: Sequence[str]) -> Answer:
    """Return the answer: what is remembered where no file changed, else the pipeline's."""
    asked = (*words, *_surroundings())
    folder = answers.folder_of(asked)
    if folder is None:
        return _work_out(words, asked)
    listing = list_files(folder)
    key = answers.key_of(listing, asked)
    return answers.recall(key) or _work_out(words, asked, listing, key)


def _work_out(
    words: Sequence[str],
    asked: Sequence[str],
    listing: Listing | None = None,
    key: str | None = None,
) -> Answer:
    """Return the pipeline's answer, and remember it where files alone decide what it is.

    `key` is that of the files as they are now: what changes while we work is another question.
    """
    from extrasplit.arguments import build_parser

    parser = build_parser(words)
    arguments = parser.parse_args(words)
    if not arguments.command:
        return Answer(parser.format_help(), 2)
    _read_lone_path(arguments)
    if listing is None and arguments.command in REMEMBERED and os.path.isdir(arguments.path):
        listing = list_files(os.path.abspath(arguments.path))
        key = answers.key_of(listing, asked)
    from extrasplit.commands import run

    answer = run(arguments, listing)
    if listing and key and answer.lasting:
        answers.remember_folder(asked, listing.root)
        answers.remember(key, answer)
    return answer


def _surroundings() -> tuple[str, ...]:
    """Return what an answer hangs on beside files and words: where it is asked, how it is shown."""
    screen = str(os.get_terminal_size()) if sys.stdout.isatty() else ""
    shown = [os.environ.get(name, "") for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM")]
    return (os.getcwd(), screen, *shown)


def _read_lone_path(arguments: Namespace) -> None:
    """Take the one word of `unlock PATH` for the folder that it names."""
    word = getattr(arguments, "distribution", None)
    if arguments.command == "unlock" and word and arguments.path == "." and os.path.isdir(word):
        arguments.path, arguments.distribution = word, None
