"""Writes a scan as lines of text, so that a case and what it expects can be read side by side."""

from __future__ import annotations

from collections.abc import Iterator

from extrasplit.imports.scanned import Import, ScannedFile


def describe(scanned: ScannedFile) -> str:
    """Return one line for each thing that a scan says, in the order of the source."""
    lines = [
        *((each.line, describe_import(each)) for each in scanned.imports),
        *(
            (s.line, f"spawn {list(s.argv)} {_where(s.level.word, s.scope)}")
            for s in scanned.spawns
        ),
        *(
            (u.line, f"undecided {u.text} prefix {u.prefix!r} {_where(u.level.word, u.scope)}")
            for u in scanned.undecided
        ),
        *((i.line, f"ignore {i.kind}: {i.reason}") for i in scanned.ignores),
    ]
    if scanned.error:
        lines.append((scanned.error_line, f"error {scanned.error}"))
    return "".join(f"{line}: {text}\n" for line, text in sorted(lines, key=lambda each: each[0]))


def describe_import(each: Import) -> str:
    return " ".join(_words(each))


def _words(each: Import) -> Iterator[str]:
    target = "." * each.dots + each.module
    if each.group is not None:
        yield f"group {each.group}"
    else:
        yield target if each.name is None else f"{target}:{each.name}"
    if each.bound is not None and each.bound not in (each.name, each.module):
        yield f"as {each.bound}"
    yield _where(each.level.word, each.scope)
    if each.via != "import":
        yield f"via {each.via}"
    if each.condition:
        yield f"if {each.condition}"
    if each.asks:
        yield f"asks {', '.join(each.asks)}"
    yield from (
        word
        for word, said in (
            ("main-only", each.main_only),
            ("fallback", each.fallback),
            ("answered", each.answered),
        )
        if said
    )


def _where(level: str, scope: str) -> str:
    return f"{level} in {scope}" if scope else level
