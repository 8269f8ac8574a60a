"""What each command asks the pipeline and prints; `cli` has parsed the arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.edges.memory import Memory
from extrasplit.edges.progress import progress_for
from extrasplit.errors import ExtrasplitError
from extrasplit.pipeline import Analysis, Options
from extrasplit.report import contract

if TYPE_CHECKING:
    from rich.console import RenderableType


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
    if arguments.format == "json":
        write(contract.to_json(report))
    else:
        from extrasplit.report.terminal import suggest_blocks

        show(suggest_blocks(report))
    return 0


def run_check(analysis: Analysis, arguments: argparse.Namespace) -> int:
    """Print what is wrong with the recorded variants; 1 where something is at error level."""
    from extrasplit.report.assemble import check_report
    from extrasplit.report.lines import render_lines

    report = check_report(
        analysis.ground,
        analysis.today,
        analysis.findings_today,
        base_image=analysis.base_image,
    )
    if arguments.format == "json":
        write(contract.to_json(report))
    else:
        write(render_lines(report.findings, notes=arguments.verbose))
    return int(any(finding.level == "error" for finding in report.findings))


def run_entrypoints(analysis: Analysis, arguments: argparse.Namespace) -> int:
    """Print the roles in which the project is started."""
    from extrasplit.report.assemble import entrypoint_records

    records = entrypoint_records(analysis.ground, analysis.today)
    if arguments.format == "json":
        write(contract.to_json(contract.EntrypointsReport(entrypoints=records)))
    else:
        from extrasplit.report.questions import entrypoints_table

        show([entrypoints_table(records)])
    return 0


def run_tree(analysis: Analysis, arguments: argparse.Namespace) -> int:
    """Print what would be installed for the extras and groups that are named."""
    from extrasplit.lock.graph import build_graph, export_graph, retained_bytes, walk_tree
    from extrasplit.report.assemble import package_record, target_record

    extras = (
        tuple(analysis.project.extras)
        if arguments.all_extras
        else named(arguments.extra, analysis.project.extras, "extra", analysis.root)
    )
    groups = named(arguments.group, analysis.project.groups, "dependency group", analysis.root)
    closure = analysis.closure(extras=extras, groups=groups)
    facts = analysis.facts_of(closure)
    graph = build_graph(closure, {key: fact.installed_bytes for key, fact in facts.items()})
    if arguments.format in ("dot", "graphml"):
        write(export_graph(graph, arguments.format))
        return 0
    retained = retained_bytes(graph)
    direct = {child for parent, child in closure.edges if parent is None}
    records = {
        key: package_record(
            key, facts.get(key), direct=key in direct, retained_bytes=retained.get(key, 0)
        )
        for key in sorted(closure.packages)
    }
    total = sum(record.installed_bytes or 0 for record in records.values())
    if arguments.format == "json":
        report = contract.TreeReport(
            target=target_record(analysis.target, analysis.base_image),
            extras=list(extras),
            installed_bytes=total,
            packages=list(records.values()),
        )
        write(contract.to_json(report))
        return 0
    from extrasplit.report.questions import tree_lines

    invert = canonicalize_name(arguments.invert) if arguments.invert else None
    branches = walk_tree(graph, retained, invert=invert, depth=arguments.depth)
    shown = [(b.depth, records[b.key], b.repeated) for b in branches if b.key in records]
    show(tree_lines(shown, total, len(records)))
    return 0


def run_why(analysis: Analysis, arguments: argparse.Namespace) -> int:
    """Print who asks for one distribution: lock paths, import chains, bytes."""
    from extrasplit.lock.graph import build_graph, paths_to, retained_bytes
    from extrasplit.report.assemble import homes_by_distribution, need_records, package_record

    name = canonicalize_name(arguments.distribution)
    closure = analysis.closure(extras=analysis.project.extras)
    facts = analysis.grounds[0].facts
    graph = build_graph(closure, {key: fact.installed_bytes for key, fact in facts.items()})
    found = sorted(key for key in analysis.lock.by_name.get(name, ()) if key in graph)
    if not found:
        raise ExtrasplitError(
            f"{analysis.lock_root / 'uv.lock'} brings no {name} in for this target",
            hint="see `extrasplit tree --all-extras`",
        )
    key = found[0]
    homes = homes_by_distribution(analysis.project.requirements)
    report = contract.WhyReport(
        package=package_record(
            key,
            facts.get(key),
            direct=name in homes,
            retained_bytes=retained_bytes(graph).get(key, 0),
            variants=[v.name for v in analysis.plan.variants if key in v.packages],
        ),
        lock_paths=[[step.name for step in path] for path in paths_to(graph, name)],
        needs=[
            record
            for role in analysis.plan.roles
            for need in role.needs
            if name in need.providers
            for record in need_records(need, homes)
            if record.distribution == name
        ],
    )
    if arguments.format == "json":
        write(contract.to_json(report))
    else:
        from extrasplit.report.questions import why_blocks

        show(why_blocks(report))
    return 0


def named(
    wanted: Iterable[str], known: Collection[NormalizedName], what: str, root: Path
) -> tuple[NormalizedName, ...]:
    """Return normalized names; raises ExtrasplitError for one that pyproject.toml doesn't have."""
    names = tuple(canonicalize_name(name) for name in wanted)
    for name in names:
        if name not in known:
            raise ExtrasplitError(
                f"{root / 'pyproject.toml'} has no {what} {name}",
                hint=f"it has {', '.join(known) or 'none'}",
            )
    return names


def show(blocks: Iterable[RenderableType]) -> None:
    """Print blocks for people, coloured on a terminal and plain in a pipe."""
    from rich.console import Console

    console = Console()
    for block in blocks:
        console.print(block)


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
    "check": run_check,
    "entrypoints": run_entrypoints,
    "tree": run_tree,
    "why": run_why,
}
