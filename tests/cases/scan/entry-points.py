"""Plugins by entry-point group."""
import importlib.metadata
from importlib.metadata import entry_points

GROUP = "app.plugins"


def load():
    for each in entry_points(group=GROUP):
        each.load()
    importlib.metadata.entry_points().select(group="app.two")
    entry_points()["app.three"]
    entry_points().get("app.four", ())
    found = entry_points()
    found.select(group="app.five")
