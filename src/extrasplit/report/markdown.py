"""Renders reports as Markdown: a comment on a pull request, or a page of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from extrasplit.report.contract import (
    CheckReport,
    DiffReport,
    FindingRecord,
    SuggestReport,
    UnlockRecord,
    VariantRecord,
    VerifyReport,
)
from extrasplit.report.wording import (
    by_weight,
    chain,
    change,
    megabytes,
    plural,
    signed_megabytes,
    unlock_change,
)

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
MARKS = {"error": "❌", "warning": "⚠️", "note": "ℹ️"}


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Return text as inline code, whatever it holds (CommonMark, code spans)."""
    flat = " ".join(text.split()).replace("|", "\\|")
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}" if flat else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; columns whose head ends in `:` are aligned to the right."""
    rule = ["---:" if cell.endswith(":") else "---" for cell in head]
    names = [cell.removesuffix(":") for cell in head]
    return ["| " + " | ".join(cells) + " |" for cells in (names, rule, *rows)]


def render_suggest(report: SuggestReport) -> str:
    """Return the answer of `suggest`."""
    project, target = report.project, report.target
    lines = [
        f"## {escape(project.name)}: images before and after the split",
        "",
        (
            f"Python {target.python}, {target.platform}, {target.libc}, "
            f"{plural(project.lock.packages, 'package')} locked, on {code(target.base_image)}."
        ),
        "",
        *_images(report.variants),
        "",
    ]
    if not report.changed:
        lines += ["Nothing to do: no better cut was found.", ""]
    lines += ["### Groups", "", *_groups(report), ""]
    if report.aliases:
        named = (
            f"{code(alias)} = {', '.join(map(code, groups))}"
            for alias, groups in report.aliases.items()
        )
        lines += [f"Aliases keep the meaning of every extra: {'; '.join(named)}.", ""]
    lines += _unlocks(report.unlocks)
    lines += _findings(report.findings)
    return "\n".join(lines).rstrip() + "\n"


def render_check(report: CheckReport) -> str:
    """Return the answer of `check`."""
    lines = ["## Image variants", "", *_images(report.variants), ""]
    lines += _findings(report.findings) or ["Nothing found."]
    return "\n".join(lines).rstrip() + "\n"


def render_diff(report: DiffReport) -> str:
    """Return what came, went and grew, as a comment on a pull request."""
    lines = [f"## Image sizes: {escape(report.base)} → {escape(report.head)}", ""]
    rows = []
    for variant in report.variants:
        cells = [code(variant.name)]
        for figure in (variant.installed_bytes, variant.pull_bytes, variant.image_bytes):
            grown = (figure.after or 0) - (figure.before or 0)
            cells.append(f"{megabytes(figure.after)} ({signed_megabytes(grown)})")
        rows.append(cells)
    lines += [*table(("variant", "installed:", "pull:", "image:"), rows), ""]
    for variant in report.variants:
        changes = [
            *((entry, "came") for entry in variant.added),
            *((entry, "went") for entry in variant.removed),
            *((entry, "changed") for entry in variant.changed),
        ]
        if not changes:
            continue
        lines += [
            (
                f"<details><summary>{escape(variant.name)}: "
                f"{plural(len(changes), 'distribution')}</summary>"
            ),
            "",
        ]
        lines += table(
            ("", "distribution", "version", "bytes:", "brought by"),
            (
                (
                    what,
                    code(entry.name),
                    escape(" → ".join(v for v in (entry.before, entry.after) if v)),
                    signed_megabytes(entry.bytes),
                    escape(" → ".join(entry.path)),
                )
                for entry, what in changes
            ),
        )
        lines += ["", "</details>", ""]
    lines += [f"❌ {escape(line)}" for line in report.exceeded]
    return "\n".join(lines).rstrip() + "\n"


def render_verify(report: VerifyReport) -> str:
    """Return the verdicts and the sizes, foretold and found."""
    rows = (
        (
            code(result.variant),
            code(result.entrypoint),
            result.level,
            {"passed": "✅ passed", "failed": "❌ failed", "skipped": "skipped"}[result.verdict],
            f"{result.seconds:.1f} s",
            str(len(result.imported)),
            escape(result.reason),
        )
        for result in report.results
    )
    head = ("variant", "entrypoint", "level", "verdict", "started in:", "imported:", "why")
    lines = ["## Verified", "", *table(head, rows), ""]
    sizes = [
        (
            code(size.variant),
            what,
            megabytes(figure.predicted),
            megabytes(figure.measured),
            f"{(figure.predicted - figure.measured) / max(figure.measured, 1) * 100:+.2f}%",
        )
        for size in report.sizes
        for what, figure in (("installed", size.installed_bytes), ("image", size.image_bytes))
        if figure is not None
    ]
    if sizes:
        lines += [*table(("variant", "", "predicted:", "measured:", "off by:"), sizes), ""]
    lines += _findings(report.findings)
    return "\n".join(lines).rstrip() + "\n"


def _images(variants: Sequence[VariantRecord]) -> list[str]:
    return table(
        ("variant", "starts", "extras", "today:", "planned:", "change:", "pull:"),
        (
            (
                code(variant.name),
                ", ".join(map(code, variant.entrypoints)),
                ", ".join(map(code, variant.extras)) or "none",
                megabytes(variant.before_bytes),
                megabytes(variant.image_bytes),
                change(variant.before_bytes, variant.image_bytes),
                megabytes(variant.pull_bytes),
            )
            for variant in variants
        ),
    )


def _groups(report: SuggestReport) -> list[str]:
    base = report.base
    rows = [("base", base.requirements, base.added, base.installed_bytes, "every variant holds it")]
    rows += [(g.name, g.requirements, g.added, g.installed_bytes, g.why) for g in report.groups]
    return table(
        ("group", "requirements", "adds:", "why"),
        (
            (
                code(name),
                ", ".join([*map(code, kept), *(f"**+** {code(text)}" for text in added)]) or "none",
                megabytes(size),
                escape(why),
            )
            for name, kept, added, size, why in rows
        ),
    )


def _unlocks(unlocks: Sequence[UnlockRecord]) -> list[str]:
    if not unlocks:
        return []
    lines = ["### Unlocks: import lines that hold it back", ""]
    for unlock in unlocks:
        what = ", ".join(map(code, unlock.requirements))
        lines.append(
            f"- **{megabytes(unlock.freed_bytes)}** of {code(unlock.variant)} for "
            f"{plural(len(unlock.lines), 'line')}: {what}"
        )
        lines += [f"  - {escape(unlock_change(line))}" for line in unlock.lines]
    return [*lines, ""]


def _findings(findings: Sequence[FindingRecord]) -> list[str]:
    if not findings:
        return []
    lines = ["### Findings", ""]
    for finding in by_weight(findings):
        count = f" ({finding.count} places)" if finding.count > 1 else ""
        lines.append(
            f"- {MARKS[finding.level]} **{finding.kind}** {escape(finding.message)}{count}"
        )
        if finding.chain:
            lines.append(f"  {code(chain(finding.chain))}")
        if finding.fix:
            fixed = "\n".join(f"  {line}" for line in finding.fix.splitlines())
            lines.append(f"\n  ```\n{fixed}\n  ```")
    return [*lines, ""]
