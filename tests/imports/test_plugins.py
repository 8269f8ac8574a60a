from __future__ import annotations

from extrasplit.imports.level import Level
from extrasplit.imports.plugins import with_own_plugins
from support.tracing import world

FILES = {
    "app.py": """
        from importlib.metadata import entry_points
        for found in entry_points(group="app.plugins"):
            found.load()
        def later():
            entry_points(group="app.themes")
        """,
    "one.py": "",
    "two.py": "",
}


def test_where_a_group_is_loaded_its_own_entry_points_are_imported() -> None:
    plugins = [("app.plugins", "one:Plugin.make"), ("app.themes", "two"), ("pytest11", "three")]
    file = with_own_plugins(world(FILES).link(), plugins).linked["app.py"]
    found = [(link.files, link.imported.name, link.imported.scope) for link in file.links]
    assert found == [(("one.py",), "Plugin", ""), (("two.py",), None, "later")]
    assert {each.group for each in file.externals} >= {"app.plugins", "app.themes"}


def test_a_project_without_entry_points_is_left_as_it_is() -> None:
    modules = world(FILES).link()
    assert with_own_plugins(modules, []) is modules


def test_where_one_of_a_group_is_chosen_all_are_deferred() -> None:
    chosen = """
        from importlib.metadata import entry_points
        found = entry_points(group="app.plugins")
        found["one"].load()
        print([each.name for each in found])
        """
    loaded = chosen + "made = {each.name: each.load() for each in found}\n"
    for source, level in ((chosen, Level.DEFERRED), (loaded, Level.STARTUP)):
        modules = world({"app.py": source, "one.py": ""}).link()
        (link,) = with_own_plugins(modules, [("app.plugins", "one")]).linked["app.py"].links
        assert link.imported.level is level
