import pytest
from packaging.utils import canonicalize_name

from extrasplit.project.shell import split_commands
from extrasplit.project.starts.installs import NOTHING, Installed, after_command

SHOP = canonicalize_name("My.Shop")


def installed(text: str) -> Installed:
    state = NOTHING
    for command in split_commands(text):
        state = after_command(state, command.words, SHOP)
    return state


@pytest.mark.parametrize(
    ("text", "extras"),
    [
        ("uv sync --frozen --no-dev", ()),
        ("uv sync --frozen --extra Web_UI --extra=more", ("web-ui", "more")),
        ("uv sync --no-install-project --extra a && uv sync --extra b", ("b",)),
        ("uv sync --extra a && uv sync --inexact --extra b", ("a", "b")),
        ("uv --directory /app sync --extra a", ("a",)),
        ("uv sync --only-group lint", None),
        ("UV_LINK_MODE=copy uv sync --extra a", ("a",)),
        ("pip install .", ()),
        ("pip install --no-cache-dir '.[web,more]'", ("web", "more")),
        ("pip3 install -e .[web]", ("web",)),
        ("python -m pip install --editable=.[web]", ("web",)),
        ("pip install /app[web]", ("web",)),
        ("pip install 'my_shop[web]==1.2'", ("web",)),
        ("pip install my-shop", ()),
        ("pip install dist/*.whl", ()),
        ("pip install /dist/my_shop-1.2-py3-none-any.whl[web]", ("web",)),
        ("pip install 'my-shop[web] @ file:///app'", ("web",)),
        ("pip install -r requirements.txt", None),
        ("pip install -r requirements.txt && pip install --no-deps .", None),
        ("pip install flask uvicorn[standard]", None),
        ("pip install ./libs/other", None),
        ("pip install -c . flask", None),
        ("uv pip install --system -r pyproject.toml --extra web", ("web",)),
        ("uv pip install '.[web]'", ("web",)),
        ("uv export --extra web -o r.txt && pip install -r r.txt", ("web",)),
        ("uv pip compile pyproject.toml --extra web -o r.txt", ("web",)),
        ("pip-compile --extra web", ("web",)),
        ("uv run --extra web python manage.py collectstatic", ("web",)),
        ("poetry install --no-root -E web --extras 'a b'", ("web", "a", "b")),
        ("pdm sync --prod -G web", ("web",)),
        ("uv sync --extra $EXTRA", None),
        ("apt-get install -y gcc && rm -rf /x", None),
        ("npm install .", None),
    ],
)
def test_extras_of_a_build_step(text: str, extras: tuple[str, ...] | None) -> None:
    assert installed(text) == Installed(extras)  # type: ignore[arg-type]


def test_all_extras_are_told_apart() -> None:
    assert installed("uv sync --all-extras") == Installed((), True)
    assert installed("uv pip install -r pyproject.toml --all-extras") == Installed((), True)
    assert installed("poetry install --all-extras") == Installed((), True)
