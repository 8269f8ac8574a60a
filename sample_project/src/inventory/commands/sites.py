"""`inventory sites`: show what stands where."""

from __future__ import annotations

import click

from inventory.services import HostService


@click.command()
def sites() -> None:
    """Show each site with its number of hosts, cores and memory."""
    for site in HostService().summarize_sites():
        click.echo(
            f"{site.name:<16} {site.hosts:>4} hosts {site.cpu_cores:>5} cores "
            f"{site.memory_gb:>6} GB memory {site.disk_gb:>7} GB disk"
        )
