"""Renders the answers of `why`, `tree` and `entrypoints` for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from extrasplit.report.contract import (
    BeforeAfterRecord,
    DiffReport,
    EntrypointRecord,
    NeedRecord,
    PackageChangeRecord,
    PackageRecord,
    VerifyReport,
    WhyReport,
)
from extrasplit.report.wording import (
    brought_by,
    chain,
    layer_name,
    megabytes,
    off_by,
    plural,
    signed_megabytes,
)

CHAINS_SHOWN = 12
"""Import chains beyond these are counted; `--format json` holds them all."""


def entrypoints_table(entrypoints: Sequence[EntrypointRecord]) -> Table:
    """Return one row an entrypoint: what it starts, where it was found, what it has and needs."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("entrypoint", "kind", "starts", "found in", "extras today", "startup needs"):
        table.add_column(column, overflow="fold")
    for entrypoint in entrypoints:
        found = entrypoint.found_in
        startup = {
            n.distribution or f"{n.chain[-1].module}?"
            for n in entrypoint.needs
            if n.level == "startup" and (n.distribution or n.chain)
        }
        table.add_row(
            Text(entrypoint.name, style="bold"),
            entrypoint.kind,
            escape(entrypoint.starts),
            escape(f"{found.path}:{found.line}" if found.line else found.path),
            escape(", ".join(entrypoint.extras_today)) or "-",
            escape(", ".join(sorted(startup))) or "-",
        )
    return table


def why_blocks(report: WhyReport) -> list[RenderableType]:
    """Return who asks for a distribution: its sizes, lock paths and import chains."""
    package = report.package
    blocks: list[RenderableType] = [
        Text.assemble(
            (f"{package.name} {package.version}", "bold"),
            f"  {megabytes(package.installed_bytes)} itself, "
            f"{megabytes(package.retained_bytes)} with what only it brings",
            "" if package.exact else f" (not exact: {package.reason})",
        )
    ]
    if package.variants:
        blocks.append(Text(f"in the variants {', '.join(package.variants)}"))
    blocks.append(Text("\nBrought in by", style="bold"))
    blocks += [Text(f"  {' -> '.join(path)}") for path in report.lock_paths]
    if not report.lock_paths:
        blocks.append(Text("  nothing that is declared"))
    blocks.append(Text("\nImported by", style="bold"))
    blocks += _need_lines(report.needs)
    return blocks


def tree_lines(
    branches: Iterable[tuple[int, PackageRecord, bool]], total_bytes: int, count: int
) -> list[RenderableType]:
    """Return the tree, indented: installed, retained and compressed bytes of each distribution.

    A branch is (depth, package, whether it was shown before).
    """
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("distribution")
    table.add_column("installed", justify="right")
    table.add_column("retained", justify="right")
    table.add_column("wheel", justify="right")
    for depth, package, repeated in branches:
        name = Text(f"{'  ' * depth}{package.name} {package.version}")
        if repeated:
            table.add_row(name + Text(" (*)", style="bright_black"), "", "", "")
            continue
        mark = "" if package.exact else "~"
        table.add_row(
            name,
            f"{mark}{megabytes(package.installed_bytes)}",
            megabytes(package.retained_bytes),
            megabytes(package.wheel_bytes),
        )
    closing = Text(f"\n{plural(count, 'distribution')}, {megabytes(total_bytes)} installed")
    return [table, closing]


def diff_blocks(report: DiffReport) -> list[RenderableType]:
    """Return per variant how it grew, and what came, went and changed."""
    blocks: list[RenderableType] = [Text(f"{report.base} -> {report.head}", style="bold")]
    for variant in report.variants:
        sizes = Table.grid(padding=(0, 2))
        for name, figure in (
            ("installed", variant.installed_bytes),
            ("pull", variant.pull_bytes),
            ("image", variant.image_bytes),
        ):
            sizes.add_row(f"  {name}", _grown(figure))
        blocks += [Text(f"\n{variant.name}", style="bold"), sizes]
        changes = Table.grid(padding=(0, 2))
        for mark, entries in (
            ("+", variant.added),
            ("-", variant.removed),
            ("~", variant.changed),
        ):
            for entry in entries:
                changes.add_row(*_change_cells(mark, entry))
        blocks.append(changes if changes.row_count else Text("  nothing came, went or changed"))
    blocks += [Text(f"\nover the limit: {line}", style="bold red") for line in report.exceeded]
    return blocks


