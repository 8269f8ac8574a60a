"""Hosts that a cloud account runs."""

from __future__ import annotations

from typing import Any

import boto3

from inventory.records import HostRecord
from inventory.settings import read_settings

SESSION = boto3.Session()


def _tag(instance: dict[str, Any], key: str, default: str) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    return tags.get(key, default)


def _record(instance: dict[str, Any]) -> HostRecord:
    cpu = instance.get("CpuOptions", {})
    return HostRecord(
        name=_tag(instance, "Name", instance["InstanceId"]),
        site=instance["Placement"]["AvailabilityZone"],
        environment=_tag(instance, "Environment", "unknown"),
        operating_system=instance.get("PlatformDetails", "Linux/UNIX"),
        cpu_cores=cpu.get("CoreCount", 1) * cpu.get("ThreadsPerCore", 1),
        memory_gb=int(_tag(instance, "MemoryGB", "0")),
        disk_gb=int(_tag(instance, "DiskGB", "0")),
    )


def discover_instances(client: Any = None) -> list[HostRecord]:
    """Return the running instances of the account that the environment is signed in to."""
    client = client or SESSION.client("ec2", region_name=read_settings().cloud_region)
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    return [
        _record(instance)
        for page in client.get_paginator("describe_instances").paginate(Filters=running)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]
