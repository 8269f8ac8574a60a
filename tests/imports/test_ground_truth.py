"""Generated package trees are imported for real; the trace must have foretold what they load."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from extrasplit.imports.level import Level
from support.tracing import World

MODULES = ("pkg", "pkg.a", "pkg.b", "pkg.sub", "pkg.sub.c", "pkg.sub.d", "pkg.space.e", "pkg.f")
STUBS = tuple(f"stub{number}" for number in range(8))
FILES = {
    module: module.replace(".", "/") + ("/__init__.py" if module in ("pkg", "pkg.sub") else ".py")
    for module in MODULES
}
STUB_SOURCE = """
def __getattr__(name):
    if name[:2] == "__":
        raise AttributeError(name)
    return object
"""
HEADER = "import sys, contextlib, importlib\nfrom typing import TYPE_CHECKING\n"
RUN = """
import sys
sys.path[:0] = sys.argv[1:3]
import {module}
{then}
print(*sorted(name for name in sys.modules if name.startswith("stub")))
"""


def absent(body: str) -> str:
    """The module is not there: what stands in the `try` fails, and is caught."""
    inside = indent(f"import absent_{len(body)}\n{body}", "    ")
    return f"try:\n{inside}except ImportError:\n    pass\n"


WRAPPERS: dict[str, Callable[[str, int], str]] = {
    "plain": lambda body, n: body,
    "uncalled": lambda body, n: f"def u{n}():\n{indent(body, '    ')}",
    "called": lambda body, n: f"def c{n}():\n{indent(body, '    ')}c{n}()\n",
    "called by another": lambda body, n: (
        f"def d{n}():\n{indent(body, '    ')}def e{n}():\n    return d{n}()\nx{n} = e{n}()\n"
    ),
    "class body": lambda body, n: f"class C{n}:\n{indent(body, '    ')}",
    "method": lambda body, n: f"class M{n}:\n    def run(self):\n{indent(body, ' ' * 8)}",
    "instance": lambda body, n: (
        f"class I{n}:\n    def __init__(self):\n{indent(body, ' ' * 8)}i{n} = I{n}()\n"
    ),
    "method of an instance": lambda body, n: (
        f"class K{n}:\n    def run(self):\n{indent(body, ' ' * 8)}K{n}().run()\n"
    ),
    "typing": lambda body, n: f"if TYPE_CHECKING:\n{indent(body, '    ')}",
    "absent": lambda body, n: absent(body),
    "suppressed": lambda body, n: (
        f"with contextlib.suppress(ImportError):\n    import absent{n}\n{indent(body, '    ')}"
    ),
    "old python": lambda body, n: f"if sys.version_info < (3, 2):\n{indent(body, '    ')}",
    "this python": lambda body, n: f"if sys.version_info >= (3, 2):\n{indent(body, '    ')}",
    "decorated": lambda body, n: (
        f"def w{n}(function):\n{indent(body, '    ')}    return function\n@w{n}\ndef v{n}(): ...\n"
    ),
    "main": lambda body, n: f"if __name__ == '__main__':\n{indent(body, '    ')}",
    "with": lambda body, n: f"with contextlib.nullcontext():\n{indent(body, '    ')}",
    "default": lambda body, n: f"def g{n}():\n{indent(body, '    ')}def h{n}(x=g{n}()): ...\n",
    "returned before": lambda body, n: f"def r{n}():\n    return\n{indent(body, '    ')}r{n}()\n",
    "condition": lambda body, n: f"def k{n}(x=0):\n    if x:\n{indent(body, ' ' * 8)}k{n}()\n",
    "nested": lambda body, n: (
        f"def o{n}():\n    def inner():\n{indent(body, ' ' * 8)}    return inner\no{n}()\n"
    ),
}


def relative(source: str, target: str) -> str:
    """Write `target` as an import inside `source` does with leading dots."""
    package = source if FILES[source].endswith("__init__.py") else source.rpartition(".")[0]
    shared, up = package, 1
    while not f"{target}.".startswith(f"{shared}."):
        shared, up = shared.rpartition(".")[0], up + 1
    rest = target[len(shared) :].lstrip(".")
    parent, _, name = rest.rpartition(".")
    return f"from {'.' * up}{parent} import {name}\n"


@st.composite
def statements(draw: st.DrawFn, position: int) -> str:
    module = MODULES[position]
    later = MODULES[position + 1 :]
    kinds = ["import stub", "from stub", "import submodule", "by string"]
    kinds += ["import ours", "from ours", "relative", "function of ours"] if later else []
    kind = draw(st.sampled_from(kinds))
    stub = draw(st.sampled_from(STUBS))
    target = draw(st.sampled_from(later)) if later else ""
    parent, _, name = target.rpartition(".")
    number = draw(st.integers(0, 10**6))
    body = {
        "import stub": f"import {stub}\n",
        "from stub": f"from {stub} import thing as thing{number}\n",
        "import submodule": f"import {stub}.inner\n",
        "by string": f"importlib.import_module({stub!r})\n",
        "import ours": f"import {target}\n",
        "from ours": f"from {parent} import {name}\n",
        "relative": relative(module, target) if target else "",
        "function of ours": f"from {target} import call as call{number}\ncall{number}()\n",
    }[kind]
    wrapper = draw(st.sampled_from(sorted(WRAPPERS)))
    if "import call" in body and wrapper in ("class body",):
        wrapper = "plain"
    return WRAPPERS[wrapper](body, number)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    sources = {}
    for position, module in enumerate(MODULES):
        parts = draw(st.lists(statements(position), max_size=3))
        inside = draw(st.lists(statements(position), min_size=1, max_size=1))
        call = f"def call():\n{indent(inside[0], '    ')}    return None\n"
        sources[FILES[module]] = HEADER + call + "".join(parts)
    return sources


def really_loads(root: Path, module: str, then: str) -> set[str] | None:
    """Import the module in another process; None where the generated tree cannot be imported."""
    code = RUN.format(module=module, then=then)
    command = [sys.executable, "-I", "-S", "-c", code, str(root), str(root / "stubs")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return set(run.stdout.split()) if run.returncode == 0 else None


def foretold(sources: dict[str, str], module: str, function: str | None) -> set[str]:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    environment = {"python_version": version, "python_full_version": f"{version}.0"}
    traced = World({path: text.encode() for path, text in sources.items()}).trace(
        module, function, environment=environment
    )
    names = [use.module for use in traced.uses if use.level is Level.STARTUP]
    return {parent for name in names for parent in (name, name.partition(".")[0])}


def check(sources: dict[str, str], module: str, function: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, text in sources.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        for stub in STUBS:
            (root / "stubs" / stub).mkdir(parents=True)
            (root / "stubs" / stub / "__init__.py").write_text(STUB_SOURCE)
            (root / "stubs" / stub / "inner.py").write_text("")
        then = f"{module}.{function}()" if function else ""
        loaded = really_loads(root, module, then)
    assume(loaded is not None)
    said = {name for name in foretold(sources, module, function) if name.startswith("stub")}
    assert said == loaded


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(trees(), st.sampled_from(MODULES), st.sampled_from([None, "call"]))
def test_what_really_is_imported_is_what_the_trace_calls_startup(
    sources: dict[str, str], module: str, function: str | None
) -> None:
    check(sources, module, function)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees(), st.sampled_from(MODULES), st.sampled_from([None, "call"]))
def test_what_really_is_imported_is_what_the_trace_calls_startup_at_length(
    sources: dict[str, str], module: str, function: str | None
) -> None:
    check(sources, module, function)
