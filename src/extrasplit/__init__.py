"""Tells which entrypoint needs which distribution, what it weighs, and how to cut the extras."""

__version__ = "0.1.0"
