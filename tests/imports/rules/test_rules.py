"""Each framework's TOML file has a small project of its name beside this test, which shows it."""

from __future__ import annotations

import sysconfig
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from extrasplit.errors import ExtrasplitError
from extrasplit.imports.modules import Root
from extrasplit.imports.rules.evidence import evidence
from extrasplit.imports.rules.rule import read_configured, read_rules, shipped_rules
from extrasplit.imports.rules.sought import places_sought
from extrasplit.imports.scan import scan
from extrasplit.project.declared import ConfiguredRule
from support.tracing import World

HERE = Path(__file__).parent
FRAMEWORKS = sorted(
    file.name.removesuffix(".toml")
    for file in resources.files("extrasplit.imports.rules").iterdir()
    if file.name.endswith(".toml")
)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_project_of_its_name_shows_what_a_framework_loads(framework: str) -> None:
    folder = HERE / framework
    expected = tomllib.loads((folder / "expected.toml").read_text())
    reached = expected.pop("reached", None)
    ignored = tuple(expected.pop("ignored", ()))
    undecided = expected.pop("undecided", [])
    world = World(
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.suffix in (".py", ".ini")
        }
    )
    start = "manage" if framework == "django" else "app"
    traced = world.trace(
        start,
        roots=(Root("", first=True),),
        runs_as_main=True,
        kind="streamlit" if framework == "streamlit" else "script",
        launcher=framework if framework == "celery" else None,
    )
    found: dict[str, str] = {}
    for use in traced.uses:
        name = use.module or use.distribution or ""
        plain = use.via in ("import", "launcher") and name not in expected
        if not plain and not (ignored and name.startswith(ignored)):
            found.setdefault(name, use.level.word)
    assert found == expected
    assert [each.text for each, _ in traced.undecided] == undecided
    if reached is not None:
        modules = {path for path in traced.reached if not path.endswith("__init__.py")}
        assert sorted(modules) == reached


def test_a_rule_for_any_file_says_what_bytes_it_looks_for() -> None:
    for rule in shipped_rules():
        assert rule.facts, rule.name
        assert rule.when or rule.tokens, rule.name


def test_no_fact_finds_something_in_just_any_file() -> None:
    for rule in shipped_rules():
        asked = [fact for fact in rule.facts if fact.reads_source]
        assert places_sought(asked, b"x = 1\n", {"x": "y"}) == {}, rule.name


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_part_of_a_file_says_what_the_whole_would(
    framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {path: path.read_bytes() for path in (HERE / framework).rglob("*.py")}
    by_part = {path: evidence(data, scan(data, path.name)) for path, data in sources.items()}
    monkeypatch.setattr("extrasplit.imports.rules.evidence.skeleton_of", lambda data: None)
    for path, data in sources.items():
        assert by_part[path] == evidence(data, scan(data, path.name)), path.name


@pytest.mark.parametrize(
    "source",
    [
        "import pandas as pd\nread = pd.read_excel\n\ndef f():\n    return read('a.xlsx')\n",
        "import pandas\np = pandas\n\ndef f():\n    return p.read_excel('a.xlsx')\n",
        "from pandas import *\nimport pandas\n\ndef f():\n    pandas.read_excel('a.xlsx')\n",
        "from pandas import read_excel as load\nload ('a.xlsx')\n",
        "import sqlalchemy\nNAME = 'postgresql'\nHOST = 'h'\nx = f'{NAME}+psycopg://{HOST}'\n",
        "import sqlalchemy\nif 1:\n    URL = 'mysql+pymysql://h'\nsqlalchemy.create_engine(URL)\n",
        "import jinja2\nNAMES = ['app.ext.One']\nx = 1\njinja2.Environment(extensions=NAMES)\n",
    ],
)
def test_what_has_another_name_is_found_by_parts_too(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = source.encode()
    by_part = evidence(data, scan(data, "app.py"))
    monkeypatch.setattr("extrasplit.imports.rules.evidence.skeleton_of", lambda data: None)
    assert by_part == evidence(data, scan(data, "app.py"))


@pytest.mark.slow
def test_evidence_by_parts_agrees_on_the_standard_library_and_what_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sources = {
        path: path.read_bytes()
        for folder in {sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")}
        for path in Path(folder).rglob("*.py")
    }
    by_part = {path: evidence(data, scan(data, path.name)) for path, data in sources.items()}
    monkeypatch.setattr("extrasplit.imports.rules.evidence.skeleton_of", lambda data: None)
    for path, data in sources.items():
        assert by_part[path] == evidence(data, scan(data, path.name)), path


def test_a_file_that_does_not_import_the_framework_is_not_read() -> None:
    data = b"import csv\nframe.to_excel('x.xlsx')\n"
    assert evidence(data, scan(data, "app.py")).imports == ()


def test_a_rule_that_says_something_unknown_is_refused_with_the_name_of_its_file() -> None:
    with pytest.raises(ExtrasplitError, match=r"mine\.toml.*'reeds'"):
        read_rules('[[rule]]\nname = "x"\n[[rule.fact]]\nreeds = "y"\n', "mine.toml")


@pytest.mark.parametrize(
    ("rule", "source", "module", "distribution", "level"),
    [
        (
            ConfiguredRule("loader", "loader.load()", "module:{}"),
            "import loader\nloader.load('plugins.one')\n",
            "plugins.one",
            None,
            "STARTUP",
        ),
        (
            ConfiguredRule("loader", ".attach()", "loader-plugins"),
            "import loader\ndef f(x):\n    x.attach()\n",
            "",
            "loader-plugins",
            "STARTUP",
        ),
        (
            ConfiguredRule("", "PLUGINS", "module:{}"),
            "PLUGINS = ['plugins.one']\n",
            "plugins.one",
            None,
            "STARTUP",
        ),
        (
            ConfiguredRule("loader", "special://", "loader-special"),
            "import loader\nURL = 'special://host'\n",
            "",
            "loader-special",
            "STARTUP",
        ),
        (
            ConfiguredRule("loader", "", "loader-always"),
            "import loader\n",
            "",
            "loader-always",
            "STARTUP",
        ),
    ],
)
def test_a_configured_rule_reads_calls_methods_settings_urls_and_imports(
    rule: ConfiguredRule, source: str, module: str, distribution: str | None, level: str
) -> None:
    data = source.encode()
    (found,) = evidence(data, scan(data, "app.py"), [read_configured(rule)]).imports
    assert (found.module, found.distribution) == (module, distribution)
    assert (found.via, found.level.name) == ("rule:configured", level)


def test_a_configured_rule_may_yield_a_command_that_is_started() -> None:
    rule = read_configured(ConfiguredRule("jobs", "jobs.start()", "entrypoint:python -m {}"))
    data = b"import jobs\njobs.start('app.worker')\n"
    (spawn,) = evidence(data, scan(data, "app.py"), [rule]).spawns
    assert spawn.argv == ("python", "-m", "app.worker")


def test_a_configured_rule_that_yields_nothing_known_is_refused() -> None:
    with pytest.raises(ExtrasplitError, match="cannot yield"):
        read_configured(ConfiguredRule("jobs", "jobs.start()", "wheel:x"))
