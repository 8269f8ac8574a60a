from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.errors import ExtrasplitError
from extrasplit.rewrite.pyproject import rewrite_pyproject
from extrasplit.split.plan import Variant
from support.plans import plan_of, project_of, settled, variant


def rewritten(
    text: str,
    moves: Mapping[str | tuple[str, int], str] | None = None,
    *,
    add: Mapping[str, str] | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    variants: Sequence[Variant] = (),
) -> str:
    """Rewrite, and hold that a second run changes nothing."""
    project = project_of(text)
    plan = plan_of(project, moves, add=add, aliases=aliases, variants=variants)
    result = rewrite_pyproject(text, project, plan)
    again = project_of(result)
    assert rewrite_pyproject(result, again, settled(again, plan)) == result
    return result


HEAD = '[project]\nname = "my-app"\nversion = "1"\n'


def test_a_plan_that_moves_nothing_returns_the_text() -> None:
    text = HEAD + 'dependencies = [ "a" , # one\n"b",]\n[project.optional-dependencies]\nx=["c"]\n'
    assert rewritten(text) == text


def test_requirements_leave_base_for_a_new_extra_with_their_comments() -> None:
    text = HEAD + (
        "dependencies = [\n"
        '    "click",\n'
        "    # the pages\n"
        "    'streamlit>=1.40 ; python_version >= \"3.11\"',  # pinned: see 12\n"
        '    "plotly",\n'
        "]\n\n[project.optional-dependencies]\n"
        'docs = ["mkdocs"]\n\n[tool.x]\n'
    )
    streamlit = 'streamlit>=1.40 ; python_version >= "3.11"'
    assert rewritten(text, {streamlit: "dashboard", "plotly": "dashboard"}) == HEAD + (
        "dependencies = [\n"
        '    "click",\n'
        "]\n\n[project.optional-dependencies]\n"
        'docs = ["mkdocs"]\n'
        "dashboard = [\n"
        "    # the pages\n"
        "    'streamlit>=1.40 ; python_version >= \"3.11\"',  # pinned: see 12\n"
        '    "plotly",\n'
        "]\n\n[tool.x]\n"
    )


def test_a_divided_extra_becomes_an_alias_by_self_reference() -> None:
    text = (
        HEAD
        + '[project.optional-dependencies]\nweb = [\n  "a",\n  "b",  # b\n]\n'
        + 'all = ["my-app[web]"]\n'
    )
    assert rewritten(
        text,
        {"a": "web-core", "b": "web-advanced"},
        aliases={"web": ["web-core", "web-advanced"]},
    ) == HEAD + (
        "[project.optional-dependencies]\n"
        'web = ["my-app[web-core,web-advanced]"]\n'
        'web-core = [\n  "a",\n]\n'
        'web-advanced = [\n  "b",  # b\n]\n'
        'all = ["my-app[web]"]\n'
    )


def test_an_alias_that_names_more_keeps_its_quotes_and_place() -> None:
    text = HEAD + "[project.optional-dependencies]\na = ['x']\nall = ['my-app[a]']  # everything\n"
    result = rewritten(text, add={"y>=1": "b"}, aliases={"all": ["a", "b"]})
    assert "all = ['my-app[a,b]']  # everything\n" in result
    assert "b = ['y>=1']\n" in result


