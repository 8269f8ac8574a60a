"""The rewritten project, given to the real uv: every extra still installs what it did."""

from __future__ import annotations

from pathlib import Path

from extrasplit.rewrite.pyproject import rewrite_pyproject
from support.index import LocalIndex
from support.plans import plan_of, project_of, variant
from support.uv import run_uv

TEXT = """\
[project]
name = "my.App"
version = "1"
requires-python = ">=3.11"
dependencies = ["click", "pandas; python_version < '4'"]

[project.optional-dependencies]
web = ["streamlit>=1", "plotly", "explorer"]
reports = ["pypdf"]
all = ["my.App[web,reports]"]

[[tool.uv.index]]
url = "@INDEX@"
default = true
"""


def installed(root: Path, *extras: str) -> set[str]:
    options = [word for extra in extras for word in ("--extra", extra)]
    said = run_uv(
        "export", "--frozen", "--no-hashes", "--no-header", "--no-annotate", "--no-emit-project",
        *options, cwd=root,
    ).stdout  # fmt: skip
    return {line for line in said.splitlines() if line}


def test_old_extras_install_what_they_did_and_no_locked_version_changes(
    tmp_path: Path, index: LocalIndex
) -> None:
    for name in ("click", "numpy", "plotly", "explorer", "pypdf", "rich"):
        index.wheel(name)
    index.wheel("pandas", requires=["numpy"])
    index.wheel("streamlit", requires=["click", "rich"])
    text = TEXT.replace("@INDEX@", index.url)
    (tmp_path / "pyproject.toml").write_text(text)
    run_uv("lock", cwd=tmp_path)
    everything = installed(tmp_path, "all")
    before = {extra: installed(tmp_path, extra) for extra in ("web", "reports", "all")}

    project = project_of(text, tmp_path)
    plan = plan_of(
        project,
        {
            "pandas; python_version < '4'": "web-pandas",
            "streamlit>=1": "web-core",
            "plotly": "web-core",
            "explorer": "web-advanced",
        },
        add={"rich>=1.0": ""},
        aliases={"web": ["web-core", "web-advanced", "web-pandas"]},
        variants=[variant("cli"), variant("web", ["web-core", "web-pandas"])],
    )
    (tmp_path / "pyproject.toml").write_text(rewrite_pyproject(text, project, plan))
    run_uv("lock", cwd=tmp_path)

    assert installed(tmp_path, "web") == before["web"]
    assert installed(tmp_path, "all") == before["all"] == everything
    moved = {"numpy==1.0", "pandas==1.0"}  # as announced: they left base, rich joined it
    assert {
        line.partition(" ;")[0] for line in before["reports"] - installed(tmp_path, "reports")
    } == moved
    assert installed(tmp_path, "reports") - before["reports"] == {"rich==1.0"}
    assert run_uv("lock", "--check", cwd=tmp_path).returncode == 0
