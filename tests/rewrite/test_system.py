from __future__ import annotations

import tomllib
from importlib.resources import files

from packaging.utils import canonicalize_name

from extrasplit.rewrite.system import build_packages, runtime_packages


def names(*texts: str) -> list[str]:
    return [canonicalize_name(text) for text in texts]


def test_a_wheel_that_loads_a_library_names_its_package() -> None:
    assert runtime_packages(names("numpy", "opencv-python")) == ("libgl1", "libglib2.0-0")


def test_a_distribution_beside_it_makes_a_library_superfluous() -> None:
    assert runtime_packages(names("psycopg")) == ("libpq5",)
    assert runtime_packages(names("psycopg", "psycopg-binary")) == ()


def test_what_was_compiled_loads_what_a_wheel_would_have_brought() -> None:
    assert runtime_packages(names("psycopg2")) == ()
    assert runtime_packages(names("psycopg2"), names("psycopg2")) == ("libpq5",)
    assert build_packages(names("psycopg2", "other")) == ("build-essential", "libpq-dev")


def test_every_line_of_the_table_has_a_source_and_a_normalized_name() -> None:
    text = files("extrasplit.rewrite").joinpath("system_packages.toml").read_text()
    for name, entry in tomllib.loads(text).items():
        assert canonicalize_name(name) == name
        assert entry["source"].startswith("https://")
        assert set(entry) <= {"run", "build", "run-built", "unless", "source"}
