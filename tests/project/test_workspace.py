from extrasplit.project.workspace import expand_members, read_members


def test_members_are_folders_with_a_pyproject_that_a_glob_names() -> None:
    listing = ["packages/a/pyproject.toml", "packages/b/x.py", "other/pyproject.toml"]
    assert expand_members(["packages/*"], [], listing) == ("packages/a",)
    assert expand_members(["./other/"], [], listing) == ("other",)
    assert expand_members(["*/*", "other"], ["packages/a"], listing) == ("other",)


def test_members_of_double_star_globs_are_found_at_every_depth() -> None:
    listing = ["libs/a/pyproject.toml", "libs/b/c/pyproject.toml", "pyproject.toml"]
    assert expand_members(["libs/**"], [], listing) == ("libs/a", "libs/b/c")


def test_without_a_listing_the_globs_stay() -> None:
    tables = {"tool": {"uv": {"workspace": {"members": ["packages/*"]}}}}
    assert read_members(tables, frozenset()) == ("packages/*",)
    assert read_members({}, frozenset()) == ()
