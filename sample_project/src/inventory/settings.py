"""Where the inventory lives, read from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass

DEFAULT_DATABASE_URL = "sqlite:///inventory.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment may set."""

    database_url: str
    """An SQLAlchemy URL; a file in the working directory unless `INVENTORY_DATABASE` is set."""
    cloud_region: str
    """The region that the cloud page asks, from `INVENTORY_CLOUD_REGION`."""


def read_settings() -> Settings:
    """Return the settings of this process."""
    return Settings(
        database_url=os.environ.get("INVENTORY_DATABASE", DEFAULT_DATABASE_URL),
        cloud_region=os.environ.get("INVENTORY_CLOUD_REGION", "eu-central-1"),
    )