def test_additions_stand_last_in_the_arrays_style() -> None:
    text = HEAD + 'dependencies = ["a", "b"]\n[project.optional-dependencies]\nx = [\n\t"c"\n]\n'
    assert rewritten(text, add={"rich>=13": "", "segno>=1": "x"}) == HEAD + (
        'dependencies = ["a", "b", "rich>=13"]\n'
        '[project.optional-dependencies]\nx = [\n\t"c",\n\t"segno>=1"\n]\n'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            HEAD + 'dependencies = ["a", "b"]\n\n[project.scripts]\ns = "m:f"\n',
            HEAD + 'dependencies = ["a"]\n\n[project.optional-dependencies]\nx = ["b"]\n\n'
            '[project.scripts]\ns = "m:f"\n',
            id="missing table",
        ),
        pytest.param(
            HEAD + 'dependencies = ["a", "b"]',
            HEAD + 'dependencies = ["a"]\n\n[project.optional-dependencies]\nx = ["b"]',
            id="no newline at the end",
        ),
        pytest.param(
            HEAD + 'dependencies = ["a", "b"]\noptional-dependencies.y = ["c"]\nreadme = "R"\n',
            HEAD + 'dependencies = ["a"]\noptional-dependencies.y = ["c"]\n'
            'optional-dependencies.x = ["b"]\nreadme = "R"\n',
            id="dotted extras",
        ),
        pytest.param(
            HEAD + 'dependencies = ["a", "b"]\noptional-dependencies = { y = ["c"] }\n',
            HEAD + 'dependencies = ["a"]\noptional-dependencies = { y = ["c"], x = ["b"] }\n',
            id="inline extras",
        ),
        pytest.param(
            HEAD + 'dependencies = ["a", "b"]\noptional-dependencies = {}\n',
            HEAD + 'dependencies = ["a"]\noptional-dependencies = { x = ["b"] }\n',
            id="empty inline extras",
        ),
        pytest.param(
            'project = { name = "my-app", version = "1", dependencies = ["a", "b"] }\n',
            'project = { name = "my-app", version = "1", dependencies = ["a"], '
            'optional-dependencies = { x = ["b"] } }\n',
            id="inline project",
        ),
        pytest.param(
            'project.name = "my-app"\nproject.version = "1"\nproject.dependencies = ["a", "b"]\n',
            'project.name = "my-app"\nproject.version = "1"\nproject.dependencies = ["a"]\n'
            'project.optional-dependencies = { x = ["b"] }\n',
            id="dotted project",
        ),
        pytest.param(
            HEAD + 'dependencies = ["a", "b"]\n[project.optional-dependencies]\n\n[tool]\n',
            HEAD + 'dependencies = ["a"]\n[project.optional-dependencies]\nx = ["b"]\n\n[tool]\n',
            id="empty table",
        ),
        pytest.param(
            '[tool.a]\n[project.optional-dependencies]\n"y" = ["c"]\n' + HEAD
            + 'dependencies = ["a", "b"]\n',
            '[tool.a]\n[project.optional-dependencies]\n"y" = ["c"]\nx = ["b"]\n' + HEAD
            + 'dependencies = ["a"]\n',
            id="out of order",
        ),
        pytest.param(
            "\ufeff" + HEAD.replace("\n", "\r\n") + 'dependencies = [\r\n  "a",\r\n  "b",\r\n]\r\n',
            "\ufeff" + HEAD.replace("\n", "\r\n") + 'dependencies = [\r\n  "a",\r\n]\r\n\r\n'
            '[project.optional-dependencies]\r\nx = [\r\n  "b",\r\n]\r\n',
            id="BOM and CRLF",
        ),
    ],
)  # fmt: skip
def test_a_new_extra_is_written_as_its_neighbours_are(text: str, expected: str) -> None:
    assert rewritten(text, {"b": "x"}) == expected


def test_several_new_extras_share_the_table_that_is_made() -> None:
    dotted = 'project.name = "my-app"\nproject.version = "1"\nproject.dependencies = ["a", "b"]\n'
    assert rewritten(dotted, {"a": "x", "b": "y"}).endswith(
        'project.optional-dependencies = { x = ["a"], y = ["b"] }\n'
    )
    headed = HEAD + 'dependencies = ["a", "b"]\n'
    assert rewritten(headed, {"a": "x", "b": "y"}) == HEAD + (
        'dependencies = []\n\n[project.optional-dependencies]\nx = ["a"]\ny = ["b"]\n'
    )


def test_missing_dependencies_are_written_below_the_last_key() -> None:
    text = HEAD + '\n[project.optional-dependencies]\nx = ["a", "b"]\n'
    assert rewritten(text, {"a": ""}) == HEAD + (
        'dependencies = ["a"]\n\n[project.optional-dependencies]\nx = ["b"]\n'
    )


def test_the_images_are_recorded_once_and_then_kept_as_written() -> None:
    images = [variant("cli"), variant("my dashboard", ["web"], entrypoints=["web"])]
    text = HEAD + '[tool.extrasplit]\npython = "3.12"\n\n[tool.z]\n'
    recorded = rewritten(text, variants=images)
    assert recorded == HEAD + (
        '[tool.extrasplit]\npython = "3.12"\n\n'
        '[tool.extrasplit.variants.cli]\nentrypoints = ["cli"]\nextras = []\n\n'
        '[tool.extrasplit.variants."my dashboard"]\nentrypoints = ["web"]\nextras = ["web"]\n\n'
        "[tool.z]\n"
    )


def test_a_recorded_image_changes_only_the_list_that_differs() -> None:
    text = HEAD + (
        "[tool.extrasplit.variants.web]\n"
        "extras = [  # by hand\n  'web',\n]\n"
        'max-size = "450MB"  # of the node\n'
        'entrypoints = ["web"]\n'
    )
    image = variant("web", ["web", "web-advanced"])
    assert rewritten(text, variants=[image]) == text.replace(
        "  'web',\n", "  'web',\n  'web-advanced',\n"
    )


def test_images_join_an_inline_table() -> None:
    text = HEAD + '[tool]\nextrasplit = { python = "3.12" }\n'
    result = rewritten(text, variants=[variant("a"), variant("b", ["x"])])
    assert tomllib.loads(result)["tool"]["extrasplit"] == {
        "python": "3.12",
        "variants": {
            "a": {"entrypoints": ["a"], "extras": []},
            "b": {"entrypoints": ["b"], "extras": ["x"]},
        },
    }


