from __future__ import annotations

from extrasplit.split.unlocks import blocked
from split.unlocks.study import fleet


def test_ten_megabytes_are_a_finding_with_the_command_to_type() -> None:
    _, found = fleet()
    (finding,) = blocked(found.shown)
    assert (finding.kind, finding.distribution, finding.variant) == ("blocked", "reportlab", "cli")
    assert "26.0 MB" in finding.message
    assert finding.fix == "extrasplit unlock reportlab"
    assert [str(place) for place in finding.chain] == ["app/cli.py:3"]
