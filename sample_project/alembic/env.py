"""How alembic reaches the inventory's tables."""

from __future__ import annotations

from alembic import context
from sqlalchemy import engine_from_config, pool

from inventory.models import Base

config = context.config


def migrate() -> None:
    """Run the migrations on the configured database."""
    engine = engine_from_config(
        config.get_section(config.config_ini_section, {}), poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()


migrate()
