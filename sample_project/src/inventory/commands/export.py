"""`inventory export`: write the hosts to a file."""

from __future__ import annotations

from pathlib import Path

import click

from inventory.csv_files import write_hosts as write_csv
from inventory.services import HostService


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--site", help="Only the hosts of this site.")
def export(path: Path, site: str | None) -> None:
    """Write the hosts to PATH, an Excel workbook or a CSV file."""
    hosts = HostService().list_hosts(site=site)
    if path.suffix.lower() == ".csv":
        count = write_csv(path, hosts)
    else:
        try:
            from inventory.excel import write_hosts
        except ImportError as error:
            raise click.ClickException("workbooks need pandas, which is not installed") from error
        count = write_hosts(path, hosts)
    click.echo(f"{count} hosts written to {path}")
