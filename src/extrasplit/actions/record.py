"""`verify --record`: writes what the runs showed, so that the next plan knows."""

from __future__ import annotations

from collections.abc import Sequence

from extrasplit.edges.transaction import digest_of_bytes, replace_all
from extrasplit.pipeline import Analysis
from extrasplit.project.declared import ConfiguredNeed
from extrasplit.rewrite.needs import record_needs
from extrasplit.verify.results import Observed


def record(analysis: Analysis, observed: Sequence[Observed]) -> bool:
    """Write the needs into `[tool.extrasplit.needs]`; return whether anything was new.

    Raises ExtrasplitError where pyproject.toml can't be edited or was changed meanwhile.
    """
    needs: dict[str, list[ConfiguredNeed]] = {}
    for one in observed:
        needs.setdefault(one.entrypoint, []).append(ConfiguredNeed(one.distribution, one.level))
    before = analysis.pyproject
    after = record_needs(before.decode(), needs).encode()
    if after == before:
        return False
    path = (analysis.root / "pyproject.toml").relative_to(analysis.lock_root).as_posix()
    replace_all(analysis.lock_root, {path: after}, {path: digest_of_bytes(before)})
    return True
