"""A cut really keeps modules from loading, needs each of its lines, and changes no answer."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from extrasplit.imports.deferral import Deferrals, Sources
from extrasplit.imports.startup import StartupLine
from extrasplit.rewrite.source import LateImport, defer
from extrasplit.split.cut import Cut, Cutter
from support.starting import graph_of
from support.tracing import world

HEAVY = ("heavy0", "heavy1", "heavy2")
ORDER = ("pkg.app", "pkg.b", "pkg", "pkg.sub", "pkg.sub.c", "pkg.sub.d", "pkg.leaf")
"""Each may import those behind it; `pkg` is run before any other, so that only the app asks it."""
PACKAGES = frozenset({"pkg", "pkg.sub"})
FILES = {m: m.replace(".", "/") + ("/__init__.py" if m in PACKAGES else ".py") for m in ORDER}

RUN = """
import importlib, json, sys
stubs, *trees = sys.argv[1:]
seen, path = [], sys.path[:]
for tree in trees:
    sys.path[:] = [tree, stubs, *path]
    for name in [n for n in sys.modules if n.split(".")[0] == "pkg" or n.startswith("heavy")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    app = importlib.import_module("pkg.app")
    loaded = sorted(n for n in sys.modules if n.startswith("heavy"))
    seen.append([loaded, repr(app.go_app())])
print(json.dumps(seen))
"""


def cutter_of(files: Mapping[str, str], module: str) -> Cutter:
    made = world(files)
    graph = graph_of(made, module)
    return Cutter(graph, Deferrals(graph, Sources(made.files.__getitem__)))


def heavy_lines(cutter: Cutter) -> list[StartupLine]:
    return [
        line
        for line in cutter.graph.lines
        if any(o.module.startswith("heavy") for o in line.outside)
    ]


def names(cut: Cut | None) -> list[tuple[str, str]]:
    assert cut is not None
    return [(line.path, line.name) for line in cut.lines]


def test_one_line_above_is_cheaper_than_many_below() -> None:
    cutter = cutter_of(
        {
            "app/__init__.py": "",
            "app/cli.py": "from app.report import build\ndef f():\n    return build\n",
            "app/report.py": "from heavy0 import a, b, c\ndef build():\n    return a, b, c\n",
        },
        "app.cli",
    )
    cut = cutter.cut(heavy_lines(cutter))
    assert names(cut) == [("app/cli.py", "build")]
    assert cut is not None
    assert cut.cost == 1.0
    assert cut.unloaded == {"app/report.py"}


def test_a_module_that_is_taken_along_for_nothing_costs_a_tenth() -> None:
    cutter = cutter_of(
        {
            "app/__init__.py": "",
            "app/cli.py": "from app.ui import run\ndef f():\n    return run\n",
            "app/ui.py": "import app.words\nimport heavy0\nX = heavy0\ndef run(): ...\n",
            "app/words.py": "",
        },
        "app.cli",
    )
    cut = cutter.cut(heavy_lines(cutter))
    assert names(cut) == [("app/cli.py", "run")]
    assert cut is not None
    assert (cut.cost, cut.unloaded) == (1.1, {"app/ui.py", "app/words.py"})


def test_what_several_ways_lead_to_is_cut_below_them() -> None:
    callers = {
        f"app/c{n}.py": f"from app.plot import draw\ndef f{n}():\n    return draw\n"
        for n in range(3)
    }
    cutter = cutter_of(
        {
            "app/__init__.py": "",
            "app/cli.py": "from app import c0, c1, c2\nprint(c0, c1, c2)\n",
            "app/plot.py": "import heavy0\ndef draw():\n    return heavy0\n",
            **callers,
        },
        "app.cli",
    )
    assert names(cutter.cut(heavy_lines(cutter))) == [("app/plot.py", "heavy0")]


def test_the_file_that_is_started_is_never_cut_off_itself() -> None:
    cutter = cutter_of(
        {
            "app/__init__.py": "import heavy1\nX = heavy1\n",
            "app/cli.py": "import app\nimport heavy0\nX = heavy0\n",
        },
        "app.cli",
    )
    cut = cutter.cut(heavy_lines(cutter))
    assert names(cut) == [("app/__init__.py", "heavy1"), ("app/cli.py", "heavy0")]
    assert cut is not None
    assert cut.cost == 6.0


def test_nobody_who_asks_for_a_reexported_name_is_forgotten() -> None:
    cutter = cutter_of(
        {
            "app/__init__.py": "",
            "app/cli.py": "from app.api import draw\nimport app.other\ndef f():\n    return draw\n",
            "app/other.py": "from app.api import name\nprint(name)\n",
            "app/api/__init__.py": "from app.api.plot import draw\nname = 1\n",
            "app/api/plot.py": "import heavy0\nX = heavy0\ndef draw(): ...\n",
        },
        "app.cli",
    )
    assert names(cutter.cut(heavy_lines(cutter))) == [
        ("app/api/__init__.py", "draw"),
        ("app/cli.py", "draw"),
    ]


# -- generated trees ---------------------------------------------------------------------------


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    """Return a package whose modules import those behind them, and heavy ones, in many ways."""
    reexports: dict[str, list[str]] = {}
    sources: dict[str, str] = {}
    for module in reversed(ORDER):
        lines, inside, used = [], [], []
        behind = [m for m in ORDER[ORDER.index(module) + 1 :] if m != "pkg" or module == "pkg.app"]
        count = draw(st.integers(0, 3))
        for number in range(count):
            statement, name = draw(st.sampled_from(_choices(module, behind, reexports, number)))
            place = draw(st.sampled_from(("top", "top", "top", "function", "typing")))
            if place == "typing":
                lines.append(f"if TYPE_CHECKING:\n    {statement}")
                continue
            if place == "function":
                inside.append(f"    {statement}")
            else:
                lines.append(statement)
            if module in PACKAGES and place == "top" and not name.startswith("heavy"):
                reexports.setdefault(module, []).append(name)
                if draw(st.booleans()):
                    continue
            used.append(name)
        calls = "".join(f", {_call(name)}" for name in used)
        short = module.rpartition(".")[2]
        body = "\n".join([*inside, f"    return ('{short}'{calls})"])
        head = ["from typing import TYPE_CHECKING", *lines]
        sources[FILES[module]] = "\n".join([*head, "", f"def go_{short}():", body, ""])
    return sources


def _choices(
    module: str, behind: list[str], reexports: Mapping[str, list[str]], number: int
) -> list[tuple[str, str]]:
    own = f"_{module.rpartition('.')[2]}{number}"
    found = [(f"import {h}", h) for h in HEAVY]
    found += [(f"from {h} import work as {h}w{own}", f"{h}w{own}") for h in HEAVY]
    for other in behind:
        short = other.rpartition(".")[2]
        found += [(f"from {other} import go_{short} as g{own}", f"g{own}")] * 2
        found += [
            (f"from {other} import {name} as r{own}", f"r{own}")
            for name in reexports.get(other, ())
        ]
    return found


def _call(name: str) -> str:
    return f"{name}.work()" if name in HEAVY else f"{name}()"


def rewritten(
    files: Mapping[str, str], cutter: Cutter, lines: list[StartupLine], *, all_of_them: bool = True
) -> dict[str, str]:
    """Return the files with these lines deferred as `unlock` does it."""
    changed = dict(files)
    for path in {line.path for line in lines}:
        late = []
        for line in lines:
            if line.path == path:
                how = cutter.deferrals.of(line)
                assert how.change != "guard"
                late.append(
                    LateImport(
                        *(line.line, line.name, how.change, how.into, how.called),
                        *(how.annotated, how.submodule),
                    )
                )
        done = defer(files[path].encode(), late)
        assert not (all_of_them and done.refused)
        changed[path] = done.data.decode()
    return changed


def observe(versions: list[Mapping[str, str]]) -> list[tuple[list[str], str]]:
    """Import the app of each version in one fresh process; what is loaded, and what it returns."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in HEAVY:
            stub = root / "stubs" / f"{name}.py"
            stub.parent.mkdir(exist_ok=True)
            stub.write_text(f"def work():\n    return '{name}'\n")
        for number, files in enumerate(versions):
            for path, text in files.items():
                target = root / str(number) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
        trees = [str(root / str(number)) for number in range(len(versions))]
        words = [sys.executable, "-S", "-c", RUN, str(root / "stubs"), *trees]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        seen: list[Any] = json.loads(done.stdout)
        return [(loaded, returned) for loaded, returned in seen]


def check(files: dict[str, str]) -> None:
    cutter = cutter_of(files, "pkg.app")
    heavy = heavy_lines(cutter)
    assume(heavy)
    cut = cutter.cut(heavy)
    assert cut is not None
    assume(all(cutter.deferrals.of(line).change != "guard" for line in cut.lines))
    event(f"lines: {len(cut.lines)}")
    lines = list(cut.lines)
    fewer = [[one for one in lines if one is not line] for line in lines]
    versions = [files, *(rewritten(files, cutter, chosen) for chosen in (lines, *fewer))]
    before, after, *dropped = observe(versions)
    assert before[0]
    assert after[0] == []
    assert after[1] == before[1]
    for loaded, returned in dropped:
        assert loaded
        assert returned == before[1]


def check_all(files: dict[str, str]) -> None:
    """Defer whatever can be deferred: a call of the app returns what it returned."""
    cutter = cutter_of(files, "pkg.app")
    lines = [one for one in cutter.graph.lines if cutter.deferrals.of(one).change != "guard"]
    assume(lines)
    event(f"deferred: {len(lines)}")
    before, after = observe([files, rewritten(files, cutter, lines, all_of_them=False)])
    assert after[1] == before[1]
    assert set(after[0]) <= set(before[0])


LOOSE = [HealthCheck.filter_too_much, HealthCheck.too_slow]


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=LOOSE)
@given(trees())
def test_after_the_cut_nothing_heavy_loads_and_each_line_is_needed(files: dict[str, str]) -> None:
    check(files)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=LOOSE)
@given(trees())
def test_after_any_cut_nothing_heavy_loads_and_each_line_is_needed(files: dict[str, str]) -> None:
    check(files)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=LOOSE)
@given(trees())
def test_whatever_is_deferred_a_call_returns_what_it_returned(files: dict[str, str]) -> None:
    check_all(files)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=LOOSE)
@given(trees())
def test_whatever_of_all_trees_is_deferred_a_call_returns_the_same(files: dict[str, str]) -> None:
    check_all(files)
