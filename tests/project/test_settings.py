import pytest
from hypothesis import given
from hypothesis import strategies as st

from extrasplit.errors import ExtrasplitError
from extrasplit.project.declared import (
    ConfiguredEntrypoint,
    ConfiguredNeed,
    ConfiguredRule,
    ConfiguredVariant,
    Settings,
)
from extrasplit.project.pyproject import read_tables
from extrasplit.project.settings import (
    check_platform,
    parse_size,
    read_entrypoint_option,
    read_settings,
    with_entrypoints,
)

FULL = """
python = "3.12"
platforms = ["linux/amd64", "linux/arm64"]
libc = "musl"
base-image = "python:3.12-slim"
default-entrypoint = "inventory"
library = true
source = ["src/"]
ignore = ["unclaimed:watchdog", "transitive"]
[entrypoints.dashboard]
run = "streamlit run src/app/dashboard.py"
smoke = "curl x"
[modules]
cv2 = "opencv-python_headless"
[needs]
dashboard = ["Kaleido", {name = "lxml", level = "startup"}]
[groups]
Web_UI = ["streamlit", "Plotly"]
[[rules]]
when = "pandas"
reads = "read_orc"
yields = "pyarrow"
[variants.dashboard]
entrypoints = ["dashboard"]
extras = ["Web_UI"]
max-size = "450MB"
max-packages = 90
fixed = true
"""


def settings(text: str) -> Settings:
    return read_settings(read_tables(text.encode(), "pyproject.toml"), "pyproject.toml")


def test_every_key_of_the_table_is_read() -> None:
    assert settings(FULL) == Settings(
        python="3.12",
        platforms=("linux/amd64", "linux/arm64"),
        libc="musl",
        base_image="python:3.12-slim",
        default_entrypoint="inventory",
        library=True,
        source=("src",),
        ignore=("unclaimed:watchdog", "transitive"),
        entrypoints={
            "dashboard": ConfiguredEntrypoint(
                "dashboard", "streamlit run src/app/dashboard.py", "curl x"
            )
        },
        modules={"cv2": "opencv-python-headless"},
        needs={"dashboard": (ConfiguredNeed("kaleido"), ConfiguredNeed("lxml", "startup"))},
        groups={"web-ui": ("streamlit", "plotly")},
        rules=(ConfiguredRule("pandas", "read_orc", "pyarrow"),),
        variants={
            "dashboard": ConfiguredVariant(
                "dashboard", ("dashboard",), ("web-ui",), 450_000_000, 90, True
            )
        },
    )


def test_no_table_is_the_defaults() -> None:
    assert read_settings(None, "pyproject.toml") == Settings()
    assert settings("default-entrypoint = false").default_entrypoint is False


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("platform = 1", ["tool.extrasplit.platform", "platforms"]),
        ("xyz = 1", ["tool.extrasplit.xyz", "known are"]),
        ("[variants.a]\nentrypoints = []\nmax-sise = 1", ["variants.a.max-sise", "max-size"]),
        ("[entrypoints.a]\nruns = 'x'", ["entrypoints.a.runs", "'run'"]),
        ("[entrypoints.a]\nsmoke = 'x'", ["entrypoints.a has no run"]),
        ("[entrypoints]\na = 'x'", ["entrypoints.a is a text, not a table"]),
        ("python = 3.12", ["tool.extrasplit.python is a number"]),
        ("python = '2.7'", ["'2.7'"]),
        ("platforms = ['linux']", ["'linux'"]),
        ("platforms = []", ["is empty"]),
        ("platforms = ['plan9/amd64']", ["plan9"]),
        ("libc = 'uclibc'", ["uclibc", "musl"]),
        ("library = 'yes'", ["is a text, not true or false"]),
        ("default-entrypoint = true", ["is a boolean"]),
        ("ignore = ['unclaimd:x']", ["unclaimd", "'unclaimed'"]),
        ("ignore = 'x'", ["not a list"]),
        ("source = [1]", ["source[0] is a number"]),
        ("needs = {a = 'x'}", ["needs.a is a text, not a list"]),
        ("needs = {a = [{level = 'startup'}]}", ["names no distribution"]),
        ("needs = {a = [{name = 'x', level = 'now'}]}", ["'now'"]),
        ("rules = {}", ["is a table"]),
        ("[[rules]]\nwhen = 'a'", ["rules[0] has no reads"]),
        ("variants = {a = {extras = []}}", ["names no entrypoints"]),
        ("variants = {a = {entrypoints = [], max-size = '45 apples'}}", ["45 apples"]),
        ("variants = {a = {entrypoints = [], max-size = 450}}", ["450"]),
        ("variants = {a = {entrypoints = [], max-packages = true}}", ["a boolean"]),
        ("variants = {a = {entrypoints = [], fixed = 1}}", ["a number"]),
        ("modules = {cv2 = ''}", ["an empty text"]),
        ("python = 2024-01-01", ["a date"]),
    ],
)
def test_what_means_nothing_is_an_error_that_names_the_key(text: str, parts: list[str]) -> None:
    with pytest.raises(ExtrasplitError) as raised:
        settings(text)
    for part in ["pyproject.toml", *parts]:
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("450MB", 450_000_000),
        ("1.5 GB", 1_500_000_000),
        ("400MiB", 400 * 2**20),
        ("12kB", 12_000),
        ("7B", 7),
        ("450", None),
        ("MB", None),
        ("-1MB", None),
        ("1 parsec", None),
    ],
)
def test_sizes_are_decimal_unless_they_say_otherwise(text: str, size_bytes: int | None) -> None:
    assert parse_size(text) == size_bytes


@given(st.integers(0, 10**15), st.sampled_from(["B", "KB", "MB", "GB", "MiB"]))
def test_a_whole_size_is_its_number_times_its_unit(number: int, unit: str) -> None:
    assert parse_size(f"{number}{unit}") == number * (parse_size(f"1{unit}") or 0)


def test_platforms_are_os_and_architecture() -> None:
    for platform in ("linux/amd64", "linux/arm/v7", "darwin/arm64", "windows/amd64"):
        check_platform(platform, "--platform")
    with pytest.raises(ExtrasplitError, match="--platform is 'linux-amd64'"):
        check_platform("linux-amd64", "--platform")


def test_entrypoints_of_the_command_line_are_added_or_put_over() -> None:
    configured = settings("[entrypoints.a]\nrun = 'python a.py'")
    found = with_entrypoints(configured, ["a=python -m b", "web=uvicorn x:y --env A=b"])
    assert found.entrypoints["a"].run == "python -m b"
    assert found.entrypoints["web"].run == "uvicorn x:y --env A=b"
    assert with_entrypoints(configured, []) is configured


@pytest.mark.parametrize("text", ["dashboard", "=x", "a=", " = "])
def test_an_entrypoint_option_without_name_or_command_is_an_error(text: str) -> None:
    with pytest.raises(ExtrasplitError, match="--entrypoint"):
        read_entrypoint_option(text)
