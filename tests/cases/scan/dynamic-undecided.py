"""Names that only running the code tells are told, with the prefix that is known."""
from importlib import import_module

BASE = "plugins."


def load(name):
    import_module(name)
    import_module(f"plugins.{name}")
    import_module(BASE + name)
    import_module("plugins.%s.main" % name)
    import_module("plugins.{}".format(name))
    import_module(f".{name}", "app.parts")
    import_module(f"{__package__}.{name}")
