import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.project.naming import Nameable, meaningful_stage, name_all


def names(*items: tuple[str | None, str | None, str]) -> list[str]:
    return name_all([Nameable(*item) for item in items], "shop")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("src/shop/report.py", "report"),
        ("src/shop/dashboard/app.py", "dashboard"),
        ("shop/jobs/__main__.py", "jobs"),
        ("proj/asgi.py", "proj"),
        ("manage.py", "shop"),
        ("src/main.py", "shop"),
        ("pages/1_Home.py", "Home"),
        (None, "shop"),
    ],
)
def test_a_file_gives_its_stem_or_its_folder(file: str | None, name: str) -> None:
    assert names((None, file, "")) == [name]


def test_stated_names_are_given_first_and_are_kept() -> None:
    assert names((None, "a/web.py", ""), ("web", "b/x.py", "")) == ["a-web", "web"]


def test_two_of_one_folder_are_told_apart_by_their_way_and_then_by_a_number() -> None:
    manage = "proj/manage.py"
    found = names((None, manage, "runserver"), (None, manage, "migrate"), (None, manage, ""))
    assert found == ["proj", "proj-migrate", "proj-2"]
    assert names(("web", "a.py", ""), ("web", "b.py", "")) == ["web", "web-2"]


def test_stages_named_after_their_part_in_the_build_name_no_role() -> None:
    assert meaningful_stage("runtime") is None
    assert meaningful_stage("Builder") is None
    assert meaningful_stage(None) is None
    assert meaningful_stage("worker") == "worker"


ITEMS = st.builds(
    Nameable,
    st.sampled_from([None, "web", "Web", "a"]),
    st.sampled_from([None, "a/app.py", "b/a.py", "a.py", "b/a/main.py", "web.py"]),
    st.sampled_from(["", "x"]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ITEMS, max_size=7))
def test_all_names_differ_even_where_case_does_not_count(items: list[Nameable]) -> None:
    found = name_all(items, "shop")
    assert all(found)
    assert len({name.casefold() for name in found}) == len(items)
