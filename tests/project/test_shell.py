import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extrasplit.project.shell import expand_variables, split_commands, split_words

SCRIPT = """\
#!/bin/sh
# a comment; with && operators
set -e
: "${APP:=shop.main:app}"
export PORT=${PORT:-8000}
wait_for() { until nc -z "$1" 5432; do sleep 1; done; }
if [ "$MIGRATE" = "1" ]; then
  alembic upgrade head && echo "done; really"
fi
case "$1" in
  web|api) exec gunicorn -b 0.0.0.0:$PORT "$APP" ;;
  "worker")
    exec celery -A shop worker \\
      --loglevel=${LEVEL:-info}
    ;;
  *) exec "$@";;
esac
python - <<PY
import os; print("not a command")
PY
A=1 B="x y" uvicorn $APP > /dev/null 2>&1 &
"""


def words(text: str, **options: object) -> list[tuple[str, ...]]:
    return [command.words for command in split_commands(text, **options)]  # type: ignore[arg-type]


def test_every_branch_of_a_script_is_taken() -> None:
    found = words(SCRIPT)
    assert ("alembic", "upgrade", "head") in found
    assert ("echo", "done; really") in found
    assert ("exec", "gunicorn", "-b", "0.0.0.0:8000", "shop.main:app") in found
    assert ("exec", "celery", "-A", "shop", "worker", "--loglevel=info") in found
    assert ("exec",) in found
    assert ("uvicorn", "shop.main:app") in found
    assert not any("print" in word for command in found for word in command)


def test_what_is_handed_to_a_script_stands_for_its_arguments() -> None:
    found = words(SCRIPT, arguments=["streamlit", "run", "a b.py"])
    assert ("exec", "streamlit", "run", "a b.py") in found


def test_variables_of_the_environment_overrule_defaults() -> None:
    found = words(SCRIPT, variables={"PORT": "9", "APP": "x:y"})
    assert ("exec", "gunicorn", "-b", "0.0.0.0:9", "x:y") in found


def test_commands_know_line_environment_and_here_document() -> None:
    commands = split_commands(SCRIPT)
    by_name = {command.words[0]: command for command in commands}
    assert by_name["alembic"].line == 8
    assert by_name["uvicorn"].line == 21
    assert by_name["uvicorn"].env["B"] == "x y"
    assert by_name["uvicorn"].env["APP"] == "shop.main:app"
    assert by_name["python"].heredoc == 'import os; print("not a command")'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ${X:-b c} d", ("a", "b", "c", "d")),
        ('a "${X:-b c}" d', ("a", "b c", "d")),
        ("a ${X-}", ("a",)),
        ("a ${X:-${Y:-z}}", ("a", "z")),
        ("a $X", ("a", "")),
        ("a b$X", ("a", "b")),
        ("a $(date +%s) b", ("a", "", "b")),
        ("a `date` b", ("a", "", "b")),
        ("a 'b $X' c\\ d", ("a", "b $X", "c d")),
        ('a "b \\"c\\" \\$X"', ("a", 'b "c" $X')),
        ("a # b", ("a",)),
        ("a b#c", ("a", "b#c")),
        ("a $'b'", ("a", "b")),
        ("a $", ("a", "$")),
        ("a $((1 + 2)) b", ("a", "", "b")),
        ("a \\\n  b", ("a", "b")),
        ("! a", ("a",)),
        ("time a", ("a",)),
        ("function f { a; }", ("a",)),
        ("( cd x && a )", ("cd", "x")),
        ("a >out 2>&1 <in b", ("a", "b")),
        ("", ()),
    ],
)
def test_one_word_after_the_other(text: str, expected: tuple[str, ...]) -> None:
    assert split_words(text) == expected


def test_set_and_shift_change_the_arguments() -> None:
    assert words('set -- python x.py "$@"\nexec "$@"', arguments=["web"])[-1] == (
        "exec",
        "python",
        "x.py",
        "web",
    )
    assert words('shift\nexec "$@"', arguments=["a", "b"])[-1] == ("exec", "b")
    assert words('exec $1 "${2}" $9', arguments=["a", "b"])[-1] == ("exec", "a", "b", "")


def test_alternative_values_need_a_value() -> None:
    assert split_words("a ${X:+b}", {"X": "1"}) == ("a", "b")
    assert split_words("a ${X:+b}") == ("a", "")


def test_defaults_within_defaults_end_somewhere() -> None:
    assert split_words("a " + "${X:-" * 2000 + "b" + "}" * 2000)[0] == "a"


def test_variables_in_a_text_are_filled_or_none() -> None:
    assert expand_variables("/x/${A:-b}/$C", {"C": "d"}) == "/x/b/d"
    assert expand_variables("/x/$C", {}) is None
    assert expand_variables("\\$C", {}) == "$C"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab \t\n'\"\\$`{}()<>|&;#=:-@1/", max_size=30))
def test_any_text_comes_to_an_end(text: str) -> None:
    for command in split_commands(text, {"a": "b"}, arguments=["x"]):
        assert command.words
        assert command.line >= 1


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell here")
def test_words_are_those_of_a_real_shell() -> None:
    lines = [
        "x ${A:-b c} 'd e' \"f $B g\" h\\ i",
        "x \"$B\"'c'd ${B}e ${B:-no} ''",
        'x "a\\"b" \'c"d\' e\\\\f "$B$B" # end',
        "x ${N:-${B:-z}} \"${N:-}\" a=b --c='d e'",
    ]
    for line in lines:
        script = 'x() { for w in "$@"; do printf "[%s]" "$w"; done; }\n' + line
        out = subprocess.run(
            ["sh", "-c", script], env={"B": "bee"}, capture_output=True, text=True, check=True
        ).stdout
        ours = split_words(line, {"B": "bee"})[1:]
        assert "".join(f"[{word}]" for word in ours) == out
