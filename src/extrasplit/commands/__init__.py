"""What each command asks the pipeline, and how its answer reads; `cli` parses and prints."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from extrasplit.edges.answers import Answer
from extrasplit.edges.cache import clear_folders, folder_bytes
from extrasplit.edges.files import Listing
from extrasplit.edges.interrupted import was_interrupted
from extrasplit.edges.memory import Memory
from extrasplit.edges.progress import progress_for
from extrasplit.pipeline import Analysis, Options

Command = Callable[[Analysis, argparse.Namespace], Answer]

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "suggest": ("suggest", "run"),
    "check": ("gate", "run_check"),
    "diff": ("comparison", "run_diff"),
    "verify": ("proof", "run_verify"),
    "apply": ("changes", "run_apply"),
    "unlock": ("changes", "run_unlock"),
    "why": ("questions", "run_why"),
    "tree": ("questions", "run_tree"),
    "entrypoints": ("questions", "run_entrypoints"),
}
"""The module beside this one and its function: the hook loads only what it runs."""


def find_command(name: str) -> Command:
    """Return the function of one command; only now is what it needs imported."""
    module, function = COMMANDS[name]
    command: Command = getattr(import_module(f"{__name__}.{module}"), function)
    return command


def run(arguments: argparse.Namespace, listing: Listing | None = None) -> Answer:
    """Run one command and return its answer; `listing` is that of its folder, where it is known."""
    if arguments.command == "cache":
        return run_cache(arguments)
    with Memory() as memory:
        analysis = Analysis(
            Path(arguments.path),
            options_of(arguments),
            memory=memory,
            progress=progress_for(quiet=arguments.quiet),
            listing=listing,
        )
        if was_interrupted(analysis.lock_root):
            from extrasplit.edges.transaction import recover

            recover(analysis.lock_root)
            analysis = analysis.anew()
        answer = find_command(arguments.command)(analysis, arguments)
        analysis.remember()
        if memory.note and not arguments.quiet:
            sys.stderr.write(f"extrasplit: {memory.note}\n")
    return answer


def options_of(arguments: argparse.Namespace) -> Options:
    """Return what the arguments ask of the analysis."""
    checks = arguments.command == "check"
    return Options(
        python=arguments.python,
        platforms=tuple(arguments.platform),
        libc=arguments.libc,
        package=arguments.package,
        offline=arguments.offline or (checks and not arguments.online),
        frozen=arguments.frozen or checks,
        entrypoints=tuple(getattr(arguments, "entrypoint", ())),
    )


def run_cache(arguments: argparse.Namespace) -> Answer:
    """Name, measure or clear what is remembered."""
    with Memory() as memory:
        match arguments.action:
            case "dir":
                return Answer(f"{memory.directory()}\n")
            case "size":
                from extrasplit.report.wording import megabytes

                return Answer(f"{megabytes(folder_bytes(str(memory.directory())))}\n")
            case _:
                memory.clear(scans_only=arguments.scans)
                clear_folders(str(memory.directory()), scans_only=arguments.scans)
                return Answer("")
