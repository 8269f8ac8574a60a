"""PEP 810: `__lazy_modules__` makes plain imports at module level lazy."""
__lazy_modules__ = ["heavy", "app.parts.slow", "light.sub"]
import heavy
import other
from light import sub
from .parts import slow


def later():
    import heavy
