"""Parses the bytes of a source file, its syntax newer than the Python that runs us or not."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from typing import Final

from extrasplit.imports.scanned import Ignore
from extrasplit.record import Record

_LAZY: Final = re.compile(rb"^([ \t\f]*)lazy([ \t]+)(import|from)\b", re.MULTILINE)
_IGNORE: Final = re.compile(r"#\s*extrasplit:\s*ignore\[([^\]]*)\]\s*(.*)")
_IGNORE_MARK: Final = b"extrasplit:"


class Parsed(Record):
    """A syntax tree, and the lines whose import statement is a PEP 810 lazy one."""

    tree: ast.Module
    lazy_lines: frozenset[int] = frozenset()


class SyntaxFault(Record):
    """Why, and on which line, Python would not parse a file."""

    message: str
    line: int


def parse(data: bytes) -> Parsed | SyntaxFault:
    """Return the tree of a file's bytes (PEP 263 encodings, BOM), or why there is none."""
    tree = _parse(data)
    if isinstance(tree, ast.Module):
        return Parsed(tree)
    # PEP 810 on a Python before 3.15: `lazy import x` becomes `import      x`
    lazy_lines = frozenset(
        data.count(b"\n", 0, found.start()) + 1 for found in _LAZY.finditer(data)
    )
    if lazy_lines:
        plain = _parse(_LAZY.sub(rb"\1\3\2    ", data))
        if isinstance(plain, ast.Module):
            return Parsed(plain, lazy_lines)
    return tree


def fault_of(data: bytes) -> SyntaxFault | None:
    """Return why a file would not parse: a pass of its own, since a scan reads what it must."""
    parsed = parse(data)
    return parsed if isinstance(parsed, SyntaxFault) else None


def _parse(data: bytes) -> ast.Module | SyntaxFault:
    try:
        with warnings.catch_warnings():
            # an invalid escape in the analysed file is no concern of who runs us
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except SyntaxError as error:
        return SyntaxFault(error.msg or "invalid syntax", error.lineno or 0)
    except (ValueError, LookupError) as error:
        return SyntaxFault(str(error), 0)
    except (RecursionError, MemoryError):
        return SyntaxFault("nested too deeply to be parsed", 0)


def ignores_of(data: bytes) -> tuple[Ignore, ...]:
    """Return the `# extrasplit: ignore[kind] reason` comments of a file, one for each kind."""
    if _IGNORE_MARK not in data:
        return ()
    found: list[Ignore] = []
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            match = _IGNORE.match(token.string) if token.type == tokenize.COMMENT else None
            if match is None:
                continue
            kinds, reason = match.groups()
            found += [
                Ignore(kind.strip(), token.start[0], reason.strip())
                for kind in kinds.split(",")
                if kind.strip()
            ]
    except (tokenize.TokenError, SyntaxError, ValueError, LookupError):
        pass  # what stands before the fault counts
    return tuple(found)
