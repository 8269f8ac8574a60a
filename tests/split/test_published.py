"""How a project is made of a release, for the study of published splits."""

from __future__ import annotations

from pathlib import Path

from published import Release, fold, read_release


def release(folder: Path, *requirements: str) -> Release:
    folder.mkdir()
    lines = ["Metadata-Version: 2.1", "Name: app", "Version: 1.0", "Requires-Python: >=3.9"]
    lines += [f"Requires-Dist: {text}" for text in requirements]
    (folder / "PKG-INFO").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_release(folder)


def test_a_line_of_an_extra_loses_only_the_marker_that_names_the_extra(tmp_path: Path) -> None:
    found = release(
        tmp_path / "app",
        "click==8.1; python_version >= '3.10'",
        'rich[jupyter]==13.7; sys_platform == "linux" and extra == "web_ui"',
        'torch==2.2; (sys_platform == "linux" or os_name == "nt") and extra == "web_ui"',
        'numpy; extra == "web_ui"',
    )
    assert found.base == ("click==8.1; python_version >= '3.10'",)
    assert found.extras == {
        "web-ui": (
            'rich[jupyter]==13.7; sys_platform == "linux"',
            'torch==2.2; sys_platform == "linux" or os_name == "nt"',
            "numpy",
        )
    }


def test_folding_puts_back_what_the_extras_took_out_of_base_and_nothing_else(
    tmp_path: Path,
) -> None:
    before = release(tmp_path / "before", "click", "streamlit==1.35", "pandas")
    after = release(
        tmp_path / "after",
        "click",
        'streamlit==1.36; extra == "browser"',
        'pandas; extra == "browser"',
        'click; extra == "browser"',
        'torch; extra == "help"',
        'pandas; extra == "help"',
    )
    folded = fold(before, after, ["browser"])
    assert folded.base == ("click", "streamlit==1.36", "pandas")
    assert folded.extras == {"help": ("torch",)}
