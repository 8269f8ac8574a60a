"""`contextlib.suppress` guards like a try, under any alias; other context managers may."""
import contextlib
from contextlib import suppress as quiet

with contextlib.suppress(ImportError):
    import one
with quiet(ImportError, AttributeError):
    import two
with contextlib.suppress(KeyError):
    import three


def try_import():
    return contextlib.nullcontext()


with try_import() as imports:
    import four
