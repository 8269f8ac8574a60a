"""Helpers of the project that test: the trace decides what is asked here."""
from app.compat import HAS_GPU, is_installed, requires
from app import compat


def has_extra(name):
    return False


if is_installed("one"):
    import one
if compat.has("two"):
    import two
if has_extra("web"):
    import three
if HAS_GPU:
    import four
if compat.HAS_TPU and not has_extra("x"):
    import five


def early():
    if not is_installed("six"):
        return
    import six


@requires("web")
def command():
    import seven


class View:
    @compat.needs
    def get(self):
        import eight
