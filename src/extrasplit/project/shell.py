"""Splits shell text into its simple commands, defaults of variables filled in.

The grammar is the POSIX shell's (sections 2.2 to 2.9) with the few words of bash that scripts use.
Every branch of `if`, `case` and loops is taken, for a script starts the same image in each of its
ways. What only the shell could know (`$(...)`, a variable without value) is left out of its word; a
word of nothing else is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from extrasplit.record import Record, field

_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)\+?=(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(r"(?P<name>[A-Za-z_]\w*|\d+|[@*#?$!-])(?P<rest>.*)", re.DOTALL)
_OPERATORS: Final = ("&&", "||", ";;&", ";;", ";&", "|&", "&>>", "&>", ";", "&", "|", "(", ")")
_REDIRECTION: Final = re.compile(r"\d*(?:<<<|<<-?|>>|<&|>&|<>|>\||<|>)")
_LEADING: Final = frozenset(
    {
        "if",
        "then",
        "elif",
        "else",
        "fi",
        "while",
        "until",
        "do",
        "done",
        "esac",
        "!",
        "{",
        "}",
        "time",
    }
)
_DEPTH: Final = 20
"""Defaults within defaults: more is no script that anybody wrote."""
_EXPORTS: Final = frozenset(("export", "declare", "typeset", "local", "readonly"))


class ShellCommand(Record):
    """One simple command."""

    words: tuple[str, ...]
    line: int
    """Counted from the text's first line, which is `first_line`."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Assignments before the command, over all variables that were set so far."""
    heredoc: str | None = None
    """The text that `<<WORD` hands to its standard input."""


def split_commands(
    text: str,
    variables: Mapping[str, str] | None = None,
    *,
    arguments: Sequence[str] | None = None,
    first_line: int = 1,
) -> tuple[ShellCommand, ...]:
    """Return the simple commands of a shell text in written order.

    `arguments` are `$1`, `$2`, ...; None means unknown, and `"$@"` is then nothing at all.
    """
    splitter = _Splitter(text, dict(variables or {}), arguments, first_line)
    splitter.run()
    return tuple(splitter.commands)


