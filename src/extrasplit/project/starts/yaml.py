"""Reads the part of YAML 1.2 that compose files and workflows are written in.

Block and flow collections, every scalar style, anchors, aliases and merge keys; each value knows
its line. A text beyond that (tags that build objects, `? ` keys, tabs as indentation) raises
`NotRead`, which the caller reports: no answer is better than a wrong one. A whole YAML library
would be a dependency for two files' sake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from extrasplit.record import Record

_KEY: Final = re.compile(
    r"(?P<key>\"(?:\\.|[^\"\\])*\"|'(?:[^']|'')*'|[^\s#\[\]{},&*!|>'\"%@`?:-][^#]*?|"
    r"[?:-][^\s#][^#]*?|<<)\s*:(?=\s|$)"
)
_COMMENT: Final = re.compile(r"(?:^|\s)#.*$")
_PROPERTY: Final = re.compile(r"([&!])(\S*)(?:\s+|$)")
_BLOCK: Final = re.compile(r"[|>](?P<indicators>[+\-0-9]*)\s*(?:#.*)?$")
_DEPTH: Final = 60


class NotRead(Exception):  # noqa: N818 - it says what did not happen
    """The text holds YAML that this reader does not know."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line = line


class Node(Record):
    """One value."""

    value: str | tuple[Node, ...] | Mapping[str, Node] | None
    """Scalars stay text: `8501` is "8501"."""
    line: int
    """Counted from 1."""

    def get(self, *keys: str) -> Node | None:
        """Return what stands under nested keys, None where one is missing."""
        node: Node | None = self
        for key in keys:
            node = node.value.get(key) if node and isinstance(node.value, Mapping) else None
        return node

    @property
    def items(self) -> Mapping[str, Node]:
        """The entries of a mapping; empty for all else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def entries(self) -> tuple[Node, ...]:
        """The entries of a sequence; empty for all else."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def text(self) -> str | None:
        """The text of a scalar; None for all else."""
        return self.value if isinstance(self.value, str) else None


def read_yaml(text: str) -> Node:
    """Return the first document of a text. Raises NotRead, with the line, where it can't."""
    return _Reader(text).document()


