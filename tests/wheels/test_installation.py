"""Where files go, and what is written beside them."""

from __future__ import annotations

from extrasplit.wheels.directory import STORED, Member
from extrasplit.wheels.installation import (
    PYTHON,
    find_dist_info,
    lay_out,
    noted_bytes,
    script_bytes,
    script_targets,
)


def member(name: str, size: int = 10) -> Member:
    return Member(name, size, size, STORED, 0, 0, 0)


INFO = (member("a_b-1.dist-info/METADATA"), member("a_b-1.dist-info/RECORD", 0))


def test_data_folders_go_where_their_scheme_says() -> None:
    names = {
        "a_b-1.data/purelib/x.py": "x.py",
        "a_b-1.data/platlib/y/z.py": "y/z.py",
        "a_b-1.data/scripts/run": "../../../bin/run",
        "a_b-1.data/data/etc/a.conf": "../../../etc/a.conf",
        "a_b-1.data/headers/a.h": "../../../include/site/python3.11/a_b/a.h",
        "other-1.data/purelib/x.txt": "other-1.data/purelib/x.txt",
        "a_b/sub.data/purelib.txt": "a_b/sub.data/purelib.txt",
    }
    laid = lay_out((*INFO, *map(member, names)), {}, {})
    assert {one.name: path for path, one in laid.origins.items() if one not in INFO} == names


def test_only_first_lines_that_name_python_change() -> None:
    texts = {
        "a_b-1.data/scripts/changed": b"#!python -E\nx",
        "a_b-1.data/scripts/kept": b"#!/bin/sh\nx",
    }
    members = [member(name, len(text)) for name, text in texts.items()]
    laid = lay_out((*INFO, *members), {}, texts)
    assert laid.sizes["../../../bin/changed"] == len(f"#!{PYTHON}\nx")
    assert laid.sizes["../../../bin/kept"] == len(b"#!/bin/sh\nx")
    assert (laid.shebangs, laid.scripts) == (1, ("changed", "kept"))


def test_what_names_no_object_makes_no_script() -> None:
    assert script_bytes("module") is None
    assert script_bytes("m:f") == script_bytes(" m : f [extra]")
    assert lay_out(INFO, {"broken": "module"}, {}).shebangs == 0


def test_console_and_gui_scripts_are_told_from_other_groups() -> None:
    groups = {"console_scripts": {"a": "m:a"}, "gui_scripts": {"b": "m:b"}, "x": {"c": "m:c"}}
    assert script_targets(groups) == {"a": "m:a", "b": "m:b"}


def test_folders_weigh_nothing() -> None:
    assert lay_out((*INFO, member("a_b/", 0)), {}, {}).sizes == lay_out(INFO, {}, {}).sizes
    assert find_dist_info(INFO) == "a_b-1.dist-info"


def test_a_note_costs_its_bytes_and_its_line_of_record() -> None:
    line = f"a_b-1.dist-info/direct_url.json,sha256={'x' * 43},80\n"
    assert noted_bytes("a_b-1-py3-none-any.whl", {"direct_url.json": 80}) == 80 + len(line)
