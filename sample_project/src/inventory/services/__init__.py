"""What the command line and the dashboard ask of the inventory."""

from inventory.services.cloud import discover_instances
from inventory.services.hosts import HostService, SiteSummary

__all__ = ["HostService", "SiteSummary", "discover_instances"]
