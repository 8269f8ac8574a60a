"""Which extras of what a role imports bring what nothing of the project asks for.

`rich[jupyter]` where `rich` is enough is an unlock without any line: the requirement is what is to
be changed. A server's extras are none: it takes them by itself, and faster for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement as Pep508
from packaging.utils import canonicalize_name

from extrasplit.project.declared import BASE
from extrasplit.project.launchers import LAUNCHERS
from extrasplit.split.carriers import Carrier
from extrasplit.split.unlocks.image import LeanImage
from extrasplit.split.unlocks.values import Unlock

_SERVERS = frozenset(canonicalize_name(one.distribution) for one in LAUNCHERS.values())


def is_server(carrier: Carrier) -> bool:
    """Whether it starts applications, whichever role of this project it starts."""
    return carrier.name in _SERVERS


def spare_extras(image: LeanImage) -> Iterator[Unlock]:
    """Yield what would leave a lean image if a requirement were written without its extras."""
    for carrier in image.held:
        extras = [line for line in carrier.requirements if Pep508(line.text).extras]
        if not extras or is_server(carrier) or image.is_stuck(carrier):
            continue
        mask = image.beyond_bare(carrier)
        freed_bytes = image.bits.weigh(mask)
        leaving = image.names_of(mask)
        if image.is_heavy(freed_bytes) and not image.is_asked_for(leaving):
            yield Unlock(
                image.variant.name,
                image.entrypoint_of((carrier,)),
                tuple(line.text for line in extras),
                leaving,
                freed_bytes,
                cost=0.0,
                used_in=0,
                modules=0,
                lines=(),
                from_base=carrier.home == BASE,
                chain=image.chain_to(frozenset({carrier.name})),
            )
