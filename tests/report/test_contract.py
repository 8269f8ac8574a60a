"""The contract: what is published is what is printed, byte for byte the same on every run."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import msgspec
import pytest

from extrasplit.report import contract

GOLDEN = Path(__file__).parent / "golden" / "suggest.json"
SCHEMA = Path(contract.__file__).with_name("schema.json")


def test_the_schema_in_the_package_is_that_of_the_records(request: pytest.FixtureRequest) -> None:
    made = json.dumps(contract.published_schema(), indent=2, sort_keys=True) + "\n"
    if request.config.getoption("--update-golden"):
        SCHEMA.write_text(made, encoding="utf-8", newline="\n")
    assert SCHEMA.read_text("utf-8") == made, "pytest --update-golden writes it anew"
    assert json.loads(files("extrasplit.report").joinpath("schema.json").read_text())


def test_the_schema_is_one_and_accepts_a_report() -> None:
    schema = contract.published_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(GOLDEN.read_text("utf-8")), schema)


@pytest.mark.parametrize("field", ["schema", "variants", "findings", "aliases", "changed"])
def test_the_schema_refuses_a_report_without(field: str) -> None:
    report = json.loads(GOLDEN.read_text("utf-8"))
    del report[field]
    schema = contract.published_schema()
    if field == "schema":
        report["schema"] = "one"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, schema)


def test_a_report_survives_the_way_there_and_back() -> None:
    report = contract.read_suggest(GOLDEN.read_bytes())
    text = contract.to_json(report)
    assert contract.read_suggest(text.encode()) == report
    assert contract.to_json(contract.read_suggest(text.encode())) == text
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")


def test_a_report_of_an_older_minor_is_read() -> None:
    report = json.loads(GOLDEN.read_text("utf-8"))
    del report["shrink"]
    report["of tomorrow"] = 1
    assert contract.read_suggest(json.dumps(report).encode()).shrink == []


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        contract.read_suggest(b'{"schema": 1}')
