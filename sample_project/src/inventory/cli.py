"""The `inventory` command."""

from __future__ import annotations

import click

from inventory import __version__
from inventory.commands import dashboard, database, export, listing, load, report, sites


@click.group()
@click.version_option(__version__, package_name="fleet-inventory")
def main() -> None:
    """Keep an inventory of the machines that you run."""


main.add_command(load.load)
main.add_command(listing.list_hosts)
main.add_command(sites.sites)
main.add_command(export.export)
main.add_command(report.report)
main.add_command(database.database)
main.add_command(dashboard.dashboard)

if __name__ == "__main__":
    main()