def _grown(figure: BeforeAfterRecord) -> str:
    if figure.after is None:
        return f"{megabytes(figure.before)} -> gone"
    if figure.before is None:
        return f"new -> {megabytes(figure.after)}"
    grown = signed_megabytes(figure.after - figure.before)
    return f"{megabytes(figure.before)} -> {megabytes(figure.after)}  {grown}"


def _change_cells(mark: str, entry: PackageChangeRecord) -> tuple[Text, ...]:
    version = " -> ".join(version for version in (entry.before, entry.after) if version)
    style = {"+": "red", "-": "green", "~": "yellow"}[mark]
    by = brought_by(entry)
    return (
        Text(f"  {mark} {entry.name} {version}", style=style),
        Text(signed_megabytes(entry.bytes), justify="right"),
        Text(f"by {by}" if by else "", style="bright_black"),
    )


def verify_blocks(report: VerifyReport) -> list[RenderableType]:
    """Return the verdicts, the sizes foretold and found, and what is wrong."""
    from extrasplit.report.causes import findings_block

    verdicts = Table(title="Started", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in ("variant", "entrypoint", "level", "verdict"):
        verdicts.add_column(column, no_wrap=True)
    for column in ("seconds", "before", "imported"):
        verdicts.add_column(column, justify="right")
    verdicts.add_column("why")
    styles = {"passed": "green", "failed": "bold red", "skipped": "yellow"}
    for result in report.results:
        verdicts.add_row(
            escape(result.variant),
            escape(result.entrypoint),
            result.level,
            Text(result.verdict, style=styles[result.verdict]),
            f"{result.seconds:.1f}",
            "" if result.before_seconds is None else f"{result.before_seconds:.1f}",
            str(len(result.imported)),
            escape(result.reason),
        )
    blocks: list[RenderableType] = [verdicts, _sizes_table(report)]
    if any(size.layers for size in report.sizes):
        blocks.append(_layers_table(report))
    return [*blocks, findings_block(report.findings)] if report.findings else blocks


def _sizes_table(report: VerifyReport) -> Table:
    sizes = Table(title="Sizes", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    sizes.add_column("variant", no_wrap=True)
    sizes.add_column("what")
    for column in ("predicted", "measured", "off by"):
        sizes.add_column(column, justify="right")
    for size in report.sizes:
        for what, figure in (("installed", size.installed_bytes), ("image", size.image_bytes)):
            if figure is not None:
                sizes.add_row(
                    escape(size.variant),
                    what,
                    megabytes(figure.predicted),
                    megabytes(figure.measured),
                    off_by(figure.predicted, figure.measured),
                )
    return sizes


def _layers_table(report: VerifyReport) -> Table:
    """Return each image's layers; without a prediction stands what is taken as it is found."""
    layers = Table(title="Layers", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    layers.add_column("variant", no_wrap=True)
    layers.add_column("layer")
    for column in ("predicted", "measured"):
        layers.add_column(column, justify="right")
    for size in report.sizes:
        for layer in size.layers:
            layers.add_row(
                escape(size.variant),
                escape(layer_name(layer.created_by)),
                "" if layer.predicted is None else megabytes(layer.predicted),
                megabytes(layer.bytes),
            )
    return layers


def _need_lines(needs: Sequence[NeedRecord]) -> list[RenderableType]:
    if not needs:
        return [Text("  no entrypoint")]
    lines: list[RenderableType] = [
        Text.assemble("  ", (need.level, "bold"), f" ({need.via})  {chain(need.chain)}")
        for need in needs[:CHAINS_SHOWN]
    ]
    if len(needs) > CHAINS_SHOWN:
        lines.append(Text(f"  and {len(needs) - CHAINS_SHOWN} more (--format json)"))
    return lines
