from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from extrasplit.imports.deep import Wheels, WheelSource, follow_wheels
from extrasplit.imports.level import Level
from extrasplit.imports.traced import Use
from extrasplit.places import Place
from support.tracing import LINUX


def wheel(name: str, files: Mapping[str, str], requires: Iterable[str] = ()) -> WheelSource:
    return WheelSource(
        name, tuple(files), lambda path: files[path].encode(), requires=tuple(requires)
    )


def use(module: str, level: Level = Level.STARTUP, **fields: str) -> Use:
    chain = (Place("app.py", 3, module or fields["distribution"]),)
    return Use("app", module, None, level, "import", chain, **fields)  # type: ignore[arg-type]


def levels(uses: list[Use], *wheels: WheelSource) -> dict[str, str | None]:
    found = follow_wheels(uses, Wheels(wheels), target_environment=LINUX)
    return {name: reach.level and reach.level.word for name, reach in found.items()} | {
        name: "startup" for name, reach in found.items() if reach.level is Level.STARTUP
    }


CLIENT = wheel(
    "client",
    {
        "client/__init__.py": "from . import core\n",
        "client/core.py": "import transport\ndef table():\n    import pretty\n",
        "client/unused.py": "import heavy\n",
    },
)
TRANSPORT = wheel(
    "transport", {"transport.py": "try:\n    import brotli\nexcept ImportError: ...\n"}
)
PRETTY = wheel("pretty", {"pretty.py": ""})
HEAVY = wheel("heavy", {"heavy.py": ""})
BROTLI = wheel("brotli", {"brotli.py": ""})


def test_imports_are_followed_through_the_wheels_with_their_levels() -> None:
    assert levels([use("client")], CLIENT, TRANSPORT, PRETTY, HEAVY, BROTLI) == {
        "client": "startup",
        "transport": "startup",
        "pretty": "deferred",
        "heavy": None,
        "brotli": "guarded",
    }


def test_the_chain_begins_in_the_project() -> None:
    found = follow_wheels([use("client")], Wheels([CLIENT, TRANSPORT]), target_environment=LINUX)
    assert [str(place) for place in found["transport"].chain] == [
        "app.py:3",
        "client/__init__.py:1",
        "client/core.py:1",
    ]


def test_a_submodule_reaches_what_only_it_imports() -> None:
    assert levels([use("client.unused", Level.DEFERRED)], CLIENT, HEAVY)["heavy"] == "deferred"


def test_a_launcher_reaches_what_its_console_script_imports() -> None:
    served = wheel(
        "server",
        {
            "server/__init__.py": "",
            "server/main.py": "import transport\n",
            "server-1.0.dist-info/entry_points.txt": "[console_scripts]\nserve = server.main:run\n",
        },
    )
    found = levels([use("", distribution="server")], served, TRANSPORT, HEAVY)
    assert found == {"server": "startup", "transport": "startup", "heavy": None}


def test_compiled_code_may_import_all_that_its_distribution_requires() -> None:
    compiled = wheel(
        "compiled",
        {"compiled/__init__.py": "from compiled import _core\n", "compiled/_core.abi3.so": ""},
        requires=["heavy", "absent"],
    )
    found = follow_wheels(
        [use("compiled")], Wheels([compiled, HEAVY, PRETTY]), target_environment=LINUX
    )
    assert found["heavy"].level is Level.STARTUP
    assert found["heavy"].opaque
    assert not found["compiled"].opaque
    assert found["pretty"].level is None


def test_a_module_that_is_written_as_a_string_may_be_imported_later() -> None:
    names = '{"auto": "client.protocols:Auto", "other": "not.there"}'
    server = wheel(
        "client",
        {"client/__init__.py": f"KINDS = {names}\n", "client/protocols.py": "import heavy"},
    )
    assert levels([use("client")], server, HEAVY, PRETTY) == {
        "client": "startup",
        "heavy": "deferred",
        "pretty": None,
    }


def test_only_what_an_image_holds_is_followed() -> None:
    wheels = Wheels([CLIENT, TRANSPORT, PRETTY])
    found = follow_wheels(
        [use("client")], wheels, target_environment=LINUX, held={"client", "pretty"}
    )
    assert {name: reach.level for name, reach in found.items()} == {
        "client": Level.STARTUP,
        "pretty": Level.DEFERRED,
    }


def installed() -> list[WheelSource]:
    environment = {**default_environment(), "extra": ""}
    sources = []
    for found in metadata.distributions():
        root = Path(str(found.locate_file("")))
        paths = tuple(str(path) for path in found.files or () if not str(path).startswith(".."))
        requires = [Requirement(text) for text in found.requires or ()]
        sources.append(
            WheelSource(
                canonicalize_name(found.name),
                paths,
                lambda path, root=root: (root / path).read_bytes(),  # type: ignore[misc]
                tuple(
                    canonicalize_name(each.name)
                    for each in requires
                    if each.marker is None or each.marker.evaluate(environment)
                ),
            )
        )
    return sources


@pytest.mark.parametrize("module", ["rich.console", "importlab.graph", "jsonschema"])
def test_whatever_an_installed_module_really_loads_is_reached_at_startup(module: str) -> None:
    code = (
        f"import sys, {module}\n"
        "for each in list(sys.modules.values()):\n"
        "    print(getattr(each, '__file__', None) or '')"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    wheels = installed()
    files = {
        str(metadata.distribution(each.distribution).locate_file(path)): each.distribution
        for each in wheels
        for path in each.paths
    }
    really = {files[path] for path in loaded if path in files} - {"extrasplit"}
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    environment = LINUX | {"python_version": python, "python_full_version": f"{python}.0"}
    found = follow_wheels([use(module)], Wheels(wheels), target_environment=environment)
    reached = {n for n, r in found.items() if r.level in (Level.STARTUP, Level.GUARDED)}
    assert really - {"setuptools"} <= reached  # its .pth file is run by every interpreter
    assert len(reached) < len(wheels) / 2