class _Reader:
    """Walks the lines by their indentation."""

    def __init__(self, text: str) -> None:
        self.lines = text.lstrip("\ufeff").splitlines()
        self.at = 0
        self.anchors: dict[str, Node] = {}
        self.depth = 0

    def document(self) -> Node:
        while (line := self.peek()) is not None and line.startswith(("%", "---")):
            rest = line[3:].strip() if line.startswith("---") else ""
            if rest and not rest.startswith("#"):
                raise NotRead(self.at + 1, "a document that begins behind ---")
            self.at += 1
        line = self.peek()
        if line is None:
            return Node(None, 1)
        node = self.block(_indent(line))
        rest_line = self.peek()
        if rest_line is not None and not rest_line.startswith(("---", "...")):
            raise NotRead(self.at + 1, "an indentation that fits nothing above")
        return node

    def peek(self) -> str | None:
        """Return the next line that says something, without moving past it."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            stripped = line.strip()
            if stripped and not stripped.startswith("#"):
                if line[: len(line) - len(line.lstrip())].count("\t"):
                    raise NotRead(self.at + 1, "a tab as indentation")
                return line
            self.at += 1
        return None

    def block(self, indent: int) -> Node:
        """Read the collection or scalar whose lines are indented so."""
        self.depth += 1
        if self.depth > _DEPTH:
            raise NotRead(self.at + 1, "deeper nesting than any such file has")
        line = self.lines[self.at]
        content = line[indent:]
        if content.startswith("- ") or content.rstrip() == "-":
            node = self.sequence(indent)
        elif _KEY.match(content):
            node = self.mapping(indent)
        else:
            node = self.inline(content, self.at + 1, indent - 1)
        self.depth -= 1
        return node

    def sequence(self, indent: int) -> Node:
        start = self.at + 1
        found: list[Node] = []
        while (line := self.peek()) is not None and _indent(line) == indent:
            content = line[indent:]
            if not (content.startswith("- ") or content.rstrip() == "-"):
                break
            after = content[1:]
            inner = indent + 1 + len(after) - len(after.lstrip())
            stripped = _COMMENT.sub("", after).strip()
            if not stripped:
                self.at += 1
                found.append(self.below(indent, self.at))
            elif stripped.startswith("- ") or (
                _KEY.match(stripped) and not stripped.startswith(("&", "*", "!"))
            ):
                # the item's own line is the first of a collection indented by the dash
                self.lines[self.at] = " " * inner + after.lstrip()
                found.append(self.block(inner))
            else:
                found.append(self.inline(after.strip(), self.at + 1, indent))
        return Node(tuple(found), start)

    def mapping(self, indent: int) -> Node:
        start = self.at + 1
        found: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        while (line := self.peek()) is not None and _indent(line) == indent:
            key = _KEY.match(line, indent) or _KEY.match(line[indent:])
            if key is None or line[indent:].startswith(("- ", "---", "...")):
                break
            name = _scalar(key["key"])
            content = line[indent:][len(key[0]) :] if key.start() == 0 else line[key.end() :]
            value = self.inline(content.strip(), self.at + 1, indent)
            if name == "<<":
                for source in value.entries or (value,):
                    merged = {**source.items, **merged}
            else:
                found[name] = value
        return Node({**merged, **found}, start)

    def below(self, indent: int, line: int, *, same: bool = False) -> Node:
        """Read the block under a key or dash: deeper, or for a key's sequence as deep."""
        following = self.peek()
        if following is None:
            return Node(None, line)
        deeper = _indent(following)
        is_item = following[deeper:].startswith("- ") or following.strip() == "-"
        if deeper > indent or (same and deeper == indent and is_item):
            return self.block(deeper)
        return Node(None, line)

    def inline(self, content: str, line: int, indent: int) -> Node:
        """Read what stands behind a key or dash; its line is the current one."""
        anchor = None
        while found := _PROPERTY.match(content):
            if found[1] == "&":
                anchor = found[2]
            content = content[found.end() :]
        node = self.value(content, line, indent)
        if anchor:
            self.anchors[anchor] = node
        return node

    def value(self, content: str, line: int, indent: int) -> Node:
        bare = _COMMENT.sub("", content).strip() if content[:1] not in "\"'" else content.strip()
        if not bare or bare.startswith("#"):
            self.at += 1
            return self.below(indent, line, same=True)
        if bare.startswith("*"):
            self.at += 1
            if bare[1:] not in self.anchors:
                raise NotRead(line, f"the alias {bare} of no anchor above")
            return self.anchors[bare[1:]]
        if bare.startswith("? "):
            raise NotRead(line, "a complex key")
        if block := _BLOCK.match(content):
            self.at += 1
            return Node(self.block_scalar(content[0], block["indicators"], indent), line)
        if bare[0] in "[{":
            return self.flow(content, line)
        if bare[0] in "\"'":
            return self.quoted(content, line)
        self.at += 1
        return Node(self.plain(bare, indent), line)

    def plain(self, first: str, indent: int) -> str | None:
        """Read a plain scalar: deeper lines go on with it."""
        parts = [first]
        while (line := self.peek()) is not None and _indent(line) > indent:
            parts.append(_COMMENT.sub("", line).strip())
            self.at += 1
        text = " ".join(parts)
        return None if text in ("~", "null", "Null", "NULL") else text

    def quoted(self, content: str, line: int) -> Node:
        """Read a quoted scalar, over several lines where it is not closed on the first."""
        text = content
        self.at += 1
        while not _closed(text):
            if self.at >= len(self.lines):
                raise NotRead(line, "a quote that is never closed")
            text = f"{text} {self.lines[self.at].strip()}"
            self.at += 1
        return Node(_scalar(_closed(text)), line)

    def block_scalar(self, style: str, indicators: str, indent: int) -> str:
        """Read a literal (|) or folded (>) text."""
        lines: list[str] = []
        digits = re.sub(r"\D", "", indicators)
        inner = max(indent, 0) + int(digits) if digits else None
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip():
                inner = _indent(line) if inner is None else inner
                if inner <= indent or _indent(line) < inner:
                    break
            lines.append("" if inner is None else line[inner:])
            self.at += 1
        text = (_folded(lines) if style == ">" else "\n".join(lines)).rstrip("\n")
        return text if "-" in indicators else f"{text}\n"

    def flow(self, content: str, line: int) -> Node:
        """Read `[a, b]` or `{a: b}`, over as many lines as it takes."""
        text = _uncommented(content)
        self.at += 1
        while (end := _flow_end(text)) is None:
            if self.at >= len(self.lines):
                raise NotRead(line, "a bracket that is never closed")
            text = f"{text} {_uncommented(self.lines[self.at]).strip()}"
            self.at += 1
        return _Flow(text[:end], line, self.anchors).read()


