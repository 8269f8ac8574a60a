"""PEP 562: a module's `__getattr__` imports when a name is asked for."""
import importlib

_TABLE = {"Reader": ".readers", "Writer": ".writers"}
_PAIRS = {"a": ("pkg_a.impl", "A"), "b": ("pkg_b.impl", "B")}


def __getattr__(name):
    if name in _TABLE:
        return getattr(importlib.import_module(_TABLE[name], __package__), name)
    if name == "plain":
        from . import plain
        return plain
    module_name, attribute = _PAIRS[name]
    module = importlib.import_module(module_name)
    return getattr(module, attribute)
