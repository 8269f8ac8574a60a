"""Sessions on the inventory's database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from inventory.models import Base
from inventory.settings import read_settings


@cache
def connect(url: str) -> Engine:
    """Return the engine for `url`, its tables made where they are missing."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    return engine


@contextmanager
def open_session(url: str | None = None) -> Iterator[Session]:
    """Yield a session that commits on success and rolls back on an error."""
    with Session(connect(url or read_settings().database_url)) as session, session.begin():
        yield session
