"""`inventory load`: take hosts from a file."""

from __future__ import annotations

from pathlib import Path

import click

from inventory.csv_files import read_hosts as read_csv
from inventory.records import HostRecord, InvalidRow
from inventory.services import HostService


def _read(path: Path) -> list[HostRecord]:
    if path.suffix.lower() == ".csv":
        return read_csv(path)
    try:
        from inventory.excel import read_hosts
    except ImportError as error:
        raise click.ClickException("workbooks need pandas, which is not installed") from error
    return read_hosts(path)


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read the file, change nothing.")
def load(path: Path, dry_run: bool) -> None:
    """Load hosts from PATH, an Excel workbook or a CSV file."""
    try:
        records = _read(path)
    except InvalidRow as error:
        raise click.ClickException(f"{path.name}, {error}") from error
    if dry_run:
        click.echo(f"{len(records)} hosts read, nothing changed")
        return
    added, updated = HostService().save(records)
    click.echo(f"{added} hosts added, {updated} updated")
