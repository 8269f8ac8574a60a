"""Marker texts say what the tests of Python and platform say."""

from __future__ import annotations

import ast
import types

import pytest
from packaging.markers import Marker

from extrasplit.imports.guards import Names, when
from extrasplit.imports.markers import all_of, any_of

VERSIONS = [(3, 7, 0), (3, 8, 0), (3, 8, 5), (3, 11, 0), (3, 11, 9), (3, 12, 1), (4, 0, 0)]
PLATFORMS = [("linux", "posix"), ("darwin", "posix"), ("win32", "nt"), ("cygwin", "posix")]
NAMES = Names({name: name for name in ("sys", "os", "platform")})


class Release(tuple[object, ...]):
    major = property(lambda self: self[0])
    minor = property(lambda self: self[1])


@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize(
    "test",
    [
        *(f"sys.version_info {op} (3, 8)" for op in ("<", "<=", ">", ">=")),
        *(f"sys.version_info[:2] {op} (3, 8)" for op in ("<", "<=", ">", ">=", "==", "!=")),
        *(f"sys.version_info {op} (3, 8, 5)" for op in ("<", ">=")),
        *(f"sys.version_info[0] {op} 3" for op in ("<", "<=", ">", ">=", "==", "!=")),
        *(f"sys.version_info {op} (4,)" for op in ("<", "<=", ">", ">=")),
        *("sys.version_info.major == 3", "(3, 8) <= sys.version_info", "sys.version_info >= (3,)"),
        *("sys.platform == 'win32'", "'linux' != sys.platform", "sys.platform.startswith('win')"),
        *("sys.platform in ('linux', 'darwin')", "sys.platform not in ['linux']"),
        *("sys.platform.startswith(('linux', 'dar'))", "os.name == 'nt'"),
        *("'win' in sys.platform", "'win32' in str(sys.platform).lower()"),
        "'linux' not in sys.platform",
        "sys.platform == 'win32' and sys.version_info >= (3, 8)",
        "sys.platform == 'win32' or not sys.version_info >= (3, 8)",
        "not (sys.platform == 'darwin' or os.name == 'nt')",
    ],
)
def test_the_marker_holds_where_the_test_does(test: str, holds: bool) -> None:
    marker = when(ast.parse(test, mode="eval").body, NAMES, holds=holds).condition
    assert marker is not None
    for version in VERSIONS:
        for platform, name in PLATFORMS:
            info = Release((*version, "final", 0))
            sys_ = types.SimpleNamespace(version_info=info, platform=platform)
            said = bool(eval(test, {"sys": sys_, "os": types.SimpleNamespace(name=name)}))
            environment = {
                "python_version": f"{version[0]}.{version[1]}",
                "python_full_version": ".".join(map(str, version)),
                "sys_platform": platform,
                "os_name": name,
            }
            assert Marker(marker).evaluate(environment) is (said is holds), (version, platform)


@pytest.mark.parametrize(
    "test",
    ["x == 'win32'", "sys.version_info >= x", "sys.argv == 'a'", "sys.platform.startswith(x)"],
)
def test_another_test_is_no_marker(test: str) -> None:
    assert when(ast.parse(test, mode="eval").body, NAMES, holds=True).condition is None


def test_markers_join_with_what_they_need_of_brackets() -> None:
    assert all_of([None, 'a == "1" or b == "2"', 'c == "3"']) == (
        '(a == "1" or b == "2") and c == "3"'
    )
    assert any_of(['a == "1"', None]) is None
    assert all_of([]) is None
