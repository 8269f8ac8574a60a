"""The sample project with the real registry: every planted trap, and the plan made by hand.

The names of the traps are those of sample_project/TRAPS.md.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

from extrasplit.cli import main

SAMPLE = Path(__file__).parent.parent / "sample_project"
pytestmark = pytest.mark.integration

BY_HAND = {
    "inventory": ["click", "sqlalchemy", "alembic", "boto3", "reportlab", "rich"],
    "dashboard": [
        "click", "sqlalchemy", "alembic", "boto3", "reportlab", "rich",
        "streamlit", "streamlit-extras", "plotly", "pandas", "openpyxl", "xlsxwriter",
    ],
}  # fmt: skip
"""What a person would put into each lean image: the CLI starts with what its modules import on
their first lines, `rich` among it; pandas and its engines are guarded there. The dashboard starts
with Streamlit, its decorations, plotly and pandas; pygwalker and scikit-learn are guarded, the
reports come in when a button is pressed."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sample_project"
    shutil.copytree(
        SAMPLE, folder, ignore=shutil.ignore_patterns("uv.lock", ".venv", "__pycache__")
    )
    done = subprocess.run(
        [find_uv_bin(), "lock", "--quiet"], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"THE SAMPLE IS NOT TESTED: uv cannot lock it here: {done.stderr.strip()}")
    return folder


@pytest.fixture(scope="module")
def report(sample: Path) -> Iterator[dict[str, Any]]:
    output = sample.parent / "reports"
    assert main(["suggest", str(sample), "--quiet", "--output", str(output)]) == 0
    yield json.loads((output / "report.json").read_text())


