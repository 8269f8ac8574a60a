from support.started import World, make_world

FILES = {"shop/__init__.py": "", "shop/web.py": "", "scripts/gen.py": "", "shop/dash.py": ""}


def world(path: str, text: str) -> World:
    return make_world({**FILES, path: text})


def test_recipes_are_read_for_servers_alone() -> None:
    text = (
        "PORT := 80\n.PHONY: run\n"
        "run: deps ## start it\n\t@uvicorn shop.web:app \\\n\t\t--port $(PORT)\n"
        "gen:\n\tpython scripts/gen.py\n\tpytest -q\n\talembic upgrade head\n"
        "X = streamlit run shop/dash.py\n"
    )
    found = world("Makefile", text)
    assert found.names == ["web"]
    assert str(found["web"].found_in) == "Makefile:4"
    assert found["web"].origin == "other"


def test_a_justfile_is_read_like_a_makefile() -> None:
    found = world("justfile", "dash port='80':\n    uv run streamlit run shop/dash.py {{port}}\n")
    assert found.names == ["dash"]


def test_workflows_are_read_for_servers_alone() -> None:
    text = (
        "on: push\njobs:\n  t:\n    steps:\n      - uses: actions/checkout@v4\n"
        "      - run: |\n          pytest\n          python scripts/gen.py\n"
        "      - run: uv run uvicorn shop.web:app --port ${{ env.PORT }} &\n"
    )
    assert world(".github/workflows/ci.yml", text).names == ["web"]
    assert world(".github/workflows/ci.yml", "\tbroken").names == ["library"]
    assert world("other/ci.yml", text).names == ["library"]
