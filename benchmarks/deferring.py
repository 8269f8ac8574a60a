"""Defers all that can be deferred in real modules, and holds the result to what was announced.

    python benchmarks/deferring.py [--count 200] [--work DIR] [--report FILE]

The modules are those of the applications that `unlocks.py` unpacked into DIR. Of every module that
an application's start imports, each name that could move mechanically is deferred; the result must
parse, a second run must change nothing, and no line may be gone or changed but those of the import
statements that were announced. `git diff --stat` counts the rest.

Exit code 1 where one of them does not hold.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from extrasplit.edges.memory import Memory
from extrasplit.imports.deferral import Deferrals, Sources
from extrasplit.pipeline import Analysis, Options
from extrasplit.rewrite.source import Answer, LateImport, defer

ANSWER = Answer("something", "pip install 'app[something]'")


@dataclass(frozen=True)
class Edited:
    """One module before and after."""

    path: str
    before: bytes
    after: bytes
    names: int
    refused: int
    problem: str = ""


def edited_modules(folder: Path, memory: Memory) -> Iterator[Edited]:
    analysis = Analysis(folder, Options(offline=True, frozen=True), memory=memory)
    seen: set[str] = set()
    for graph in analysis.startup_graphs.values():
        deferrals = Deferrals(graph, Sources(analysis.listing.read))
        for path in graph.files:
            if path in seen:
                continue
            seen.add(path)
            late = []
            for number, line in enumerate(graph.by_file[path]):
                how = deferrals.of(line)
                if how.change != "guard":
                    late.append(
                        LateImport(
                            *(line.line, line.name),
                            cast(Literal["function", "lazy", "typing"], how.change),
                            *(how.into, how.called, how.annotated, how.submodule),
                            ANSWER if number % 2 else None,
                        )
                    )
            if late:
                yield edit(f"{folder.name}/{path}", analysis.listing.read(path), late)


def edit(path: str, before: bytes, late: list[LateImport]) -> Edited:
    done = defer(before, late)
    refused = {id(one) for one, _ in done.refused}
    made = [one for one in late if id(one) not in refused]
    problem = ""
    try:
        ast.parse(done.data)
    except SyntaxError as error:
        problem = f"does not parse: {error}"
    announced = {
        number
        for node in ast.walk(ast.parse(before))
        if isinstance(node, ast.Import | ast.ImportFrom) and node.lineno in {o.line for o in made}
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    # a diff may pair equal lines otherwise: what is left of the old stands in the new, in order
    kept = [
        line for number, line in enumerate(before.splitlines(), start=1) if number not in announced
    ]
    new = iter(done.data.splitlines())
    lost = next((line for line in kept if line not in new), None)
    if lost is not None:
        problem = problem or f"unannounced: {lost.decode(errors='replace').strip()!r}"
    if not problem and defer(done.data, late).data != done.data:
        problem = "a second run changes it"
    return Edited(path, before, done.data, len(made), len(done.refused), problem)


def stat(modules: list[Edited]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(modules):
            for side, data in (("a", one.before), ("b", one.after)):
                target = Path(folder) / side / f"{number}.py"
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(data)
        words = ["git", "diff", "--no-index", "--shortstat", "a", "b"]
        return subprocess.run(words, cwd=folder, capture_output=True, text=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "unlocks")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    found: list[Edited] = []
    with Memory() as memory:
        for folder in sorted(arguments.work.iterdir()):
            if (folder / "uv.lock").is_file():
                found += list(edited_modules(folder, memory))[: arguments.count // 5]
            if len(found) >= arguments.count:
                break
    wrong = [one for one in found if one.problem]
    text = (
        f"{len(found)} modules, {sum(one.names for one in found)} names deferred, "
        f"{sum(one.refused for one in found)} refused, {len(wrong)} wrong; git: {stat(found)}"
    )
    print(*(f"{one.path}: {one.problem}" for one in wrong), text, sep="\n")
    if arguments.report:
        arguments.report.write_text(text + "\n", encoding="utf-8")
    return 1 if wrong or len(found) < arguments.count else 0


if __name__ == "__main__":
    sys.exit(main())
