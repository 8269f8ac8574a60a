"""Reads the commands that calls start: argv words, shell text, file paths.

Most start another process. Streamlit's own functions go on as `streamlit run FILE` in this one: the
app is a role of the project all the same.
"""

from __future__ import annotations

import ast
import posixpath
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from extrasplit.imports.names import dotted, resolve
from extrasplit.imports.strings import Constants, elements_of, fold_string

_ARGV: Final = "argv"
_SHELL: Final = "shell"
_WORDS: Final = "words"
_FILE: Final = "file"

STARTERS: Final[dict[str, tuple[str, int]]] = {
    **dict.fromkeys(
        (
            "subprocess.run",
            "subprocess.call",
            "subprocess.check_call",
            "subprocess.check_output",
            "subprocess.Popen",
            "pty.spawn",
            "anyio.run_process",
            "anyio.open_process",
            "trio.run_process",
        ),
        (_ARGV, 0),
    ),
    **dict.fromkeys(
        (
            "os.system",
            "os.popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "asyncio.create_subprocess_shell",
        ),
        (_SHELL, 0),
    ),
    "asyncio.create_subprocess_exec": (_WORDS, 0),
    **dict.fromkeys((f"os.execv{end}" for end in ("", "e", "p", "pe")), (_ARGV, 1)),
    **dict.fromkeys((f"os.execl{end}" for end in ("", "e", "p", "pe")), (_WORDS, 1)),
    **dict.fromkeys((f"os.spawnv{end}" for end in ("", "e", "p", "pe")), (_ARGV, 2)),
    **dict.fromkeys((f"os.spawnl{end}" for end in ("", "e", "p", "pe")), (_WORDS, 2)),
    "os.posix_spawn": (_ARGV, 1),
    "os.posix_spawnp": (_ARGV, 1),
    "streamlit.web.cli.main": (_ARGV, 0),
    "streamlit.web.cli.main_run": (_FILE, 0),
    "streamlit.web.bootstrap.run": (_FILE, 0),
}
"""Functions of the standard library, of its async peers and of Streamlit, that start a command:
what they take, and the position of the first argument that is part of it."""

_PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    "streamlit.web.cli.main": ("streamlit",),
    "streamlit.web.cli.main_run": ("streamlit", "run"),
    "streamlit.web.bootstrap.run": ("streamlit", "run"),
}
"""The words that a function itself stands for, before those that it is given."""

_SEPARATORS: Final = frozenset({"&&", "||", ";", "|", "&"})
_UNKNOWN: Final = "\0"

_KEPT: Final = frozenset(
    {
        "str",
        "os.fspath",
        "os.path.abspath",
        "os.path.realpath",
        "os.path.normpath",
        "os.path.expanduser",
        "pathlib.Path",
        "pathlib.PurePath",
        "pathlib.PosixPath",
        "shutil.which",
        "shlex.quote",
    }
)
"""Functions whose result names the same file or program as their only argument."""
_KEPT_METHODS: Final = frozenset({"resolve", "absolute", "as_posix", "expanduser", "__str__"})


def commands_of(
    call: ast.Call, origins: Mapping[str, str], constants: Constants
) -> Iterator[tuple[str, ...]]:
    """Yield the argv of each command that a call starts; undecided words are empty."""
    name = dotted(call.func)
    origin = resolve(name, origins) if name else ""
    starter = STARTERS.get(origin)
    if starter is None:
        return
    kind, first = starter
    reader = _Words(origins, constants)
    arguments = call.args[first:]
    if not arguments:
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        named = keywords.get("args") or keywords.get("cmd") or keywords.get("command")
        if named is None:
            return
        arguments = [named]
    if kind == _FILE:
        commands = [[reader.word(arguments[0]) or ""]]
    elif kind == _WORDS:
        # `execle` and its kin end with the environment
        commands = [[word for each in arguments for word in reader.splice(each)]]
    elif kind == _SHELL or reader.is_text(arguments[0]):
        commands = list(_shell_commands(reader.shell_text(arguments[0])))
    else:
        commands = [reader.argv(arguments[0])]
    for words in commands:
        if any(words):
            yield (*_PROGRAMS.get(origin, ()), *words)


def argv_of(node: ast.expr, origins: Mapping[str, str], constants: Constants) -> tuple[str, ...]:
    """Return the words of an expression that is an argv (`sys.argv = [...]`)."""
    return tuple(_Words(origins, constants).argv(node))


