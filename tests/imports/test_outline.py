"""The outline of a file, and what is read of it function by function."""

from __future__ import annotations

import ast
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from extrasplit.imports.flags import guard_names, read_guards
from extrasplit.imports.outline import outline_of
from extrasplit.imports.parsing import Parsed, parse
from extrasplit.imports.sure import FileBody, read_body

SOURCE = dedent(
    '''
    """def no_function():
        pass
    """
    import os

    def wrapped(
        first="(",  # an open bracket: (
        second=(")", "]"),
    ):
        return start(first)

    def one_line(): return start()

    class App:
        title = make_title()

        def run(self):
            """
    at the margin
            """
            self.stop()

            def inner():
                deeper()

            inner()

        async def stop(self):
            await finish()
            if os.environ:
                perhaps()
    App().run()
    '''
).encode()


def test_every_line_keeps_its_number_and_functions_lose_their_bodies() -> None:
    outline = outline_of(SOURCE)
    assert outline is not None
    assert sorted(outline.bodies) == ["App.run", "App.stop", "wrapped"]
    lines, kept = SOURCE.split(b"\n"), outline.text.split(b"\n")
    assert len(lines) == len(kept)
    assert kept[6:11] == [*lines[6:10], b" ..."]
    assert [line for line in kept if line.strip() == b"pass"] == [b"    pass"] * 3
    assert outline.plain == {"App.run", "App.stop"}
    for name, body in outline.bodies.items():
        begins = lines[body.line - 1]
        assert body.text.startswith(begins), name
    assert b"at the margin" in outline.bodies["App.run"].text


def test_a_head_that_calls_something_stays() -> None:
    source = dedent(
        """
        @register(
            "a",
        )
        # of its own
        def decorated():
            start()

        def made(at=now()):
            start()

        @first
        class App:
            @property
            def name(self):
                return start()
        """
    ).encode()
    outline = outline_of(source)
    assert outline is not None
    assert outline.plain == frozenset()
    calls = [call.callee for call in FileBody(source).calls("")]
    assert calls == ["register", "now", "first", "property"]


def test_a_body_that_the_cut_tears_is_read_with_the_whole_file() -> None:
    source = b"def main():\n    start(\nfirst,\n    )\n    finish()\nmain()\n"
    assert [call.callee for call in FileBody(source).calls("main")] == ["start", "finish"]


def test_a_function_inside_another_is_read_with_it() -> None:
    body = FileBody(SOURCE)
    line = SOURCE[: SOURCE.index(b"deeper")].count(b"\n") + 1
    assert [(call.callee, call.line) for call in body.calls("App.run.inner")] == [("deeper", line)]
    assert [call.callee for call in body.calls("App.run")] == ["App.stop", "App.run.inner"]


def test_an_encoding_of_its_own_is_left_to_the_parser() -> None:
    latin = "# coding: latin-1\ndef main():\n    start('\u00e9')\n".encode("latin-1")
    assert outline_of(latin) is None
    assert [call.callee for call in FileBody(latin).calls("main")] == ["start"]


def definitions(tree: ast.Module) -> Iterator[str]:
    """Yield the qualified name of each function and class, as often as it is defined."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield prefix + child.name
                inner = f"{prefix}{child.name}."
            waiting.append((inner, child))


def agrees(data: bytes, tree: ast.Module) -> bool:
    """Whether reading function by function says what reading the file at once says."""
    whole, parts = read_body(data), FileBody(data)
    defined = Counter(definitions(tree))

    def is_defined_once(scope: str) -> bool:
        parents = [scope, *(scope[:at] for at, sign in enumerate(scope) if sign == ".")]
        return all(defined[name] < 2 for name in parents)

    for scope, lines in whole.lines.items():
        if not is_defined_once(scope):
            continue  # of several definitions any may be the one
        if scope and set(parts.lines(scope)) != lines:
            return False
        calls = [(c.line, c.level, c.main_only, c.condition) for c in parts.calls(scope)]
        if calls != [
            (c.line, c.level, c.main_only, c.condition) for c in whole.calls.get(scope, ())
        ]:
            return False
    names = filter(is_defined_once, whole.functions | whole.classes)
    return all(parts.runs(name) == whole.runs(name) for name in names)


def sources(step: int) -> list[Path]:
    library = Path(sysconfig.get_path("stdlib"))
    return sorted(path for path in library.rglob("*.py") if "site-packages" not in path.parts)[
        ::step
    ]


def check(paths: list[Path]) -> None:
    differ = []
    for path in paths:
        data = path.read_bytes()
        parsed = parse(data)
        if not isinstance(parsed, Parsed):
            continue
        if not agrees(data, parsed.tree):
            differ.append(str(path))
        assert read_guards(data) == guard_names(parsed.tree), path
    # read at once, a test may be taken for one of a name that only another function binds
    assert len(differ) <= len(paths) // 300, differ


def test_the_standard_library_reads_the_same_in_parts() -> None:
    check(sources(40))


@pytest.mark.slow
def test_all_of_the_standard_library_reads_the_same_in_parts() -> None:
    check(sources(1))
