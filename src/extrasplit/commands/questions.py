"""`tree`, `why` and `entrypoints`: what people ask of lock and source."""

from __future__ import annotations

import argparse

from packaging.utils import canonicalize_name

from extrasplit.commands.answering import named, shown
from extrasplit.edges.answers import Answer
from extrasplit.errors import ExtrasplitError
from extrasplit.pipeline import Analysis
from extrasplit.report import contract


def run_entrypoints(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Print the roles in which the project is started."""
    from extrasplit.report.assemble import entrypoint_records

    records = entrypoint_records(analysis.ground, analysis.today)
    if arguments.format == "json":
        report = contract.EntrypointsReport(entrypoints=records)
        return Answer(contract.to_json(report), lasting=analysis.knows_all)
    from extrasplit.report.questions import entrypoints_table

    return Answer(shown([entrypoints_table(records)]), lasting=analysis.knows_all)


def run_tree(analysis: Analysis, arguments: argparse.Namespace) -> Answer:
    """Print what would be installed for the extras and groups that are named."""
    from extrasplit.lock.closure import find_conflict
    from extrasplit.lock.graph import build_graph, export_graph, retained_bytes, walk_tree
    from extrasplit.report.assemble import package_record, target_record

    extras = (
        tuple(analysis.project.extras)
        if arguments.all_extras
        else named(arguments.extra, analysis.project.extras, "extra", analysis.root)
    )
    groups = named(arguments.group, analysis.project.groups, "dependency group", analysis.root)
    clash = find_conflict(analysis.lock, analysis.project.name, extras, groups)
    if clash:
        raise ExtrasplitError(
            f"[tool.uv] conflicts: {' and '.join(sorted(item.name for item in clash))} exclude "
            "each other",
            hint="name one of them with --extra or --group",
        )
    closure = analysis.closure(extras=extras, groups=groups)
    facts = analysis.facts_of(closure)
    lasts = all(fact.lasts for fact in facts.values())
    graph = build_graph(closure, {key: fact.installed_bytes for key, fact in facts.items()})
    if arguments.format in ("dot", "graphml"):
        return Answer(export_graph(graph, arguments.format), lasting=lasts)
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
        return Answer(contract.to_json(report), lasting=lasts)
    from extrasplit.report.questions import tree_lines

    invert = canonicalize_name(arguments.invert) if arguments.invert else None
    branches = [
        (branch.depth, records[branch.key], branch.repeated)
        for branch in walk_tree(graph, retained, invert=invert, depth=arguments.depth)
        if branch.key in records
    ]
    return Answer(shown(tree_lines(branches, total, len(records))), lasting=lasts)


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
        return Answer(contract.to_json(report), lasting=analysis.knows_all)
    from extrasplit.report.questions import why_blocks

    return Answer(shown(why_blocks(report)), lasting=analysis.knows_all)
