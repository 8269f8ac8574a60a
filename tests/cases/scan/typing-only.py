"""TYPE_CHECKING in all spellings, with what runs instead."""
import typing
import typing as t
from typing import TYPE_CHECKING
from typing import TYPE_CHECKING as CHECKING

if TYPE_CHECKING:
    import one
else:
    import one_at_run_time
if typing.TYPE_CHECKING:
    from two import name
if t.TYPE_CHECKING:
    import three
if CHECKING:
    import four
if not TYPE_CHECKING:
    import five
else:
    import six
if TYPE_CHECKING and typing:
    import seven
if TYPE_CHECKING or typing:
    import eight
if TYPE_CHECKING:
    try:
        import nine
    except ImportError:
        pass

    def stub():
        import ten


def later():
    if TYPE_CHECKING:
        import eleven
    import twelve