class _Flow:
    """Reads one flow collection whose text is complete."""

    def __init__(self, text: str, line: int, anchors: Mapping[str, Node]) -> None:
        self.text = text
        self.at = 0
        self.line = line
        self.anchors = anchors

    def read(self, depth: int = 0) -> Node:
        if depth > _DEPTH:
            raise NotRead(self.line, "deeper nesting than any such file has")
        self.skip()
        char = self.text[self.at : self.at + 1]
        if char == "[":
            return Node(tuple(self.sequence(depth)), self.line)
        if char == "{":
            return Node(self.mapping(depth), self.line)
        word = self.scalar()
        if word.startswith("*"):
            if word[1:] not in self.anchors:
                raise NotRead(self.line, f"the alias {word} of no anchor above")
            return self.anchors[word[1:]]
        return Node(_scalar(word), self.line)

    def skip(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def more(self, closing: str) -> bool:
        self.skip()
        if self.text[self.at : self.at + 1] == ",":
            self.at += 1
            self.skip()
        if self.at >= len(self.text):
            raise NotRead(self.line, "a flow collection that is never closed")
        if self.text[self.at] == closing:
            self.at += 1
            return False
        return True

    def sequence(self, depth: int) -> list[Node]:
        self.at += 1
        found = []
        while self.more("]"):
            begin = self.at
            found.append(self.read(depth + 1))
            if self.at == begin:
                raise NotRead(self.line, "a flow collection of another kind")
        return found

    def mapping(self, depth: int) -> dict[str, Node]:
        self.at += 1
        found: dict[str, Node] = {}
        while self.more("}"):
            begin = self.at
            key = _scalar(self.scalar(in_key=True))
            self.skip()
            if self.text[self.at : self.at + 1] == ":":
                self.at += 1
                self.skip()
                empty = self.text[self.at : self.at + 1] in (",", "}")
                found[key] = Node(None, self.line) if empty else self.read(depth + 1)
            else:
                found[key] = Node(None, self.line)
            if self.at == begin:
                raise NotRead(self.line, "a flow collection of another kind")
        return found

    def scalar(self, *, in_key: bool = False) -> str:
        quoted = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:[^']|'')*'").match(self.text, self.at)
        if quoted:
            self.at = quoted.end()
            return quoted[0]
        pattern = r"(?:[^,\[\]{}:]|:(?!\s|$|[,\[\]{}]))*" if in_key else r"[^,\[\]{}]*"
        plain = re.compile(pattern).match(self.text, self.at)
        if plain:
            self.at = plain.end()
        return plain[0].strip() if plain else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _folded(lines: list[str]) -> str:
    """Join the lines of a folded text (YAML 1.2, 8.1.3): what is indented deeper stays as it is."""
    text, previous, blank = "", "", 0
    for line in lines:
        if not line:
            blank += 1
            continue
        if previous and not (line[0] in " \t" or previous[0] in " \t"):
            text += "\n" * blank or " "
        elif previous:
            text += "\n" * (blank + 1)
        else:
            text += "\n" * blank
        text, previous, blank = text + line, line, 0
    return text


def _uncommented(line: str) -> str:
    """Return a line of a flow collection without its comment; quotes may hold a `#`."""
    quoted = r"(\"(?:\\.|[^\"\\])*\"|'(?:[^']|'')*')"
    return re.sub(rf"{quoted}|(?:^|\s)#.*$", lambda m: m[1] or "", line)


def _closed(text: str) -> str:
    """Return the quoted scalar at the beginning of a text; empty where it is not closed yet."""
    found = re.match(r"\"(?:\\.|[^\"\\])*\"|'(?:[^']|'')*'", text, re.DOTALL)
    return found[0] if found else ""


def _flow_end(text: str) -> int | None:
    depth = 0
    for found in re.finditer(r"\"(?:\\.|[^\"\\])*\"|'(?:[^']|'')*'|[\[\]{}]", text):
        if found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth -= 1
            if depth == 0:
                return found.end()
    return None


_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": ""}


def _scalar(text: str) -> str:
    """Return what a scalar in its quotes means."""
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text.startswith('"'):
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1], flags=re.DOTALL)
    return text
