"""Each framework's TOML file has a small project of its name beside this test, which shows it."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from extrasplit.errors import ExtrasplitError
from extrasplit.imports.modules import Root
from extrasplit.imports.rules.evidence import evidence
from extrasplit.imports.rules.rule import read_configured, read_rules, shipped_rules
from extrasplit.imports.scan import scan
from extrasplit.project.settings import ConfiguredRule
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
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}
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


def test_every_pattern_finds_what_its_fact_names_and_not_just_anything() -> None:
    for rule in shipped_rules():
        for fact, pattern in rule.facts:
            assert (pattern is None) is not fact.reads_source
            assert pattern is None or not re.search(pattern, b"x = 1\n"), (rule.name, fact)


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
