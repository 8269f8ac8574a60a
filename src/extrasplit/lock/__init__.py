"""What uv would install: the lock, closures on a target, the graph."""
