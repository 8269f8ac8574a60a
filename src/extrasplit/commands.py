"""What each command asks the pipeline, and how its answer reads; `cli` parses and prints."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.utils import NormalizedName, canonicalize_name

from extrasplit.edges.answers import Answer
from extrasplit.edges.cache import clear_folders, folder_bytes
from extrasplit.edges.memory import Memory
from extrasplit.edges.progress import progress_for
from extrasplit.errors import ExtrasplitError
from extrasplit.pipeline import Analysis, Options
from extrasplit.report import contract
from extrasplit.report.wording import megabytes

if TYPE_CHECKING:
    from rich.console import RenderableType

    from extrasplit.lock.uvlock import PackageKey
    from extrasplit.wheels.contents import WheelFacts

PIPE_COLUMNS: Final = 120
"""How wide tables are where there is no terminal."""


def run(arguments: argparse.Namespace) -> Answer:
    """Run one command and return its answer."""
    if arguments.command == "cache":
        return run_cache(arguments)
    with Memory() as memory:
        analysis = Analysis(
            Path(arguments.path),
            options_of(arguments),
            memory=memory,
            progress=progress_for(quiet=arguments.quiet),
        )
        answer = COMMANDS[arguments.command](analysis, arguments)
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


def run_suggest(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Print the plan."""
    from extrasplit.report.assemble import suggest_report

    report = suggest_report(
        analysis.ground,
        analysis.plan,
        analysis.findings,
        base_image=analysis.base_image,
        retained=analysis.retained_bytes,
    )
    lasting = knows_all(analysis)
    if arguments.format == "json":
        return Answer(contract.to_json(report), lasting=lasting)
    from extrasplit.report.terminal import suggest_blocks

    return Answer(shown(suggest_blocks(report)), lasting=lasting)


def run_check(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Print what is wrong with the recorded variants; 1 where something is at error level."""
    from extrasplit.report.assemble import check_report
    from extrasplit.report.lines import render_lines

    report = check_report(
        analysis.ground,
        analysis.today,
        analysis.findings_today,
        base_image=analysis.base_image,
    )
    exit_code = int(any(finding.level == "error" for finding in report.findings))
    if arguments.format == "json":
        text = contract.to_json(report)
    else:
        text = render_lines(report.findings, notes=arguments.verbose)
    return Answer(text, exit_code, lasting=knows_all(analysis))


def run_entrypoints(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Print the roles in which the project is started."""
    from extrasplit.report.assemble import entrypoint_records

    records = entrypoint_records(analysis.ground, analysis.today)
    if arguments.format == "json":
        return Answer(contract.to_json(contract.EntrypointsReport(entrypoints=records)))
    from extrasplit.report.questions import entrypoints_table

    return Answer(shown([entrypoints_table(records)]), lasting=knows_all(analysis))


def run_tree(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
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
        return Answer(export_graph(graph, arguments.format))
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
        return Answer(contract.to_json(report), lasting=are_known(facts))
    from extrasplit.report.questions import tree_lines

    invert = canonicalize_name(arguments.invert) if arguments.invert else None
    branches = [
        (branch.depth, records[branch.key], branch.repeated)
        for branch in walk_tree(graph, retained, invert=invert, depth=arguments.depth)
        if branch.key in records
    ]
    return Answer(shown(tree_lines(branches, total, len(records))), lasting=are_known(facts))


def run_why(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
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
        return Answer(contract.to_json(report), lasting=knows_all(analysis))
    from extrasplit.report.questions import why_blocks

    return Answer(shown(why_blocks(report)), lasting=knows_all(analysis))


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


def knows_all(analysis: Analysis) -> bool:
    """Whether no fact was missing: only then does the same tree give the same answer tomorrow."""
    return all(are_known(ground.facts) for ground in analysis.grounds)


def are_known(facts: Mapping[PackageKey, WheelFacts]) -> bool:
    """Whether nothing is unknown for want of the network."""
    return all(fact.exact or fact.reason != "offline" for fact in facts.values())


def shown(blocks: Iterable[RenderableType]) -> str:
    """Return blocks as text for people, coloured on a terminal and plain in a pipe."""
    from io import StringIO

    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(
        file=StringIO(), force_terminal=terminal or None, width=None if terminal else PIPE_COLUMNS
    )
    with console.capture() as capture:
        for block in blocks:
            console.print(block)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def run_cache(arguments: argparse.Namespace) -> Answer:
    """Name, measure or clear what is remembered."""
    with Memory() as memory:
        match arguments.action:
            case "dir":
                return Answer(f"{memory.directory()}\n")
            case "size":
                return Answer(f"{megabytes(folder_bytes(str(memory.directory())))}\n")
            case _:
                memory.clear(scans_only=arguments.scans)
                clear_folders(str(memory.directory()))
                return Answer("")


COMMANDS: Final[Mapping[str, Callable[[Analysis, argparse.Namespace], Answer]]] = {
    "suggest": run_suggest,
    "check": run_check,
    "entrypoints": run_entrypoints,
    "tree": run_tree,
    "why": run_why,
}
