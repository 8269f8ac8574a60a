"""Every renderer on one report, held to golden files: `pytest --update-golden` writes them anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from extrasplit.report import contract
from extrasplit.report.annotations import render_github, render_sarif
from extrasplit.report.causes import findings_block
from extrasplit.report.explained import explanation_blocks
from extrasplit.report.html import render_html
from extrasplit.report.lines import render_lines
from extrasplit.report.markdown import render_check, render_diff, render_suggest
from extrasplit.report.questions import diff_blocks
from extrasplit.report.screen import render
from extrasplit.report.terminal import sizes_table, suggest_blocks

Golden = Callable[[str, str], None]
REPORT = Path(__file__).parent / "golden" / "suggest.json"


@pytest.fixture(scope="module")
def report() -> contract.SuggestReport:
    return contract.read_suggest(REPORT.read_bytes())


@pytest.fixture(scope="module")
def checked(report: contract.SuggestReport) -> contract.CheckReport:
    return contract.CheckReport(
        target=report.target, variants=report.variants, findings=report.findings
    )


def sizes(before: int | None, after: int | None) -> contract.BeforeAfterRecord:
    return contract.BeforeAfterRecord(before=before, after=after)


def went(name: str, before: str | None, after: str | None, size: int, *path: str):
    return contract.PackageChangeRecord(
        name=name, before=before, after=after, bytes=size, path=list(path)
    )


DIFF = contract.DiffReport(
    base="main",
    head="now",
    variants=[
        contract.VariantDifferenceRecord(
            name="shop",
            installed_bytes=sizes(10_000_000, 19_400_000),
            pull_bytes=sizes(42_000_000, 44_000_000),
            image_bytes=sizes(130_000_000, 139_400_000),
            added=[
                went("heavy", None, "1.0", 9_000_000, "heavy"),
                went("light", None, "2.1", 500_000, "heavy", "light"),
            ],
            removed=[went("old", "0.9", None, -100_000)],
            changed=[went("click", "8.1", "8.2", 0, "click")],
        ),
        contract.VariantDifferenceRecord(
            name="worker",
            installed_bytes=sizes(None, 5_000_000),
            pull_bytes=sizes(None, 41_000_000),
            image_bytes=sizes(None, 125_000_000),
            added=[],
            removed=[],
            changed=[],
        ),
    ],
    exceeded=["shop grew from 10.0 MB to 19.4 MB, more than 5MB"],
)


@pytest.mark.parametrize("columns", [80, 120, 160])
def test_suggest_reads_well_at_every_width(
    report: contract.SuggestReport, columns: int, golden: Golden
) -> None:
    text = render(suggest_blocks(report), columns=columns, terminal=False)
    golden(f"suggest-{columns}.txt", text)
    pasted = {line for f in report.findings for line in (f.fix or "").splitlines()}
    wide = [line for line in text.splitlines() if len(line) > columns]
    assert all(any(line.endswith(fix) for fix in pasted) for line in wide)


def test_suggest_as_markdown(report: contract.SuggestReport, golden: Golden) -> None:
    golden("suggest.md", render_suggest(report))


def test_suggest_as_a_page_that_asks_nobody_for_anything(
    report: contract.SuggestReport, golden: Golden
) -> None:
    page = render_html(report)
    golden("suggest.html", page)
    assert "<script" not in page
    assert "http" not in page


def test_check_as_lines(checked: contract.CheckReport, golden: Golden) -> None:
    golden("check.txt", render_lines(checked.findings))
    golden("check-verbose.txt", render_lines(checked.findings, notes=True))


def test_check_as_a_table(checked: contract.CheckReport, golden: Golden) -> None:
    blocks = [sizes_table(checked.variants), findings_block(checked.findings)]
    golden("check-table.txt", render(blocks, columns=100, terminal=False))


def test_check_as_markdown(checked: contract.CheckReport, golden: Golden) -> None:
    golden("check.md", render_check(checked))


def test_check_as_github_annotations(checked: contract.CheckReport, golden: Golden) -> None:
    golden("check.github", render_github(checked.findings))


def test_check_as_sarif(checked: contract.CheckReport, golden: Golden) -> None:
    log = json.loads(render_sarif(checked.findings))
    # the version of this program is no part of what is held
    log["runs"][0]["tool"]["driver"]["semanticVersion"] = "0"
    golden("check.sarif", json.dumps(log, indent=2, ensure_ascii=False) + "\n")


def test_diff_as_a_table_and_as_markdown(golden: Golden) -> None:
    golden("diff.txt", render(diff_blocks(DIFF), columns=100, terminal=False))
    golden("diff.md", render_diff(DIFF))


def test_an_explanation(golden: Golden) -> None:
    explanation = contract.ExplanationRecord(
        name="dashboard-core",
        kind="group",
        stands_in=["dashboard-core"],
        requirements=["streamlit>=1.50,<2", "plotly>=6"],
        brought_by=[],
        installed_bytes=497_000_000,
        why="dashboard cannot start without streamlit, imported at startup (app.py:1)",
        must=["dashboard"],
        may=["inventory"],
        held_by=["dashboard"],
        needs=[
            contract.ExplainedNeedRecord(
                entrypoint="dashboard",
                distribution="streamlit",
                level="startup",
                via="import",
                chain=[contract.PlaceRecord(path="app.py", line=1, module="streamlit")],
            )
        ],
        moved=[
            contract.MovedRecord(variant="inventory", before=77_000_000, after=575_000_000),
            contract.MovedRecord(variant="dashboard", before=575_000_000, after=177_000_000),
        ],
        severed=[
            contract.SeveredRecord(
                variant="inventory",
                entrypoint="inventory",
                requirements=["plotly>=6"],
                freed_bytes=41_000_000,
                lines=[
                    contract.SeveredLineRecord(
                        path="cli.py",
                        line=14,
                        names=["server", "draw"],
                        chain=[
                            contract.PlaceRecord(path="__main__.py", line=3, module="app.cli"),
                            contract.PlaceRecord(path="cli.py", line=14, module="app.ui"),
                            contract.PlaceRecord(path="ui.py", line=2, module="plotly"),
                        ],
                    )
                ],
            ),
            contract.SeveredRecord(
                variant="dashboard",
                entrypoint="dashboard",
                requirements=["streamlit[charts]>=1.50,<2"],
                freed_bytes=12_000_000,
                lines=[],
            ),
        ],
    )
    text = render(explanation_blocks(explanation), columns=100, terminal=False)
    golden("explanation.txt", text)


def test_text_of_the_project_never_becomes_markup(report: contract.SuggestReport) -> None:
    wicked = "<img src=x onerror=alert(1)> [bold]| `tick` **"
    finding = msgspec.structs.replace(report.findings[0], message=wicked, fix="```\n" + wicked)
    spoiled = msgspec.structs.replace(
        report,
        project=msgspec.structs.replace(report.project, name=wicked),
        findings=[finding],
        groups=[msgspec.structs.replace(report.groups[0], why=wicked)],
    )
    assert "<img" not in render_html(spoiled)
    markdown = render_suggest(spoiled)
    outside = [part for n, part in enumerate(markdown.split("````")) if n % 2 == 0]
    assert not any("<img" in part.replace("\\<img", "") for part in outside)
    assert "[bold]" in render(suggest_blocks(spoiled), columns=200, terminal=False)


def test_a_terminal_gets_colours_and_a_pipe_none(report: contract.SuggestReport) -> None:
    assert "\x1b[" not in render(suggest_blocks(report), columns=80, terminal=False)
