"""`inventory report`: write the fleet report."""

from __future__ import annotations

from pathlib import Path

import click

from inventory.reports.generator import build_report
from inventory.services import HostService


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--title", default="Fleet report", show_default=True)
@click.option("--bundle", is_flag=True, help="Add a sheet of labels with QR codes.")
def report(path: Path, title: str, bundle: bool) -> None:
    """Write the fleet report to PATH as a PDF."""
    service = HostService()
    hosts, sites = service.list_hosts(), service.summarize_sites()
    if bundle:
        try:
            from inventory.reports.bundle import build_bundle
        except ImportError as error:
            raise click.ClickException(
                "the bundle needs the extra: pip install 'fleet-inventory[reports]'"
            ) from error
        path.write_bytes(build_bundle(hosts, sites))
    else:
        build_report(path, hosts, sites, title=title)
    click.echo(f"report on {len(hosts)} hosts written to {path}")
