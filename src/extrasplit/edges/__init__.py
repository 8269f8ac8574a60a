"""The world, handed in: files, network, subprocesses, the clock, the memory of what was read."""