def split_words(text: str, variables: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the words of the first simple command of a text."""
    commands = split_commands(text, variables)
    return commands[0].words if commands else ()


def expand_variables(text: str, variables: Mapping[str, str]) -> str | None:
    """Fill `$X`, `${X}` and `${X:-y}` in a text; None where a variable has no value."""
    expander = _Splitter(text, dict(variables), None, 1)
    pieces: list[str] = []
    while expander.at < len(text):
        char = text[expander.at]
        if char == "\\" and text[expander.at + 1 : expander.at + 2] == "$":
            pieces.append("$")
            expander.at += 2
        elif char == "$":
            value = expander.dollar()
            if value is None:
                return None
            pieces.append(value)
        else:
            pieces.append(char)
            expander.at += 1
    return "".join(pieces)


class _Splitter:
    """One pass over a text."""

    def __init__(
        self,
        text: str,
        variables: dict[str, str],
        arguments: Sequence[str] | None,
        first_line: int,
        depth: int = 0,
    ) -> None:
        self.text = text
        self.at = 0
        self.depth = depth
        self.first_line = first_line
        self.variables = variables
        self.arguments = None if arguments is None else list(arguments)
        self.commands: list[ShellCommand] = []
        self.words: list[str] = []
        self.plain: list[bool] = []
        self.env: dict[str, str] = {}
        self.start = 0
        self.heredocs: list[tuple[str, int | None]] = []
        self.cases = 0
        self.in_pattern = False

    def run(self) -> None:
        while self.at < len(self.text):
            self.step()
        self.finish()

    def step(self) -> None:
        char = self.text[self.at]
        if char in " \t\r":
            self.at += 1
        elif self.text.startswith(("\\\n", "\\\r\n"), self.at):
            self.at = self.text.index("\n", self.at) + 1
        elif char == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
        elif char == "\n":
            self.finish()
            self.at += 1
            self.read_heredocs()
        elif redirection := _REDIRECTION.match(self.text, self.at):
            self.redirect(redirection)
        elif operator := next((o for o in _OPERATORS if self.text.startswith(o, self.at)), None):
            self.operator(operator)
        else:
            self.word()

    def operator(self, operator: str) -> None:
        self.at += len(operator)
        if operator.startswith("&>"):
            self.read_word()
        elif self.in_pattern:
            if operator == ")":
                self.clear()
                self.in_pattern = False
            elif operator == "(":
                self.clear()
        elif operator == "(" and len(self.words) == 1:
            self.clear()  # a function's name: its body follows as commands
        else:
            self.finish()
            if operator.startswith(";") and len(operator) > 1:
                self.in_pattern = self.cases > 0

    def word(self) -> None:
        if not self.words and not self.env:
            self.start = self.at
        begin = self.at
        values, quoted = self.read_word()
        raw = self.text[begin : self.at]
        if self.in_pattern:
            if raw == "esac":
                self.in_pattern, self.cases = False, self.cases - 1
                self.clear()
            return
        if not self.words and not quoted and self.reserved(raw):
            return
        assignment = _ASSIGNMENT.fullmatch(raw)
        if not self.words and assignment:
            self.env[assignment[1]] = _value_of(" ".join(values))
            return
        self.words += values
        self.plain += [not quoted] * len(values)
        self.case_begins(raw)

    def reserved(self, raw: str) -> bool:
        """Pass over a reserved word at the beginning of a command."""
        if raw in _LEADING:
            if raw == "esac" and self.cases:
                self.cases -= 1
            return True
        if raw == "function":  # bash's `function name {`: the name is no command
            while self.at < len(self.text) and self.text[self.at] in " \t":
                self.at += 1
            self.read_word()
            return True
        return False

    def case_begins(self, raw: str) -> None:
        if self.words and self.words[0] == "case" and self.plain[0] and raw == "in":
            self.clear()
            self.cases += 1
            self.in_pattern = True

    def redirect(self, redirection: re.Match[str]) -> None:
        self.at = redirection.end()
        operator = redirection[0].lstrip("0123456789")
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        begin = self.at
        self.read_word()
        if operator in ("<<", "<<-"):
            delimiter = re.sub(r"[\"'\\]", "", self.text[begin : self.at])
            index = len(self.commands) if self.words else None
            self.heredocs.append((delimiter, index))

    def read_heredocs(self) -> None:
        for delimiter, index in self.heredocs:
            lines = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = min(end + 1, len(self.text))
                if line.strip() == delimiter:
                    break
                lines.append(line)
            if index is not None and index < len(self.commands):
                command = self.commands[index]
                body = "\n".join(lines)
                self.commands[index] = ShellCommand(command.words, command.line, command.env, body)
        self.heredocs = []

    def clear(self) -> None:
        self.words, self.plain, self.env = [], [], {}

    def finish(self) -> None:
        words, env = tuple(self.words), self.env
        line = self.first_line + self.text.count("\n", 0, self.start)
        self.clear()
        if not words:
            self.variables.update(env)
            return
        if words[0] in _EXPORTS:
            for word in words[1:]:
                if assignment := _ASSIGNMENT.fullmatch(word):
                    self.variables[assignment[1]] = assignment[2]
        elif words[:2] == ("set", "--"):
            self.arguments = list(words[2:])
        elif words[0] == "shift" and self.arguments:
            self.arguments = self.arguments[1:]
        elif words[0] not in ("for", "select"):
            self.commands.append(ShellCommand(words, line, {**self.variables, **env}))

    def read_word(self) -> tuple[list[str], bool]:
        """Return the values of one word (an unquoted variable may hold several) and if quoted."""
        begin = self.at
        pieces: list[str] = [""]
        quoted = undecided = False
        while self.at < len(self.text) and not self.ends_word():
            char = self.text[self.at]
            if char == "'":
                quoted = True
                pieces[-1] += self.single()
            elif char == '"':
                quoted = self.double(pieces) or quoted
            elif char == "\\":
                pieces[-1] += self.text[self.at + 1 : self.at + 2].replace("\n", "")
                self.at += 2
            elif char in "$`":
                undecided = not self.split_variable(pieces) or undecided
            else:
                pieces[-1] += char
                self.at += 1
        if self.at == begin:  # an operator that stands where a word must: never loop
            self.at += 1
        values = [piece for piece in pieces if piece]
        return values or ([""] if quoted or undecided else []), quoted

    def ends_word(self) -> bool:
        char = self.text[self.at]
        return char in " \t\r\n;&|()<>" or self.text.startswith("\\\n", self.at)

    def single(self) -> str:
        end = self.text.find("'", self.at + 1)
        end = len(self.text) if end < 0 else end
        value = self.text[self.at + 1 : end]
        self.at = end + 1
        return value

    def double(self, pieces: list[str]) -> bool:
        """Read a double-quoted text; False where it is `"$@"` and there are no arguments."""
        self.at += 1
        if self.arguments_follow():
            words = self.arguments or []
            if words:
                pieces[-1] += words[0]
                pieces += words[1:]
            return bool(words)
        while self.at < len(self.text) and self.text[self.at] != '"':
            char = self.text[self.at]
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ("$", "`", '"', "\\", "\n"):
                pieces[-1] += self.text[self.at + 1].replace("\n", "")
                self.at += 2
            elif char in "$`":
                pieces[-1] += self.dollar() or ""
            else:
                pieces[-1] += char
                self.at += 1
        self.at += 1
        return True

    def arguments_follow(self) -> bool:
        """Take `$@"` after an opening quote: all arguments, each a word of its own."""
        for spelling in ('$@"', '${@}"', '$*"'):
            if self.text.startswith(spelling, self.at):
                self.at += len(spelling)
                return True
        return False

    def split_variable(self, pieces: list[str]) -> bool:
        """Append an unquoted expansion, split at blanks; False where it has no value."""
        if self.text.startswith(("$@", "$*"), self.at):
            self.at += 2
            pieces += self.arguments or []
            return True
        value = self.dollar()
        if value is None:
            return False
        first, *more = value.split() or [""]
        pieces[-1] += first
        pieces += more
        return True

    def dollar(self) -> str | None:
        """Read one expansion at `$` or a backtick; None where only the shell knows its value."""
        text = self.text
        if text[self.at] == "`":
            end = text.find("`", self.at + 1)
            self.at = len(text) if end < 0 else end + 1
            return None
        if text.startswith("$'", self.at):
            self.at += 1
            return self.single()
        if text.startswith("$(", self.at):
            self.at = _closing(text, self.at + 1, "(", ")")
            return None
        if text.startswith("${", self.at):
            end = _closing(text, self.at + 1, "{", "}")
            inner = text[self.at + 2 : end - 1]
            self.at = end
            return self.parameter(inner)
        self.at += 1
        name = _NAME.match(text, self.at)
        if name:
            self.at = name.end()
            return self.variables.get(name[0])
        if text[self.at : self.at + 1].isdigit():
            self.at += 1
            return self.positional(text[self.at - 1])
        if text[self.at : self.at + 1] in tuple("?#$!-"):
            self.at += 1
            return None
        return "$"

    def positional(self, digit: str) -> str | None:
        index = int(digit) - 1
        if self.arguments is None or not 0 <= index < len(self.arguments):
            return None
        return self.arguments[index]

    def parameter(self, inner: str) -> str | None:
        """Evaluate the inside of `${...}` (POSIX shell, 2.6.2)."""
        found = _PARAMETER.fullmatch(inner)
        if not found:
            return None
        name, rest = found["name"], found["rest"]
        value = self.positional(name) if name.isdigit() else self.variables.get(name)
        if not rest or rest.startswith((":?", "?")):
            return value
        for operator in (":-", "-", ":=", "="):
            if rest.startswith(operator):
                if value or (value == "" and operator[0] != ":"):
                    return value
                default = " ".join(self.inner_words(rest[len(operator) :]))
                if operator.endswith("="):
                    self.variables[name] = default
                return default
        if rest.startswith((":+", "+")) and value is not None:
            return " ".join(self.inner_words(rest.lstrip(":+"))) if value else ""
        return None

    def inner_words(self, text: str) -> list[str]:
        if self.depth > _DEPTH:
            return []
        inner = _Splitter(text, self.variables, self.arguments, 1, self.depth + 1)
        values: list[str] = []
        while inner.at < len(text):
            if text[inner.at].isspace():
                inner.at += 1
            else:
                values += inner.read_word()[0]
        return values


def _value_of(assignment: str) -> str:
    return assignment.partition("=")[2]


def _closing(text: str, at: int, opening: str, closing: str) -> int:
    """Return the position after the bracket that closes the one at `at`."""
    depth = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "'" and opening == "(":
            at = text.find("'", at + 1)
            if at < 0:
                return len(text)
        elif char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return len(text)
