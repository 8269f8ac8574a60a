"""SPEC 1: `lazy_loader` defers what it attaches."""
import lazy_loader as lazy

np = lazy.load("numpy_")
__getattr__, __dir__, __all__ = lazy.attach(
    __name__, submodules=["io", "draw"], submod_attrs={"color": ["rgb", "hsv"]}
)
