"""`inventory database`: migrate the tables."""

from __future__ import annotations

from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect

from inventory.settings import read_settings


def _configure(path: Path) -> Config:
    config = Config(str(path))
    config.set_main_option("sqlalchemy.url", read_settings().database_url)
    return config


def _was_made_without_migrations(url: str) -> bool:
    tables = inspect(create_engine(url)).get_table_names()
    return "host" in tables and "alembic_version" not in tables


@click.group()
@click.option(
    "--config",
    "config_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="alembic.ini",
    show_default=True,
)
@click.pass_context
def database(context: click.Context, config_path: Path) -> None:
    """Migrate the tables of the inventory."""
    context.obj = _configure(config_path)


@database.command()
@click.argument("revision", default="head")
@click.pass_obj
def upgrade(config: Config, revision: str) -> None:
    """Bring the tables to REVISION."""
    if _was_made_without_migrations(read_settings().database_url):
        command.stamp(config, "head")
    else:
        command.upgrade(config, revision)
    click.echo(f"database is at {revision}")


@database.command()
@click.pass_obj
def current(config: Config) -> None:
    """Show the revision that the tables are at."""
    command.current(config)
