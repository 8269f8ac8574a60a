"""Hosts are kept, listed, summed up and found in an account."""

from __future__ import annotations

from typing import Any

from inventory.records import HostRecord
from inventory.services import HostService, discover_instances


def test_saving_twice_updates(sample_hosts: list[HostRecord]) -> None:
    service = HostService()
    assert service.save(sample_hosts) == (24, 0)
    assert service.save(sample_hosts) == (0, 24)
    assert service.list_hosts() == sorted(sample_hosts, key=lambda host: host.name)


def test_hosts_are_filtered_by_site_and_environment(sample_hosts: list[HostRecord]) -> None:
    service = HostService()
    service.save(sample_hosts)
    found = service.list_hosts(site="Hamburg", environment="production")
    assert found
    assert {(host.site, host.environment) for host in found} == {("Hamburg", "production")}


def test_sites_are_summed_up(sample_hosts: list[HostRecord]) -> None:
    service = HostService()
    service.save(sample_hosts)
    sites = service.summarize_sites()
    assert sum(site.hosts for site in sites) == 24
    assert sum(site.cpu_cores for site in sites) == sum(host.cpu_cores for host in sample_hosts)


class FakeClient:
    """Answers as the account's interface does."""

    def get_paginator(self, operation: str) -> FakeClient:
        assert operation == "describe_instances"
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        instance = {
            "InstanceId": "i-0a1",
            "Placement": {"AvailabilityZone": "eu-central-1a"},
            "CpuOptions": {"CoreCount": 2, "ThreadsPerCore": 2},
            "Tags": [{"Key": "Environment", "Value": "staging"}],
        }
        return [{"Reservations": [{"Instances": [instance]}]}]


def test_instances_become_hosts() -> None:
    (host,) = discover_instances(FakeClient())
    assert (host.name, host.site, host.environment) == ("i-0a1", "eu-central-1a", "staging")
    assert host.cpu_cores == 4
