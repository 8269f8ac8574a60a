"""Documents about the fleet."""
