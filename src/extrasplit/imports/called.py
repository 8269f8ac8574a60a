"""Names what a file's top level may call, and what a file defines, without parsing it.

A look that spares most files the reading of their calls (`sure`): of a thousand modules few call
the project's own code while they are imported. It names too much rather than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from extrasplit.imports.skeleton import skeleton_of
from extrasplit.imports.sure import RUNNERS
from extrasplit.record import Record, field

_WORD: Final = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
_DOTTED: Final = _WORD + rb"(?:\s*+\.\s*+" + _WORD + rb")*+"
_FUNCTION: Final = re.compile(rb"(?:async[ \t]+)?def[ \t]+" + _WORD)
_CLASS: Final = re.compile(rb"class[ \t]+" + _WORD)
_DEFINED: Final = re.compile(
    rb"\n([ \t]*+)(?:async[ \t]+)?(?:(def|class)[ \t]+("
    + _WORD
    + rb")|(?:if|elif|else|try|except|finally|with|for|while|match|case)\b)"
)
_HEAD_ENDS: Final = re.compile(rb"[^#]*:[ \t]*(?:#.*)?\Z")
_BEFORE: Final = rb"(?<![\w\x80-\xff.])"
_CALLED: Final = re.compile(_BEFORE + rb"(" + _DOTTED + rb")\s*+\(")
_DECORATES: Final = re.compile(rb"@\s*+(" + _DOTTED + rb")")
_IN_BRACKETS: Final = re.compile(rb"\(\s*+(" + _DOTTED + rb")\s*+\)\s*+\(")
_ON_WHAT_IS_MADE: Final = re.compile(rb"\)\s*+\.\s*+(" + _WORD + rb")\s*+\(")
_HANDED: Final = re.compile(rb"\(\s*+(" + _DOTTED + rb")")
_RENAMED: Final = re.compile(
    rb"^[ \t]*(" + _WORD + rb")[ \t]*=[ \t]*(" + _DOTTED + rb")[ \t]*(?:[(;#]|$)", re.M
)
_RUN_WHAT_THEY_ARE_HANDED: Final = {name.partition(".")[0].encode() for name in RUNNERS}
_BLANK: Final = re.compile(rb"\s+")
_OPENS: Final = (b"def", b"async", b"class")
_HASH: Final = ord("#")
_CLOSES: Final = frozenset(b")]}")


class Called(Record):
    """The names by which the top level of a file may call something."""

    names: frozenset[str] = frozenset()
    """Dotted, as they are written."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """A name that is called, with what it may stand for, or be made by."""
    methods: frozenset[str] = frozenset()
    """Names of methods that may be called of what a call returns."""


class Defined(Record):
    """The qualified names of what a file defines, under whichever conditions."""

    functions: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()


def called_at_top(data: bytes) -> Called | None:
    """Return what a source may call at its top level; None where it isn't sure what is a string."""
    skeleton = skeleton_of(data)
    if skeleton is None:
        return None
    text = b"\n".join(_top_lines(skeleton.code)).replace(b"\\\n", b" ")
    found = {*_CALLED.findall(text), *_DECORATES.findall(text), *_IN_BRACKETS.findall(text)}
    if any(word in data for word in _RUN_WHAT_THEY_ARE_HANDED):
        found.update(_HANDED.findall(text))
    renamed = _RENAMED.findall(text)
    return Called(
        frozenset(map(_text, found)),
        {_text(name): _text(of) for name, of in renamed},
        frozenset(map(_text, _ON_WHAT_IS_MADE.findall(text))),
    )


def defined_in(data: bytes) -> Defined | None:
    """Return what a source defines; None where it isn't sure what is a string."""
    skeleton = skeleton_of(data)
    if skeleton is None:
        return None
    functions: set[str] = set()
    classes: set[str] = set()
    around: list[tuple[int, str]] = []
    for indent, kind, word in _DEFINED.findall(b"\n" + skeleton.code):
        while around and around[-1][0] >= len(indent):
            around.pop()
        if not word:
            continue  # a block whose functions are none of the function's before it
        name = f"{around[-1][1]}.{_text(word)}" if around else _text(word)
        (classes if kind == b"class" else functions).add(name)
        around.append((len(indent), name))
    return Defined(frozenset(functions), frozenset(classes))


def _text(name: bytes) -> str:
    return _BLANK.sub(b"", name).decode(errors="replace")


def _top_lines(code: bytes) -> Iterator[bytes]:
    """Yield the lines that no function holds; of the head of a function or class not its name."""
    function = -1  # the indent of the one that is passed over
    in_head = False
    for line in code.split(b"\n"):
        text = line.lstrip()
        if not text or text[0] == _HASH:
            continue
        indent = len(line) - len(text)
        if function >= 0:
            if indent > function or (in_head and text[0] in _CLOSES):
                if in_head:
                    yield text
                    in_head = not _HEAD_ENDS.match(text)
                continue
            function, in_head = -1, False
        if text.startswith(_OPENS):
            head = _FUNCTION.match(text)
            if head is not None:
                text = text[head.end() :]
                function, in_head = indent, not _HEAD_ENDS.match(text)
            elif (head := _CLASS.match(text)) is not None:
                text = text[head.end() :]
            if head is not None:
                yield b";" + text
                continue
        yield text
