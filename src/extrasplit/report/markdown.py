"""Renders reports as Markdown: a comment on a pull request, or a page of its own."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from extrasplit.report.contract import (
    BeforeAfterRecord,
    CheckReport,
    DiffReport,
    FindingRecord,
    ShrinkRecord,
    SuggestReport,
    UnlockRecord,
    VariantDifferenceRecord,
    VariantRecord,
    VerifyReport,
)
from extrasplit.report.marks import (
    code,
    escape,
    longest_run,
    signed_size_of,
    size_of,
    table,
)
from extrasplit.report.wording import (
    brought_by,
    by_weight,
    chain,
    change,
    layer_name,
    off_by,
    plural,
    unlock_changes,
)

MARKS = {"error": "❌", "warning": "⚠️", "note": "ℹ️"}


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
    lines += _shrink(report.shrink)
    if report.prune is not msgspec.UNSET:
        from extrasplit.report.prunes import prune_lines

        lines += prune_lines(report.prune)
    lines += _findings(report.findings)
    return "\n".join(lines).rstrip() + "\n"


def render_check(report: CheckReport) -> str:
    """Return the answer of `check`."""
    lines = ["## Image variants", "", *_sizes(report.variants), ""]
    lines += _findings(report.findings) or ["Nothing found."]
    return "\n".join(lines).rstrip() + "\n"


def render_diff(report: DiffReport) -> str:
    """Return what came, went and grew, as a comment on a pull request."""
    lines = [f"## Image sizes: {code(report.base)} → {code(report.head)}", ""]
    lines += [f"- ❌ {escape(line)}" for line in report.exceeded]
    lines += [""] if report.exceeded else []
    rows = (
        (
            code(variant.name),
            *(
                _grown(figure)
                for figure in (variant.installed_bytes, variant.pull_bytes, variant.image_bytes)
            ),
        )
        for variant in report.variants
    )
    lines += [*table(("variant", "installed:", "pull:", "image:"), rows), ""]
    for variant in report.variants:
        lines += _changes(variant)
    return "\n".join(lines).rstrip() + "\n"


def _grown(figure: BeforeAfterRecord) -> str:
    if figure.after is None:
        return f"gone (was {size_of(figure.before)})"
    if figure.before is None:
        return f"{size_of(figure.after)} (new)"
    return f"{size_of(figure.after)} ({signed_size_of(figure.after - figure.before)})"


def _changes(variant: VariantDifferenceRecord) -> list[str]:
    entries = [
        *((entry, "came") for entry in variant.added),
        *((entry, "went") for entry in variant.removed),
        *((entry, "changed") for entry in variant.changed),
    ]
    if not entries:
        return []
    summary = f"{escape(variant.name)}: {plural(len(entries), 'distribution')}"
    rows = (
        (
            what,
            code(entry.name),
            escape(" → ".join(version for version in (entry.before, entry.after) if version)),
            signed_size_of(entry.bytes),
            escape(brought_by(entry)),
        )
        for entry, what in entries
    )
    head = ("", "distribution", "version", "bytes:", "brought by")
    folded = f"<details><summary>{summary}</summary>"
    return [folded, "", *table(head, rows), "", "</details>", ""]


def render_verify(report: VerifyReport) -> str:
    """Return the verdicts and the sizes, foretold and found."""
    rows = (
        (
            code(result.variant),
            code(result.entrypoint),
            result.level,
            {"passed": "✅ passed", "failed": "❌ failed", "skipped": "skipped"}[result.verdict],
            f"{result.seconds:.1f} s",
            "" if result.before_seconds is None else f"{result.before_seconds:.1f} s",
            str(len(result.imported)),
            escape(result.reason),
        )
        for result in report.results
    )
    head = ("variant", "entrypoint", "level", "verdict", "started in:", "with everything:")
    lines = ["## Verified", "", *table((*head, "imported:", "why"), rows), ""]
    sizes = [
        (
            code(size.variant),
            what,
            size_of(figure.predicted),
            size_of(figure.measured),
            off_by(figure.predicted, figure.measured),
        )
        for size in report.sizes
        for what, figure in (("installed", size.installed_bytes), ("image", size.image_bytes))
        if figure is not None
    ]
    if sizes:
        lines += [*table(("variant", "", "predicted:", "measured:", "off by:"), sizes), ""]
    layers = [
        (
            code(size.variant),
            code(layer_name(layer.created_by)),
            "as found" if layer.predicted is None else size_of(layer.predicted),
            size_of(layer.bytes),
        )
        for size in report.sizes
        for layer in size.layers
    ]
    if layers:
        lines += [*table(("variant", "layer", "predicted:", "measured:"), layers), ""]
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
                size_of(variant.before_bytes),
                size_of(variant.image_bytes),
                change(variant.before_bytes, variant.image_bytes),
                size_of(variant.pull_bytes),
            )
            for variant in variants
        ),
    )


def _sizes(variants: Sequence[VariantRecord]) -> list[str]:
    return table(
        ("variant", "extras", "packages:", "installed:", "pull:", "image:"),
        (
            (
                code(variant.name),
                ", ".join(map(code, variant.extras)) or "none",
                str(variant.packages),
                size_of(variant.installed_bytes),
                size_of(variant.pull_bytes),
                size_of(variant.image_bytes),
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
                size_of(size),
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
            f"- **{size_of(unlock.freed_bytes)}** of {code(unlock.variant)} for "
            f"{plural(len(unlock.lines), 'line')}: {what}"
        )
        lines += [f"  - {escape(text)}" for text in unlock_changes(unlock)]
    return [*lines, ""]


def _shrink(shrink: Sequence[ShrinkRecord]) -> list[str]:
    if not shrink:
        return []
    rows = (
        (
            code(record.variant),
            code(record.distribution),
            size_of(record.retained_bytes),
            ", ".join(map(code, record.modules[:3]))
            + (f" and {len(record.modules) - 3} more" if len(record.modules) > 3 else ""),
        )
        for record in shrink
    )
    head = ("variant", "without", "and what only it brings:", "imported by")
    return ["### What would shrink an image most", "", *table(head, rows), ""]


def _findings(findings: Sequence[FindingRecord]) -> list[str]:
    """Return errors and warnings in the open, notes folded away."""
    if not findings:
        return []
    notes = [finding for finding in findings if finding.level == "note"]
    lines = ["### Findings", ""]
    for finding in by_weight(findings):
        if finding.level != "note":
            lines += _finding(finding)
    if notes:
        lines += ["", f"<details><summary>{plural(len(notes), 'note')}</summary>", ""]
        for finding in notes:
            lines += _finding(finding)
        lines += ["", "</details>"]
    return [*lines, ""]


def _finding(finding: FindingRecord) -> list[str]:
    count = f" ({finding.count} places)" if finding.count > 1 else ""
    lines = [f"- {MARKS[finding.level]} **{finding.kind}** {escape(finding.message)}{count}"]
    if finding.chain:
        lines.append(f"  <br>{code(chain(finding.chain))}")
    if finding.fix:
        fence = "`" * max(3, 1 + longest_run(finding.fix))
        lines += ["", f"  {fence}"]
        lines += [f"  {line}".rstrip() for line in finding.fix.splitlines()]
        lines += [f"  {fence}", ""]
    return lines
