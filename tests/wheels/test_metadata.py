"""METADATA, entry points, RECORD and `.pth` files, the odd ones too."""

from __future__ import annotations

import configparser

from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.wheels.metadata import (
    Recorded,
    read_entry_points,
    read_metadata,
    read_path_file,
    read_record,
)


def test_extras_are_read_from_either_side_of_the_marker() -> None:
    found = read_metadata(
        b"Name: demo\n"
        b"Requires-Dist: one (>=1) ; extra == 'fast'\n"
        b'Requires-Dist: two; "fast"==extra and python_version < "4"\n'
        b"Requires-Dist: three ; (os_name == 'nt') and (extra == \"a\" or extra == 'b')\n"
        b"Requires-Dist: always\n"
        b"\nRequires-Dist: described ; extra == 'no'\n"
    )
    assert found.optional_requirements == {"fast": ("one", "two"), "a": ("three",), "b": ("three",)}


def test_import_names_of_pep_794_are_read() -> None:
    found = read_metadata(
        b"Import-Name: yaml\nImport-Name: _yaml ; private\nImport-Namespace: google\nImport-Name:\n"
    )
    assert found.import_names == {"yaml", "_yaml"}
    assert found.import_namespaces == {"google"}


def test_folded_and_foreign_lines_do_no_harm() -> None:
    found = read_metadata(
        b"Summary: long\n  line\r\nNo colon\r\nRequires-Dist: a;extra=='x'\r\n\xff"
    )
    assert found.optional_requirements == {"x": ("a",)}


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_read_as_something(noise: bytes) -> None:
    assert read_metadata(noise).import_names is not None
    assert isinstance(read_entry_points(noise), dict)
    assert isinstance(read_record(noise.decode("latin-1")), tuple)
    assert all(".." not in folder for folder in read_path_file(noise))


def test_entry_points_keep_case_and_colons() -> None:
    found = read_entry_points(b"[a.b]\nName = m.n:Obj [x]\n# c\n[console_scripts]\nrun=m:f\n")
    assert found == {"a.b": {"Name": "m.n:Obj [x]"}, "console_scripts": {"run": "m:f"}}


def test_broken_entry_points_are_none() -> None:
    assert read_entry_points(b"no section = here\n") == {}
    assert configparser.MissingSectionHeaderError is not None


def test_records_are_read_with_quotes_and_without_sizes() -> None:
    found = read_record('"a,b.txt",sha256=x,12\r\nd/RECORD,,\nbroken\n')
    assert found == (Recorded("a,b.txt", 12), Recorded("d/RECORD", None))
