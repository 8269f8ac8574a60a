from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest

from extrasplit.errors import ExtrasplitError
from extrasplit.imports.deferral import Sources
from extrasplit.rewrite.unlocks import UnlockProposal, chosen_unlocks, propose_unlocks
from extrasplit.split.plan import plan_split
from extrasplit.split.unlocks import Unlocks, find_unlocks, unlocked_ground
from split.world import Imported, deferred, startup, world
from support.starting import graph_of

FILES = {
    "app/__init__.py": "",
    "app/cli.py": """
        import click
        from app.report import build
        @click.group()
        def main(): ...
        @main.command()
        def report():
            build()
        @main.command()
        def annex():
            from app.annex import add
            add()
        """,
    "app/report.py": "import reportlab\nX = reportlab\ndef build(): ...\n",
    "app/annex.py": "from app.report import build\ndef add():\n    build()\n",
    "app/other.py": "def f():\n    import reportlab\n    return reportlab\n",
    "tests/test_cli.py": "def test(monkeypatch):\n    monkeypatch.setattr('app.cli.build', None)\n",
}
IMPORTS: tuple[Imported | str, ...] = (
    "click",
    startup("reportlab", at="report.py"),
    deferred("reportlab", at="other.py"),
)


def propose(
    files: Mapping[str, str], distribution: str | None = None, **more: Any
) -> tuple[Unlocks, UnlockProposal]:
    fields: dict[str, Any] = {"base": ["click", "reportlab"], "sizes": {"reportlab": 26}}
    ground = world(**({"imports": {"cli": IMPORTS}} | fields | more))
    texts = {path: dedent(text).encode() for path, text in files.items()}
    modules = {path: text for path, text in files.items() if not path.startswith("tests/")}
    graphs = {"cli": graph_of(modules, "app.cli", "main")}
    found = find_unlocks(ground, plan_split(ground), graphs, Sources(texts.__getitem__))
    chosen = chosen_unlocks(found, distribution)
    after = plan_split(unlocked_ground(ground, chosen, graphs))
    proposal = propose_unlocks(
        ground, chosen, found, graphs, after, read=texts.__getitem__, listing=texts
    )
    return found, proposal


def test_a_function_receives_the_import_with_the_extra_to_install() -> None:
    _, proposal = propose(FILES)
    text = proposal.changes["app/cli.py"].decode()
    assert "\nfrom app.report import build\n" not in text
    assert "        from app.report import build\n" in text
    assert "raise click.ClickException(" in text
    assert "pip install 'app[reportlab]'" in text


def test_imports_that_were_late_already_answer_too() -> None:
    _, proposal = propose(FILES)
    text = proposal.changes["app/cli.py"].decode()
    assert "    try:\n        from app.annex import add\n    except ModuleNotFoundError" in text


def test_what_stands_in_an_extra_needs_no_answer() -> None:
    _, proposal = propose(
        FILES,
        base=["click"],
        extras={"pdf": ["reportlab"]},
        installs={"cli": ["pdf"]},
        kinds={"cli": "worker"},
    )
    text = proposal.changes["app/cli.py"].decode()
    assert "    from app.report import build\n    build()" in text
    assert "try:" not in text


def test_a_test_that_patches_the_name_on_its_module_is_said() -> None:
    _, proposal = propose(FILES)
    assert [(str(note), note.module) for note in proposal.notes] == [
        ("tests/test_cli.py:2", "app.cli.build")
    ]


def test_what_cannot_be_made_is_listed_with_the_reason() -> None:
    files = FILES | {"app/cli.py": "from app.report import build\nX = build\ndef main(): ...\n"}
    _, proposal = propose(files)
    (manual,) = proposal.manual
    assert (manual.line.path, manual.line.line) == ("app/report.py", 1)
    assert "the module uses it" in manual.why


def test_one_distribution_may_be_meant() -> None:
    found, proposal = propose(FILES, "Reportlab")
    assert "app/cli.py" in proposal.changes
    assert chosen_unlocks(found, "reportlab") == found.shown
    with pytest.raises(ExtrasplitError, match="click") as error:
        chosen_unlocks(found, "click")
    assert "reportlab" in str(error.value)


def test_what_was_made_is_not_proposed_again() -> None:
    _, proposal = propose(FILES)
    after = FILES | {path: data.decode() for path, data in proposal.changes.items()}
    found, again = propose(after)
    assert not found.shown
    assert not again.files


LATE = {
    "app/__init__.py": "",
    "app/cli.py": """
        def launch(argv):
            from streamlit.web import cli
            from app import gui
            cli.main(["run", gui.__file__])
        def draw():
            import plotly
            return plotly
        def main():
            args = parser.parse_args()
            if args.gui:
                launch(args)
            if args.plot:
                draw()
        """,
    "app/gui.py": "import streamlit\n",
}


def propose_late(files: Mapping[str, str], distribution: str | None = None) -> UnlockProposal:
    return propose(
        files,
        distribution,
        base=["click", "streamlit", "plotly"],
        sizes={"click": 300, "streamlit": 60, "plotly": 40},
        ships={"streamlit": ["streamlit", "streamlit.web"]},
        imports={
            "cli": (
                "click",
                deferred("streamlit.web", at="app/cli.py", line=3),
                deferred("streamlit", at="app/gui.py"),
                deferred("plotly", at="app/cli.py", line=7),
            )
        },
    )[1]


def test_what_is_late_already_receives_its_answer_and_nothing_moves() -> None:
    proposal = propose_late(LATE, "streamlit")
    assert proposal.changes.keys() == {"app/cli.py"}
    assert not proposal.manual
    text = proposal.changes["app/cli.py"].decode()
    assert (
        "    try:\n        from streamlit.web import cli\n        from app import gui\n"
        "    except ModuleNotFoundError"
    ) in text
    assert text.count("streamlit is not installed: pip install 'app[streamlit]'") == 1
    assert "plotly is not installed" not in text


def test_each_answer_names_the_extra_of_its_own_requirement() -> None:
    text = propose_late(LATE).changes["app/cli.py"].decode()
    assert text.count("streamlit is not installed") == 1
    assert text.count("plotly is not installed") == 1
