import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.project.wrappers import WRAPPERS, program_of, unwrap

WORDS = ["", "--", "-c", "-lc", "sh", "bash", "su", "exec", "A=1", "python", "-S", "-m", *WRAPPERS]


@pytest.mark.parametrize(
    ("words", "inner"),
    [
        ("exec -a name x y", "x y"),
        ("env -u A -i B=c x", "x"),
        ("sudo -E -u me x", "x"),
        ("chpst -u app:app x", "x"),
        ("runuser -u app -- x", "x"),
        ("with-contenv x", "x"),
        ("setpriv --reuid=1 --clear-groups x", "x"),
        ("ionice -c 3 nice -n 10 x", "x"),
        ("poetry run x", "x"),
        ("conda run --no-capture-output -n base x", "x"),
        ("hatch run x", "x"),
        ("accelerate launch --num_processes 2 x.py", "x.py"),
        ("watchmedo auto-restart -d . -p *.py -- x", "x"),
        ("chamber exec prod -- x", "x"),
        ("poetry install", "poetry install"),
        ("uv sync", "uv sync"),
        ("sh x.sh", "sh x.sh"),
        ("", ""),
    ],
)
def test_the_command_inside_is_what_counts(words: str, inner: str) -> None:
    assert " ".join(unwrap(words.split()).words) == inner


def test_variables_folders_and_distributions_are_kept() -> None:
    found = unwrap(["A=1", "env", "B=2", "-C", "dir", "ddtrace-run", "x"], {"A": "0", "C": "3"})
    assert dict(found.env) == {"A": "1", "B": "2", "C": "3"}
    assert found.wrapped_by == ()
    found = unwrap(["A=1", "env", "-C", "dir", "B=2", "ddtrace-run", "x"])
    assert found.words == ("x",)
    assert found.directory == "dir"
    assert found.wrapped_by == ("ddtrace",)


def test_a_shell_text_is_handed_out() -> None:
    assert unwrap(["/bin/bash", "-lc", "x && y"]).shell_text == "x && y"
    assert unwrap(["su", "me", "-c", "x"]).shell_text == "x"
    assert unwrap(["sh", "x.sh"]).shell_text is None


def test_a_program_is_known_by_its_last_name() -> None:
    assert program_of("/app/.venv/bin/uvicorn") == "uvicorn"
    assert program_of("C:\\venv\\Scripts\\uvicorn.exe") == "uvicorn"


@pytest.mark.parametrize("shell", ["sh", "bash", "su"])
def test_a_shell_whose_text_could_not_be_decided_stays(shell: str) -> None:
    found = unwrap((shell, "-c", ""))
    assert found.words == (shell, "-c", "")
    assert found.shell_text is None


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS), max_size=6))
def test_every_command_comes_to_an_end(words: list[str]) -> None:
    found = unwrap(tuple(words))
    assert unwrap(found.words).words == found.words
