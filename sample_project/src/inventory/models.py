"""The tables."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The metadata that all tables share."""


class Site(Base):
    """A place where hosts stand."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    hosts: Mapped[list[Host]] = relationship(back_populates="site", cascade="all, delete-orphan")


class Host(Base):
    """One machine, physical or virtual."""

    __tablename__ = "host"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    environment: Mapped[str] = mapped_column(String(20), index=True)
    operating_system: Mapped[str] = mapped_column(String(60))
    cpu_cores: Mapped[int]
    memory_gb: Mapped[int]
    disk_gb: Mapped[int]
    support_ends: Mapped[date | None]
    site: Mapped[Site] = relationship(back_populates="hosts")