def findings(report: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {f["distribution"]: f for f in report["findings"] if f["kind"] == kind}


def needs(report: dict[str, Any], entrypoint: str, distribution: str) -> set[str]:
    (found,) = [one for one in report["entrypoints"] if one["name"] == entrypoint]
    return {need["level"] for need in found["needs"] if need["distribution"] == distribution}


def variants(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {variant["name"]: variant for variant in report["variants"]}


def held(report: dict[str, Any], variant: str) -> set[str]:
    return {p["name"] for p in report["packages"] if variant in p["variants"]}


def test_undeclared_rich(report: dict[str, Any]) -> None:
    assert set(findings(report, "missing")) == {"rich"}
    rich = findings(report, "missing")["rich"]
    assert rich["entrypoint"] == "inventory"
    assert rich["chain"][-1]["path"] == "src/inventory/commands/listing.py"
    assert "rich>=13.7" in report["base"]["requirements"]


def test_decorative_extras_stay_with_streamlit(report: dict[str, Any]) -> None:
    assert needs(report, "dashboard", "streamlit-extras") == {"startup"}
    (core,) = [g for g in report["groups"] if g["name"] == "dashboard-core"]
    assert any(line.startswith("streamlit-extras") for line in core["requirements"])
    (extras,) = [p for p in report["packages"] if p["name"] == "streamlit-extras"]
    assert extras["retained_bytes"] > 80_000_000


def test_engines_by_name_are_never_unclaimed(report: dict[str, Any]) -> None:
    assert needs(report, "inventory", "openpyxl") == {"guarded"}
    assert needs(report, "inventory", "xlsxwriter") == {"guarded"}
    assert not findings(report, "unclaimed")


def test_script_directory_imports_are_first_party(report: dict[str, Any]) -> None:
    assert not [f for f in report["findings"] if f["kind"] == "unresolved"]


def test_a_spawned_dashboard_is_no_need_of_the_command_line(report: dict[str, Any]) -> None:
    assert "startup" not in needs(report, "inventory", "streamlit")
    assert "streamlit" not in held(report, "inventory")


def test_pygwalker_thrice_is_a_feature_with_one_unguarded_place(report: dict[str, Any]) -> None:
    lost = [
        one for one in variants(report)["dashboard"]["lost"] if one["distribution"] == "pygwalker"
    ]
    assert {one["path"] for one in lost} == {"src/inventory/dashboard/pages/explorer.py"}
    assert sorted(one["guarded"] for one in lost).count(False) == 1
    assert "pygwalker" in findings(report, "unguarded")


def test_healthcheck_requests_is_transitive(report: dict[str, Any]) -> None:
    assert findings(report, "transitive")["requests"]["chain"][0]["path"] == "Dockerfile"


def test_transitive_psutil_goes_with_pygwalker(report: dict[str, Any]) -> None:
    assert findings(report, "transitive")["psutil"]["level"] == "warning"
    assert "psutil" in findings(report, "unguarded")


def test_a_page_needs_all_of_reports(report: dict[str, Any]) -> None:
    for distribution in ("pypdf", "python-docx", "segno"):
        assert "deferred" in needs(report, "dashboard", distribution)
    assert "reports" in variants(report)["dashboard-full"]["extras"]


def test_the_alembic_folder_is_not_first_party(report: dict[str, Any]) -> None:
    assert needs(report, "inventory", "alembic") == {"startup"}


def test_every_extra_keeps_its_meaning(report: dict[str, Any]) -> None:
    assert set(report["aliases"]) >= {"all", "dashboard"}
    assert "dashboard-core" in report["aliases"]["dashboard"]


def test_the_images_are_as_small_as_was_asked_for(report: dict[str, Any]) -> None:
    found = variants(report)
    assert found["inventory"]["image_bytes"] <= 260_000_000
    dashboard = found["dashboard"]
    assert dashboard["image_bytes"] <= 0.7 * dashboard["before_bytes"]


@pytest.mark.parametrize("variant", BY_HAND)
def test_the_plan_meets_the_one_made_by_hand(
    variant: str, report: dict[str, Any], sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand = closure_bytes(sample, BY_HAND[variant], capsys)
    assert variants(report)[variant]["installed_bytes"] <= by_hand


def closure_bytes(sample: Path, names: list[str], capsys: pytest.CaptureFixture[str]) -> int:
    """Return what uv would install for these requirements, weighed by `tree`."""
    capsys.readouterr()
    assert main(["tree", str(sample), "--all-extras", "--format", "json", "--quiet"]) == 0
    sizes = {
        p["name"]: p["installed_bytes"] for p in json.loads(capsys.readouterr().out)["packages"]
    }
    exported = subprocess.run(
        [find_uv_bin(), "export", "--frozen", "--all-extras", "--no-dev", "--no-hashes",
         "--no-header", "--quiet", "--python", "3.12"],
        cwd=sample, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    brought: dict[str, set[str]] = {}
    name = ""
    for line in exported.splitlines():
        if line and not line.startswith((" ", "#", "-")):
            name = line.partition("==")[0]
        elif line.strip().startswith("#"):
            for parent in line.strip("# ").removeprefix("via").split(","):
                brought.setdefault(parent.strip(), set()).add(name)
    reached, waiting = set(), list(names)
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += brought.get(one, ())
    return sum(sizes.get(one, 0) for one in reached)


def test_both_planted_blockers_are_the_first_two_unlocks(report: dict[str, Any]) -> None:
    first, second, *_ = report["unlocks"]
    assert [(line["path"], line["change"]) for line in first["lines"]] == [
        ("src/inventory/commands/report.py", "function")
    ]
    assert [(line["path"], line["change"]) for line in second["lines"]] == [
        ("src/inventory/services/__init__.py", "lazy")
    ]


def test_the_unlocks_free_what_they_promise(
    sample: Path, report: dict[str, Any], tmp_path: Path
) -> None:
    copy = tmp_path / "sample_project"
    shutil.copytree(sample, copy)
    promised = variants(report)["inventory"]["unlocked_bytes"]
    assert main(["unlock", str(copy), "--write", "--quiet"]) == 0
    assert main(["unlock", str(copy), "--check", "--quiet"]) == 0
    assert main(["apply", str(copy), "--write", "--quiet"]) == 0
    assert main(["apply", str(copy), "--check", "--quiet"]) == 0
    output = tmp_path / "after"
    assert main(["suggest", str(copy), "--quiet", "--output", str(output)]) == 0
    after = json.loads((output / "report.json").read_text())
    assert after["changed"] is False
    assert variants(after)["inventory"]["installed_bytes"] == pytest.approx(promised, rel=0.01)
    assert main(["check", str(copy)]) == 0
