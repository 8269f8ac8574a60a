"""Renders `suggest` as one self-contained page: no script, no font, no request to anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from extrasplit.report.contract import (
    FindingRecord,
    ShrinkRecord,
    SuggestReport,
    UnlockRecord,
    VariantRecord,
)
from extrasplit.report.wording import by_weight, chain, change, megabytes, plural, unlock_changes

PACKAGES_SHOWN = 60
"""The heaviest; the JSON report holds them all."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #667085; --line: #d8dee6;
  --stay: #2f7d5b; --go: #cfe5da; --bad: #b42318; --warn: #b54708; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #98a2b3; --line: #344054;
  --stay: #4caf83; --go: #23463a; --bad: #f97066; --warn: #fdb022; --paper: #11161d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .45rem .75rem .45rem 0; text-align: left;
  vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: .85rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { background: none; height: .8rem; min-width: 12rem; position: relative; margin-top: .35rem; }
.bar i { position: absolute; inset: 0 auto 0 0; border-radius: 2px; background: var(--go); }
.bar i + i { background: var(--stay); }
code, pre { font: .86em/1.45 ui-monospace, monospace; }
pre { background: color-mix(in srgb, var(--line) 35%, transparent); padding: .5rem .75rem;
  margin: .35rem 0; overflow-x: auto; border-radius: 4px; }
li { margin: .6rem 0; } .error { color: var(--bad); } .warning { color: var(--warn); }
@media (max-width: 44rem) { body { font-size: 15px; padding: 1rem .9rem 3rem; }
  .bar { min-width: 4rem; } .aside { display: none; } th, td { padding-right: .5rem; }
  ul { padding-left: 1.1rem; } td { overflow-wrap: anywhere; } }
.note { color: var(--soft); } b.kind { font-weight: 650; } .added { color: var(--stay); }
"""


def render_html(report: SuggestReport) -> str:
    """Return the page; every text of the project is escaped."""
    project, target = report.project, report.target
    version = f" {project.version}" if project.version else ""
    body = [
        f"<h1>{escape(project.name)}{escape(version)}</h1>",
        (
            f"<p class=soft>Python {escape(target.python)}, {escape(target.platform)}, "
            f"{escape(target.libc)}, {plural(project.lock.packages, 'package')} locked, on "
            f"<code>{escape(target.base_image)}</code></p>"
        ),
        *_images(report.variants),
        *_groups(report),
        *_unlocks(report.unlocks),
        *_shrink(report.shrink),
        *_findings(report.findings),
        *_packages(report),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(project.name)}: image variants</title>\n<style>{STYLE}</style>\n"
        "</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table; columns whose head ends in `:` hold numbers. Cells are HTML already.

    Columns whose head begins with `(` are left out on narrow screens.
    """
    classes = [
        " class=number" if cell.endswith(":") else " class=aside" if cell.startswith("(") else ""
        for cell in head
    ]

    def row(tag: str, cells: Sequence[str]) -> str:
        parts = (f"<{tag}{c}>{cell}</{tag}>" for cell, c in zip(cells, classes, strict=True))
        return f"<tr>{''.join(parts)}</tr>"

    names = [escape(cell.strip("(:)")) for cell in head]
    return [
        "<div class=wide><table>",
        f"<thead>{row('th', names)}</thead><tbody>",
        *(row("td", cells) for cells in rows),
        "</tbody></table></div>",
    ]


def _images(variants: Sequence[VariantRecord]) -> list[str]:
    largest = max((max(v.before_bytes, v.image_bytes) for v in variants), default=1) or 1
    rows = (
        (
            f"<b>{escape(variant.name)}</b><br><span class=soft>{_made_of(variant)}</span>",
            megabytes(variant.before_bytes),
            megabytes(variant.image_bytes),
            (
                f'<div class=bar><i style="width:{variant.before_bytes / largest:.1%}"></i>'
                f'<i style="width:{variant.image_bytes / largest:.1%}"></i></div>'
            ),
            change(variant.before_bytes, variant.image_bytes),
        )
        for variant in variants
    )
    head = ("variant", "today:", "planned:", "", "change:")
    return ["<h2>Images</h2>", *_table(head, rows)]


