from pathlib import Path

from extrasplit.project.declared import Project
from extrasplit.project.dynamic import with_locked_requirements
from extrasplit.project.pyproject import read_project


def project(text: str) -> Project:
    return read_project(text.encode(), Path("shop"))


def test_dynamic_requirements_come_from_the_lock() -> None:
    bare = project(
        '[project]\nname = "a"\ndynamic = ["version", "dependencies", "optional-dependencies"]\n'
    )
    assert bare.base == ()
    assert bare.version is None
    filled = with_locked_requirements(
        bare,
        [
            "click>=8",
            "tomli; python_version < '3.11'",
            "uvicorn; extra == 'web'",
            "uvloop>=0.17; sys_platform == 'linux' and extra == 'web'",
            "winloop; extra == 'web' and sys_platform == 'win32'",
        ],
    )
    assert [(r.name, r.marker) for r in filled.base] == [
        ("click", None),
        ("tomli", 'python_version < "3.11"'),
    ]
    assert [(r.name, r.home, r.marker, r.index) for r in filled.extras["web"].requirements] == [
        ("uvicorn", "web", None, 0),
        ("uvloop", "web", 'sys_platform == "linux"', 1),
        ("winloop", "web", 'sys_platform == "win32"', 2),
    ]


def test_what_is_not_dynamic_is_not_filled() -> None:
    fixed = project('[project]\nname = "a"\ndependencies = ["click"]\ndynamic = ["version"]\n')
    assert with_locked_requirements(fixed, ["other>=1"]) == fixed