@pytest.mark.parametrize("key", ["dependencies", "optional-dependencies"])
def test_dynamic_requirements_are_refused_with_the_reason(key: str) -> None:
    project = project_of(HEAD + f'dynamic = ["{key}"]\n')
    with pytest.raises(ExtrasplitError, match=f"not rewritten: `dynamic` holds {key}") as caught:
        rewrite_pyproject("", project, plan_of(project))
    assert caught.value.hint is not None and "`dynamic`" in caught.value.hint


def test_a_poetry_file_is_refused_with_what_to_convert() -> None:
    with pytest.raises(ExtrasplitError, match="no \\[project\\]") as caught:
        project_of('[tool.poetry]\nname = "a"\n')
    assert caught.value.hint is not None and "tool.poetry.dependencies" in caught.value.hint


def test_a_requirement_in_two_homes_stays_in_both() -> None:
    text = HEAD + 'dependencies = ["a", "b"]\n[project.optional-dependencies]\nx = ["a", "c"]\n'
    result = tomllib.loads(rewritten(text, {("x", 1): "x-v"}, aliases={"x": ["x-v"]}))["project"]
    assert result["dependencies"] == ["a", "b"]
    assert result["optional-dependencies"] == {"x": ["a", "my-app[x-v]"], "x-v": ["c"]}


NAMES = [f"dist-{letter}" for letter in "abcdefgh"]


@st.composite
def projects(draw: st.DrawFn) -> str:
    """A pyproject.toml with comments, quotes, line endings and arrays of many styles."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=2))
    cuts = sorted(draw(st.lists(st.integers(0, len(names)), min_size=2, max_size=2)))
    parts = [names[: cuts[0]], names[cuts[0] : cuts[1]], names[cuts[1] :]]

    def array(items: Sequence[str]) -> str:
        lines = draw(st.booleans())
        text = "["
        for at, item in enumerate(items):
            comment = f"  # of {item}" if lines and draw(st.booleans()) else ""
            above = f"{newline}  # above {item}" if lines and draw(st.booleans()) else ""
            quote = draw(st.sampled_from("'\""))
            text += above + (f"{newline}  " if lines else " " if at else "")
            comma = "," if at < len(items) - 1 or draw(st.booleans()) else ""
            text += f"{quote}{item}>=1{quote}{comma}{comment}"
        return f"{text}{newline if lines else ''}]"

    head = HEAD.replace("\n", newline)
    form = draw(st.sampled_from(["table", "dotted", "inline"]))
    base = f"dependencies = {array(parts[0])}{newline}"
    if form == "dotted":
        middle = "".join(
            f"optional-dependencies.{name} = {array(part)}{newline}"
            for name, part in zip("xy", parts[1:], strict=True)
        )
        return f"{head}{base}{middle}{newline}[tool.other]{newline}a = 1  # kept{newline}"
    if form == "inline":
        pairs = ", ".join(f"{n} = {array(part)}" for n, part in zip("xy", parts[1:], strict=True))
        return f"{head}{base}optional-dependencies = {{ {pairs} }}{newline}"
    middle = "".join(f"{n} = {array(p)}{newline}" for n, p in zip("xy", parts[1:], strict=True))
    return f"{head}{base}{newline}[project.optional-dependencies]{newline}{middle}"


@settings(max_examples=120, deadline=None)
@given(projects(), st.data())
def test_any_plan_keeps_each_requirement_once_each_comment_and_every_other_key(
    text: str, data: st.DataObject
) -> None:
    project = project_of(text)
    moves: dict[str | tuple[str, int], str] = {}
    for requirement in project.requirements:
        options = [requirement.home, "new"] if not requirement.home else [requirement.home]
        options += (
            [f"{requirement.home}-core", f"{requirement.home}-more"] if requirement.home else []
        )
        moves[requirement.home, requirement.index] = data.draw(st.sampled_from(options))
    divided = {
        extra: sorted({to for (home, _), to in moves.items() if home == extra and to != extra})  # type: ignore[misc]
        for extra in project.extras
    }
    result = rewritten(
        text,
        moves,
        add={"added>=2": data.draw(st.sampled_from(["", "x", "new"]))},
        aliases={extra: pieces for extra, pieces in divided.items() if pieces},
        variants=[variant("v", ["x"])],
    )
    held = _requirements(result)
    assert Counter(held) == Counter([*_requirements(text), "added>=2"])
    assert Counter(_comments(result)) == Counter(_comments(text))
    assert ("\r\n" in text) == ("\r\n" in result)
    assert result.count("\n") == result.count("\r\n") or "\r\n" not in text


def _requirements(text: str) -> list[str]:
    table: dict[str, Any] = tomllib.loads(text)["project"]
    arrays = [table.get("dependencies", []), *table.get("optional-dependencies", {}).values()]
    return [item for array in arrays for item in array if not item.startswith("my-app[")]


def _comments(text: str) -> list[str]:
    return [line[line.index("#") :].strip() for line in text.splitlines() if "#" in line]
