"""Tests whether a module is installed, in all shapes."""
import importlib.util
from importlib.util import find_spec as spec

if importlib.util.find_spec("one"):
    import one
if spec("two") is not None:
    import two
if spec("three") is None:
    import three_instead
else:
    import three
if not spec("four"):
    pass
else:
    import four
if all(spec(name) for name in ("five", "six")):
    import five, six
if (found := spec("seven")) and found.name:
    import seven
HAS_EIGHT = spec("eight") is not None
if HAS_EIGHT:
    import eight


def later():
    if not HAS_EIGHT:
        return None
    import nine
    return nine


import sys
if "ten" in sys.modules:
    import ten
