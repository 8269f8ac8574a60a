"""Unlocks of one role that shares its image with others, which go on needing what it sheds."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from extrasplit.imports.deferral import Sources
from extrasplit.split.ground import Ground
from extrasplit.split.plan import plan_split
from extrasplit.split.unlocks import Unlocks, blocked, find_unlocks, unlocked_ground
from split.world import startup, world
from support.starting import graph_of

FILES = {
    "app/__init__.py": "",
    "app/api.py": "from app.models import load\ndef get():\n    load()\ndef main(): ...\n",
    "app/train.py": "import torch\nX = torch.nn\ndef main(): ...\n",
    "app/models.py": "import torch\nX = torch.nn\ndef load(): ...\n",
}


def share(files: Mapping[str, str] = FILES, torch: float = 900) -> tuple[Ground, Unlocks]:
    """Return what is found where a server and a trainer share an image."""
    ground = world(
        base=["click", "fastapi", "torch"],
        sizes={"fastapi": 20, "torch": torch},
        imports={
            "api": ["fastapi", startup("torch", at="models.py")],
            "cli": ["click"],
            "train": ["fastapi", "torch"],
        },
        kinds={"api": "asgi", "train": "worker"},
    )
    names = {"api": "app.api", "train": "app.train"}
    graphs = {name: graph_of(files, module, "main") for name, module in names.items()}
    texts = {path: dedent(text).encode() for path, text in files.items()}
    return ground, find_unlocks(ground, plan_split(ground), graphs, Sources(texts.__getitem__))


def test_the_line_by_which_one_role_could_leave_a_shared_image_is_shown() -> None:
    _, found = share()
    (unlock,) = found.shown
    assert (unlock.entrypoint, unlock.freed_bytes, unlock.alone) == ("api", 900_000_000, True)
    assert [(one.path, one.line, one.names) for one in unlock.lines] == [
        ("app/api.py", 1, ("load",))
    ]
    assert found.unlocked_bytes == {}  # the image itself still holds it


def test_once_it_is_made_the_role_has_an_image_of_its_own() -> None:
    ground, found = share()
    graphs = {"api": graph_of(FILES, "app.api", "main")}
    before = {v.name: v.entrypoints for v in plan_split(ground).variants if not v.full}
    after = plan_split(unlocked_ground(ground, found.together, graphs))
    sizes = {v.name: v.installed_bytes for v in after.variants if "api" in v.entrypoints}
    assert ("api", "train") in before.values()
    assert min(sizes.values()) < 30_000_000


def test_the_finding_says_that_it_is_the_role_that_leaves() -> None:
    (finding,) = blocked(share()[1].shown)
    assert finding.message == (
        "one imported name holds torch in api, which could have an image of its own without: "
        "900.0 MB less than api holds"
    )


def test_less_than_a_base_image_is_not_worth_an_image() -> None:
    assert not share(torch=90)[1].shown


def test_many_lines_are_no_way_out_of_a_shared_image() -> None:
    names = ("nets", "text", "speech")
    files = FILES | {f"app/{name}.py": FILES["app/train.py"] for name in names}
    start = "".join(f"from app.{name} import X as {name}\nprint({name})\n" for name in names)
    assert not share(files | {"app/api.py": start + "def main(): ...\n"})[1].shown
