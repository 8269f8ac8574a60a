"""Relative names need their package; a package knows its own."""
from importlib import import_module

def later(name):
    import_module(".one", package="app.parts")
    import_module("..two", "app.parts")
    import_module(".three", __package__)
    import_module(f"{__package__}.four")
    import_module(".five", package=name)
    __import__("six", globals(), locals(), ["x"], 1)
