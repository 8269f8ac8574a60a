"""Random grounds for the properties: small projects with roles, extras and imports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from extrasplit.split.ground import Ground
from split.world import Imported, deferred, guarded, startup, world

DIRECT = ("aa", "bb", "cc", "dd", "ee", "ff", "gg")
BROUGHT = ("pp", "qq", "rr", "ss")
ROLES = ("app", "board", "cron", "daemon")


@dataclass(frozen=True)
class Draft:
    """The arguments of a world, so that a property can change one and build it again."""

    arguments: dict[str, Any]

    def build(self) -> Ground:
        return world(**self.arguments)

    def with_(self, **changes: Any) -> Draft:
        return replace(self, arguments={**self.arguments, **changes})


@st.composite
def drafts(draw: st.DrawFn, *, undeclared: bool = True) -> Draft:
    direct = DIRECT[: draw(st.integers(2, len(DIRECT)))]
    extras = ("x", "y")[: draw(st.integers(0, 2))]
    homes: dict[str, list[str]] = {"": []} | {extra: [] for extra in extras}
    for name in direct:
        where = draw(st.sampled_from([("",), *((x,) for x in extras), *(("", x) for x in extras)]))
        for home in where:
            homes[home].append(name)
    written = {extra: homes[extra] for extra in extras}
    if len(extras) == 2 and draw(st.booleans()):
        written["all"] = draw(st.sampled_from([["app[x,y]"], [*homes["x"], *homes["y"]]]))
        written["all"] = list(dict.fromkeys(written["all"]))
    sizes = {n: draw(st.sampled_from([0.5, 3, 8, 20, 60, 150])) for n in (*direct, *BROUGHT)}
    brings = {n: draw(st.lists(st.sampled_from(BROUGHT), max_size=2, unique=True)) for n in direct}
    roles = ROLES[: draw(st.integers(1, 4))]
    kinds = {role: draw(st.sampled_from(["script", "streamlit", "worker"])) for role in roles}
    installs = {
        role: draw(
            st.none() | st.lists(st.sampled_from(extras), unique=True) if extras else st.none()
        )
        for role in roles
    }
    imports = {
        role: draw(st.lists(_imports((*direct, "pp") if undeclared else direct), max_size=4))
        for role in roles
    }
    return Draft(
        {
            "base": homes[""],
            "extras": written,
            "sizes": sizes,
            "brings": brings,
            "kinds": kinds,
            "installs": installs,
            "imports": imports,
            "also_locked": BROUGHT,
        }
    )


def _imports(modules: tuple[str, ...]) -> st.SearchStrategy[Imported]:
    return st.builds(
        lambda how, module, at: how(module, at=at),
        st.sampled_from([startup, startup, deferred, guarded]),
        st.sampled_from(modules),
        st.sampled_from([None, "m.py", "n.py"]),
    )
