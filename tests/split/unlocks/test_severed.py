"""The ways that a cut severs: from the start, over one of its lines alone, to what would leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extrasplit.split.unlocks import Unlock
from extrasplit.split.unlocks.severed import severed
from split.unlocks.study import FILES, study
from split.world import Imported, startup
from support.starting import graph_of

BASE: dict[str, Any] = {
    "base": ["click", "reportlab"],
    "sizes": {"click": 1, "reportlab": 26},
}


def chains(
    files: Mapping[str, str], imports: Sequence[Imported | str], **more: Any
) -> tuple[Unlock, list[list[str]]]:
    """Return the first unlock, and for each of its lines the way as it is printed."""
    ground, found = study(files, imports, **(BASE | more))
    (unlock, *_) = found.shown
    ways = severed(ground, unlock, graph_of(files, "app.cli", "main"))
    assert list(ways) == list(unlock.lines)
    return unlock, [[str(place) for place in chain] for chain in ways.values()]


def test_a_way_leads_from_the_start_over_the_line_to_the_import() -> None:
    files = {
        **FILES,
        "app/report.py": "from app.pdf import draw\ndef build():\n    return draw\n",
        "app/pdf.py": "import reportlab\nX = reportlab\ndef draw(): ...\n",
    }
    _, ways = chains(files, ["click", startup("reportlab", at="pdf.py")])
    assert ways == [["app/cli.py:3", "app/report.py:1", "app/pdf.py:1"]]


def test_each_line_has_a_way_that_no_other_line_of_the_unlock_cuts() -> None:
    files = {
        **FILES,
        "app/cli.py": """
            import click
            from app.report import build
            from app.other import show
            @click.group()
            def main(): ...
            @main.command()
            def report():
                build()
            @main.command()
            def other():
                show()
            """,
        "app/report.py": "from app.pdf import draw\ndef build():\n    return draw\n",
        "app/other.py": "from app.pdf import draw\ndef show():\n    return draw\n",
        "app/pdf.py": "import reportlab\nX = reportlab.y\ndef draw(): ...\n",
    }
    _, ways = chains(files, ["click", startup("reportlab", at="pdf.py")])
    assert ways == [
        ["app/cli.py:4", "app/other.py:1", "app/pdf.py:1"],
        ["app/cli.py:3", "app/report.py:1", "app/pdf.py:1"],
    ]


def test_a_call_on_the_way_is_a_step_of_it() -> None:
    files = {
        "app/__init__.py": "",
        "app/cli.py": "from app.start import begin\ndef main(): ...\nbegin()\n",
        "app/start.py": "def begin():\n    from app.report import build\n    return 1\n",
        "app/report.py": "import reportlab\ndef build():\n    return reportlab\n",
    }
    unlock, ways = chains(files, ["click", startup("reportlab", at="report.py")])
    assert [(line.path, line.names) for line in unlock.lines] == [("app/report.py", ("reportlab",))]
    assert ways == [["app/cli.py:3", "app/start.py:2", "app/report.py:1"]]


def test_a_reexported_name_shows_the_line_behind_it() -> None:
    files = {
        "app/__init__.py": "",
        "app/cli.py": """
            from app.api import draw
            def main():
                if __debug__ is None:
                    draw()
            """,
        "app/api/__init__.py": "from reportlab import draw\n",
    }
    _, ways = chains(files, [startup("reportlab", at="__init__.py")])
    assert ways == [["app/cli.py:2", "app/api/__init__.py:1"]]
