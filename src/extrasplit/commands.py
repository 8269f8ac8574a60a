"""What each command asks the pipeline and prints; `cli` has parsed the arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from extrasplit.edges.memory import Memory
from extrasplit.edges.progress import progress_for
from extrasplit.pipeline import Analysis, Options
from extrasplit.report import contract


def run(arguments: argparse.Namespace) -> int:
    """Run one command and return its exit code."""
    if arguments.command == "cache":
        return run_cache(arguments)
    with Memory() as memory:
        analysis = Analysis(
            Path(arguments.path),
            options_of(arguments),
            memory=memory,
            progress=progress_for(quiet=arguments.quiet),
        )
        exit_code = COMMANDS[arguments.command](analysis, arguments)
        if memory.note and not arguments.quiet:
            sys.stderr.write(f"extrasplit: {memory.note}\n")
    return exit_code


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


def run_suggest(analysis: Analysis, arguments: argparse.Namespace) -> int:
    """Print the plan."""
    from extrasplit.report.assemble import suggest_report

    report = suggest_report(
        analysis.ground,
        analysis.plan,
        analysis.findings,
        base_image=analysis.base_image,
        retained=analysis.retained_bytes,
    )
    match arguments.format:
        case "json":
            write(contract.to_json(report))
        case _:
            from rich.console import Console

            from extrasplit.report.terminal import print_suggest

            print_suggest(report, Console())
    return 0


def run_entrypoints(analysis: Analysis, arguments: argparse.Namespace) -> int:
    """Print the roles in which the project is started."""
    from extrasplit.report.assemble import entrypoint_records

    records = entrypoint_records(analysis.ground, analysis.today)
    write(contract.to_json(contract.EntrypointsReport(entrypoints=records)))
    return 0


def run_cache(arguments: argparse.Namespace) -> int:
    """Name, measure or clear what is remembered."""
    with Memory() as memory:
        match arguments.action:
            case "dir":
                write(f"{memory.directory()}\n")
            case "size":
                write(f"{memory.size_bytes()} bytes\n")
            case "clear":
                memory.clear(scans_only=arguments.scans)
    return 0


def write(text: str) -> None:
    """Print to standard output what is the answer, and nothing else."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


COMMANDS: Final[Mapping[str, Callable[[Analysis, argparse.Namespace], int]]] = {
    "suggest": run_suggest,
    "entrypoints": run_entrypoints,
}
