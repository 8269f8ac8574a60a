from __future__ import annotations

import pytest

from extrasplit.imports.loggers import is_logging_file, read_logging_file
from support.tracing import levels, world

YAML = b"""\
version: 1
formatters:
  json:
    (): pythonjsonlogger.json.JsonFormatter
  short:
    class: logging.Formatter
handlers:
  console:
    class: "rich.logging.RichHandler"  # coloured
    level: INFO
  queue: {class: nobody.Reads}
  own:
    "()": ext://shop.logs.handler
"""


def test_a_yaml_file_names_classes_and_factories_with_their_lines() -> None:
    found = read_logging_file(YAML).imports
    assert [(each.module, each.name, each.line) for each in found] == [
        ("pythonjsonlogger.json", "JsonFormatter", 4),
        ("rich.logging", "RichHandler", 9),
        ("shop.logs", "handler", 13),
    ]
    assert all(each.tentative and each.via == "rule:logging" for each in found)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"class\n[", b"[handler_x]\nclass = Plain\n"])
def test_what_names_no_module_imports_nothing(data: bytes) -> None:
    assert read_logging_file(data).imports == ()


def test_only_files_that_may_be_such_a_configuration_are_taken_for_one() -> None:
    assert is_logging_file("config/logging.ini")
    assert not is_logging_file("app.py")
    assert not is_logging_file("Dockerfile")


def test_the_file_is_found_beside_the_source_that_names_it() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/app.py": """
            import logging.config, pathlib
            logging.config.fileConfig(pathlib.Path(__file__).parent / "logging.ini")
            """,
        "pkg/logging.ini": "[handler_x]\nclass = rich.logging.RichHandler\n",
    }
    assert levels(world(files).trace("pkg.app")) == {"rich.logging": "startup"}
    del files["pkg/logging.ini"]
    assert levels(world(files).trace("pkg.app")) == {}


def test_a_server_is_told_its_file_on_the_command_line() -> None:
    files = {
        "app.py": "import yaml",
        "conf/logging.ini": "[formatter_x]\nclass = pythonjsonlogger.json.JsonFormatter\n",
    }
    traced = world(files).trace("app", loads=("./conf/logging.ini",))
    assert levels(traced) == {"yaml": "startup", "pythonjsonlogger.json": "startup"}
