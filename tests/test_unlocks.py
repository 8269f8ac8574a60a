"""Unlocks from end to end, on small apps, the real uv and a loopback index."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from extrasplit.cli import main
from extrasplit.report.contract import published_schema
from support.index import LocalIndex

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = [
    "richish[jupyter]>=1",
    "plotter>=1",
]

[project.scripts]
shop = "shop.cli:main"

[[tool.uv.index]]
url = "{index}"
default = true
"""

SOURCES = {
    "src/shop/__init__.py": "",
    "src/shop/cli.py": (
        "import richish\nfrom shop.charts import draw\n\n\n"
        "def main():\n    if richish.ask():\n        draw()\n"
    ),
    "src/shop/charts.py": "from shop.canvas import plot\n\n\ndef draw():\n    return plot()\n",
    "src/shop/canvas.py": "import plotter\n\nSTYLE = plotter.style\n\n\ndef plot(): ...\n",
}


@pytest.fixture
def shop(tmp_path: Path, index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXTRASPLIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    index.wheel(
        "richish",
        "2.0",
        files={"richish/__init__.py": "def ask(): ...\n"},
        extras={"jupyter": ["widgets>=1"]},
    )
    index.wheel("widgets", files={"widgets/__init__.py": "", "widgets/w.js": bytes(20_000_000)})
    index.wheel("plotter", files={"plotter/__init__.py": "", "plotter/p.bin": bytes(30_000_000)})
    folder = tmp_path / "shop"
    for path, text in {"pyproject.toml": PYPROJECT, **SOURCES}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text.replace("{index}", index.url), encoding="utf-8")
    return folder


def test_a_requirement_that_needs_no_line_is_shown_without_any(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["suggest", str(shop), "--format", "json", "--quiet"]) == 0
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, published_schema())
    _, richish = report["unlocks"]
    assert (richish["requirements"], richish["lines"]) == (["richish[jupyter]>=1"], [])
    assert richish["freed_bytes"] > 20_000_000
    (blocked,) = [f for f in report["findings"] if f["distribution"] == "richish"]
    assert blocked["fix"] == '"richish>=1",  # for "richish[jupyter]>=1"'
    assert main(["suggest", str(shop), "--quiet"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "20.0 MB of shop for 0 lines: richish[jupyter]>=1" in text
    assert "- write richish>=1 for richish[jupyter]>=1: nothing asks for what" in text


def shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    assert main(["suggest", str(folder), "--format", "json", "--quiet"]) == 0
    return [unlock["requirements"] for unlock in json.loads(capsys.readouterr().out)["unlocks"]]


def test_an_extra_that_somebody_asks_for_later_is_none(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (shop / "src/shop/charts.py").open("a") as file:
        file.write("\n\ndef show():\n    import widgets\n\n    return widgets\n")
    assert shown(shop, capsys) == [["plotter>=1"]]


def test_a_server_takes_its_extras_by_itself(
    shop: Path, index: LocalIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.wheel(
        "uvicorn",
        files={"uvicorn/__init__.py": "def ask(): ...\n"},
        extras={"standard": ["widgets>=1"]},
    )
    for path, old, new in (
        ("pyproject.toml", "richish[jupyter]>=1", "uvicorn[standard]>=1"),
        ("src/shop/cli.py", "richish", "uvicorn"),
    ):
        text = (shop / path).read_text()
        (shop / path).write_text(text.replace(old, new))
    assert shown(shop, capsys) == [["plotter>=1"]]


def test_the_lines_of_the_others_are_written_and_that_requirement_is_said(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (shop / "pyproject.toml").read_bytes()
    assert main(["unlock", str(shop), "--write", "--quiet"]) == 0
    text = capsys.readouterr().out
    assert "by hand: write richish>=1 for richish[jupyter]>=1" in text
    assert "Wrote 1 file" in text
    assert (shop / "pyproject.toml").read_bytes() == before
    assert "    from shop.canvas import plot\n" in (shop / "src/shop/charts.py").read_text()
    assert main(["unlock", "richish", str(shop)]) == 0
    assert capsys.readouterr().out.startswith("by hand: write richish>=1 for")


def test_an_explanation_shows_the_way_that_each_line_severs(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["suggest", str(shop), "--explain", "plotter", "--format", "json", "--quiet"]) == 0
    (severed,) = json.loads(capsys.readouterr().out)["explanation"]["severed"]
    (line,) = severed["lines"]
    assert (severed["variant"], line["path"], line["names"]) == (
        "shop",
        "src/shop/charts.py",
        ["plot"],
    )
    way = [f"{place['path']}:{place['line']}" for place in line["chain"]]
    assert way == ["src/shop/cli.py:2", "src/shop/charts.py:1", "src/shop/canvas.py:1"]
    assert main(["suggest", str(shop), "--explain", "plotter", "--quiet"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "src/shop/cli.py:2 -> src/shop/charts.py:1 -> src/shop/canvas.py:1 (plotter)" in text


ON_REQUEST = """\
import argparse

import richish


def chart():
    from shop.charts import draw

    draw()


def main():
    args = argparse.ArgumentParser().parse_args()
    richish.ask()
    if args.chart:
        chart()
"""


def test_what_only_lacks_an_answer_leaves_base_once_it_is_written(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "src/shop/cli.py").write_text(ON_REQUEST, encoding="utf-8")
    suggest = ["suggest", str(shop), "--format", "json", "--quiet"]
    assert main(suggest) == 0
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, published_schema())
    (unlock,) = [one for one in report["unlocks"] if one["lines"]]
    assert unlock["requirements"] == ["plotter>=1"]
    assert unlock["lines"] == [
        {
            "path": "src/shop/cli.py",
            "line": 7,
            "names": ["draw"],
            "change": "guard",
            "used_at": None,
            "into": ["chart"],
        }
    ]
    assert main(["unlock", "plotter", str(shop), "--write", "--quiet"]) == 0
    assert "pip install 'shop[plotter]'" in (shop / "src/shop/cli.py").read_text("utf-8")
    capsys.readouterr()
    assert main(suggest) == 0
    after = json.loads(capsys.readouterr().out)
    assert "plotter" in {group["name"] for group in after["groups"]}
    assert not [one for one in after["unlocks"] if one["lines"]]
