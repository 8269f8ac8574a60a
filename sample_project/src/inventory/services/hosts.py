"""Reading and changing the hosts in the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from inventory.database import open_session
from inventory.models import Host, Site
from inventory.records import HostRecord


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """What stands at one site."""

    name: str
    hosts: int
    cpu_cores: int
    memory_gb: int
    disk_gb: int


def _record(host: Host) -> HostRecord:
    return HostRecord(
        name=host.name,
        site=host.site.name,
        environment=host.environment,
        operating_system=host.operating_system,
        cpu_cores=host.cpu_cores,
        memory_gb=host.memory_gb,
        disk_gb=host.disk_gb,
        support_ends=host.support_ends,
    )


def _site(session: Session, name: str) -> Site:
    site = session.scalar(select(Site).where(Site.name == name))
    if site is None:
        site = Site(name=name)
        session.add(site)
        session.flush()
    return site


class HostService:
    """The hosts of one database."""

    def __init__(self, database_url: str | None = None) -> None:
        self._database_url = database_url

    def save(self, records: Iterable[HostRecord]) -> tuple[int, int]:
        """Add or update hosts by name; return how many were added and updated."""
        added = updated = 0
        with open_session(self._database_url) as session:
            for record in records:
                site = _site(session, record.site)
                host = session.scalar(select(Host).where(Host.name == record.name))
                if host is None:
                    host = Host(name=record.name)
                    session.add(host)
                    added += 1
                else:
                    updated += 1
                host.site = site
                host.environment = record.environment
                host.operating_system = record.operating_system
                host.cpu_cores = record.cpu_cores
                host.memory_gb = record.memory_gb
                host.disk_gb = record.disk_gb
                host.support_ends = record.support_ends
                session.flush()
        return added, updated

    def list_hosts(
        self, *, site: str | None = None, environment: str | None = None
    ) -> list[HostRecord]:
        """Return the hosts, by name, of one site or environment where it is given."""
        query = select(Host).join(Host.site).options(joinedload(Host.site)).order_by(Host.name)
        if site:
            query = query.where(Site.name == site)
        if environment:
            query = query.where(Host.environment == environment)
        with open_session(self._database_url) as session:
            return [_record(host) for host in session.scalars(query)]

    def summarize_sites(self) -> list[SiteSummary]:
        """Return each site with the sums over its hosts, by name."""
        query = (
            select(
                Site.name,
                func.count(Host.id),
                func.sum(Host.cpu_cores),
                func.sum(Host.memory_gb),
                func.sum(Host.disk_gb),
            )
            .join(Site.hosts)
            .group_by(Site.name)
            .order_by(Site.name)
        )
        with open_session(self._database_url) as session:
            return [SiteSummary(*row) for row in session.execute(query)]
