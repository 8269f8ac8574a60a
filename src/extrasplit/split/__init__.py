"""The plan: the one place where modules meet distributions."""