def _shell_commands(text: str) -> Iterator[list[str]]:
    """Split shell text into the words of its simple commands."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        for token in lexer:
            if token in _SEPARATORS:
                yield words
                words = []
            elif words or "=" not in token or _UNKNOWN in token:
                words.append("" if _UNKNOWN in token else token)
    except ValueError:  # no closing quotation
        return
    yield words


class _Words:
    def __init__(self, origins: Mapping[str, str], constants: Constants) -> None:
        self._origins = origins
        self._constants = constants
        self._steps = 0

    def is_text(self, node: ast.expr) -> bool:
        """Tell whether the command is one string instead of a list."""
        node = self._value_of(node)
        return isinstance(node, ast.JoinedStr) or fold_string(node, self._constants) is not None

    def argv(self, node: ast.expr) -> list[str]:
        """Return the words of a list, a concatenation of lists, or a name that stands for one."""
        self._steps += 1
        node = self._value_of(node)
        if self._steps > 200:
            return [""]
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return [word for element in elements for word in self.splice(element)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.argv(left) + self.argv(right)
            case ast.Call(func=function, args=[inner, *_]):
                name = resolve(dotted(function) or "", self._origins)
                if name in ("list", "tuple"):
                    return self.argv(inner)
                if name == "shlex.split":
                    return next(_shell_commands(self.shell_text(inner)), [""])
        return [""]

    def splice(self, node: ast.expr) -> list[str]:
        """Return the word of one element of an argv, or the words of a starred one."""
        if not isinstance(node, ast.Starred):
            return [self.word(node) or ""]
        if elements_of(node.value, self._constants) is None:
            return [""]
        return self.argv(node.value)

    def shell_text(self, node: ast.expr) -> str:
        """Return shell text with a mark where a part of it can't be read."""
        node = self._value_of(node)
        if isinstance(node, ast.JoinedStr):
            parts = (p.value if isinstance(p, ast.FormattedValue) else p for p in node.values)
            return "".join(
                _UNKNOWN if (word := self.word(part)) is None else word for part in parts
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return "".join(self.shell_text(part) for part in (node.left, node.right))
        return _UNKNOWN if (word := self.word(node)) is None else word

    def word(self, node: ast.expr) -> str | None:
        """Return the text of a program name, an option or a path; None where it can't be read."""
        self._steps += 1
        if self._steps > 200:
            return None
        folded = fold_string(node, self._constants)
        if folded is not None:
            return folded
        node = self._value_of(node)
        match node:
            case ast.JoinedStr(values=values):
                parts = (p.value if isinstance(p, ast.FormattedValue) else p for p in values)
                words = [self.word(part) for part in parts]
                return None if None in words else "".join(word or "" for word in words)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined([left, right])
            case ast.Attribute(value=ast.Name(id=module), attr="__file__"):
                return f"{{{self._origins[module]}}}" if module in self._origins else None
            case ast.Attribute(value=inner, attr="parent"):
                return _parent(self.word(inner))
            case ast.Subscript(
                value=ast.Attribute(value=inner, attr="parents"), slice=ast.Constant(value=int(n))
            ):
                path = self.word(inner)
                for _ in range(min(n, 20) + 1):
                    path = _parent(path)
                return path
            case ast.Attribute() if resolve(dotted(node) or "", self._origins) == "sys.executable":
                return "python"
            case ast.Name() if self._origins.get(node.id) == "sys.executable":
                return "python"
            case ast.Call():
                return self._call(node)
        return None

    def _call(self, node: ast.Call) -> str | None:
        name = resolve(dotted(node.func) or "", self._origins)
        if name in _KEPT and len(node.args) == 1:
            return self.word(node.args[0])
        if name in ("os.path.join", "pathlib.Path"):
            return self._joined(node.args)
        if name == "os.path.dirname" and len(node.args) == 1:
            return _parent(self.word(node.args[0]))
        if not isinstance(node.func, ast.Attribute):
            return None
        owner, method = node.func.value, node.func.attr
        if method in _KEPT_METHODS:
            return self.word(owner)
        if method == "joinpath":
            return self._joined([owner, *node.args])
        if method == "with_name" and len(node.args) == 1:
            return _join([_parent(self.word(owner)), self.word(node.args[0])])
        return None

    def _joined(self, parts: list[ast.expr]) -> str | None:
        return _join([self.word(part) for part in parts])

    def _value_of(self, node: ast.expr) -> ast.expr:
        """Follow a name to the first expression that it was bound to."""
        for _ in range(20):
            bindings = self._constants.of(node.id) if isinstance(node, ast.Name) else None
            if not bindings or bindings[0].element or bindings[0].index is not None:
                break
            node = bindings[0].value
        return node


def _join(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return posixpath.join(*known) if known and len(known) == len(parts) else None


def _parent(path: str | None) -> str | None:
    """Return the folder of a path; of `{file}` it is `{folder}`, of that one `{folder}/..`."""
    if path is None:
        return None
    if path == "{file}":
        return "{folder}"
    if path == "{folder}" or path.endswith("/.."):
        return f"{path}/.."
    return posixpath.dirname(path) or None
