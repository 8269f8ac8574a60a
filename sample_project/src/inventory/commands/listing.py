"""`inventory list`: show the hosts."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from inventory.services import HostService


@click.command("list")
@click.option("--site", help="Only the hosts of this site.")
@click.option("--environment", help="Only the hosts of this environment.")
def list_hosts(site: str | None, environment: str | None) -> None:
    """Show the hosts as a table."""
    hosts = HostService().list_hosts(site=site, environment=environment)
    table = Table(title=f"{len(hosts)} hosts")
    for heading in ("Host", "Site", "Environment", "System"):
        table.add_column(heading)
    table.add_column("Cores", justify="right")
    table.add_column("Memory", justify="right")
    for host in hosts:
        table.add_row(
            host.name,
            host.site,
            host.environment,
            host.operating_system,
            str(host.cpu_cores),
            f"{host.memory_gb} GB",
        )
    Console().print(table)
