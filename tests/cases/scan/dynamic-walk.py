"""A loop over a package's modules that imports them brings them all."""
import importlib
import pkgutil

from app import plugins


def load_all():
    for found in pkgutil.iter_modules(plugins.__path__):
        importlib.import_module(f"app.plugins.{found.name}")


def load_own():
    for found in pkgutil.walk_packages(__path__, __name__ + "."):
        importlib.import_module(found.name)
