"""Requirements as they are written."""

from __future__ import annotations

import pytest

from extrasplit.project.written import without_extras


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("rich[jupyter]>=13", "rich>=13"),
        ("rich [jupyter, all] ; python_version > '3'", "rich ; python_version > '3'"),
        ("my.pkg_x[a]", "my.pkg_x"),
        ("rich>=13", "rich>=13"),
        ("app @ https://index.example/app[1].whl", "app @ https://index.example/app[1].whl"),
    ],
)
def test_extras_go_and_every_other_character_stays(written: str, bare: str) -> None:
    assert without_extras(written) == bare
