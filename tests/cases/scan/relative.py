"""Relative imports keep their dots; the trace knows the package."""
def later():
    from . import sibling
    from .. import uncle
    from .module import name
    from ...far.away import thing as other