def _made_of(variant: VariantRecord) -> str:
    extras = escape(" + ".join(variant.extras)) or "no extra"
    roles = escape(", ".join(variant.entrypoints))
    told = roles in ("", escape(variant.name.removesuffix("-full")))
    return extras if told else f"starts {roles}: {extras}"


def _groups(report: SuggestReport) -> list[str]:
    base = report.base
    groups = [
        ("base", base.requirements, base.added, base.installed_bytes, "every variant holds it"),
        *((g.name, g.requirements, g.added, g.installed_bytes, g.why) for g in report.groups),
    ]
    rows = (
        (
            f"<b>{escape(name)}</b>",
            ", ".join(
                [f"<code>{escape(text)}</code>" for text in kept]
                + [f"<code class=added>+ {escape(text)}</code>" for text in added]
            )
            + f"<br><span class=soft>{escape(why)}</span>",
            megabytes(size),
        )
        for name, kept, added, size, why in groups
    )
    parts = ["<h2>Groups</h2>", *_table(("group", "requirements, and why", "adds:"), rows)]
    if not report.changed:
        parts.insert(1, "<p>Nothing to do: no better cut was found.</p>")
    for alias, named in report.aliases.items():
        parts.append(
            f"<p class=soft>alias <code>{escape(alias)}</code> = {escape(', '.join(named))}</p>"
        )
    return parts


def _unlocks(unlocks: Sequence[UnlockRecord]) -> list[str]:
    if not unlocks:
        return []
    items = []
    for unlock in unlocks:
        lines = "".join(
            f"<br><span class=soft>{escape(text)}</span>" for text in unlock_changes(unlock)
        )
        items.append(
            f"<li><b>{megabytes(unlock.freed_bytes)}</b> of {escape(unlock.variant)} for "
            f"{plural(len(unlock.lines), 'line')}: {escape(', '.join(unlock.requirements))}{lines}"
        )
    return ["<h2>Unlocks: import lines that hold it back</h2>", "<ul>", *items, "</ul>"]


def _findings(findings: Sequence[FindingRecord]) -> list[str]:
    if not findings:
        return []
    items = []
    for finding in by_weight(findings):
        count = f" ({finding.count} places)" if finding.count > 1 else ""
        where = f"<br><code class=soft>{escape(chain(finding.chain))}</code>"
        fix = f"<pre>{escape(finding.fix)}</pre>" if finding.fix else ""
        items.append(
            f"<li><span class={finding.level}>{finding.level}</span> "
            f"<b class=kind>{escape(finding.kind)}</b> {escape(finding.message)}{count}"
            f"{where if finding.chain else ''}{fix}"
        )
    return ["<h2>Findings</h2>", "<ul>", *items, "</ul>"]


def _shrink(shrink: Sequence[ShrinkRecord]) -> list[str]:
    if not shrink:
        return []
    rows = (
        (
            f"<b>{escape(record.variant)}</b>",
            escape(record.distribution),
            megabytes(record.retained_bytes),
            "<br>".join(f"<code>{escape(module)}</code>" for module in record.modules[:4])
            + (f"<br>and {len(record.modules) - 4} more" if len(record.modules) > 4 else ""),
        )
        for record in shrink
    )
    head = ("variant", "without it", "less:", "(imported by)")
    return ["<h2>What would shrink an image most</h2>", *_table(head, rows)]


def _packages(report: SuggestReport) -> list[str]:
    heaviest = sorted(report.packages, key=lambda p: (-(p.installed_bytes or 0), p.name))
    rows = (
        (
            f"<b>{escape(package.name)}</b> {escape(package.version)}",
            megabytes(package.installed_bytes),
            megabytes(package.retained_bytes),
            megabytes(package.wheel_bytes),
            escape(", ".join(package.variants)) or "none",
        )
        for package in heaviest[:PACKAGES_SHOWN]
    )
    title = f"Distributions, the heaviest {min(PACKAGES_SHOWN, len(heaviest))} of {len(heaviest)}"
    head = ("distribution", "installed:", "retained:", "wheel:", "(variants)")
    return [f"<h2>{title}</h2>", *_table(head, rows)]
